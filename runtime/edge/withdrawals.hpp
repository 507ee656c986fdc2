#pragma once
/// What the VOMS servers that this node is linked to have taken back of their attribute
/// certificates, as one immutable value, and how their news make the next one. A server is heard
/// about its own attribute certificates only. What was heard last counts until more is heard.
#include "protocols/gsi/fqan.hpp"
#include "protocols/names/host_name.hpp"
#include "protocols/voms/withdrawn.hpp"

#include <memory>

namespace trellis::edge {

class withdrawals {
public:
  using owner = std::pair<std::string, voms::certificate_name>; // VO, and who
  using table = std::map<owner, voms::withdrawn>;

  /// Whether what the server at `host` once said of somebody still counts. Errors: `denied`, with
  /// the reason as its bearer may read it.
  result<done> check(const std::string& host, const std::string& vo,
                     const voms::certificate_name& who, const std::vector<gsi::fqan>& fqans) const;

  withdrawals with(const host_name& server, table x) const;

private:
  std::map<std::string, std::shared_ptr<const table>> servers_; // by host
};

/// News of one server, put together.
class withdrawal_reader {
public:
  /// The next question.
  voms::watch_withdrawn question(std::chrono::milliseconds wait) const {
    return {edition_, last_, more_ ? std::chrono::milliseconds{0} : wait};
  }

  /// True when everything that the server has said is there, and is not what it was before.
  bool take(const voms::withdrawn_news& x);

  const withdrawals::table& known() const { return known_; }

private:
  std::uint64_t edition_ = 0, last_ = 0;
  bool more_ = false, changed_ = false;
  withdrawals::table known_;
};

} // namespace trellis::edge
