#pragma once
/// A VO that tests share: alice with two certificates, groups and roles; bob, suspended; carol, who
/// is a user and nothing else.
#include "actors/voms/membership.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis::voms {

inline const certificate_name alice{"/DC=example/CN=alice", "/DC=example/CN=Users CA"};
inline const certificate_name also_alice{"/DC=org/CN=Alice A", "/DC=org/CN=Other CA"};
inline const certificate_name bob{"/DC=example/CN=bob", "/DC=example/CN=Users CA"};
inline const certificate_name carol{"/DC=example/CN=carol", "/DC=example/CN=Users CA"};

inline act about(act_kind what, std::string vo, certificate_name who = {}, std::string fqan = {},
                 std::string text = {}, std::string name = {}) {
  act x;
  x.what = what;
  x.vo = std::move(vo);
  x.certificate = std::move(who);
  x.fqan = std::move(fqan);
  x.text = std::move(text);
  x.name = std::move(name);
  return x;
}

inline std::vector<act> biomed_acts() {
  using enum act_kind;
  const std::string vo = "biomed";
  return {
      about(add_vo, vo),
      about(add_user, vo, alice),
      about(add_alias, vo, also_alice, "", alice.subject),
      about(add_fqan, vo, {}, "/biomed/a/b"),
      about(add_fqan, vo, {}, "/biomed/z"),
      about(add_fqan, vo, {}, "/biomed/a/Role=production"),
      about(add_fqan, vo, {}, "/biomed/Role=pilot"),
      about(grant, vo, alice, "/biomed/a/b"),
      about(grant, vo, alice, "/biomed/a/Role=production"),
      about(grant, vo, alice, "/biomed/Role=pilot"),
      about(set_attribute, vo, alice, "", "al", "nickname"),
      about(set_attribute, vo, {}, "/biomed/a", "10TB", "quota"),
      about(set_attribute, vo, {}, "/biomed/Role=pilot", "yes", "fast"),
      about(add_user, vo, bob),
      about(suspend_user, vo, bob, "", "key was stolen"),
      about(add_user, vo, carol),
  };
}

inline book made(const std::vector<act>& acts, book from = {}) {
  edition x{std::move(from)};
  for (const auto& one : acts) {
    auto r = x.apply(one);
    BOOST_REQUIRE_MESSAGE(r, (r ? "" : r.why().text));
  }
  return x.now();
}

} // namespace trellis::voms
