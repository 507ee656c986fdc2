#pragma once
/// The directories of trust anchors, VOMS servers and issuers of tokens, read at the start and
/// again when a file in them has changed, by a thread of its own. What cannot be read is told in
/// the log (edge-trust-problem); the rest is trusted all the same, but for a CA whose policy or CRL
/// is broken.
#include "runtime/edge/identity.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace trellis::edge {

struct trust_places {
  std::string anchors;                // a directory such as /etc/grid-security/certificates
  std::string vomsdir;                // may be missing: then nobody vouches for VOs
  std::string issuers;                // of tokens, a file each (token_identity.hpp); empty: none
  std::vector<std::string> audiences; // our names in tokens
  host_name here;
  std::chrono::milliseconds watch{10'000};
};

class trust_book {
public:
  /// Errors: those of load_trust_anchors and load_vomsdir.
  static result<std::unique_ptr<trust_book>> open(trust_places places);

  ~trust_book();

  trust_book(const trust_book&) = delete;
  trust_book& operator=(const trust_book&) = delete;

  /// From any thread. A new pointer means that something has changed.
  std::shared_ptr<const trusted> now() const { return now_.load(); }

  /// Counts those changes.
  std::uint64_t edition() const { return edition_.load(); }

  /// All that this VOMS server has taken back; from any thread.
  void take_back(const host_name& server, withdrawals::table all);

private:
  explicit trust_book(trust_places places) : places_(std::move(places)) {}

  std::string stamp() const;
  void use(trusted x);
  result<done> read();
  void watch();

  trust_places places_;
  std::atomic<std::shared_ptr<const trusted>> now_;
  std::atomic<std::uint64_t> edition_ = 0;
  std::mutex change_; // one at a time
  std::string stamp_;
  std::mutex mutex_; // of stopping_
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace trellis::edge
