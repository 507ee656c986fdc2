#include "runtime/edge/delegations.hpp"

#include "protocols/gsi/digest.hpp"
#include "protocols/names/limited.hpp"
#include "runtime/node/files.hpp"
#include "runtime/node/trust_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace trellis::edge {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".pem";

/// It becomes part of a path.
bool is_id(std::string_view x) {
  return !x.empty() && x.size() <= 64 && std::ranges::all_of(x, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'
           || c == '_';
  });
}

result<done> may_delegate(const principal& who, const std::string& id) {
  if (who.kind != principal_kind::x509)
    return error{errc::denied, "only who comes with a certificate or a proxy can delegate one"};
  if (is_limited(who))
    return error{errc::denied,
                 fmt::format("the proxy of {} is limited: it may not be delegated", who.subject)};
  if (!is_id(id))
    return error{errc::usage, fmt::format("'{}' is no id of a delegation: 1 to 64 letters, digits, "
                                          "'-' and '_'",
                                          id)};
  return done{};
}

std::vector<std::string> der_of(const std::vector<gsi::certificate>& chain) {
  std::vector<std::string> out;
  for (const auto& x : chain)
    out.push_back(x.der());
  return out;
}

delegation described(const std::string& id, const principal& x) {
  return {id, x.subject, x.vo, x.fqans, is_limited(x), x.expires};
}

/// The rights in `x` may be fewer than those of the connection that brings it.
result<done> within(const principal& x, const principal& who) {
  if (x.subject != who.subject || x.issuer != who.issuer)
    return error{errc::denied, fmt::format("the delegated proxy is that of {}, not of {}",
                                           x.subject, who.subject)};
  for (const auto& fqan : x.fqans)
    if (std::ranges::find(who.fqans, fqan) == who.fqans.end())
      return error{errc::denied, fmt::format("the delegated proxy has {}, which the proxy of this "
                                             "connection has not",
                                             fqan)};
  return done{};
}

} // namespace

std::string usual_delegation_id(const std::string& subject, const std::vector<std::string>& fqans) {
  auto text = subject;
  for (const auto& x : fqans)
    text += "\n" + x;
  return gsi::sha256_hex(text).substr(0, 16);
}

result<std::string> delegation_file(const std::string& directory, const std::string& owner,
                                    const std::string& id) {
  if (!is_id(id))
    return error{errc::usage, fmt::format("'{}' is no id of a delegation", id)};
  return directory + "/" + gsi::sha256_hex(owner) + "/" + id + std::string{suffix};
}

result<gsi::credential> load_delegation(const std::string& directory, const std::string& owner,
                                        const std::string& id) {
  auto file = delegation_file(directory, owner, id);
  if (!file)
    return file.why();
  auto x = load_credential(*file);
  if (!x && x.why().code == errc::not_found)
    return error{errc::not_found, fmt::format("{} has no delegation {} here", owner, id)};
  return x;
}

std::string delegations::directory_of(const principal& who) const {
  return directory_ + "/" + gsi::sha256_hex(who.subject);
}

std::string delegations::file_of(const principal& who, const std::string& id) const {
  return directory_of(who) + "/" + id + std::string{suffix};
}

std::vector<std::string> delegations::ids_of(const principal& who) const {
  std::vector<std::string> out;
  std::error_code ec;
  for (fs::directory_iterator i{directory_of(who), ec}, end; !ec && i != end; i.increment(ec))
    if (auto name = i->path().filename().string(); name.ends_with(suffix))
      out.push_back(name.substr(0, name.size() - suffix.size()));
  std::ranges::sort(out);
  return out;
}

void delegations::forget_old(gsi::instant now) {
  std::erase_if(pending_, [&](const auto& x) { return x.second.until <= now; });
}

result<delegation_offer> delegations::offer(const principal& who, std::string id,
                                            gsi::instant now) {
  if (id.empty())
    id = usual_delegation_id(who.subject, who.fqans);
  if (auto ok = may_delegate(who, id); !ok)
    return ok.why();
  forget_old(now);
  name key{who.subject, id};
  auto of_owner = std::ranges::count_if(
      pending_, [&](const auto& x) { return x.first.first == who.subject; });
  if (!pending_.contains(key)
      && (pending_.size() >= limits_.pending
          || static_cast<std::size_t>(of_owner) >= limits_.pending_of_owner))
    return error{errc::busy, fmt::format("{} requests for a delegation wait for an answer, {} of "
                                         "them of {}",
                                         pending_.size(), of_owner, who.subject)};
  auto request = gsi::request_delegation();
  if (!request)
    return request.why();
  pending_.insert_or_assign(key, pending{request->key, now + limits_.request});
  return delegation_offer{id, std::move(request->csr)};
}

result<delegation> delegations::accept(const principal& who, const std::string& id,
                                       std::string_view chain_pem, gsi::instant now) {
  if (auto ok = may_delegate(who, id); !ok)
    return ok.why();
  forget_old(now);
  auto asked = pending_.extract({who.subject, id}); // it serves once, whatever comes of it
  if (asked.empty())
    return error{
        errc::not_found,
        fmt::format("no request for a delegation with the id {} waits for {}", id, who.subject)};
  auto credential = gsi::accept_delegation(asked.mapped().key, chain_pem);
  if (!credential)
    return credential.why();
  if (credential->chain.size() < 2)
    return error{errc::malformed, "the delegated proxy came without the chain that signed it"};
  auto x = principal_of(der_of(credential->chain), *trust_(), now);
  if (!x)
    return error{errc::denied, x.why().text};
  if (auto ok = within(*x, who); !ok)
    return ok.why();
  auto left = x->expires - now;
  if (left < limits_.least || left > limits_.most)
    return error{errc::usage, fmt::format("the delegated proxy has {} s left; {} to {} are taken",
                                          std::chrono::floor<std::chrono::seconds>(left).count(),
                                          limits_.least.count(), limits_.most.count())};
  auto ids = ids_of(who);
  if (std::ranges::find(ids, id) == ids.end() && ids.size() >= limits_.stored_of_owner)
    return error{errc::busy,
                 fmt::format("{} has {} delegations here already", who.subject, ids.size())};
  for (const auto& directory : {directory_, directory_of(who)})
    if (auto made = make_directory(directory, 0700); !made)
      return made.why();
  if (auto saved = save_credential(file_of(who, id), *credential); !saved)
    return saved.why();
  return described(id, *x);
}

result<delegation_list> delegations::list(const principal& who, gsi::instant now) const {
  delegation_list out;
  std::error_code ec;
  for (const auto& id : ids_of(who)) {
    auto stored = load_credential(file_of(who, id));
    auto x = stored ? principal_of(der_of(stored->chain), *trust_(), now)
                    : result<principal>{stored.why()};
    if (x && x->subject == who.subject)
      out.delegations.push_back(described(id, *x));
    else if (!x && x.why().code == errc::expired)
      fs::remove(file_of(who, id), ec); // of no use to anybody
  }
  return out;
}

result<done> delegations::remove(const principal& who, const std::string& id) {
  if (!is_id(id))
    return error{errc::usage, fmt::format("'{}' is no id of a delegation", id)};
  std::error_code ec;
  pending_.erase({who.subject, id});
  if (!fs::remove(file_of(who, id), ec))
    return error{errc::not_found, fmt::format("{} has no delegation {} here", who.subject, id)};
  return done{};
}

} // namespace trellis::edge
