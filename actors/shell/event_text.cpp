#include "actors/shell/event_text.hpp"

#include "protocols/json/text.hpp"

#include <fmt/format.h>

namespace trellis::shell {
namespace {

class field_texts {
public:
  using visits_wire_fields = void;
  std::vector<std::pair<std::string, std::string>> found;

  void field(const char* name, const auto& x) {
    auto shown = text_of(x);
    if (!shown.empty())
      found.emplace_back(name, std::move(shown));
  }

private:
  static std::string text_of(const std::string& x) { return x; }

  static std::string text_of(std::integral auto x) { return std::to_string(x); }

  static std::string text_of(double x) { return fmt::format("{}", x); }

  static std::string text_of(const std::optional<job_id>& x) { return x ? x->text() : ""; }

  static std::string text_of(const std::optional<lb::sequence_code>& x) {
    return x ? x->print() : "";
  }

  static std::string text_of(const std::optional<lb::moment>& x) { return x ? iso_time(*x) : ""; }

  template <class E>
  requires std::is_enum_v<E>

  static std::string text_of(E x) { return std::string{word(x)}; }
};

std::string joined(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty())
    return std::string{a.empty() ? b : a};
  return fmt::format("{}: {}", a, b);
}

struct gist_of {
  std::string operator()(const lb::transfer& x) const {
    return joined(fmt::format("{} to {}", word(x.result), x.dest_host), x.reason);
  }

  std::string operator()(const lb::accepted& x) const { return x.local_jobid; }

  std::string operator()(const lb::refused& x) const { return x.reason; }

  std::string operator()(const lb::enqueued& x) const { return joined(word(x.result), x.reason); }

  std::string operator()(const lb::match& x) const { return x.dest_id; }

  std::string operator()(const lb::pending& x) const { return x.reason; }

  std::string operator()(const lb::running& x) const { return x.node; }

  std::string operator()(const lb::suspend& x) const { return x.reason; }

  std::string operator()(const lb::resume& x) const { return x.reason; }

  std::string operator()(const lb::resubmission& x) const {
    return joined(word(x.result), x.reason);
  }

  std::string operator()(const lb::done& x) const {
    auto code = x.exit_code < 0 ? "" : fmt::format(", exit code {}", x.exit_code);
    return joined(fmt::format("{}{}", word(x.status_code), code), x.reason);
  }

  std::string operator()(const lb::cancel& x) const {
    return joined(word(x.status_code), x.reason);
  }

  std::string operator()(const lb::abort& x) const { return x.reason; }

  std::string operator()(const lb::clear& x) const { return std::string{word(x.reason)}; }

  std::string operator()(const lb::user_tag& x) const {
    return fmt::format("{}={}", x.name, x.value);
  }

  std::string operator()(const lb::resource_usage& x) const {
    return fmt::format("{} {} {}", x.resource, x.quantity, x.unit);
  }

  std::string operator()(const lb::remark& x) const { return joined(x.id, x.text); }

  std::string operator()(const lb::helper_call& x) const { return x.helper_name; }

  std::string operator()(const lb::helper_return& x) const {
    return joined(x.helper_name, x.retval);
  }

  std::string operator()(const lb::reg_job& x) const { return joined(x.vo, x.ns); }

  std::string operator()(const auto&) const { return {}; }
};

} // namespace

std::vector<std::pair<std::string, std::string>> event_fields(const lb::event_body& x,
                                                              bool long_texts) {
  field_texts visitor;
  std::visit(
      [&]<class T>(const T& y) {
        if constexpr (!std::is_empty_v<T>)
          inspect(visitor, const_cast<T&>(y)); // only reads
      },
      x);
  if (!long_texts)
    std::erase_if(visitor.found, [](const auto& f) {
      return f.first == "jdl" || f.first == "job" || f.first == "descr";
    });
  return std::move(visitor.found);
}

std::string gist(const lb::event_body& x) { return std::visit(gist_of{}, x); }

} // namespace trellis::shell
