#pragma once
/// The VOs of a server as one immutable value, and how operators' acts make the next one. What an
/// act changes is told as the rows that have to be written.
///
/// To be in a group is to be in the groups above it, and to have a role is to be in its group: a
/// grant gives them too, and what ends takes what is below with it.
///
/// Errors: `not_found` for a VO, user, group or role that is not there; `exists`; `usage`.
#include "protocols/base/result.hpp"
#include "protocols/gsi/fqan.hpp"
#include "protocols/voms/admin.hpp"

#include <memory>

namespace trellis::voms {

/// Copies share the VOs that do not differ.
using book = std::map<std::string, std::shared_ptr<const vo>>;

struct touched_rows {
  std::set<std::string> settings;                          // of VOs
  std::set<std::pair<std::string, std::string>> fqans;     // VO and FQAN
  std::set<std::pair<std::string, std::uint64_t>> members; // VO and number
};

class edition {
public:
  static constexpr std::size_t max_text = 1024, max_held = 512;
  static constexpr std::chrono::seconds least_lifetime{60}, most_lifetime{10 * 86'400};

  explicit edition(book from) : to_(std::move(from)) {}

  /// Whether it changed anything. After an error the edition is of no use.
  result<bool> apply(const act& x);

  const book& now() const { return to_; }

  /// Rows that differ from those of the first book: put when they are there now, else erased.
  const touched_rows& touched() const { return touched_; }

private:
  vo& open(const std::string& name);

  void touch(const vo& in, const member& x) { touched_.members.insert({in.name, x.number}); }

  result<bool> on_vo(const act& x);
  result<bool> on_user(const act& x);
  result<bool> on_fqan(const act& x);
  result<bool> on_holding(const act& x);
  result<bool> on_attribute(const act& x);
  bool add_user(vo& in, const certificate_name& name);
  result<bool> add_alias(vo& in, const certificate_name& name, const std::string& of);
  void drop(vo& in, const std::string& fqan);

  book to_;
  std::map<std::string, std::shared_ptr<vo>> open_; // those of to_ that are ours alone
  touched_rows touched_;
};

/// The FQAN and the groups above it, the VO's own first.
std::vector<std::string> with_groups_above(const gsi::fqan& x);

bool is_role(std::string_view fqan);

} // namespace trellis::voms
