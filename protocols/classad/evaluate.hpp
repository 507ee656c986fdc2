#pragma once
/// Evaluation of ClassAd expressions: three-valued logic with a bias to the left operand's error,
/// lexical scopes, `other` in a match, and budgets. An evaluation never fails and never hangs: a
/// cycle or an exceeded budget gives `error`. There is no clock and no chance in here; time() and
/// random() read the context.
#include "protocols/classad/ad.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::classad {

/// Bounds of one evaluation; past any of them the value is `error`.
struct budgets {
  std::uint32_t depth = 1'000;          // attributes and calls within each other
  std::uint32_t steps = 1'000'000;      // nodes visited
  std::size_t result_bytes = 1u << 20;  // of any one string or list
  std::uint32_t match_limit = 100'000;  // PCRE2 backtracking of one match
  std::uint32_t match_heap_kib = 1'024; // PCRE2 heap of one match
};

/// What an evaluation may ask the world. The broker's functions have neutral answers when nobody
/// gives better ones: no close SEs, a success fraction of 1.0, an undefined response time.
struct evaluation_context {
  std::int64_t now_s = 0;         // seconds since the epoch: time(), CurrentTime
  std::int32_t zone_offset_s = 0; // seconds east of UTC, for times without a zone
  std::uint64_t random_seed = 1;  // random() repeats from it
  budgets limits;
  /// Old ClassAds: an unscoped name that the ad lacks is looked for in the other ad.
  bool fall_through = false;

  /// retrieveCloseSEsInfo: the ads of the SEs bound to the CE of the match.
  std::function<std::vector<ad>(const ad& other)> close_storage;
  /// successFraction(ceId [, "host:port"]).
  std::function<std::optional<double>(std::string_view ce, std::string_view server)>
      success_fraction;
  /// measuredResponseTime(ceId [, server [, deviation]]): seconds from Submitted to Running.
  std::function<std::optional<double>(std::string_view ce, std::string_view server, bool deviation)>
      response_time;
  /// userHome(name) and userMap(mapset, user [, ...]).
  std::function<std::optional<std::string>(std::string_view user)> user_home;
  std::function<std::optional<std::string>(std::string_view map, std::string_view user)> user_map;
};

/// Evaluates an expression as if it stood in `self`; with `other`, as in a match.
value evaluate(const expr_ptr& x, const ad& self, const evaluation_context& context = {});
value evaluate(const expr_ptr& x, const ad& self, const ad& other,
               const evaluation_context& context = {});

/// The value of an attribute; undefined when there is none.
value evaluate_attribute(const ad& self, std::string_view name,
                         const evaluation_context& context = {});
value evaluate_attribute(const ad& self, const ad& other, std::string_view name,
                         const evaluation_context& context = {});

/// The value with every list item evaluated; ads stay as they are.
value evaluate_items(const value& x, const evaluation_context& context = {});

/// Partial evaluation in the scope of `self`: own attributes that do not depend on the other ad or
/// the clock become literals, others are put in place; `other.` references stay. Null when the
/// result would pass the budgets: the caller keeps the original.
expr_ptr flatten(const expr_ptr& x, const ad& self, const evaluation_context& context = {});

/// A match as the ClassAd library derives it. The names read backwards there and so here:
/// `left_matches_right` is the RIGHT ad's Requirements.
bool symmetric_match(const ad& left, const ad& right, const evaluation_context& context = {});
bool left_matches_right(const ad& left, const ad& right, const evaluation_context& context = {});
bool right_matches_left(const ad& left, const ad& right, const evaluation_context& context = {});
value left_rank(const ad& left, const ad& right, const evaluation_context& context = {});
value right_rank(const ad& left, const ad& right, const evaluation_context& context = {});

/// True or a number that is not zero; what counts as a match.
bool counts_as_true(const value& x);

/// Names of attributes of the other ad (`other.x`, `target.x`) that an expression refers to,
/// through attributes of `self` too; in lower case, sorted.
std::vector<std::string> other_references(const expr_ptr& x, const ad& self);

} // namespace trellis::classad
