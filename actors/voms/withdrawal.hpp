#pragma once
/// What changes of a VO take back of attribute certificates that are out: on disk for as long as
/// any of those may hold, and numbered in memory for those who watch.
#include "actors/voms/membership.hpp"
#include "protocols/voms/withdrawn.hpp"

namespace trellis::voms {

/// What was taken from whom, with what is on its way to the disk.
class taken_book {
public:
  /// The longest life of an attribute certificate, and the clocks of others.
  static constexpr std::chrono::seconds kept = edition::most_lifetime + std::chrono::hours{1};

  explicit taken_book(all_taken from = {}) : all_(std::move(from)) {}

  /// What is withdrawn anew, or no more, by the step from one book of VOs to the next; `changed`
  /// gets those whose row has to be written.
  std::vector<withdrawn> update(const book& before, const edition& after,
                                std::chrono::sys_seconds now, std::set<owner>& changed);

  /// Forgets what no certificate that holds can name any more.
  void forget(std::chrono::sys_seconds now, std::set<owner>& changed);

  /// Null: nothing was taken.
  const taken_fqans* find(const owner& x) const {
    auto i = all_.find(x);
    return i == all_.end() ? nullptr : &i->second;
  }

  /// Everything that is withdrawn.
  std::vector<withdrawn> all(const book& vos) const;

private:
  bool update_fqans(const owner& of, const member* before, const member* after,
                    std::chrono::sys_seconds now);
  withdrawn of(const owner& x, const member* now) const;

  all_taken all_;
};

/// The same for those who watch, in the order of the last change of each certificate.
class withdrawal_log {
public:
  explicit withdrawal_log(std::uint64_t edition = 0) : edition_(edition) {}

  void add(std::vector<withdrawn> x);

  bool has_news(const watch_withdrawn& x) const { return x.edition != edition_ || x.after < last_; }

  withdrawn_news news(const watch_withdrawn& x) const;

private:
  std::uint64_t edition_ = 0, last_ = 0;
  std::map<std::uint64_t, withdrawn> rows_;
  std::map<owner, std::uint64_t> numbers_;
};

} // namespace trellis::voms
