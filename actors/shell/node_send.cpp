#include "actors/shell/commands.hpp"
#include "actors/shell/help.hpp"
#include "protocols/json/value.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

/// The role alone finds its node; an address names it.
result<address> receiver(session& s, const std::string& word) {
  if (word.find('@') != word.npos) {
    auto to = parse_address(word);
    return to ? to
              : result<address>{
                  error{errc::usage, to.why().text}
    };
  }
  auto which = role_from(word);
  if (!which)
    return error{errc::usage,
                 fmt::format("'{}' is no address: expected ROLE@HOST or a role", word)};
  return s.serving(*which);
}

template <class Row>
int send_one(session& s, const Row& row, const address& to, const std::string& text) {
  auto request = from_json<typename Row::request>(text);
  if (!request)
    return s.fail({request.why().code,
                   fmt::format("cannot make a {} of this: {}", row.what.name, request.why().text)});
  auto answer = s.ask_at(to, *request);
  if (!answer)
    return s.fail(answer.why());
  s.out() << json(*answer) << '\n';
  return 0;
}

error no_such_message(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& x : all_operations())
    known.push_back(x.name);
  auto near = nearest(name, known);
  return {errc::usage, fmt::format("'{}' is no message{}", name,
                                   near.empty() ? "" : "; did you mean '" + near + "'?")};
}

int run(session& s, const arguments& given) {
  const auto& words = given.operands();
  if (words.empty()) {
    for (const auto& x : all_operations())
      s.out() << fmt::format("{:<18}  {}\n", x.name, x.says);
    return 0;
  }
  if (words.size() < 2)
    return s.fail({errc::usage, "expected an address and a message"});
  auto what = operation_named(words[1]);
  if (!what)
    return s.fail(no_such_message(words[1]));
  auto to = receiver(s, words[0]);
  if (!to)
    return s.fail(to.why());
  int code = exit_code(errc::internal);
  auto text = words.size() > 2 ? words[2] : std::string{"{}"};
  std::apply(
      [&](const auto&... rows) {
        ((rows.what.number == what->number ? void(code = send_one(s, rows, *to, text)) : void()),
         ...);
      },
      trellis::operations);
  return code;
}

} // namespace

const command node_send{
    .noun = "node",
    .verb = "send",
    .operands = "[ADDRESS MESSAGE [JSON]]",
    .least = 0,
    .most = 3,
    .summary = "Send one message to an address and print the answer; without operands list them.",
    .example = "trellis node send lb@cern.example lb.count_jobs '{\"vo\": \"dteam\"}'",
    .options = {},
    .run = run,
    .more = "Fields that JSON does not name keep their defaults. The node checks the right to it.",
};

} // namespace trellis::shell
