/// Operators cell by cell. It would catch a flipped truth-table cell, a lost bias to the left
/// operand's error, a promotion too many, and each trap the language is known for.
#include "tests/protocols/classad/table.hpp"

namespace trellis::classad {

BOOST_AUTO_TEST_CASE(logic_is_three_valued_and_biased_to_the_left) {
  check_table(R"(
    true && true => true
    true && false => false
    true && undefined => undefined
    true && error => error
    false && true => false
    false && false => false
    false && undefined => false
    false && error => false
    undefined && true => undefined
    undefined && false => false
    undefined && undefined => undefined
    undefined && error => error
    error && true => error
    error && false => error
    error && undefined => error
    error && error => error
    true || true => true
    true || false => true
    true || undefined => true
    true || error => true
    false || true => true
    false || false => false
    false || undefined => undefined
    false || error => error
    undefined || true => true
    undefined || false => undefined
    undefined || undefined => undefined
    undefined || error => error
    error || true => error
    error || false => error
    error || undefined => error
    error || error => error
    !true => false
    !false => true
    !undefined => undefined
    !error => error
    # numbers are booleans, everything else is not
    1 && true => true
    0 && true => false
    0.0 || 2.5 => true
    !1 => false
    !0.0 => true
    "a" && true => error
    true && {} => error
    false || [] => error
    !"a" => error
    undefined && "a" => error
    relTime("1") && true => error
  )");
}

BOOST_AUTO_TEST_CASE(logic_ends_when_the_left_decides) {
  check_table(R"(
    q := false && q
    q => false
    r := true || r
    r => true
    s := error && s
    s => error
    t := undefined && t
    t => error
  )");
}

BOOST_AUTO_TEST_CASE(conditionals_evaluate_one_branch) {
  check_table(R"(
    true ? 1 : error => 1
    false ? error : 2 => 2
    0 ? 1 : 2 => 2
    1.5 ? 1 : 2 => 1
    undefined ? 1 : 2 => undefined
    undefined ? 1 : error => undefined
    error ? 1 : 2 => error
    "x" ? 1 : 2 => error
    {} ? 1 : 2 => error
    true ? false ? 1 : 2 : 3 => 2
    false ? 1 : false ? 2 : 3 => 3
    a := 1 ? 5 : a
    a => 5
    1 ?: 2 => 1
    undefined ?: 2 => 2
    error ?: 2 => error
    false ?: 2 => false
    # with or without the blank it has the level of the conditional
    10 ?: 2 + 3 => 10
    10 ? : 2 + 3 => 10
    undefined ?: undefined ?: 3 => 3
    undefined ?: 2 + 3 => 5
    (0) ?: {}[0] => 0
  )");
}

BOOST_AUTO_TEST_CASE(arithmetic_promotes_and_fails_as_the_manual_says) {
  check_table(R"(
    1 + 2 => 3
    7 / 2 => 3
    -7 / 2 => -3
    -7 % 3 => -1
    7.0 / 2 => 3.5
    1 + 0.5 => 1.5
    true + 1 => 2
    true * 3 => 3
    true % 2 => 1
    true + 0.5 => 1.5
    1 / 0 => error
    1 % 0 => error
    1.0 / 0.0 => error
    1 / 0.0 => error
    -1.0 / 0.0 => real("-INF")
    0.0 / 0.0 => real("NaN")
    5.5 % 2 => error
    5 % 2.0 => error
    "a" + 1 => error
    "a" + "b" => error
    {1} + 1 => error
    [] * 2 => error
    # the ends of 64 bits
    -9223372036854775808 / -1 => 9223372036854775807
    -9223372036854775808 % -1 => 0
    9223372036854775807 + 1 => -9223372036854775808
    # error before undefined, wherever they stand
    undefined + 1 => undefined
    1 + undefined => undefined
    undefined + error => error
    error * undefined => error
    -undefined => undefined
    -error => error
    -true => error
    +true => error
    -"a" => error
    +"a" => error
    +{} => error
    +5 => 5
    +1.5 => 1.5
    -(2) => -2
    --2 => 2
    -(0.0) => -0.0
    +absTime("2004-01-01") => error
    -absTime("2004-01-01") => error
  )");
}

BOOST_AUTO_TEST_CASE(bits_are_for_integers_only) {
  check_table(R"(
    6 & 3 => 2
    6 | 1 => 7
    6 ^ 3 => 5
    ~5 => -6
    1 << 4 => 16
    1 << 64 => 1
    -8 >> 1 => -4
    -8 >> 2 => -2
    -8 >> 64 => -1
    -8 >>> 1 => 9223372036854775804
    -1 >>> 63 => 1
    -29 >>> 0 => 0
    5 >>> 0 => 5
    6 & 3.0 => error
    6 & true => error
    1 << true => error
    ~true => error
    ~1.0 => error
    6 & undefined => undefined
    ~undefined => undefined
    error | undefined => error
  )");
}

BOOST_AUTO_TEST_CASE(comparisons_ignore_case_and_promote) {
  check_table(R"(
    1 == 1.0 => true
    true == 1 => true
    2 == true => false
    true < false => false
    "abc" == "ABC" => true
    "abc" != "ABC" => false
    "B" < "a" => false
    "a" < "B" => true
    "Hello" >= "a" => true
    "a" == 1 => error
    "true" == true => error
    {1} == 1 => error
    {1} == {1} => error
    [] != [] => error
    undefined == undefined => undefined
    1 < undefined => undefined
    error == undefined => error
    0.1 + 0.2 == 0.3 => false
    # chains compare the outcome
    3 < 2 < 1 => true
    1 == 1 == 1 => true
    absTime("2004-01-01T00:00:00Z") < absTime("2004-01-01T00:00:00-0100") => true
    absTime("2004-01-01T00:00:00+0100") == absTime("2003-12-31T23:00:00Z") => true
    relTime("1:00") > relTime("59") => true
    relTime("1") == absTime("2004-01-01") => error
    relTime("1") == 1 => error
  )");
}

BOOST_AUTO_TEST_CASE(identity_neither_promotes_nor_ignores_case) {
  check_table(R"(
    1 =?= 1 => true
    1 =?= 1.0 => false
    1 is 1.0 => false
    1 =!= 1.0 => true
    true =?= 1 => false
    "abc" =?= "ABC" => false
    "abc" isnt "ABC" => true
    "abc" is "abc" => true
    undefined =?= undefined => true
    undefined is error => false
    error =?= error => true
    error isnt undefined => true
    1 is undefined => false
    undefined isnt undefined => false
    {1} =?= {1} => error
    {1} =!= {2} => error
    [] is [] => error
    {1} =?= 1 => false
    {1} is [] => false
    {1} =?= split("x") => error
    real("NaN") =?= real("NaN") => false
    0.0 =?= -0.0 => true
    relTime("60") is relTime("1:00") => true
    # it binds at the level of equality: the known trap
    5 - 3 is undefined ? 1 : 2 => 2
    5 - (missing is undefined ? 1 : 2) => 4
  )");
}

BOOST_AUTO_TEST_CASE(times_mix_as_the_manual_says) {
  check_table(R"(
    absTime("2004-01-02") - absTime("2004-01-01") => relTime("1+00:00:00")
    absTime("2004-01-01") + relTime("1+00:00:00") => absTime("2004-01-02T00:00:00+0000")
    absTime("2004-01-02") - relTime("1d") => absTime("2004-01-01T00:00:00+0000")
    relTime("1d") + absTime("2004-01-01") => absTime("2004-01-02T00:00:00+0000")
    relTime("1:30") + relTime("30") => relTime("02:00")
    relTime("30") - relTime("1:00") => relTime("-30")
    relTime("30") * 2 => relTime("01:00")
    2.5 * relTime("10") => relTime("25")
    relTime("1:00") / 2 => relTime("30")
    -relTime("30") => relTime("-30")
    absTime("2004-01-01") + absTime("2004-01-01") => error
    absTime("2004-01-01") + 1 => error
    relTime("1d") - absTime("2004-01-01") => error
    2 / relTime("10") => error
    relTime("1") * relTime("1") => error
    relTime("1") % 2 => error
    relTime("1") / 0 => error
  )");
}

BOOST_AUTO_TEST_CASE(precedence_is_the_manuals) {
  check_table(R"(
    2 + 3 * 4 => 14
    (2 + 3) * 4 => 20
    10 - 2 - 3 => 5
    1 << 2 + 1 => 8
    1 | 2 ^ 3 & 1 => 3
    1 + 1 == 2 && !false => true
    true || false && false => true
    1 < 2 == true => true
    -2 * -3 => 6
    ~1 + 1 => -1
    8 >> 1 < 5 => true
    2 * 3 % 4 => 2
    1 == 1 & 1 => error
  )");
}

BOOST_AUTO_TEST_CASE(subscripts_and_selections) {
  check_table(R"(
    {1, 2, 3}[0] => 1
    {1, 2}[2] => error
    {1, 2}[-1] => error
    {}[0] => error
    {1, 2}["a"] => error
    {1, 2}[1.0] => error
    {1, 2}[undefined] => undefined
    undefined[0] => undefined
    error[0] => error
    5[0] => error
    [a = 1]["A"] => 1
    [a = 1]["b"] => undefined
    [a = 1][0] => error
    [a = 1].a => 1
    [a = 1].b => undefined
    undefined.a => undefined
    error.a => error
    5 .a => error
    "s".a => error
    {[a = 3], [a = 2]}.a => { 3,2 }
    {}.a => {  }
    {[a = 1], [b = 2], 3, undefined, error}.a => { 1,undefined,error,undefined,error }
    {{[a = 1]}, [a = 2]}.a => { { 1 },2 }
    x := [ a = {1, [ b = 7 ]} ]
    x.a[1].b => 7
    x["a"][0] => 1
  )");
}

} // namespace trellis::classad
