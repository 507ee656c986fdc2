#include "runtime/edge/front.hpp"

#include "runtime/edge/http_visitor.hpp"
#include "runtime/log/log.hpp"

#include <fmt/format.h>

namespace trellis::edge {

std::shared_ptr<net::visitor> front::receive(std::shared_ptr<net::byte_stream> stream,
                                             net::tls_visitor who) {
  auto x = std::make_shared<http_visitor>(shared_from_this(), std::move(stream), std::move(who));
  x->begin();
  return x;
}

result<address> front::receiver(role which, const std::optional<host_name>& at) const {
  if (at)
    return address{which, *at, 0};
  auto i = config_.serving.find(which);
  if (i == config_.serving.end())
    return error{errc::no_such_address,
                 fmt::format("{} has no role {} and cannot tell whose to take: say at=HOST",
                             config_.here.text(), word(which))};
  return address{which, i->second, 0};
}

void front::refused(std::string_view log_id, const std::string& remote, const error& why) {
  ++counters_.refused;
  constexpr unsigned lines_a_second = 100;
  auto now = std::chrono::steady_clock::now();
  if (now - lines_since_ >= std::chrono::seconds{1}) {
    lines_since_ = now;
    lines_ = 0;
  }
  if (++lines_ <= lines_a_second)
    log::warn(log_id, "a request from {} is refused ({}): {}", remote, word(why.code), why.text);
}

} // namespace trellis::edge
