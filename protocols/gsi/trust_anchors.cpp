#include "protocols/gsi/trust_anchors.hpp"

#include "protocols/gsi/proxy.hpp"
#include "protocols/gsi/trust_store.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace trellis::gsi {

namespace {

struct free_crl {
  void operator()(X509_CRL* x) const { X509_CRL_free(x); }
};

/// "1a2b3c4d" and "r0" of "1a2b3c4d.r0".
std::pair<std::string, std::string> split(const std::string& name) {
  auto dot = name.rfind('.');
  if (dot == name.npos)
    return {name, {}};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

bool is_number(std::string_view x) {
  return !x.empty() && std::ranges::all_of(x, [](char c) { return c >= '0' && c <= '9'; });
}

bool holds_certificates(std::string_view kind) {
  return kind == "pem" || kind == "crt" || is_number(kind);
}

bool holds_crl(std::string_view kind) {
  return kind == "crl" || (kind.starts_with('r') && is_number(kind.substr(1)));
}

std::set<std::string> hashes_of(const certificate& ca) {
  auto name = X509_get_subject_name(ca.handle());
  int ok = 0;
  auto hash = X509_NAME_hash_ex(name, nullptr, nullptr, &ok);
  return {fmt::format("{:08x}", hash), fmt::format("{:08x}", X509_NAME_hash_old(name))};
}

std::string normal_subject(const certificate& x) {
  auto name = x.subject_name();
  return name ? name->normal() : std::string{};
}

bool has_critical(const STACK_OF(X509_EXTENSION) * all) {
  for (int i = 0; i < sk_X509_EXTENSION_num(all); ++i)
    if (X509_EXTENSION_get_critical(sk_X509_EXTENSION_value(all, i)) == 1)
      return true;
  return false;
}

/// Indirect, partial and delta CRLs say so in critical extensions, of which we know none.
std::string why_unusable(X509_CRL* list) {
  if (has_critical(X509_CRL_get0_extensions(list)))
    return "it has a critical extension, so it may not be the CA's full list";
  auto entries = X509_CRL_get_REVOKED(list);
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i)
    if (has_critical(X509_REVOKED_get0_extensions(sk_X509_REVOKED_value(entries, i))))
      return "an entry of it has a critical extension";
  if (!to_instant(X509_CRL_get0_lastUpdate(list)) || !to_instant(X509_CRL_get0_nextUpdate(list)))
    return "it does not say from when to when it holds";
  return {};
}

std::unique_ptr<X509_CRL, free_crl> read_crl(std::string_view bytes) {
  if (bytes.starts_with('\x30')) {
    auto at = reinterpret_cast<const unsigned char*>(bytes.data());
    return std::unique_ptr<X509_CRL, free_crl>{
        d2i_X509_CRL(nullptr, &at, static_cast<long>(bytes.size()))};
  }
  return std::unique_ptr<X509_CRL, free_crl>{
      PEM_read_bio_X509_CRL(reader(bytes).get(), nullptr, nullptr, nullptr)};
}

class loader {
public:
  explicit loader(trust_settings settings) { store_->settings = settings; }

  void load(const std::vector<named_bytes>& files) {
    std::size_t taken = 0;
    for (const auto& x : files) {
      if (++taken > trust_anchors::max_files) {
        problem(x.name, "there are more than 20,000 files; this and the rest is not read");
        break;
      }
      if (x.bytes.size() > trust_anchors::max_file_bytes)
        problem(x.name, "it is longer than 32 MiB and is not read");
      else
        load(x);
    }
    for (auto& [name, lists] : store_->revoked)
      for (auto& list : lists)
        check_signature(name, list);
    for (auto& x : store_->anchors) {
      x.has_namespaces = store_->policy_of(x.cert) != nullptr;
      note_crl(x);
    }
  }

