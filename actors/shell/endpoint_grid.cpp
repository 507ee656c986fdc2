#include "actors/shell/endpoint_grid.hpp"

namespace trellis::shell {
namespace {

class endpoint_grid : public grid {
public:
  endpoint_grid(edge::rest_client client, attached_node node)
      : client_(std::move(client)), node_(std::move(node)) {}

  const attached_node& node() const override { return node_; }

  result<std::string> exchange(const address& to, std::uint16_t type, std::string body,
                               std::chrono::milliseconds limit) override {
    return client_.exchange(to, type, body, limit);
  }

  result<kept_proxy> delegate(const delegation_wish& x) override {
    gsi::new_proxy wish;
    wish.lifetime = x.valid;
    if (x.limited)
      wish.policy = gsi::proxy_policy::limited;
    auto kept = client_.delegate(x.id, wish, x.now, usual_limit);
    return kept ? as_kept(*kept) : result<kept_proxy>{kept.why()};
  }

  bool takes_delegations() const override { return true; }

  result<kept_proxy> delegate_unless_kept(const delegation_wish& wish,
                                          std::chrono::sys_seconds until) override {
    auto there = delegations();
    if (!there)
      return there.why();
    auto usual = client_.usual_delegation();
    for (auto& x : *there)
      if (x.id == usual && x.expires >= until)
        return std::move(x);
    return delegate(wish);
  }

  result<std::vector<kept_proxy>> delegations() override {
    auto there = client_.delegations_there(usual_limit);
    if (!there)
      return there.why();
    std::vector<kept_proxy> out;
    for (const auto& x : there->delegations)
      out.push_back(as_kept(x));
    return out;
  }

private:
  static kept_proxy as_kept(const edge::delegation& x) {
    return {x.id, x.subject, x.vo, x.fqans, x.limited, x.expires};
  }

  edge::rest_client client_;
  attached_node node_;
};

} // namespace

result<std::unique_ptr<grid>> attach_to_front(edge::client_config config) {
  auto client = edge::rest_client::open(std::move(config));
  if (!client)
    return client.why();
  auto status = client->status(usual_limit);
  if (!status)
    return status.why();
  attached_node node{status->host, status->roles};
  return std::unique_ptr<grid>{
      std::make_unique<endpoint_grid>(*std::move(client), std::move(node))};
}

} // namespace trellis::shell
