#pragma once
/// Matching many jobs against many CEs: Requirements and Rank compiled once and evaluated against
/// slot arrays. Simple evaluations (comparisons, arithmetic, logic, string equality, `member` and
/// `regexp` over plain values) do not allocate; everything else falls back to the general evaluator
/// with the same answers.
///
///   name_table names;
///   auto ce = compile_target(ce_ad, names);
///   auto job = compile_job(job_ad, names);
///   if (matches(job, ce)) use(rank(job, ce));
///
/// The job sees itself unscoped and the CE as `other` or `target`. Both must come from the same
/// table. A compiled job is used by one thread at a time; targets may be shared. The value types
/// are handles: they own what they need, copies are cheap.
#include "protocols/classad/ad.hpp"
#include "protocols/classad/evaluate.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace trellis::classad {

/// Attribute names as small numbers, case ignored. It only grows, up to `max_names`; a name past
/// that bound has no slot, so make a new table (and compile anew) when `full()`.
class name_table {
public:
  static constexpr std::uint32_t none = 0xffffffff;
  static constexpr std::uint32_t max_names = 16'384;

  name_table();
  ~name_table();
  name_table(name_table&&) noexcept;
  name_table& operator=(name_table&&) noexcept;

  std::uint32_t intern(std::string_view name);
  std::uint32_t find(std::string_view name) const;
  std::uint32_t size() const;

  bool full() const { return size() >= max_names; }

private:
  struct body;
  std::unique_ptr<body> body_;
};

struct compiled_target_body;
struct compiled_job_body;

/// A CE's ad as an array of slots.
class compiled_target {
public:
  const ad& source() const;

  std::shared_ptr<const compiled_target_body> body;
};

/// A job's Requirements and Rank, with its own attributes worked in.
class compiled_job {
public:
  const ad& source() const;

  /// A stable text of everything about the job that a match depends on: the flattened Requirements
  /// and Rank, and the values of SignificantAttributes. Jobs with equal keys match alike.
  const std::string& key() const;

  /// Attributes of the other ad that Requirements and Rank refer to, in lower case, sorted.
  const std::vector<std::string>& other_names() const;

  std::shared_ptr<compiled_job_body> body;
};

compiled_target compile_target(const ad& target, name_table& names);

/// Compiles `Requirements` and `Rank` of the job. A job without Requirements matches nothing.
/// `now_s` and zone for time() come from the context, whose callbacks must outlive the job.
compiled_job compile_job(const ad& job, name_table& names, const evaluation_context& context = {});

/// Compiles these two expressions in the scope of the job, whatever its own attributes say; a
/// broker joins the site's policy to the user's Requirements this way.
compiled_job compile_job(const ad& job, const expr_ptr& requirements, const expr_ptr& rank,
                         name_table& names, const evaluation_context& context = {});

/// The clock that time() and CurrentTime read from now on.
void set_now(compiled_job& job, std::int64_t now_s);

/// True when the job's Requirements are true or a number that is not zero.
bool matches(const compiled_job& job, const compiled_target& target);

/// The job's Rank of this CE; nothing when it is not a number.
std::optional<double> rank(const compiled_job& job, const compiled_target& target);

enum class clause_result : std::uint8_t { yes, no, undefined, error };

/// One top-level conjunct of the final Requirements, seen from one CE.
struct clause {
  std::string text; // as the JDL has it
  clause_result result = clause_result::no;
  /// Attributes of the CE this clause refers to and which the CE does not publish.
  std::vector<std::string> undefined_names;
};

/// Why a CE does or does not match, clause by clause; all clauses are judged.
std::vector<clause> explain(const compiled_job& job, const compiled_target& target);

} // namespace trellis::classad
