/// How an attempt gets its input sandbox: in pieces, from its WMS, on from what is there.
#include "actors/ce/attempt_actor.hpp"
#include "actors/ce/wrapper.hpp"
#include "runtime/log/log.hpp"

#include <caf/actor_cast.hpp>

namespace trellis {

using namespace std::chrono_literals;

namespace {
constexpr auto batch_limit = std::chrono::seconds{120};
constexpr auto call_limit = std::chrono::seconds{20};
constexpr std::chrono::milliseconds longest_fetch_pause{30'000};
} // namespace

void attempt_shell::fetch() {
  if (life_.row().task.what.input.empty())
    return submit();
  busy_ = true;
  find_wms([this] { fetch_piece(0, 0); }, &attempt_shell::fetch_later);
}

void attempt_shell::find_wms(std::function<void()> then,
                             void (attempt_shell::*failed)(const error&)) {
  self_
      ->request(ctx_.directory, call_limit,
                directory::find{
                    address{role::wms, life_.row().task.wms, 0}
  })
      .then(
          [this, then = std::move(then)](directory::found& x) {
            wms_ = caf::actor_cast<wms_actor>(x.handle);
            then();
          },
          [this, failed](caf::error& e) { (this->*failed)(from_caf(e)); });
}

void attempt_shell::fetch_piece(std::size_t file, std::uint64_t offset) {
  const auto& task = life_.row().task;
  if (!life_.live()) {
    busy_ = false;
    return;
  }
  if (file == task.what.input.size()) {
    busy_ = false;
    return submit();
  }
  const auto& name = task.what.input[file].name;
  if (!is_leaf_name(name))
    return refuse(ce::failure_class::job_fault, "'" + name + "' cannot be the name of a file");
  auto ask = [this, file](std::uint64_t from) {
    self_
        ->request(wms_, call_limit,
                  wms::read_input{life_.row().task.attempt, life_.row().task.what.input[file].name,
                                  from, chunk_limit_bytes, this_node()})
        .then([this, file, from](chunk& piece) { take_piece(file, from, piece); },
              [this](caf::error& e) { fetch_later(from_caf(e)); });
  };
  if (offset > 0)
    return ask(offset);
  self_->request(queue_, batch_limit, batch::input_size{session_, name})
      .then([ask](const batch::input_there& x) { ask(x.size); },
            [this](caf::error& e) { fetch_later(from_caf(e)); });
}

void attempt_shell::take_piece(std::size_t file, std::uint64_t offset, chunk& piece) {
  if (piece.offset != offset || piece.crc32 != crc32(piece.bytes)
      || (piece.bytes.empty() && !piece.last))
    return fetch_later({errc::malformed, "a piece came with a wrong place or checksum"});
  const auto& task = life_.row().task;
  const auto& input = task.what.input[file];
  auto last = piece.last;
  auto end = offset + piece.bytes.size();
  fetch_pause_ = 500ms;
  self_
      ->request(queue_, batch_limit,
                batch::put_input{session_, input.name, std::move(piece),
                                 input.executable || ce::runs_itself(task.what, input.name)})
      .then(
          [this, file, end, last](const batch::input_there&) {
            if (last)
              fetch_piece(file + 1, 0);
            else
              fetch_piece(file, end);
          },
          [this](caf::error& e) { fetch_later(from_caf(e)); });
}

void attempt_shell::fetch_later(const error& why) {
  busy_ = false;
  const auto& task = life_.row().task;
  if (why.code == errc::not_found || why.code == errc::denied
      || why.code == errc::illegal_transition || why.code == errc::usage)
    return refuse(ce::failure_class::before_payload,
                  fmt::format("Cannot download the input from {}: {}", task.wms.text(), why.text));
  log::debug("attempt-input-waits", "{} attempt {}: {}", task.attempt.job.text(),
             task.attempt.number, why.text);
  wake_in(std::exchange(fetch_pause_, std::min(fetch_pause_ * 2, longest_fetch_pause)));
}

} // namespace trellis
