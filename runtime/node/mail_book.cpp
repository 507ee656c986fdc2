#include "runtime/node/mail_book.hpp"

#include "storage/keys.hpp"

#include <fmt/format.h>

namespace trellis {
namespace {

std::string key_of(const stream& x) {
  return storage::inbox_key(x.from.text(), x.birth, x.incarnation, text(x.to));
}

} // namespace

std::uint32_t mail_book::size_of(const std::string& body) {
  return static_cast<std::uint32_t>(body.size() + 64); // a row costs more than its body
}

result<mail_book> mail_book::read(const storage::engine& rows, const storage::identity& self,
                                  mail_limits limits, std::vector<storage::change>& to_write) {
  mail_book book;
  book.self_ = self;
  book.limits_ = limits;
  auto outboxes = storage::read_outboxes(rows);
  if (!outboxes)
    return outboxes.why();
  for (auto& row : *outboxes) {
    auto to = parse_address(row.address);
    if (!to)
      return error{errc::storage, "an outbox row is of no address: " + to.why().text};
    auto& stream = book.out_[*to];
    stream.incarnation = row.incarnation;
    stream.next = row.next;
    for (const auto& x : row.waiting) {
      stream.sizes[x.number] = size_of(x.body);
      book.bytes_[to->host] += size_of(x.body);
    }
    if (!row.incarnation.starts_with(self.incarnation))
      if (auto anew = book.restart(*to, 0, rows, to_write); !anew)
        return anew.why();
  }
  auto inboxes = storage::read_inboxes(rows);
  if (!inboxes)
    return inboxes.why();
  for (const auto& row : *inboxes)
    book.in_.insert_or_assign(storage::inbox_key(row.host, row.birth, row.incarnation, row.address),
                              in_stream{
                                  inbox{row.last,           {row.beyond.begin(), row.beyond.end()}},
                                  {row.beyond.begin(), row.beyond.end()                      }
    });
  return book;
}

result<done> mail_book::has_room(const std::vector<store::outgoing_letter>& letters) const {
  for (const auto& x : letters)
    if (auto i = bytes_.find(x.to.host);
        i != bytes_.end() && i->second >= limits_.outbox_bytes_a_peer)
      return error{errc::busy, fmt::format("the outbox to {} is full: {} bytes wait for it",
                                           x.to.host.text(), i->second)};
  return done{};
}

link::parcel mail_book::number(const address& to, out_stream& stream, std::uint16_t type,
                               std::string body, std::vector<storage::change>& batch) {
  auto n = stream.next++;
  stream.sizes[n] = size_of(body);
  bytes_[to.host] += size_of(body);
  auto where = text(to);
  batch.push_back({storage::family::outbox, storage::outbox_letter_key(where, n),
                   storage::letter_value(type, body)});
  numbered_.insert(to);
  return {self_.birth, stream.incarnation, to, n, type, std::move(body)};
}

link::parcel mail_book::put(const store::outgoing_letter& x, std::vector<storage::change>& batch) {
  auto [i, is_new] = out_.try_emplace(x.to);
  if (is_new)
    i->second.incarnation = self_.incarnation;
  return number(x.to, i->second, x.type, x.body, batch);
}

bool mail_book::has(const receipt& x) const {
  auto i = in_.find(key_of(x.from));
  return i != in_.end() && i->second.box.has(x.number);
}

void mail_book::accept(const receipt& x, std::vector<storage::change>& batch) {
  auto key = key_of(x.from);
  in_[key].box.accept(x.number);
  came_on_.insert(std::move(key));
  const auto& s = x.from;
  if (auto i = out_.find(s.to); i != out_.end() && s.from == s.to.host && s.birth == self_.birth
                                && s.incarnation == i->second.incarnation)
    gone(s.to, {x.number}, batch);
}

void mail_book::settle(std::vector<storage::change>& batch) {
  for (const auto& to : std::exchange(numbered_, {})) {
    const auto& stream = out_.at(to);
    batch.push_back({storage::family::outbox, storage::outbox_next_key(text(to)),
                     storage::outbox_next_value(stream.next, stream.incarnation)});
  }
  for (const auto& key : std::exchange(came_on_, {})) {
    auto& [box, rows] = in_.at(key);
    batch.push_back({storage::family::inbox, key, storage::be64(box.last())});
    for (auto i = rows.begin(); i != rows.end() && *i <= box.last(); i = rows.erase(i))
      batch.push_back({storage::family::inbox, key + storage::be64(*i), std::nullopt});
    for (auto n : box.beyond())
      if (rows.insert(n).second)
        batch.push_back({storage::family::inbox, key + storage::be64(n), std::string{}});
  }
}

void mail_book::gone(const address& to, const std::vector<std::uint64_t>& numbers,
                     std::vector<storage::change>& batch) {
  auto i = out_.find(to);
  if (i == out_.end())
    return;
  auto where = text(to);
  for (auto n : numbers)
    if (auto size = i->second.sizes.find(n); size != i->second.sizes.end()) {
      bytes_[to.host] -= size->second;
      i->second.sizes.erase(size);
      batch.push_back({storage::family::outbox, storage::outbox_letter_key(where, n), {}});
    }
}

void mail_book::renew(const address& to, out_stream& stream) {
  for (const auto& [n, size] : stream.sizes)
    bytes_[to.host] -= size;
  stream.sizes.clear();
  // The first part tells the store's incarnation, the second how often this stream began anew.
  unsigned generation = 0;
  if (auto dot = stream.incarnation.find('.');
      dot != std::string::npos && stream.incarnation.starts_with(self_.incarnation))
    generation = static_cast<unsigned>(std::stoul(stream.incarnation.substr(dot + 1)));
  stream.incarnation = stream.incarnation.starts_with(self_.incarnation)
                           ? fmt::format("{}.{}", self_.incarnation, generation + 1)
                           : self_.incarnation;
  stream.next = 1;
}

result<std::vector<link::parcel>> mail_book::restart(const address& to, std::uint64_t last,
                                                     const storage::engine& rows,
                                                     std::vector<storage::change>& batch) {
  auto& stream = out_[to];
  auto where = text(to);
  std::vector<storage::waiting_letter> letters;
  auto prefix = storage::key("l", where);
  auto read = rows.scan(
      storage::family::outbox, prefix, {}, [&](std::string_view key, std::string_view value) {
        auto type = static_cast<std::uint16_t>(storage::read_be64(value));
        letters.push_back({storage::read_be64(key.substr(prefix.size())), type,
                           std::string{value.substr(std::min<std::size_t>(8, value.size()))}});
        return true;
      });
  if (!read)
    return read.why();
  renew(to, stream);
  for (const auto& x : letters)
    batch.push_back({storage::family::outbox, storage::outbox_letter_key(where, x.number), {}});
  batch.push_back({storage::family::outbox, storage::outbox_next_key(where),
                   storage::outbox_next_value(stream.next, stream.incarnation)});
  std::vector<link::parcel> anew;
  for (auto& x : letters)
    if (x.number > last)
      anew.push_back(number(to, stream, x.type, std::move(x.body), batch));
  return anew;
}

result<store::forgotten> mail_book::forget(const host_name& peer, const storage::engine& rows,
                                           std::vector<storage::change>& batch) {
  store::forgotten out;
  for (auto& [to, stream] : out_) {
    if (to.host != peer)
      continue;
    auto where = text(to);
    auto prefix = storage::key("l", where);
    auto incarnation = stream.incarnation;
    auto read = rows.scan(
        storage::family::outbox, prefix, {}, [&](std::string_view key, std::string_view value) {
          auto n = storage::read_be64(key.substr(prefix.size()));
          batch.push_back({storage::family::outbox, std::string{key}, {}});
          batch.push_back({storage::family::dead_letters,
                           storage::dead_outbox_key(where, incarnation, n), std::string{value}});
          ++out.letters;
          return true;
        });
    if (!read)
      return read.why();
    renew(to, stream); // should the peer ever come back, it begins at 1
    batch.push_back({storage::family::outbox, storage::outbox_next_key(where),
                     storage::outbox_next_value(stream.next, stream.incarnation)});
    out.streams.push_back(to);
  }
  return out;
}

} // namespace trellis
