#include "runtime/edge/front.hpp"

#include "protocols/gsi/digest.hpp"
#include "runtime/edge/http_visitor.hpp"

#include <fmt/format.h>

namespace trellis::edge {

namespace {

/// What is longer is judged each time: it is no proxy as people have them.
constexpr std::size_t most_remembered = 16 * 1024;

/// Empty: not to be remembered.
std::string key_of(const std::vector<std::string>& chain) {
  std::string all;
  for (const auto& der : chain)
    all += fmt::format("{}:{}", der.size(), der);
  return chain.empty() || all.size() > most_remembered ? std::string{} : gsi::sha256_hex(all);
}

/// The edition is read first: what is judged may be newer than it says, never older.
template <class T, class Judge, class Ends>
verdict<result<T>> judged(verdicts<T>& known, std::string key, std::uint64_t edition, Judge judge,
                          Ends ends) {
  if (auto x = key.empty() ? std::nullopt : known.find(key, edition))
    return {std::move(x->what), x->edition, x->at, x->ends};
  auto at = std::chrono::steady_clock::now();
  auto who = judge();
  if (!who)
    return {std::move(who), edition, at};
  auto until = ends(*who);
  if (!key.empty())
    known.put(std::move(key), {*who, edition, at, until});
  return {std::move(who), edition, at, until};
}

} // namespace

std::shared_ptr<net::visitor> front::receive(std::shared_ptr<net::byte_stream> stream,
                                             net::tls_visitor who) {
  auto x = std::make_shared<http_visitor>(shared_from_this(), std::move(stream), std::move(who));
  x->begin();
  return x;
}

verdict<result<principal>> front::authenticate(const shown& what) {
  return judged(
      principals_, what.bearer ? std::string{} : key_of(what.chain), edition(),
      [&] { return judge_(what); }, [](const principal& x) { return x.expires; });
}

verdict<result<voms_visitor>> front::at_counter(const std::vector<std::string>& chain) {
  return judged(
      at_counter_, key_of(chain), edition(), [&] { return voms_visitor_of(*voms_, chain); },
      [](const voms_visitor& x) { return x.ends; });
}

bool front::may_ask(const std::string& subject) {
  std::lock_guard lock{rating_};
  return rate_.take(subject, std::chrono::steady_clock::now());
}

result<address> front::receiver(role which, const std::optional<host_name>& at) const {
  if (at)
    return address{which, *at, 0};
  auto i = config_.serving.find(which);
  if (i == config_.serving.end())
    return error{errc::no_such_address,
                 fmt::format("{} has no role {} and cannot tell whose to take: say at=HOST",
                             config_.here.text(), word(which))};
  return address{which, i->second, 0};
}

void front::refused(std::string_view log_id, const std::string& remote, const error& why) {
  ++counters_.refused;
  refusals_.say(log_id, remote, why);
}

} // namespace trellis::edge
