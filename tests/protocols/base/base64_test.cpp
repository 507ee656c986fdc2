#include "protocols/base/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>

using namespace trellis;

BOOST_AUTO_TEST_CASE(the_vectors_of_the_rfc) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"",       ""        },
      {"f",      "Zg=="    },
      {"fo",     "Zm8="    },
      {"foo",    "Zm9v"    },
      {"foob",   "Zm9vYg=="},
      {"fooba",  "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : rows) {
    BOOST_TEST(base64(bytes) == text);
    BOOST_TEST(*from_base64(text) == bytes);
    auto bare = text.substr(0, text.find('='));
    BOOST_TEST(base64url(bytes) == bare);
    BOOST_TEST(*from_base64url(bare) == bytes);
  }
  BOOST_TEST(base64("\xFB\xFF") == "+/8=");
  BOOST_TEST(base64url("\xFB\xFF") == "-_8");
}

BOOST_AUTO_TEST_CASE(lines_have_their_length) {
  BOOST_TEST(base64("foobar", 4) == "Zm9v\nYmFy\n");
  BOOST_TEST(base64("fooba", 3) == "Zm9\nvYm\nE=\n");
  BOOST_TEST(base64("", 4).empty());
  BOOST_TEST(*from_base64(" Zm9v\r\nYmFy\n") == "foobar");
}

BOOST_AUTO_TEST_CASE(what_nobody_writes_is_refused) {
  for (auto bad : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg===", "=", "====", "Z===", "Zm9v=Zm9",
                   "Zm-v", "Zm9vA"})
    BOOST_TEST(!from_base64(bad), bad);
  for (auto bad : {"Z", "Zh", "Zm9", "Zm9v=", "Zm9v\n", "Zm+v", "Zm9vA"})
    BOOST_TEST(!from_base64url(bad), bad);
}
