#include "protocols/gsi/name_policy.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::gsi;

namespace {

constexpr std::string_view ca = "/C=XX/O=Grid/CN=CA";

constexpr std::string_view eacl = R"(# who may sign what
 access_id_CA   X509   '/C=XX/O=Grid/CN=CA'
 pos_rights     globus CA:sign
 cond_subjects  globus '"/C=XX/O=Grid/*" "/C=XX/O=Other/CN=?ob"'
 neg_rights     globus CA:sign
 cond_subjects  globus '"/C=XX/O=Grid/CN=Mallory"'
access_id_CA X509 "/C=XX/O=Two/CN=CA"   # another CA
pos_rights globus CA:sign
cond_subjects globus '/C=YY/*'
)";

constexpr std::string_view namespaces = R"(# the same
TO Issuer "/C=XX/O=Grid/CN=CA" \
  PERMIT Subject "/C=XX/O=Grid/.*"
TO Issuer SELF deny subject "/C=XX/O=Grid/OU=Old/.*"
TO Issuer "/C=XX/O=Two/CN=CA" PERMIT Subject "/C=YY/.*" PERMIT Subject "/C=ZZ/CN=a.b"
)";

struct judged {
  std::string_view issuer, subject;
  bool eacl, namespaces;
};

constexpr judged rows[] = {
    {ca,                   "/C=XX/O=Grid/CN=Alice",        true,  true },
    {ca,                   "/C=XX/O=Grid/OU=Old/CN=Alice", true,  false},
    {ca,                   "/C=XX/O=Grid2/CN=Alice",       false, false},
    {ca,                   "/C=XX/O=Grid",                 false, false},
    {ca,                   "/C=XX/O=Other/CN=Bob",         true,  false},
    {ca,                   "/C=XX/O=Other/CN=BBob",        false, false},
    {ca,                   "/C=YY/CN=Alice",               false, false},
    {ca,                   "/CN=/C=XX/O=Grid/CN=Alice",    false, false},
    {"/C=XX/O=Two/CN=CA",  "/C=YY/CN=Alice",               true,  true },
    {"/C=XX/O=Two/CN=CA",  "/C=ZZ/CN=a.b",                 false, true },
    {"/C=XX/O=Two/CN=CA",  "/C=ZZ/CN=axb",                 false, false},
    {"/C=XX/O=None/CN=CA", "/C=XX/O=Grid/CN=Alice",        false, false},
};

} // namespace

BOOST_AUTO_TEST_CASE(a_ca_signs_what_its_files_say) {
  auto a = parse_signing_policy(eacl);
  auto b = parse_namespaces(namespaces);
  BOOST_REQUIRE(bool{a});
  BOOST_REQUIRE(bool{b});
  for (const auto& x : rows) {
    BOOST_TEST(a->permits(x.issuer, x.subject) == x.eacl, x.issuer << " " << x.subject);
    BOOST_TEST(b->permits(x.issuer, x.subject) == x.namespaces, x.issuer << " " << x.subject);
  }
}

BOOST_AUTO_TEST_CASE(patterns_match_names) {
  auto glob = [](std::string_view pattern, std::string_view name) {
    return name_pattern::glob(pattern)->matches(name);
  };
  BOOST_TEST(glob("*", "/CN=a"));
  BOOST_TEST(glob("/CN=a*c*e", "/CN=abcde"));
  BOOST_TEST(glob("/CN=a*", "/CN=a"));
  BOOST_TEST(!glob("/CN=a*c", "/CN=abcd"));
  BOOST_TEST(!glob("/CN=a", "/CN=ab"));
  BOOST_TEST(!glob("/CN=ab", "/CN=a"));
  BOOST_TEST(glob("/E=a@b", "/emailAddress=a@b"), "one spelling");
  BOOST_TEST(glob("/CN=A  [Run by x]", "/CN=A [Run by x]"), "blanks are folded");
  BOOST_TEST(!glob("/CN=[ab]", "/CN=a"), "a bracket is a bracket");
  BOOST_TEST(!name_pattern::regex("/CN=a.c")->matches("/CN=abc"));
  BOOST_TEST(name_pattern::regex("/CN=a.c", false)->matches("/CN=abc"), "to deny");
  BOOST_TEST(name_pattern::regex("/CN=a\\.c")->matches("/CN=a.c"));
  for (auto bad : {"/CN=(a|b)", "/CN=a+", "/CN=a*", "/CN=a?", "^/CN=a", "/CN=a$", "/CN=a{2}",
                   "/CN=\\d", "a", ""})
    BOOST_TEST(!name_pattern::regex(bad), bad);
  BOOST_TEST(!name_pattern::regex("/CN=[ab]", false));
  BOOST_TEST(!name_pattern::glob("/CN=a\x01"));
  // What would take a backtracking matcher for ever.
  std::string stars = "/CN=", letters(900, 'a');
  for (int i = 0; i < 300; ++i)
    stars += "a*";
  BOOST_TEST(!glob(stars + "b", "/CN=" + letters));
}

BOOST_AUTO_TEST_CASE(broken_files_are_refused_with_their_line) {
  for (auto bad : {"access_id_CA X509", "cond_subjects globus '\"/C=XX/*\"'", "hello you there",
                   "access_id_CA X509 '/C=XX",
                   "access_id_CA X509 '/CN=a'\ncond_subjects globus "
                   "'\"/C=XX/*\" /C=YY/*'"})
    BOOST_TEST(!parse_signing_policy(bad), bad);
  for (auto bad :
       {"TO", "TO Issuer", "TO Issuer \"/CN=a\"", "TO Issuer /CN=a PERMIT Subject \"/b\"",
        "TO Issuer SELF PERMIT", "TO Issuer SELF PERMIT Subject",
        "TO Issuer SELF PERMIT Subject /CN=a", "PERMIT Subject \"/CN=a\"",
        "TO Issuer SELF PERMIT Subject \"/CN=a", "TO Issuer SELF ALLOW Subject \"/CN=a\"",
        "TO Issuer SELF PERMIT Subject \"/CN=(a|b)\""})
    BOOST_TEST(!parse_namespaces(bad), bad);
  BOOST_TEST(parse_namespaces("\n\nTO Issuer SELF PERMIT Subject \"/CN=a+\"").why().text
             == "line 3: '+' in the pattern '/CN=a+' is not supported: only .*");
  BOOST_TEST(parse_signing_policy("")->rules.empty());
}
