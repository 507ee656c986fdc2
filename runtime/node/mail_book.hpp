#pragma once
/// The numbers of all letters of a node: which number the next letter of each stream gets, how much
/// waits, which letters have come. Plain bookkeeping over the rows of storage/mail.hpp; the store
/// actor puts the changes it returns into the batch of the step.
#include "protocols/link/frames.hpp"
#include "runtime/interfaces/store.hpp"
#include "runtime/link/outbox.hpp"
#include "storage/mail.hpp"
#include "storage/meta.hpp"

namespace trellis {

struct mail_limits {
  /// Letters that may wait for one node; beyond it new work for it is refused as busy. Too low: a
  /// short break of a link stops work. Too high: a peer that is gone fills the disk.
  std::uint64_t outbox_bytes_a_peer = 256u << 20;
};

class mail_book {
public:
  mail_book() = default;

  /// Reads the rows. Streams of an earlier incarnation (the store was restored) begin anew; what
  /// that changes is left in `to_write`.
  static result<mail_book> read(const storage::engine& rows, const storage::identity& self,
                                mail_limits limits, std::vector<storage::change>& to_write);

  /// Refuses, as `busy`, letters for a peer whose outbox is full.
  result<done> has_room(const std::vector<store::outgoing_letter>& letters) const;

  /// Gives a letter its number; its rows are appended to `batch`.
  link::parcel put(const store::outgoing_letter& x, std::vector<storage::change>& batch);

  /// Whether the letter was accepted before.
  bool has(const receipt& x) const;

  /// Accepts a letter; the rows are appended to `batch`. A letter of this very node leaves the
  /// outbox with that.
  void accept(const receipt& x, std::vector<storage::change>& batch);

  void gone(const address& to, const std::vector<std::uint64_t>& numbers,
            std::vector<storage::change>& batch);

  /// The rows that say how far the streams are, once a batch; before it is committed.
  void settle(std::vector<storage::change>& batch);

  /// Letters after `last` begin a new stream; they are returned with their new numbers.
  result<std::vector<link::parcel>> restart(const address& to, std::uint64_t last,
                                            const storage::engine& rows,
                                            std::vector<storage::change>& batch);

  /// All letters to `peer` become dead letters.
  result<store::forgotten> forget(const host_name& peer, const storage::engine& rows,
                                  std::vector<storage::change>& batch);

private:
  struct out_stream {
    std::string incarnation;
    std::uint64_t next = 1;
    std::map<std::uint64_t, std::uint32_t> sizes; // of the letters that wait
  };

  struct in_stream {
    inbox box;
    std::set<std::uint64_t> rows; // receipts beyond `last` that have one
  };

  link::parcel number(const address& to, out_stream& stream, std::uint16_t type, std::string body,
                      std::vector<storage::change>& batch);
  void renew(const address& to, out_stream& stream);
  static std::uint32_t size_of(const std::string& body);

  storage::identity self_;
  mail_limits limits_;
  std::map<address, out_stream> out_;
  std::map<host_name, std::uint64_t> bytes_;
  std::map<std::string, in_stream, std::less<>> in_;
  std::set<address> numbered_;    // streams whose `next` row is not in a batch yet
  std::set<std::string> came_on_; // inbox streams whose rows are not as they are
};

} // namespace trellis
