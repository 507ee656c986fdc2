#pragma once
/// What a proxy says of itself, for people: nothing of it is verified.
#include "protocols/gsi/voms_ac.hpp"

#include <string>
#include <vector>

namespace trellis::gsi {

struct proxy_facts {
  std::string subject, issuer; // slash forms
  std::string identity;        // subject of the first certificate that is no proxy
  std::string type;            // "RFC 3820 proxy", "limited RFC 3820 proxy", "certificate"
  std::string strength;        // "EC 256"
  bool limited = false;
  instant not_before, ends; // ends: the first of the whole chain
  std::vector<attribute_certificate> attributes;
  std::string trouble; // why attributes cannot be read; empty: they can, or there are none
};

proxy_facts facts_of(const std::vector<certificate>& chain);

/// "RSA 2048", "EC 256".
std::string strength_of(const certificate& x);

/// Whether it is a certificate of this host: by its alternative names, wildcards too.
bool is_for_host(const certificate& x, const std::string& host);

} // namespace trellis::gsi
