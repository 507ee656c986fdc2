#include "protocols/names/endpoint.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;

BOOST_AUTO_TEST_CASE(endpoints_read_and_print) {
  for (auto good : {"127.0.0.2:9443", "cern.example:0", "[::1]:9443", "[fe80::1%eth0]:1"})
    BOOST_TEST(text(*parse_endpoint(good)) == good);
  BOOST_TEST(parse_endpoint("[::1]:9443")->host == "::1");
  for (auto bad : {"", ":1", "cern.example", "cern.example:", "a:65536", "a:1x", "::1:9443", "[]:1",
                   "a b:1", "a/b:1"})
    BOOST_TEST(!parse_endpoint(bad), bad);
}
