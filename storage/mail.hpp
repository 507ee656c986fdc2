#pragma once
/// Letters: what waits to be brought, and what has come.
///
///   column family  outbox
///   key            'n' '\0' address '\0'                 value  next:be64 incarnation '\0'
///   key            'l' '\0' address '\0' number:be64     value  type:be64 body
///
///   column family  inbox
///   key            host '\0' birth '\0' incarnation '\0' address '\0'            value  last:be64
///   key            the same, then number:be64            value  empty: a receipt beyond `last`
///
///   column family  dead_letters
///   key            'o' '\0' address '\0' incarnation '\0' number:be64
///   key            'i' '\0' host '\0' incarnation '\0' address '\0' number:be64
///   value          of both  type:be64 body
///
/// A stream has an incarnation of its own, drawn from the store's; it is drawn anew when the other
/// end turns out to be a restored backup. `next` is a row of its own: without it numbers start
/// again once all letters are gone, and a restarted sender would be taken for a repeat.
#include "storage/engine.hpp"

#include <cstdint>

namespace trellis::storage {

struct waiting_letter {
  std::uint64_t number = 0;
  std::uint16_t type = 0;
  std::string body;
};

struct outbox_rows {
  std::string address; // as printed
  std::string incarnation;
  std::uint64_t next = 1;
  std::vector<waiting_letter> waiting; // in order
};

/// The key of an inbox stream, without the numbers.
std::string inbox_key(std::string_view host, std::string_view birth, std::string_view incarnation,
                      std::string_view address);

struct inbox_rows {
  std::string host, birth, incarnation, address;
  std::uint64_t last = 0;
  std::vector<std::uint64_t> beyond;
};

std::string outbox_next_key(std::string_view address);
std::string outbox_letter_key(std::string_view address, std::uint64_t number);
std::string outbox_next_value(std::uint64_t next, std::string_view incarnation);
std::string letter_value(std::uint16_t type, std::string_view body);
std::string dead_outbox_key(std::string_view address, std::string_view incarnation,
                            std::uint64_t number);
std::string dead_inbox_key(std::string_view host, std::string_view incarnation,
                           std::string_view address, std::uint64_t number);

result<std::vector<outbox_rows>> read_outboxes(const engine& rows);
result<std::vector<inbox_rows>> read_inboxes(const engine& rows);

} // namespace trellis::storage
