/// How an attempt gets the proxy of its payload: a key is made here, the WMS signs for it with what
/// the owner has delegated, and the chain is judged here before anything starts.
#include "actors/ce/attempt_actor.hpp"
#include "runtime/log/log.hpp"

#include <caf/actor_cast.hpp>
#include <fmt/format.h>

namespace trellis {

namespace {
constexpr auto batch_limit = caf::infinite;
constexpr auto call_limit = std::chrono::seconds{20};
constexpr std::chrono::milliseconds longest_pause{30'000};
} // namespace

void attempt_shell::fetch_proxy() {
  if (!cfg_.trust)
    return refuse(ce::failure_class::before_payload,
                  "This CE has no trust anchors to judge delegated proxies by (edge.anchors)");
  busy_ = true;
  find_wms([this] { ask_proxy(); }, &attempt_shell::no_proxy);
}

void attempt_shell::ask_proxy() {
  auto asked = gsi::request_delegation();
  if (!asked)
    return no_proxy(asked.why());
  self_
      ->request(wms_, call_limit,
                wms::sign_proxy{life_.row().task.attempt, asked->csr, this_node()})
      .then([this, key = asked->key](const wms::signed_proxy& x) { take_proxy(key, x.chain); },
            [this](caf::error& e) { no_proxy(from_caf(e)); });
}

void attempt_shell::take_proxy(const gsi::private_key& key, const std::string& chain) {
  if (!life_.live()) {
    busy_ = false;
    return;
  }
  auto file = edge::proxy_for_payload(key, chain, life_.row().task.who, *cfg_.trust(),
                                      std::chrono::floor<std::chrono::seconds>(now()));
  if (!file) {
    // Another site may believe what this one does not; time is over everywhere.
    bool over = file.why().code == errc::expired;
    log::info("attempt-proxy-refused", "{} attempt {}: {}", life_.row().task.attempt.job.text(),
              life_.row().task.attempt.number, file.why().text);
    return refuse(over ? ce::failure_class::job_fault : ce::failure_class::before_payload,
                  file.why().text);
  }
  self_->request(queue_, batch_limit, batch::put_proxy{session_, *std::move(file)})
      .then(
          [this](const batch::done&) {
            has_proxy_ = true;
            busy_ = false;
            if (life_.live())
              submit();
          },
          [this](caf::error& e) { no_proxy(from_caf(e)); });
}

void attempt_shell::no_proxy(const error& why) {
  busy_ = false;
  const auto& task = life_.row().task;
  auto text = fmt::format("Cannot get the proxy of {} from {}: {}", task.who.subject,
                          task.wms.text(), why.text);
  switch (why.code) {
  case errc::expired:
  case errc::not_found:
    return refuse(ce::failure_class::job_fault, text); // nor will another CE get one
  case errc::denied:
  case errc::illegal_transition:
  case errc::malformed:
  case errc::unknown_message:
    return refuse(ce::failure_class::before_payload, text);
  default:
    log::debug("attempt-proxy-waits", "{} attempt {}: {}", task.attempt.job.text(),
               task.attempt.number, why.text);
    wake_in(std::exchange(fetch_pause_, std::min(fetch_pause_ * 2, longest_pause)));
  }
}

} // namespace trellis
