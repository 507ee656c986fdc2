#include "protocols/scenario/missing.hpp"

#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::scenario {

namespace {

constexpr std::string_view no_elements = "there are no storage elements in this grid yet";

bool is_se(const story& x, const target& t) {
  return t.what == noun::se || std::ranges::count(x.ses, t.host, &se::host) > 0;
}

std::string name_of(const target& t) {
  return t.how == quantifier::the ? t.host.text() : std::string{"an SE"};
}

} // namespace

std::vector<std::string> files_in(const std::string& jdl) {
  std::vector<std::string> out;
  if (jdl.empty())
    return out;
  auto ad = ad_in(jdl);
  if (!ad || !ad->find("InputData"))
    return out;
  auto add = [&out](const std::string* name) {
    if (name && name->starts_with("lfn:"))
      out.push_back(*name);
  };
  auto data = classad::evaluate_items(classad::evaluate_attribute(*ad, "InputData"));
  add(data.string());
  if (data.list())
    for (const auto& item : data.list()->items)
      add(item->literal.string());
  return out;
}

std::vector<missing_part> missing_parts(const story& x) {
  std::vector<missing_part> out;
  auto add = [&out](const place& at, std::string what, std::string_view why) {
    out.push_back({at, fmt::format("cannot play {}: {}", what, why)});
  };
  for (const auto& s : x.ses)
    add(s.at, "the SE " + s.host.text(), no_elements);
  for (const auto& f : x.files)
    add(f.at, "the file " + f.name, "there is no catalogue in this grid yet");
  for (const auto& h : x.happenings) {
    auto of_se = std::ranges::find_if(h.what.on, [&](const target& t) { return is_se(x, t); });
    auto what = fmt::format("'{}'", row_of(h.what.what).word);
    if (of_se != h.what.on.end())
      add(h.at, fmt::format("{} of {}", what, name_of(*of_se)), no_elements);
    else if (h.what.what == verb::corrupt)
      add(h.at, what, "it damages what lies on an SE, and " + std::string{no_elements});
  }
  for (const auto& e : x.expectations)
    if (const auto* is = std::get_if<node_is>(&e.what); is && is_se(x, is->who))
      add(e.at, "an expectation of " + name_of(is->who), no_elements);
  std::ranges::stable_sort(out, {}, [](const missing_part& m) { return m.at.line; });
  return out;
}

} // namespace trellis::scenario
