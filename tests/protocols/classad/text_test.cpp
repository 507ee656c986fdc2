/// Reading and printing. It would catch a token read otherwise, an error without its place, text
/// that does not read back as the same tree, and nesting that is followed without a bound.
#include "tests/protocols/classad/random_expression.hpp"
#include "tests/protocols/classad/table.hpp"

namespace trellis::classad {
namespace {

std::string printed(const std::string& text) {
  auto x = parse_expression(text);
  return x ? print(*x) : "refused";
}

std::string refusal(const std::string& text) {
  auto x = parse_expression(text);
  return x ? "reads as " + print(*x) : x.why().text;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(numbers_are_read_properly) {
  check_table(R"table(
    0x1F => 31
    0xffffffff => 4294967295
    017 => 15
    -017 => -15
    -0x10 => -16
    0 => 0
    00 => 0
    1e5 => 100000.0
    1.5E-3 => 0.0015
    .5 => 0.5
    -.5 => -0.5
    9223372036854775807 => 9223372036854775807
    -9223372036854775808 => -9223372036854775808
    2-1 => 1
    2 -1 => 1
    {1}[0]-1 => 0
    (2)-1 => 1
    true + -1 => 0
  )table");
  for (auto text :
       {"08", "0x", "0xg", "5.", "1.e5", "..5", "1..5", "1.2.3", ".5.5", "1e", "1e+", "12ab",
        "9223372036854775808", "-9223372036854775809", "0xffffffffffffffffff", "1e999"})
    BOOST_CHECK_MESSAGE(printed(text) == "refused", text << " reads as " << printed(text));
}

BOOST_AUTO_TEST_CASE(strings_and_their_escapes) {
  check_table(R"table(
    "a" "b"   "c" => "abc"
    "\101\044\44\1" => "A$$\001"
    "\e\?\'" => "e?'"
    size("\1234") => 2
    size("\777") => 2
    "\x" == "x" => true
    "tab\there" => "tab\there"
    size("\\") => 1
    "é" => "\303\251"
  )table");
  BOOST_TEST(printed(std::string{"\"a\0b\"", 5}) == "refused");
  for (auto text : {"\"open", "\"a\\0b\"", "\"a\\", "'open", "''"})
    BOOST_CHECK_MESSAGE(printed(text) == "refused", text << " reads as " << printed(text));
}

BOOST_AUTO_TEST_CASE(names_keywords_and_comments) {
  check_table(R"table(
    a b := 1
    true := 2
    'a b' + 1 => 2
    'true' => 2
    TRUE => true
    Undefined => undefined
    1 IS 1 => true
    1 IsNt 1 => false
    1 /* two */ + /* three */ 4 => 5
    1 // + 2 => 1
    [ 'x y' = 5 ].'x y' => 5
    [ 'error' = 5 ] => [ 'error' = 5 ]
  )table");
  for (auto text : {"/* open",       "is",    "a.true", "[ error = 1 ]",
                    "a b",           "f(",    "f(1,)",  "{1,}",
                    "1 +",           "(1",    "1)",     "{(0?[0:0)}",
                    "b ? c % : d",   "a ? 1", "?",      "[a]",
                    "[a = 1 b = 2]", "#",     "$x",     "\\",
                    "a..b",          "",      "a =",    "= 1",
                    "f(1]",          "!"})
    BOOST_CHECK_MESSAGE(printed(text) == "refused", text << " reads as " << printed(text));
}

BOOST_AUTO_TEST_CASE(errors_say_where_and_why) {
  BOOST_TEST(refusal("1 +\n  )") == "line 2, column 3: expected an expression, found ')'");
  BOOST_TEST(refusal("(1")
             == "line 1, column 3: expected ')' to close '(', found the end of the text");
  BOOST_TEST(refusal("1 2") == "line 1, column 3: '2' after the end of the expression");
  BOOST_TEST(contains(refusal("a.error"), "keyword"));
  BOOST_TEST(contains(refusal("9223372036854775808"), "out of the range"));
  auto x = parse_ad("[ a = 1;\n  b 2 ]");
  BOOST_REQUIRE(!x);
  BOOST_TEST(x.why().text == "line 2, column 5: expected '=' after the name 'b', found '2'");
}

BOOST_AUTO_TEST_CASE(ads_take_empty_statements_and_keep_the_last_of_a_name) {
  auto x = parse_ad("[ ;; A = 1;; b = 2; a = 3; ]");
  BOOST_REQUIRE(bool(x));
  BOOST_TEST(print(*x) == "[ A = 3; b = 2 ]");
  BOOST_TEST(print(ad{}) == "[  ]");
  BOOST_TEST(!parse_ad("a = 1"));
  read_options options;
  options.brackets_optional = true;
  options.hash_comments = true;
  BOOST_TEST(print(*parse_ad("# JDL\na = 1; # one\nb = \"#\";", options))
             == "[ a = 1; b = \"#\" ]");
  BOOST_TEST(print(*parse_ad("[ a = 1 ];", options)) == "[ a = 1 ]");
  BOOST_TEST(!parse_ad("a = 1 ]", options));
}

/// A CE says again and again how it is: the same ad as when it is read whole, whatever has changed,
/// and nothing is read that has not. It would catch a statement that is taken for another.
BOOST_AUTO_TEST_CASE(an_ad_is_read_again_by_what_changed) {
  const std::string first = "[ a = 1; // one; two\n b = \"x;\\\"]\" ; c = { 1, 2 }; d = a - 1; ]";
  std::vector<statement> places;
  auto known = parse_ad_again(first, {{}, ad{}, {}}, places);
  BOOST_REQUIRE(bool(known));
  BOOST_TEST(places.size() == 4u);
  for (std::string text : {
           first,
           std::string{"[ a = 1; // one; two\n b = \"y\" ; c = { 1, 2 }; d = a - 1; ]"},
           std::string{"[ a = 12; b = \"x;\\\"]\" ; c = { 1, 2 }; d = a - 2; ]"},
           std::string{"[ a = 1; ; b = \"x;\\\"]\" ;; c = { 1, 2 }; d = a - 1 ]"},
           std::string{"[ a = 1; b = \"x;\\\"]\" ; c = { 1, 2 }; ]"},
           std::string{"[ a = 1; b = \"x;\\\"]\" ; c = { 1, 2 }; d = a - 1; e = 5; ]"},
           std::string{"[ b = 1; a = \"x;\\\"]\" ; c = { 1, 2 }; d = a - 1; ]"},
           std::string{"[ a = 1; A = 2; c = { 1, 2 }; d = a - 1; ]"},
           std::string{"[ a = 1; // one; two b = 3; c = { 1, 2 }; d = a - 1; \n]"},
           std::string{"[ ab = 1; b = 2; c = 3; d = 4; ]"},
           std::string{"[ a = 1; b = 2; c = ; d = 4; ]"},
           std::string{"[ a = 1; b = 2; c = 3; d = 4; ] more"},
           std::string{"a = 1;"},
           std::string{},
       }) {
    std::vector<statement> now;
    auto again = parse_ad_again(text, {first, *known, places}, now);
    auto whole = parse_ad(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(bool(again) == bool(whole));
      if (again)
        BOOST_TEST(print(*again) == print(*whole));
      else
        BOOST_TEST(again.why().text == whole.why().text);
    }
    std::vector<statement> then; // what it found serves as well as what was found at first
    if (again)
      BOOST_TEST(print(*parse_ad_again(first, {text, *again, now}, then)) == print(*known));
  }
  auto changed = parse_ad_again("[ a = 1;\tb = 7 ; c = { 1, 2 }; d = a - 1; ]",
                                {first, *known, places}, places);
  BOOST_TEST(changed->lookup("c").get() == known->lookup("c").get());
  BOOST_TEST(changed->lookup("b").get() != known->lookup("b").get());
}

BOOST_AUTO_TEST_CASE(old_syntax_has_lines_and_plain_backslashes) {
  read_options options;
  options.form = syntax::old_style;
  auto x = parse_ad("A = 1\nB = \"C:\\dir \\\"q\\\"\"\nC = A =?= 1 && TARGET.x", options);
  BOOST_REQUIRE(bool(x));
  BOOST_TEST(print(*x) == "[ A = 1; B = \"C:\\\\dir \\\"q\\\"\"; C = A is 1 && TARGET.x ]");
  BOOST_TEST(!parse_ad("A = 01", options));
  BOOST_TEST(!parse_ad("A = \"ends in \\\"", options));
  // Unscoped names fall through to the other ad.
  auto self = *parse_ad("[ Requirements = Memory > 1 ]"), other = *parse_ad("[ Memory = 2 ]");
  evaluation_context context;
  BOOST_TEST(print(evaluate_attribute(self, other, "requirements", context)) == "undefined");
  context.fall_through = true;
  BOOST_TEST(print(evaluate_attribute(self, other, "requirements", context)) == "true");
}

BOOST_AUTO_TEST_CASE(printing_keeps_the_library_s_forms) {
  const std::pair<const char*, const char*> rows[] = {
      {"a=?=b",             "a is b"                  },
      {"a=!=b",             "a isnt b"                },
      {"((x))",             "((x))"                   },
      {"f( 1,g(2) )",       "f(1,g(2))"               },
      {"{1,{2}}",           "{ 1,{ 2 } }"             },
      {"[a=1;b=[c=2]]",     "[ a = 1; b = [ c = 2 ] ]"},
      {"-x",                " -x"                     },
      {"(!a)",              "( !a)"                   },
      {"-5",                "-5"                      },
      {"- 5",               " - 5"                    },
      {"a?b:c",             "a ? b : c"               },
      {"a?:c",              "a ?: c"                  },
      {"x[1].y",            "x[1].y"                  },
      {".x",                ".x"                      },
      {"5 .a",              "5 .a"                    },
      {"1.5",               "1.500000000000000E+00"   },
      {"100.0",             "1.000000000000000E+02"   },
      {"other.'a b'",       "other.'a b'"             },
      {"\"q\\\"\\n\\001\"", "\"q\\\"\\n\\001\""       },
      {"a>>>1",             "a >>> 1"                 },
  };
  for (auto [text, wanted] : rows)
    BOOST_TEST(printed(text) == wanted);
  auto x = *parse_ad("[ a = -x; b = [ c = {} ]; d = [] ]");
  BOOST_TEST(print_indented(x) == "[\n  a = -x;\n  b = [\n    c = {  };\n  ];\n  d = [  ];\n]\n");
}

BOOST_AUTO_TEST_CASE(reals_read_back_exactly) {
  std::mt19937_64 random{2006};
  for (int i = 0; i < 20'000; ++i) {
    auto bits = random();
    double x = 0;
    std::memcpy(&x, &bits, sizeof x);
    if (!std::isfinite(x))
      continue;
    auto back = parse_expression(print_real(x));
    BOOST_REQUIRE_MESSAGE(back && (*back)->literal.real() && *(*back)->literal.real() == x,
                          print_real(x));
  }
}

BOOST_AUTO_TEST_CASE(any_expression_reads_back_as_itself) {
  random_expression random{1};
  for (int i = 0; i < 20'000; ++i) {
    auto x = random.make(5);
    auto text = print(x);
    auto back = parse_expression(text);
    BOOST_REQUIRE_MESSAGE(bool(back), text);
    BOOST_REQUIRE_MESSAGE(same(random_expression::without_parentheses(x),
                               random_expression::without_parentheses(*back)),
                          text << "\n  became\n"
                               << print(*back));
    // What was read prints the same for ever after.
    BOOST_REQUIRE(print(*parse_expression(print(*back))) == print(*back));
  }
}

BOOST_AUTO_TEST_CASE(nesting_and_length_are_bounded) {
  auto repeated = [](const char* s, int n) {
    std::string out;
    for (int i = 0; i < n; ++i)
      out += s;
    return out;
  };
  for (auto open : {"(", "[a=", "{", "f(", "-", "!", "a?b:", "1?", "x[", "1-(", "'a'["})
    BOOST_CHECK_MESSAGE(printed(repeated(open, 100'000)) == "refused", open);
  BOOST_TEST(contains(refusal(repeated("(", 1'000) + "1" + repeated(")", 1'000)), "256"));
  BOOST_TEST(value_in({}, repeated("(", 200) + "1" + repeated(")", 200)) == "1");
  // A long chain is no nesting, but it has an end too.
  BOOST_TEST(value_in({}, "1" + repeated(" + 1", 3'000)) == "3001");
  BOOST_TEST(printed("1" + repeated(" + 1", 5'000)) == "refused");
  BOOST_TEST(printed("a" + repeated(".a", 100'000)) == "refused");
  BOOST_TEST(value_in({}, "size({1" + repeated(",1", 50'000) + "})") == "50001");
}

} // namespace trellis::classad
