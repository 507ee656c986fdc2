/// What an access list of a job lets whom do. It would catch a right that gives another one, and a
/// broken or empty list that opens a job.
#include "protocols/gacl/job_access.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::gacl;

namespace {

principal person(std::string subject, std::vector<std::string> fqans = {}) {
  principal out;
  out.kind = principal_kind::x509;
  out.subject = std::move(subject);
  out.fqans = std::move(fqans);
  return out;
}

std::string list(const std::string& who, const std::string& rights,
                 const std::string& not_these = "") {
  return "<gacl><entry>" + who + "<allow>" + rights + "</allow>"
         + (not_these.empty() ? "" : "<deny>" + not_these + "</deny>") + "</entry></gacl>";
}

constexpr job_act all[]
    = {job_act::see, job_act::read_output, job_act::cancel, job_act::administer};

/// "1100": which of the four acts are allowed.
std::string acts(const principal& who, std::string_view acl, std::string_view owner = "/CN=alice") {
  std::string out;
  for (auto act : all)
    out += may(who, owner, acl, act) ? '1' : '0';
  return out;
}

const std::string bob = "<person><dn>/CN=bob</dn></person>";

} // namespace

BOOST_AUTO_TEST_CASE(each_right_gives_its_acts_and_no_others) {
  auto who = person("/CN=bob");
  BOOST_TEST(acts(who, list(bob, "<list/>")) == "1000");
  BOOST_TEST(acts(who, list(bob, "<read/>")) == "1100");
  BOOST_TEST(acts(who, list(bob, "<write/>")) == "0010");
  BOOST_TEST(acts(who, list(bob, "<admin/>")) == "0001");
  BOOST_TEST(acts(who, list(bob, "<exec/>")) == "0000");
  BOOST_TEST(acts(who, list(bob, "<read/><write/>", "<read/>")) == "0010");
  BOOST_TEST(acts(person("/CN=bobby"), list(bob, "<read/>")) == "0000");
}

BOOST_AUTO_TEST_CASE(groups_and_roles_are_those_of_the_proxy) {
  auto group = "<voms><fqan>/biomed/prod</fqan></voms>";
  BOOST_TEST(acts(person("/CN=x", {"/biomed", "/biomed/prod"}), list(group, "<read/>")) == "1100");
  BOOST_TEST(acts(person("/CN=x", {"/biomed"}), list(group, "<read/>")) == "0000");
  BOOST_TEST(acts(person("/CN=x", {"/biomed/prod/Role=a"}), list(group, "<read/>")) == "0000");
}

BOOST_AUTO_TEST_CASE(the_owner_and_operators_need_no_list) {
  for (std::string acl : {"", "nonsense", "<gacl></gacl>"}) {
    BOOST_TEST(acts(person("/CN=alice"), acl) == "1111", acl);
    BOOST_TEST(acts(person("/CN=bob"), acl) == "0000", acl);
    auto boss = person("/CN=boss");
    boss.capabilities = {"operator"};
    BOOST_TEST(acts(boss, acl) == "1111", acl);
  }
}

BOOST_AUTO_TEST_CASE(who_is_not_known_is_not_anybody) {
  principal nobody, node = person("ral.example");
  node.kind = principal_kind::node;
  auto open = list("<any-user/>", "<read/>");
  BOOST_TEST(acts(nobody, open, "") == "0000");
  BOOST_TEST(acts(node, open) == "0000");
  BOOST_TEST(acts(person("/CN=bob"), open) == "1100");
  BOOST_TEST(acts(person("/CN=bob"), open.substr(0, open.size() - 1)) == "0000");
}
