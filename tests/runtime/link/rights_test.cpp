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