  void add(const certificate& ca, const std::string& file) {
    for (auto& x : store_->anchors)
      if (x.cert.fingerprint() == ca.fingerprint()) {
        x.files.push_back(file);
        store_->stems[normal_subject(ca)].insert(split(file).first);
        return;
      }
    X509_STORE_add_cert(store_->store.get(), ca.handle());
    auto& stems = store_->stems[normal_subject(ca)];
    stems.merge(hashes_of(ca));
    stems.insert(split(file).first);
    store_->anchors.push_back({ca, {file}, false, false, std::nullopt});
  }

  std::shared_ptr<trust_store> store() { return store_; }

  std::vector<anchor_problem> problems() { return std::move(problems_); }

private:
  void problem(const std::string& file, std::string_view why) {
    problems_.push_back({file, fmt::format("{}: {}", file, why)});
  }

  void load(const named_bytes& x) {
    auto [stem, kind] = split(x.name);
    if (holds_certificates(kind))
      load_certificates(x);
    else if (holds_crl(kind) && store_->settings.crl != crl_rule::off)
      load_crl(x);
    else if (kind == "signing_policy")
      load_policy(store_->eacls[stem], x, parse_signing_policy(x.bytes));
    else if (kind == "namespaces")
      load_policy(store_->namespaces[stem], x, parse_namespaces(x.bytes));
  }

  void load_certificates(const named_bytes& x) {
    auto all = certificate::parse_all(x.bytes);
    if (!all)
      return problem(x.name, all.why().text);
    for (const auto& ca : *all) {
      if (!ca.subject_name())
        problem(x.name, "it holds a certificate whose name cannot be read");
      else if (!ca.is_ca() || is_proxy(ca))
        problem(x.name, fmt::format("{} is no CA", ca.subject()));
      else
        add(ca, x.name);
    }
  }

  void load_policy(policy_file& to, const named_bytes& x, result<name_policy> policy) {
    to.file = x.name;
    if (policy) {
      to.policy = *std::move(policy);
      return;
    }
    to.unusable = fmt::format("{}: {}", x.name, policy.why().text);
    problems_.push_back({x.name, to.unusable});
  }

  void load_crl(const named_bytes& x) {
    std::shared_ptr<X509_CRL> list = read_crl(x.bytes);
    if (!list)
      return problem(x.name, fmt::format("cannot read a CRL: {}", last_error()));
    auto issuer = dn::of(X509_CRL_get_issuer(list.get()));
    if (!issuer)
      return problem(x.name, issuer.why().text);
    auto& all = store_->revoked[issuer->normal()];
    // The same list stands under two hashes.
    if (std::ranges::any_of(
            all, [&](const auto& y) { return X509_CRL_match(y.list.get(), list.get()) == 0; }))
      return;
    revocation_list row{list, x.name, {}, {}, why_unusable(list.get()), {}};
    row.begins = to_instant(X509_CRL_get0_lastUpdate(list.get())).value_or(instant{});
    row.ends = to_instant(X509_CRL_get0_nextUpdate(list.get())).value_or(instant{});
    if (!row.unusable.empty())
      problem(x.name,
              fmt::format("the CRL of {} is not usable: {}", issuer->slash(), row.unusable));
    all.push_back(std::move(row));
  }

  /// Once here, so that it costs nothing later.
  void check_signature(const std::string& issuer, revocation_list& list) {
    bool known = false;
    for (const auto& x : store_->anchors) {
      if (normal_subject(x.cert) != issuer)
        continue;
      known = true;
      if (X509_CRL_verify(list.list.get(), X509_get0_pubkey(x.cert.handle())) == 1)
        list.verified_by.insert(x.cert.fingerprint());
      ERR_clear_error();
    }
    if (known && list.verified_by.empty())
      problem(list.file, "the CRL is not signed by a CA of that name");
  }

