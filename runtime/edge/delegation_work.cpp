/// Delegation over REST:
///
///   POST   /v1/delegations[/ID]   a request for a proxy: its id and the CSR
///   PUT    /v1/delegations/ID     the signed proxy and its chain, PEM
///   GET    /v1/delegations        one's own
///   DELETE /v1/delegations/ID
#include "protocols/json/text.hpp"
#include "runtime/edge/delegations.hpp"
#include "runtime/edge/exchange.hpp"

namespace trellis::edge {

namespace {

template <class T>
http::response answered(const result<T>& x, int status = 200) {
  return x ? http::json_response(json(*x) + "\n", status) : http::failed(x.why());
}

gsi::instant now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

class delegation_work : public work {
public:
  void begin(exchange& x) override {
    const auto& head = x.what().head;
    if (head.method != "PUT")
      return act(x, "");
    if (head.body == http::framing::none || head.length > gsi::max_credential_bytes)
      return unfit(x);
    x.want_body(gsi::max_credential_bytes + 1);
  }

  void body(exchange& x, std::string pem, bool last) override {
    if (!last || pem.size() > gsi::max_credential_bytes)
      return unfit(x);
    act(x, std::move(pem));
  }

private:
  static void unfit(exchange& x) {
    x.respond(
        http::failed(413, {errc::usage, "the body has to be a chain in PEM of at most 64 KiB"}));
  }

  static void act(exchange& x, std::string pem) {
    const auto& path = x.what().target.path;
    auto id = path.size() > 2 ? path[2] : std::string{};
    auto book = x.house().delegations();
    x.in_background([book, who = x.what().who, method = x.what().head.method, id,
                     pem = std::move(pem)]() -> http::response {
      if (method == "POST")
        return answered(book->offer(who, id, now()), 201);
      if (method == "PUT")
        return answered(book->accept(who, id, pem, now()), 201);
      if (method == "DELETE") {
        auto gone = book->remove(who, id);
        return gone ? http::json_response("{}\n") : http::failed(gone.why());
      }
      return answered(book->list(who, now()));
    });
  }
};

} // namespace

std::unique_ptr<work> delegation_for(const asked_for& what) {
  const auto& path = what.target.path;
  if (path.size() < 2 || path.size() > 3 || path[0] != "v1" || path[1] != "delegations")
    return nullptr;
  const auto& method = what.head.method;
  bool named = path.size() == 3;
  if (method == "POST" || (named ? method == "PUT" || method == "DELETE" : method == "GET"))
    return std::make_unique<delegation_work>();
  return nullptr;
}

} // namespace trellis::edge
