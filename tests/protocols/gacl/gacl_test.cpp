#include "protocols/gacl/gacl.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace trellis;
using namespace trellis::gacl;

namespace {

constexpr std::string_view text = R"(<?xml version="1.0"?>
<gacl version="0.9.0">
 <!-- of the manual -->
 <entry><person><dn>/C=XX/CN=Alice</dn></person><allow><read/><list/><write/></allow></entry>
 <entry><voms><fqan>/testvo/prod/Role=production</fqan></voms><allow><read/><admin/></allow></entry>
 <entry><voms><fqan>/testvo</fqan></voms><person><dn>/C=XX/CN=Carol</dn></person>
  <allow><exec/></allow></entry>
 <entry><dn-list><url>https://x/list</url></dn-list><allow><list/></allow></entry>
 <entry><dns><hostname>ce.example</hostname></dns><allow><exec/></allow></entry>
 <entry><auth-user/><allow><read/></allow></entry>
 <entry><any-user/><allow><list/></allow><deny><write/></deny></entry>
</gacl>
)";

subject named(std::string dn, std::initializer_list<std::string_view> fqans = {}) {
  subject out;
  out.dn = std::move(dn);
  for (auto x : fqans)
    out.fqans.push_back(*gsi::fqan::parse(x));
  return out;
}

std::string one_entry(std::string_view inside) {
  return fmt::format("<gacl><entry>{}</entry></gacl>", inside);
}

} // namespace

BOOST_AUTO_TEST_CASE(rights_are_what_is_allowed_without_what_is_denied) {
  auto x = *parse(text);

  struct row {
    std::string_view what;
    subject who;
    int may;
  };

  auto from_ce = named("");
  from_ce.host = "ce.example";
  auto listed = named("/C=XX/CN=Dave");
  listed.lists = {"https://x/list"};
  auto producer = named("/C=XX/CN=Bob", {"/testvo/prod/Role=production"});
  auto no_role = named("/C=XX/CN=Bob", {"/testvo/prod"});
  auto below = named("/C=XX/CN=Carol", {"/testvo/prod"});
  auto carol = named("/C=XX/CN=Carol", {"/testvo/Role=NULL"});
  const auto common = may_read | may_list;
  const row rows[] = {
      {"nobody",                             named(""),                        may_list           },
      {"somebody",                           named("/C=XX/CN=Bob"),            common             },
      {"alice, who may not write after all", named("/C=XX/CN=Alice"),          common             },
      {"a name that only begins so",         named("/C=XX/CN=Alice/CN=proxy"), common             },
      {"production",                         producer,                         common | may_admin },
      {"the group without the role",         no_role,                          common             },
      {"carol without her group",            named("/C=XX/CN=Carol"),          common             },
      {"carol in a group below",             below,                            common             },
      {"carol",                              carol,                            common | may_exec  },
      {"a host",                             from_ce,                          may_list | may_exec},
      {"of a list",                          listed,                           common             },
  };
  for (const auto& r : rows)
    BOOST_TEST(int{evaluate(x, r.who)} == r.may, r.what);
  BOOST_TEST(int{evaluate({}, named("/C=XX/CN=Alice"))} == may_nothing);
  BOOST_TEST(int{evaluate(owned_by("/CN=a"), named("/CN=a"))} == may_all);
  BOOST_TEST(int{evaluate(owned_by("/CN=a"), named("/CN=b"))} == may_nothing);
  entry about_nobody;
  about_nobody.allow = may_all;
  BOOST_TEST(int{evaluate({{about_nobody}}, named("/CN=b"))} == may_nothing);
}

BOOST_AUTO_TEST_CASE(what_is_printed_reads_back) {
  auto x = *parse(text);
  BOOST_TEST(x.entries.size() == 7u);
  BOOST_TEST((*parse(print(x)) == x), print(x));
  auto odd = owned_by("/CN=<a> & \"b\"");
  BOOST_TEST((*parse(print(odd)) == odd));
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_refused) {
  for (auto bad : {"<person/>", "<person><dn></dn></person>", "<person><dn>Alice</dn></person>",
                   "<person><fqan>/vo</fqan></person>", "<person><dn>/CN=a<b/></dn></person>",
                   "<person><dn>/CN=a</dn><dn>/CN=b</dn></person>", "<voms><fqan>vo</fqan></voms>",
                   "<any-user><dn>/CN=a</dn></any-user>", "<level><nist-loa>2</nist-loa></level>",
                   "<any-user/><allow><fly/></allow>", "<any-user/><permit><read/></permit>",
                   "<allow><read/></allow>", ""})
    BOOST_TEST(!parse(one_entry(bad)), bad);
  for (auto bad : {"", "<gacl>", "<acl/>", "<gacl><any-user/></gacl>",
                   "<!DOCTYPE gacl><gacl version='0.9.0'/>"})
    BOOST_TEST(!parse(bad), bad);
  BOOST_TEST(parse("<gacl/>")->entries.empty());
  std::string many;
  for (int i = 0; i < 513; ++i)
    many += "<entry><any-user/></entry>";
  BOOST_TEST(!parse("<gacl>" + many + "</gacl>"));
}
