#include "storage/event_log.hpp"

#include "storage/keys.hpp"

namespace trellis::storage {
namespace {

constexpr char version = 1;

error torn(std::string_view what) {
  return {errc::malformed,
          "a row of " + std::string{what} + " cannot be read: it is torn or of another version"};
}

std::string owner_key(const index_place& at) {
  auto out = key("o", at.vo, at.owner);
  out += static_cast<char>(at.state);
  return out + be64(~at.registered);
}

std::string vo_key(const index_place& at) {
  auto out = key("v", at.vo);
  out += static_cast<char>(at.state);
  return out + be64(~at.registered);
}

} // namespace

void event_log::append(batch& to, std::uint64_t arrival, std::uint64_t identity, lb::moment arrived,
                       const lb::event& what) {
  wire::writer value;
  value.out.reserve(256);
  value.out += version;
  value.out += be64(identity);
  value.put(arrived);
  value.put(what);
  to.push_back({family::lb_events, key(what.job.text()) + be64(arrival), std::move(value.out)});
}

void event_log::put_state(batch& to, const job_id& job, std::string_view state) {
  std::string value;
  value.reserve(state.size() + 1);
  value += version;
  value += state;
  to.push_back({family::lb_jobs, key(job.text()), std::move(value)});
}

void event_log::enter(batch& to, const index_place& at, const job_id& job) {
  to.push_back({family::lb_index, owner_key(at), job.text()});
  to.push_back({family::lb_index, vo_key(at), job.text()});
}

void event_log::leave(batch& to, const index_place& at) {
  to.push_back({family::lb_index, owner_key(at), std::nullopt});
  to.push_back({family::lb_index, vo_key(at), std::nullopt});
}

void event_log::put_last_arrival(batch& to, std::uint64_t arrival) {
  to.push_back({family::lb_index, key("n"), be64(arrival)});
}

void event_log::hold(batch& to, std::uint64_t number, const held_event& x) {
  to.push_back({family::lb_index, key("h") + be64(number), version + wire::encode(x)});
}

void event_log::let_go(batch& to, std::uint64_t number) {
  to.push_back({family::lb_index, key("h") + be64(number), std::nullopt});
}

result<std::vector<lb::stored_event>> event_log::events_of(const job_id& job, std::uint64_t after,
                                                           std::size_t limit) const {
  std::vector<lb::stored_event> out;
  if (limit == 0 || after == UINT64_MAX)
    return out;
  auto prefix = key(job.text());
  auto bad = false;
  auto read = rows_.scan(family::lb_events, prefix, prefix + be64(after + 1),
                         [&](std::string_view k, std::string_view value) {
                           if (bad = value.size() < 9 || value.front() != version; bad)
                             return false;
                           lb::stored_event x;
                           x.arrival = read_be64(k.substr(prefix.size()));
                           wire::reader r{value.substr(9), {}};
                           r.take(x.arrived);
                           r.take(x.what);
                           bad = !r.done();
                           out.push_back(std::move(x));
                           return !bad && out.size() < limit;
                         });
  if (!read)
    return read.why();
  if (bad)
    return torn("the events of " + job.text());
  return out;
}

result<std::vector<std::uint64_t>> event_log::identities_of(const job_id& job) const {
  std::vector<std::uint64_t> out;
  auto prefix = key(job.text());
  auto read = rows_.scan(family::lb_events, prefix, {}, [&](auto, std::string_view value) {
    out.push_back(read_be64(value.substr(std::min<std::size_t>(1, value.size()))));
    return true;
  });
  if (!read)
    return read.why();
  return out;
}

result<std::optional<std::string>> event_log::state_of(const job_id& job) const {
  auto row = rows_.get(family::lb_jobs, key(job.text()));
  if (!row || !*row)
    return row;
  if ((*row)->empty() || (*row)->front() != version)
    return torn("the state of " + job.text());
  return std::optional{(*row)->substr(1)};
}

result<std::vector<indexed_job>> event_log::jobs_in(const index_range& range, std::uint64_t before,
                                                    std::size_t limit) const {
  std::vector<indexed_job> out;
  auto prefix = range.owner ? key("o", range.vo, *range.owner) : key("v", range.vo);
  prefix += static_cast<char>(range.state);
  auto from = before == 0 ? std::string{} : prefix + be64(~(before - 1));
  auto bad = false;
  auto read
      = rows_.scan(family::lb_index, prefix, from, [&](std::string_view k, std::string_view value) {
          if (out.size() >= limit)
            return false;
          auto job = job_id::parse(value);
          if (bad = !job; bad)
            return false;
          out.push_back({~read_be64(k.substr(prefix.size())), std::move(*job)});
          return true;
        });
  if (!read)
    return read.why();
  if (bad)
    return torn("the index of jobs");
  return out;
}

result<std::uint64_t> event_log::last_arrival() const {
  auto row = rows_.get(family::lb_index, key("n"));
  if (!row)
    return row.why();
  return *row ? read_be64(**row) : 0;
}

result<done> event_log::each_place(const place_reader& read) const {
  auto prefix = key("o");
  return rows_.scan(family::lb_index, prefix, {}, [&](std::string_view k, std::string_view) {
    auto rest = k.substr(prefix.size());
    auto vo = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(vo.size() + 1);
    auto owner = rest.substr(0, rest.find('\0'));
    read(vo, owner, static_cast<lb::job_state>(rest[owner.size() + 1]));
    return true;
  });
}

result<done> event_log::each_held(const held_reader& read) const {
  auto prefix = key("h");
  auto bad = false;
  auto all
      = rows_.scan(family::lb_index, prefix, {}, [&](std::string_view k, std::string_view value) {
          held_event x;
          bad = value.empty() || value.front() != version || !wire::read(value.substr(1), x);
          if (!bad)
            read(read_be64(k.substr(prefix.size())), std::move(x));
          return !bad;
        });
  if (!all)
    return all.why();
  if (bad)
    return torn("the events that wait");
  return done{};
}

} // namespace trellis::storage
