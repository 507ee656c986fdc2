/// Names, scopes, matches, cycles and budgets. It would catch a name found in the wrong ad, a cycle
/// that hangs or passes for a value, and an evaluation that grows without a bound.
#include "tests/protocols/classad/random_expression.hpp"
#include "tests/protocols/classad/table.hpp"

#include <chrono>

namespace trellis::classad {

BOOST_AUTO_TEST_CASE(names_are_looked_up_outwards) {
  check_table(R"table(
    x := 1
    inner := [ y = x; x = 2; deep = [ z = x; w = .x; p = parent.x; s = self.v; v = 7 ] ]
    inner.y => 2
    inner.deep.z => 2
    inner.deep.w => 1
    inner.deep.p => 2
    inner.deep.s => 7
    X => 1
    .x => 1
    my.x => 1
    SELF.x => 1
    root.x => 1
    toplevel.inner.x => 2
    parent.x => undefined
    [ x = 5 ].x => 5
    [ ].x => 1
    [ q = x ].q => 1
    missing => undefined
    .missing => undefined
    other.x => undefined
    target.x => undefined
    # a user's own attribute of a special name wins
    self := [ x = 9 ]
    self.x => 9
    other := [ x = 10 ]
    other.x => 10
  )table");
}

BOOST_AUTO_TEST_CASE(a_value_is_evaluated_where_it_stands) {
  check_table(R"table(
    Type := "Misc"
    Self := [ one = "foo"; two = "bar"; rank = Other[StrCat(one, two)] ]
    Other := [ one = 1; two = 2; foobar = 15 ]
    Self.rank => 15
    ClassAds := { [a = 1], [a = 2], [a = 3] }
    Set := ClassAds.a
    sum(Set) => 6
    avg(Set) => 2.0
    allcompare("<", Set, 100) => true
    anycompare("==", Set, 2) => true
    machines := [ job = jobs.job; machine = [ RAM = 6000; ok = job.Needed <= RAM ] ]
    jobs := [ machine = machines.machine; job = [ Needed = 6000; ok = machine.RAM >= Needed ] ]
    machines.job.ok => true
    machines.machine.ok => true
    jobs.job.ok => true
    access := [ globus = [ start = 1900 ]; condor = [ start = 100 ] ]
    access["globus"].start => 1900
    a := { v }
    v := 1
    a[0] => 1
  )table");
}

BOOST_AUTO_TEST_CASE(each_side_of_a_match_sees_the_other) {
  auto job = *parse_ad(R"([ Type = "Job"; Memoryused = 6000; Rank = other.Memory / 1000;
    Requirements = other.Type == "Machine" && other.memory >= 4000 && my.Type == "job";
    Chain = other.Back; Deep = [ up = other.Memory ].up; Other2 = target.Type ])");
  auto machine = *parse_ad(R"([ Type = "machine"; Memory = 5000; Back = other.Memoryused + Memory;
    Requirements = other.Type == "job" && other.memoryused < 8000; Rank = "none" ])");
  auto small
      = *parse_ad(R"([ Type = "Machine"; Memory = 3000; Requirements = other.mytype == "Job" ])");
  BOOST_TEST(symmetric_match(job, machine));
  BOOST_TEST(left_matches_right(job, machine));
  BOOST_TEST(right_matches_left(job, machine));
  BOOST_TEST(!symmetric_match(job, small));
  // The left matches the right when the RIGHT ad's Requirements say so.
  auto picky = *parse_ad("[ Requirements = false ]"), easy = *parse_ad("[ Requirements = 1 ]");
  BOOST_TEST(left_matches_right(picky, easy));
  BOOST_TEST(!left_matches_right(easy, picky));
  BOOST_TEST(!right_matches_left(picky, easy));
  BOOST_TEST(print(left_rank(job, machine)) == "5");
  BOOST_TEST(print(right_rank(job, machine)) == "\"none\"");
  BOOST_TEST(print(evaluate_attribute(job, machine, "Chain")) == "11000");
  BOOST_TEST(print(evaluate_attribute(job, machine, "Deep")) == "5000");
  BOOST_TEST(print(evaluate_attribute(job, machine, "Other2")) == "\"machine\"");
  // Undefined and error are no match; unscoped names are the job's own.
  for (auto text : {"undefined", "error", "\"true\"", "Memory > 1", "other.missing", "{}"}) {
    auto x = *parse_ad(std::string{"[ Requirements = "} + text + " ]");
    BOOST_TEST(!left_matches_right(machine, x));
  }
  BOOST_TEST(!left_matches_right(machine, ad{}));
}

BOOST_AUTO_TEST_CASE(cycles_are_errors_that_nothing_catches) {
  check_table(R"table(
    a := a
    a => error
    b := c + 1
    c := b
    b => error
    c => error
    d := 0 =!= d
    d => error
    e := isError(e)
    e => error
    f := 0 ? 1 : f
    f => error
    g := [ x = g.x ]
    g.x => error
    h := eval("h")
    h => error
    i := {0 % j}
    j := i.i
    j => error
    i => { error }
    k := strcat(k, "x")
    k => error
    l := {{l[1]}}
    isList(l) => true
    l => { { error } }
    # what is not reached does no harm
    m := false && m
    m => false
    n := 1 ? 5 : n
    n => 5
  )table");
  auto job = *parse_ad("[ r = other.r ]"), ce = *parse_ad("[ r = other.r ]");
  BOOST_TEST(print(evaluate_attribute(job, ce, "r")) == "error");
  // The same ad on both sides is no cycle by itself.
  auto twin = *parse_ad("[ x = 1; r = other.x ]");
  BOOST_TEST(print(evaluate_attribute(twin, twin, "r")) == "1");
}