  void note_crl(anchor_facts& x) {
    for (const auto& list : store_->revoked[normal_subject(x.cert)]) {
      if (list.verified_by.count(x.cert.fingerprint()) == 0 || !list.unusable.empty())
        continue;
      x.has_crl = true;
      x.crl_ends = std::max(x.crl_ends.value_or(list.ends), list.ends);
    }
  }

  std::shared_ptr<trust_store> store_ = std::make_shared<trust_store>();
  std::vector<anchor_problem> problems_;
};

/// The lists of a CA that its very key signed.
std::vector<const revocation_list*> lists_of(const std::vector<revocation_list>& all,
                                             const certificate& ca) {
  std::vector<const revocation_list*> out;
  for (const auto& x : all) {
    auto fits = x.verified_by.count(ca.fingerprint()) > 0
                || X509_CRL_verify(x.list.get(), X509_get0_pubkey(ca.handle())) == 1;
    ERR_clear_error();
    if (fits)
      out.push_back(&x);
  }
  return out;
}

} // namespace

const policy_file* trust_store::policy_of(const certificate& ca) const {
  auto known = stems.find(normal_subject(ca));
  auto all = known == stems.end() ? hashes_of(ca) : known->second;
  for (auto files : {&namespaces, &eacls})
    for (const auto& stem : all)
      if (auto at = files->find(stem); at != files->end())
        return &at->second;
  return nullptr;
}

std::string why_revoked(const trust_store& trust, const certificate& x, const certificate& ca,
                        instant now) {
  if (trust.settings.crl == crl_rule::off)
    return {};
  auto named = trust.revoked.find(normal_subject(ca));
  if (named == trust.revoked.end() || named->second.empty())
    return trust.settings.crl == crl_rule::require
               ? fmt::format("there is no CRL of {}", ca.subject())
               : std::string{};
  auto lists = lists_of(named->second, ca);
  if (lists.empty())
    return fmt::format("the CRL of {} is not signed by its key", ca.subject());
  auto newest = *std::ranges::max_element(lists, {}, [](auto one) { return one->begins; });
  if (!newest->unusable.empty())
    return fmt::format("the CRL of {} is not usable: {}", ca.subject(), newest->unusable);
  if (newest->ends <= now || newest->begins > now + clock_skew)
    return fmt::format("the CRL of {} in {} is not valid at this time", ca.subject(), newest->file);
  for (auto list : lists) {
    X509_REVOKED* entry = nullptr;
    if (X509_CRL_get0_by_cert(list->list.get(), &entry, x.handle()) != 0)
      return fmt::format("{} has revoked it", ca.subject());
  }
  return {};
}

std::string why_outside(const trust_store& trust, const certificate& x, const certificate& ca) {
  auto file = trust.policy_of(ca);
  if (!file)
    return trust.settings.namespaces == namespace_rule::require ? fmt::format(
               "there is no signing_policy and no namespaces file of {}", ca.subject())
                                                                : std::string{};
  if (!file->unusable.empty())
    return fmt::format("the policy of {} cannot be read: {}", ca.subject(), file->unusable);
  if (!file->policy.permits(ca.subject(), x.subject()))
    return fmt::format("{} may not sign this name, by {}", ca.subject(), file->file);
  return {};
}

trust_anchors::trust_anchors() : store_(std::make_shared<trust_store>()) {}

trust_anchors::loaded trust_anchors::load(const std::vector<named_bytes>& files,
                                          trust_settings settings) {
  loader all{settings};
  all.load(files);
  loaded out;
  out.anchors.store_ = all.store();
  out.problems = all.problems();
  return out;
}

trust_anchors trust_anchors::of(const std::vector<certificate>& cas) {
  loader all{
      {crl_rule::off, namespace_rule::if_present}
  };
  for (const auto& x : cas)
    all.add(x, "");
  trust_anchors out;
  out.store_ = all.store();
  return out;
}

std::size_t trust_anchors::size() const { return store_->anchors.size(); }

std::vector<anchor_facts> trust_anchors::facts() const { return store_->anchors; }

} // namespace trellis::gsi
