#pragma once
/// The attributes of JDL, one row each: name, type, default, bounds, check, and where it goes.
/// Unknown attributes pass; a known one of the wrong type, or that fails its check, is refused.
#include "protocols/classad/ad.hpp"
#include "protocols/jdl/job.hpp"

#include <span>

namespace trellis::jdl {

enum class form : std::uint8_t {
  text,
  texts, // one or a list
  whole,
  flag,
  expression, // left as it is written
  one_ad,
  ads,       // one or a list
  mebibytes, // an integer, or text with a unit of size
  minutes,   // an integer, or text with a unit of time; kept in seconds
  seconds,   // the same, a bare integer being seconds
  any,       // historical: passed through
};

/// What a number must keep within, both ends included; without meaning for other forms.
struct bounds {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

/// A value that has the type of its row.
struct given {
  std::string text;
  std::vector<std::string> texts; // of `strings`; of `string` the one
  std::int64_t number = 0;
  bool flag = false;
  std::vector<classad::ad> ads;
};

/// The job being read, with what other rules need to know of it.
struct draft {
  const jdl_settings& settings;
  classad::ad source;
  job_description job;
  bool parametric = false; // a file named by a parameter is not looked for in the sandbox
  std::vector<jdl_problem>& problems;
  std::vector<jdl_problem>& warnings;
  std::string prefix; // of attribute names in messages: the node, with a point

  bool has(std::string_view name) const { return source.find(name) != nullptr; }

  void refuse(std::string_view attribute, std::string text);
  void warn(std::string_view attribute, std::string text);

private:
  jdl_problem note(std::string_view attribute, std::string text) const;
};

struct attribute_row {
  std::string_view name;
  form type;
  void (*store)(job_description&, const given&) = nullptr;
  /// What is wrong with the value, as the end of a sentence that starts with its name; empty when
  /// nothing is.
  std::string (*check)(const given&, const draft&) = nullptr;
  bounds limits = {};
  std::string_view fallback = {}; // ClassAd text; empty: absent, or set by the settings
};

std::span<const attribute_row> attributes();

/// Null for an unknown attribute.
const attribute_row* find_attribute(std::string_view name);

/// Added by the system: a user's value is discarded.
bool is_reserved(std::string_view name);

/// Reads one attribute by its row; nothing, with a problem noted, when it does not fit.
std::optional<given> read_attribute(draft& d, const attribute_row& row);

/// Rules over more than one attribute.
void check_together(draft& d);

/// The user's Requirements, the default ones and what other attributes ask for, joined; the Rank
/// or its default. Problems are noted.
void settle_requirements(draft& d);

/// The part after the last `/`.
std::string_view leaf(std::string_view path);

/// What is wrong with a file that is run or read on the node; empty when nothing is.
std::string check_file_name(const draft& d, std::string_view path);

/// The file's rules and defaults, into `d.job`.
void read_job(draft& d);

} // namespace trellis::jdl