BOOST_AUTO_TEST_CASE(budgets_end_an_evaluation) {
  ad chain;
  for (int i = 0; i < 3'000; ++i)
    chain.insert("a" + std::to_string(i), *parse_expression("a" + std::to_string(i + 1)));
  chain.insert("a3000", *parse_expression("1"));
  BOOST_TEST(value_in(chain, "a2600") == "1");
  BOOST_TEST(value_in(chain, "a0") == "error"); // deeper than a thousand
  ad doubling;
  doubling.insert("s0", *parse_expression("\"x\""));
  ad fan;
  fan.insert("f0", *parse_expression("1"));
  ad lists;
  lists.insert("l0", *parse_expression("{1}"));
  for (int i = 1; i < 40; ++i) {
    auto n = std::to_string(i), m = std::to_string(i - 1);
    doubling.insert("s" + n, *parse_expression("strcat(s" + m + ", s" + m + ")"));
    fan.insert("f" + n, *parse_expression("f" + m + " + f" + m));
    lists.insert("l" + n, *parse_expression("{l" + m + ", l" + m + "}"));
  }
  BOOST_TEST(value_in(fan, "f10") == "1024");
  BOOST_TEST(value_in(fan, "f39") == "error"); // 2^39 steps
  BOOST_TEST(value_in(fan, "isError(f39)") == "error");
  BOOST_TEST(value_in(doubling, "size(s10)") == "1024");
  BOOST_TEST(value_in(doubling, "size(s30)") == "error"); // 1 GiB of text
  BOOST_TEST(value_in(lists, "l39").size() < 100'000'000u);
}

BOOST_AUTO_TEST_CASE(steps_and_depth_are_settings) {
  auto context = test_context();
  context.limits.steps = 50;
  BOOST_TEST(value_in({}, "1 + 2", context) == "3");
  BOOST_TEST(value_in({},
                      "sum({1,2,3,4,5,6,7,8,9,10,1,2,3,4,5,6,7,8,9,10,1,2,3,4,5,6,7,8,9,10,"
                      "1,2,3,4,5,6,7,8,9,10,1,2,3,4,5,6,7,8,9,10})",
                      context)
             == "error");
  context = test_context();
  context.limits.depth = 5;
  BOOST_TEST(value_in({}, "((((((1))))))", context) == "error");
  context = test_context();
  context.limits.match_limit = 10;
  BOOST_TEST(value_in({}, "regexp(\"(a+)+$\", \"aaaaaaaaab\")", context) == "error");
}

BOOST_AUTO_TEST_CASE(random_ads_never_break_the_evaluator) {
  random_expression random{3};
  for (int i = 0; i < 3'000; ++i) {
    auto self = random.make_ad(4), other = random.make_ad(4);
    auto v = evaluate(random.make(5), self, other);
    print(evaluate_items(v));
  }
}

BOOST_AUTO_TEST_CASE(flattening_keeps_the_value) {
  random_expression random{4};
  int flattened = 0;
  for (int i = 0; i < 10'000; ++i) {
    auto self = random.make_ad(3), other = random.make_ad(3);
    auto x = random.make_plain(5);
    auto flat = flatten(x, self);
    if (!flat)
      continue; // a cycle: the caller keeps what was written
    ++flattened;
    auto written = print(evaluate_items(evaluate(x, self, other)));
    BOOST_REQUIRE_MESSAGE(print(evaluate_items(evaluate(flat, self, other))) == written,
                          print(x) << "\n  flattened to " << print(flat) << "\n  in " << print(self)
                                   << "\n  against " << print(other) << "\n  was " << written);
  }
  BOOST_TEST(flattened > 5'000);
}

BOOST_AUTO_TEST_CASE(flattening_works_own_attributes_in) {
  auto self = *parse_ad(R"([ Memory = 2 * 1000; Os = { "Debian", "Alma" }; n = m; m = n;
    When = time() + 1; Deep = [ x = 1 ]; Far = other.x + Memory ])");
  const std::pair<const char*, const char*> rows[] = {
      {"other.Ram >= Memory && true",    "other.Ram >= 2000 && true"               },
      {"true && other.Ram >= Memory",    "other.Ram >= 2000"                       },
      {"(Memory > 1) && (other.x == 1)", "other.x == 1"                            },
      {"Memory < 1 && other.x == 1",     "false"                                   },
      {"Memory > 1 || other.x == 1",     "true"                                    },
      {"member(other.Os, Os)",           "member(other.Os,{ \"Debian\",\"Alma\" })"},
      {"member(\"debian\", Os)",         "true"                                    },
      {"missing",                        "undefined"                               },
      {"When > 1",                       "time() + 1 > 1"                          },
      {"Far * 2",                        "(other.x + 2000) * 2"                    },
      {"other.x ? Memory : 1",           "other.x ? 2000 : 1"                      },
      {"Memory > 1 ? other.x : other.y", "other.x"                                 },
      {"my.Memory + self.Memory",        "4000"                                    },
      {"Deep.x",                         "Deep.x"                                  },
  };
  for (auto [text, wanted] : rows)
    BOOST_TEST(print(flatten(*parse_expression(text), self)) == wanted);
  BOOST_TEST(!flatten(*parse_expression("n"), self));
  auto others = other_references(*parse_expression("Far + TARGET.Z + missing.q"), self);
  BOOST_TEST((others == std::vector<std::string>{"x", "z"}));
}

} // namespace trellis::classad
