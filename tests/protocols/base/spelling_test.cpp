/// Suggestions for misspelt words. It would catch one that is far-fetched, and one that is missed.
#include "protocols/base/spelling.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis {

BOOST_AUTO_TEST_CASE(the_nearest_word_is_found_within_its_bound) {
  const std::vector<std::string_view> words{"submit", "start", "stop", "slow", ""};
  BOOST_TEST(nearest_word("submti", words, 2).value() == "submit");
  BOOST_TEST(nearest_word("sumbit", words, 2).value() == "submit");
  BOOST_TEST(nearest_word("strt", words, 1).value() == "start");
  BOOST_TEST(nearest_word("stow", words, 2).value() == "stop"); // the first of two
  BOOST_TEST(nearest_word("stop", words, 0).value() == "stop");
  BOOST_TEST(nearest_word("x", words, 1).value() == "");
  BOOST_TEST(!nearest_word("submti", words, 1).has_value());
  BOOST_TEST(!nearest_word("submit", {}, 9).has_value());
}

} // namespace trellis
