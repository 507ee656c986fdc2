#include "protocols/base/xml.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;

BOOST_AUTO_TEST_CASE(elements_attributes_and_text_are_read) {
  auto x = xml::parse("<?xml version=\"1.0\"?>\n<!-- a -->\n<a x='1' y = \"&lt;2&gt;\">t1<b/>"
                      "<!-- <c> --><b> t&amp;2 &#65;&#x42;&#xe9; </b>t3</a>\n<!-- z -->\n");
  BOOST_REQUIRE(bool{x});
  BOOST_TEST(x->name == "a");
  BOOST_TEST(x->text == "t1t3");
  BOOST_REQUIRE(x->attributes.size() == 2u);
  BOOST_TEST(x->attributes[1].first == "y");
  BOOST_TEST(x->attributes[1].second == "<2>");
  BOOST_REQUIRE(x->children.size() == 2u);
  BOOST_TEST(x->children[1].text == " t&2 AB\xC3\xA9 ");
  BOOST_TEST(x->child("b") == &x->children[0]);
  BOOST_TEST(x->child("c") == nullptr);
}

BOOST_AUTO_TEST_CASE(escaped_text_reads_back) {
  std::string_view text = "a<b>&\"c' d";
  auto x = xml::parse("<a b=\"" + xml::escaped(text) + "\">" + xml::escaped(text) + "</a>");
  BOOST_TEST(x->text == text);
  BOOST_TEST(x->attributes[0].second == text);
  BOOST_TEST(xml::escaped("a\x01z\x7F") == "a?z?");
}

BOOST_AUTO_TEST_CASE(what_is_not_well_formed_is_refused) {
  for (auto bad : {"",
                   " ",
                   "a",
                   "<",
                   "<a",
                   "<a>",
                   "<a/",
                   "<a></b>",
                   "</a>",
                   "<a/><b/>",
                   "<a/>x",
                   "x<a/>",
                   "<a><b></a></b>",
                   "<a x></a>",
                   "<a x=1/>",
                   "<a x='1/>",
                   "<a x='<'/>",
                   "<a x='1' x='2'/>",
                   "<a x='1'y='2'/>",
                   "<a>&b;</a>",
                   "<a>&amp</a>",
                   "<a>&#0;</a>",
                   "<a>&#xD800;</a>",
                   "<a>&#x110000;</a>",
                   "<a>&#x;</a>",
                   "<a>\x01</a>",
                   "<a>\x7F</a>",
                   "<a>&#127;</a>",
                   "<?xmlversion='1.0'?><a/>",
                   "<a><!-- </a>",
                   "<1a/>",
                   "<?xml <a/>",
                   "<!-- a -->"})
    BOOST_TEST(!xml::parse(bad), bad);
}

BOOST_AUTO_TEST_CASE(what_can_grow_or_point_outside_is_refused) {
  for (auto bad : {"<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
                   "<a><![CDATA[x]]></a>", "<a><?php x?></a>", "<?pi?><a/>"})
    BOOST_TEST(!xml::parse(bad), bad);
}

BOOST_AUTO_TEST_CASE(bounds_are_kept) {
  auto nested = [](int depth) {
    std::string out;
    for (int i = 0; i < depth; ++i)
      out += "<a>";
    for (int i = 0; i < depth; ++i)
      out += "</a>";
    return out;
  };
  BOOST_TEST(bool{xml::parse(nested(3), {1000, 3, 10, 1})});
  BOOST_TEST(!xml::parse(nested(4), {1000, 3, 10, 1}));
  BOOST_TEST(bool{xml::parse("<a><b/><b/></a>", {1000, 3, 3, 1})});
  BOOST_TEST(!xml::parse("<a><b/><b/><b/></a>", {1000, 3, 3, 1}));
  BOOST_TEST(!xml::parse("<a x='' y=''/>", {1000, 3, 3, 1}));
  BOOST_TEST(!xml::parse("<a>" + std::string(1000, ' ') + "</a>", {1000, 3, 3, 1}));
}
