#pragma once
/// What the parts of the parser share: words taken in order, options taken by key, and the names
/// that are given in one place and meant in another. Not for use outside of this folder.
#include "protocols/scenario/scan.hpp"
#include "protocols/scenario/text.hpp"

#include <map>
#include <set>

namespace trellis::scenario {

/// What a name is the name of. A reference may allow several.
enum class naming : std::uint8_t {
  none = 0,
  vo = 1,
  user = 2,
  job = 4,
  workload = 8,
  site = 16,
  ce = 32,
  se = 64,
};

constexpr naming operator|(naming a, naming b) {
  return static_cast<naming>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

constexpr bool allows(naming a, naming b) {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

/// "a CE", "a user or a VO".
std::string text(naming x);

inline constexpr auto any_host = naming::site | naming::ce | naming::se;
inline constexpr auto any_job = naming::job | naming::workload;

/// The file while it is read.
class reading {
public:
  story out;
  std::vector<problem> problems;

  void wrong(place at, std::string text);

  /// `expected WHAT, not 'GIVEN'`; with the nearest of `words` when there is one.
  void expected(std::string_view what, const word& given,
                const std::vector<std::string_view>& words = {});

  /// A name is given once, whatever it is of; hosts may be a site's and a CE's at once.
  void declare(naming what, const std::string& name, place at);
  void refer(naming what, const std::string& name, place at);

  /// After the whole file: every name that was meant must have been given.
  void resolve();

  bool is(naming what, const std::string& name) const;

private:
  struct reference {
    naming what;
    std::string name;
    place at;
  };

  std::map<std::string, naming, std::less<>> names_;
  std::vector<reference> references_;
};

/// The words of a statement. What nobody took is wrong at the end.
class cursor {
public:
  cursor(const statement& from, reading& file);

  const statement& from() const { return from_; }

  reading& file() { return file_; }

  /// The next word that is no option; null at the end.
  const word* peek(std::size_t ahead = 0) const;
  const word* take();

  /// Takes the next word if it is this one.
  bool take(std::string_view text);

  /// The next word, or a problem.
  const word* need(std::string_view what);

  /// Takes an option wherever it stands.
  const word* option(std::string_view key);

  /// Takes a word wherever it stands after the present one.
  bool flag(std::string_view text);

  /// The words left, to be taken one by one by their form.
  template <class F>
  void take_if(F&& f) {
    std::erase_if(plain_, [&](const word* x) { return f(*x); });
  }

  std::size_t left() const { return plain_.size(); }

  place here() const { return plain_.empty() ? from_.end : plain_.front()->at; }

  /// A name of letters, digits, - and _ (`dotted`: and dots, as VOs have); empty after a problem.
  std::string name(std::string_view what, bool dotted = false);
  std::optional<host_name> host(std::string_view what);
  std::optional<milliseconds> time(std::string_view what);

  /// What is left is wrong; `known` is what might have been meant. Words after another problem
  /// of the same statement are passed over: they mostly follow from it.
  void finish(const std::vector<std::string_view>& known);

private:
  const statement& from_;
  reading& file_;
  std::size_t before_; // problems of earlier statements
  std::vector<const word*> plain_;
  std::vector<const word*> keyed_;
};

bool is_name(std::string_view x);

/// Words that begin an expectation or stand in it; no job may be called so.
bool is_reserved(std::string_view x);

// --- conditions.cpp -----------------------------------------------------------------------------

void read_ce(cursor& x, host_name& out);
jobs read_jobs(cursor& x);
target read_target(cursor& x, naming what);
std::optional<condition> read_condition(cursor& x);

/// Whether these words can only be an expectation.
bool begins_condition(const cursor& x);

std::string text(const jobs& x);
std::string text(const target& x);

// --- print.cpp -----------------------------------------------------------------------

/// A string as a word of the language, in quotes where it needs them.
std::string quoted(std::string_view x);

/// The lines of a trace, the second word of each in one column.
std::string aligned(const trace& x);

} // namespace trellis::scenario
