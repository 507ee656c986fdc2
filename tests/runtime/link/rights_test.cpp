#include "runtime/link/rights.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;

namespace {

std::optional<error> admitted(const std::string& vo, std::set<std::string> vos) {
  principal who;
  who.kind = principal_kind::local_user;
  who.vo = vo;
  link::peer_rights rights;
  rights.vos = std::move(vos);
  return link::admit(who, link::passage::by_role, rights);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_peer_speaks_for_the_vos_it_was_given) {
  BOOST_TEST(!admitted("biomed", {"biomed"}));
  BOOST_TEST(!admitted("biomed", {"*"}));
  BOOST_TEST((admitted("cms", {"biomed"})->code == errc::denied));
  BOOST_TEST((admitted("", {"biomed"})->code == errc::denied));
  BOOST_TEST((admitted("biomed", {})->code == errc::denied));
}

BOOST_AUTO_TEST_CASE(a_peer_speaks_for_itself_and_for_no_other_node) {
  link::peer_rights rights;
  rights.host = *host_name::parse("ral.example");
  principal who;
  who.kind = principal_kind::node;
  who.subject = "ral.example";
  who.capabilities = {"operator"};
  BOOST_TEST(!link::admit(who, link::passage::by_role, rights));
  BOOST_TEST(who.capabilities.empty());
  BOOST_TEST((link::admit(who, link::passage::by_user, rights)->code == errc::denied));
  who.subject = "cern.example";
  rights.vos = {"*"};
  BOOST_TEST((link::admit(who, link::passage::by_role, rights)->code == errc::denied));
}
