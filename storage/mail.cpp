#include "storage/mail.hpp"

#include "storage/keys.hpp"

#include <array>

namespace trellis::storage {
namespace {

/// Cuts the next zero-ended text off `rest`.
std::string_view cut(std::string_view& rest) {
  auto text = rest.substr(0, rest.find('\0'));
  rest.remove_prefix(std::min(rest.size(), text.size() + 1));
  return text;
}

} // namespace

std::string inbox_key(std::string_view host, std::string_view birth, std::string_view incarnation,
                      std::string_view address) {
  return key(host, birth, incarnation, address);
}

std::string outbox_next_key(std::string_view address) { return key("n", address); }

std::string outbox_letter_key(std::string_view address, std::uint64_t number) {
  return key("l", address) + be64(number);
}

std::string outbox_next_value(std::uint64_t next, std::string_view incarnation) {
  return be64(next) + key(incarnation);
}

std::string letter_value(std::uint16_t type, std::string_view body) {
  return be64(type).append(body);
}

std::string dead_outbox_key(std::string_view address, std::string_view incarnation,
                            std::uint64_t number) {
  return key("o", address, incarnation) + be64(number);
}

std::string dead_inbox_key(std::string_view host, std::string_view incarnation,
                           std::string_view address, std::uint64_t number) {
  return key("i", host, incarnation, address) + be64(number);
}

result<std::vector<outbox_rows>> read_outboxes(const engine& rows) {
  std::vector<outbox_rows> all;
  auto read = rows.scan(family::outbox, key("n"), {}, [&](std::string_view k, std::string_view v) {
    cut(k);
    auto next = read_be64(v);
    v.remove_prefix(std::min<std::size_t>(v.size(), 8));
    all.push_back({std::string{cut(k)}, std::string{cut(v)}, next, {}});
    return true;
  });
  for (auto& box : all) {
    if (!read)
      break;
    auto prefix = key("l", box.address);
    read = rows.scan(family::outbox, prefix, {}, [&](std::string_view k, std::string_view v) {
      k.remove_prefix(prefix.size());
      auto type = static_cast<std::uint16_t>(read_be64(v));
      box.waiting.push_back(
          {read_be64(k), type, std::string{v.substr(std::min<std::size_t>(v.size(), 8))}});
      return true;
    });
  }
  if (!read)
    return read.why();
  return all;
}

result<std::vector<inbox_rows>> read_inboxes(const engine& rows) {
  std::vector<inbox_rows> all;
  auto read = rows.scan(family::inbox, {}, {}, [&](std::string_view k, std::string_view v) {
    inbox_rows row;
    row.host = cut(k);
    row.birth = cut(k);
    row.incarnation = cut(k);
    row.address = cut(k);
    auto same = !all.empty() && all.back().host == row.host && all.back().birth == row.birth
                && all.back().incarnation == row.incarnation && all.back().address == row.address;
    if (!same)
      all.push_back(std::move(row));
    if (k.empty())
      all.back().last = read_be64(v);
    else
      all.back().beyond.push_back(read_be64(k));
    return true;
  });
  if (!read)
    return read.why();
  return all;
}

} // namespace trellis::storage
