/// Every function with its answers, its refusals and what it makes of undefined and error. It would
/// catch a function missing from the table, an argument count off by one, and a changed answer.
#include "protocols/classad/evaluator.hpp"
#include "tests/protocols/classad/table.hpp"

#include <set>

namespace trellis::classad {
namespace {

constexpr const char* types = R"table(
    isUndefined(undefined) => true
    isUndefined(1) => false
    isUndefined(missing) => true
    isUndefined(error) => false
    isError(error) => true
    isError(1 / 0) => true
    isError(undefined) => false
    isString("") => true
    isString(1) => false
    isInteger(1) => true
    isInteger(1.0) => false
    isInteger("1") => false
    isReal(1.5) => true
    isReal(1) => false
    isBoolean(true) => true
    isBoolean(1) => false
    isList({}) => true
    isList([]) => false
    isClassAd([]) => true
    isClassAd({}) => false
    isAbsTime(absTime("2004-01-01")) => true
    isAbsTime(relTime("1")) => false
    isRelTime(relTime("1")) => true
    isRelTime(1) => false
    isList() => error
    isList({}, {}) => error
    int(3) => 3
    int(3.9) => 3
    int(-3.9) => -3
    int("3.9") => 3
    int(" 5 ") => 5
    int("1e3") => 1000
    int("0x10") => 16
    int("010") => 10
    int(true) => 1
    int(absTime("1970-01-01T:00:00:01Z")) => 1
    int(relTime("01:00:01")) => 3601
    int("12abc") => error
    int("") => error
    int("word") => error
    int({}) => error
    int([]) => error
    int(undefined) => undefined
    int(error) => error
    int("nan") => error
    int(real("INF")) => error
    int(1e30) => error
    int(-9223372036854775808.0) => -9223372036854775808
    int(9223372036854775807.0) => error
    int() => error
    real(3) => 3.0
    real("3.9") => 3.9
    real("INF") => real("INF")
    real(true) => 1.0
    real(relTime("01:00:01")) => 3601.0
    real("x") => error
    real(undefined) => undefined
    real({}) => error
    string(1) => "1"
    string("a") => "a"
    string(true) => "true"
    string(1.5) => "1.500000000000000E+00"
    string(0.0) => "0.0"
    string(-0.0) => "-0.0"
    string(real("INF")) => "real(\"INF\")"
    string(real("-INF")) => "real(\"-INF\")"
    string(real("NaN")) => "real(\"NaN\")"
    string({}) => "{  }"
    string({1, 1+1}) => "{ 1,1 + 1 }"
    string({"a", {true}}) => "{ \"a\",{ true } }"
    string([a = 1; b = "x"]) => "[ a = 1; b = \"x\" ]"
    string({(undefined ? error : false), -x}) => "{ (undefined ? error : false), -x }"
    string(absTime("2004-01-01")) => "2004-01-01T00:00:00+0000"
    string(relTime("61")) => "01:01"
    string(undefined) => undefined
    string(error) => error
    bool("TRUE") => true
    bool("false") => false
    bool("x") => undefined
    bool(0) => false
    bool(0.5) => true
    bool(true) => true
    bool(relTime("1")) => true
    bool(undefined) => undefined
    bool({}) => error
)table";

constexpr const char* numbers = R"table(
    floor(3.9) => 3
    floor(-3.1) => -4
    floor("3.9") => 3
    floor(true) => 1
    floor(9223372036854775807) => 9223372036854775807
    floor("abc") => error
    floor(undefined) => error
    ceiling(3.1) => 4
    ceil("3.1") => 4
    ceiling(false) => 0
    round(2.5) => 2
    round(3.5) => 4
    round(0.5) => 0
    round(-2.5) => -2
    round(2.6) => 3
    round(-0.5) => 0
    round(3.1) => 3
    round(1e300) => error
    round({}) => error
    pow(2, 3) => 8
    pow(-2, 3) => -8
    pow(2, 0) => 1
    pow(0, 0) => 1
    pow(2, -1) => 0.5
    pow(2, true) => 2.0
    pow("2", "3") => 8.0
    pow(2, 64) => error
    pow(undefined, 2) => error
    pow(1) => error
    quantize(5, 3) => 6
    quantize(6, 3) => 6
    quantize(7, 0) => 7
    quantize(true, 2) => 2.0
    quantize("10", "3") => 12.0
    quantize(7.5, 2) => 8.0
    quantize(5, 2.5) => 5.0
    quantize(12, {5, 10, 15, 20}) => 15
    quantize(25, {5, 10, 15, 20}) => 40
    quantize(25, {}) => 25
    quantize(1, {"x"}) => error
    quantize(undefined, 4) => error
    quantize(9223372036854775807, 2) => error
    random(1) => 0
    isReal(random()) => true
    random() < 1.0 => true
    random(2.5) < 2.5 => true
    random(0) => error
    random(-1.0) => error
    random("a") => error
    ifThenElse(true, 1, error) => 1
    ifThenElse(0, error, 2) => 2
    ifThenElse(3.7, "then", "else") => "then"
    ifThenElse(undefined, 1, 2) => undefined
    ifThenElse(error, 1, 2) => error
    ifThenElse("x", 1, 2) => error
    ifThenElse(true, 1) => error
)table";

constexpr const char* lists = R"table(
    member(1, {1, 2, 3}) => true
    member(4, {1, 2, 3}) => false
    member(1, {1.0}) => true
    member("ABC", {"abc"}) => true
    member(1, {"a", 1}) => true
    member(5, {"a", undefined}) => false
    member(undefined, {1}) => undefined
    member(1, undefined) => undefined
    member(error, {1}) => error
    member(error, undefined) => undefined
    member({}, {{}}) => error
    member(1, 1) => error
    identicalMember("ABC", {"abc"}) => false
    identicalMember(1, {1.0}) => false
    identicalMember(1, {2, 1}) => true
    identicalMember(undefined, {1, undefined}) => true
    identicalMember(undefined, {1}) => false
    identicalMember(1, undefined) => undefined
    size({}) => 0
    size({1, 2}) => 2
    size([a = 1; b = 2]) => 2
    size("abc") => 3
    size(3) => error
    size(undefined) => undefined
    size(1, 2) => error
    c := size(l)
    l := {c}
    size(l) => 1
    sum({1, 2, 3}) => 6
    sum({1, 2.5}) => 3.5
    sum({1, undefined}) => 1
    sum({}) => undefined
    sum({undefined}) => undefined
    sum({"a"}) => error
    sum({1, 2, false}) => 3
    sum({1, error}) => error
    sum(undefined) => undefined
    sum(1) => error
    sum() => error
    avg({1, 2}) => 1.5
    avg({1}) => 1.0
    avg({undefined, 2}) => 2.0
    avg({}) => undefined
    avg({{}}) => error
    min({3, 1, 2}) => 1
    min({3.14, false}) => 0.0
    min({undefined, 3}) => 3
    min({}) => undefined
    min({"a"}) => error
    max({3, 1, 2}) => 3
    max({true, 2}) => 2
    max({1, 2.5}) => 2.5
    max({undefined}) => undefined
    anyCompare("<", {1, 5}, 3) => true
    anyCompare(">", {1, 2}, 3) => false
    anyCompare("==", {}, 1) => false
    anyCompare("is", {1}, 1) => true
    anyCompare("isnt", {1}, 1) => false
    anyCompare("==", {1, 2}, undefined) => false
    anyCompare("<", {1}, error) => error
    anyCompare("bad", {1}, 1) => error
    anyCompare(undefined, {1}, 1) => undefined
    anyCompare("<=", 1, 1) => error
    allCompare("<", {1, 2}, 3) => true
    allCompare(">=", {1, 5}, 3) => false
    allCompare("!=", {}, 1) => true
    allCompare("==", {1, undefined}, 1) => false
    allCompare("==", {1, error}, 1) => error
    fqanMember("/biomed/Role=NULL", {"/biomed"}) => true
    fqanMember("/biomed", {"/biomed/Role=NULL/Capability=NULL"}) => true
    fqanMember("/BIOMED/Role=lcgadmin", {"/biomed/role=LCGADMIN"}) => true
    fqanMember("/biomed/Role=lcgadmin", {"/biomed"}) => false
    fqanMember("/VO=biomed/GROUP=/biomed/sub", {"/biomed/sub"}) => true
    fqanMember("/atlas", {"*"}) => true
    fqanMember("/atlas", {}) => false
    fqanMember(undefined, {}) => undefined
    fqanMember(1, {}) => error
)table";

constexpr const char* strings = R"table(
    strcat("a", "b", 1) => "ab1"
    strcat(14, " bottles") => "14 bottles"
    strcat() => ""
    strcat("a", undefined) => undefined
    strcat("a", error) => error
    strcat({1, 2}, "!") => "{ 1,2 }!"
    u := strcat(missing, u)
    u => undefined
    join(",", {"x", "y"}) => "x,y"
    join("-", "a", "b", "c") => "a-b-c"
    join({"a", "b"}) => "ab"
    join(5, "x", "y") => "x5y"
    join(",", "a", undefined, "b") => "a,b"
    join(",", undefined) => undefined
    join(undefined, "a") => "a"
    join(undefined, {"a", "b"}) => "ab"
    join("-", {}) => ""
    join("-", {undefined}) => undefined
    join(undefined, {}) => undefined
    join(",", error) => error
    join(",") => ""
    toUpper("alain") => "ALAIN"
    toUpper(true) => "TRUE"
    toUpper({a + 1}) => "{ A + 1 }"
    toLower("ALAIN") => "alain"
    toLower(undefined) => undefined
    toLower(error) => error
    substr("abcde", 1) => "bcde"
    substr("abcde", 1, 2) => "bc"
    substr("abcde", 4, 2) => "e"
    substr("abcde", 5) => ""
    substr("abcde", -2) => "de"
    substr("abcde", -9, 2) => "ab"
    substr("hello", 1, -1) => "ell"
    substr("hello", 0, 0) => ""
    substr("hello", -1, -1) => ""
    substr("hello", 2, 100) => "llo"
    substr("abc", 99999999999, 1) => ""
    substr("abc", -9223372036854775808, -9223372036854775808) => ""
    substr(error, undefined, 1) => undefined
    substr(error, 1) => error
    substr("a", "b") => error
    strcmp("alain", "roy") => -1
    strcmp("roy", "alain") => 1
    strcmp("a", "a") => 0
    strcmp("a", "A") => 1
    strcmp(10, "10") => 0
    strcmp(undefined, "a") => undefined
    strcmp(error, undefined) => undefined
    strcmp(error, "a") => error
    stricmp("alain", "ALAIN") => 0
    stricmp("a", "B") => -1
    versioncmp("1.10", "1.9") => 1
    versioncmp("abc", "abc") => 0
    versioncmp("", "abc") => -97
    versioncmp("1.2", "1") => 46
    versioncmp("a012", "a12") => -1
    versioncmp("2467760345006695876", "0") => 18
    versionGT("25.12.0", "24.0.0") => true
    versionGE("25.12.0", "25.13.0") => false
    versionLE(1, 2) => true
    versionLT("9.0", "10.0") => true
    versiongt("2.0", "1.0") => true
    versionEQ("1.0", "1.0") => true
    versionGE(undefined, "1") => undefined
    versionGE(error, "1") => error
    version_gt("2", "1") => error
    version_in_range("1.5", "1.0", "2.0") => true
    version_in_range("3.0", "1.0", "2.0") => false
    version_in_range(5, "1", "9") => true
    version_in_range("1", undefined, "2") => undefined
    version_in_range(undefined, "1", "2") => error
    split("a, b c") => { "a","b","c" }
    split("a,,b") => { "a","","b" }
    split(",,") => { "" }
    split(" , ") => {  }
    split("x.y..z", ".") => { "x","y","","z" }
    split(undefined) => error
    split(1) => error
    splitUserName("user@domain") => { "user","domain" }
    splitUserName("user") => { "user","" }
    splitSlotName("slot1@host") => { "slot1","host" }
    splitSlotName("host") => { "","host" }
    splitSlotName(undefined) => undefined
    envV1ToV2("A=1;B=two words") => "A=1 'B=two words'"
    envV1ToV2(undefined) => undefined
    envV1ToV2(1) => error
    mergeEnvironment("A=1 B=2", undefined, "B='x y' C=it''s") => "A=1 'B=x y' C=its"
    mergeEnvironment("A='it''s'") => "'A=it''s'"
    mergeEnvironment("A='open") => error
    mergeEnvironment("word") => error
    mergeEnvironment() => ""
    stringListSize("A ,0 ,C") => 3
    stringListSize("") => 0
    stringListSize("A;B;C;D;E", ";") => 5
    stringListSize("A B C ; D", ";") => 2
    stringListSize("a", true) => error
    stringListSize(undefined) => error
    stringListSum("1,2,3") => 6
    stringListSum("1,2.0,3") => 6.0
    stringListSum("0x10") => 16.0
    stringListSum("") => 0.0
    stringListSum("this, bad") => error
    stringListAvg("10, 20, 30, 40") => 25
    stringListAvg("1,2,3.0") => 2.0
    stringListAvg("") => 0.0
    stringListMin("-1,2,-3") => -3
    stringListMin("1,-2.0,3") => -2.0
    stringListMin("") => undefined
    stringListMax("1 , 4.5, -5") => 4.5
    stringListMax("1;A;3", ";") => error
    stringListMember("green", "red, blue, green") => true
    stringListMember("Green", "red, green") => false
    stringListMember("green", "red; green", ";") => true
    stringListMember("a", "") => false
    stringListMember(undefined, "a") => false
    stringListMember(true, "green", ";") => error
    stringListMember(error, "a") => error
    stringListIMember("ReD", "RED, BLUE") => true
    stringListRegexpMember("gr.*", "red, green") => true
    stringListRegexpMember("GR", "red; green", ";", "i") => true
    stringListRegexpMember("x", "red, green") => false
    stringListRegexpMember("(", "red") => error
    stringListsIntersect("a b", "b c") => true
    stringListsIntersect("a;b", "c;d", ";") => false
    stringListsIntersect("a", undefined) => undefined
    stringListSubsetMatch("a", "a,b") => true
    stringListSubsetMatch("a,c", "a,b") => false
    stringListSubsetMatch("", "a") => true
    stringListSubsetMatch(" ", "a") => false
    stringListSubsetMatch(undefined, "a") => true
    stringListISubsetMatch("A", "a,b") => true
)table";

constexpr const char* patterns = R"table(
    regexp("Alain.*Roy", "Alain Aslag Roy") => true
    regexp("alain.*roy", "Alain Aslag Roy") => false
    regexp("alain.*roy", "Alain Aslag Roy", "i") => true
    RegExp("b", "abc") => true
    regexp("^b", "a\nb") => false
    regexp("^b", "a\nb", "m") => true
    regexp("a.b", "a\nb") => false
    regexp("a.b", "a\nb", "s") => true
    regexp("a b", "ab", "x") => true
    regexp("(a)\\1", "aa") => true
    regexp("(?<=a)b", "ab") => true
    regexp("[", "a") => error
    regexp(1, "a") => error
    regexp("a", 1) => error
    regexp(undefined, "a") => undefined
    regexp("a", error) => error
    regexp("a", "a", 1) => error
    regexp("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab") => error
    regexpMember("b.*", {}) => false
    regexpMember("b.*", {"aa"}) => false
    regexpMember("b.*", {"aa", "bb"}) => true
    regexpMember("B", {"bb"}, "i") => true
    regexpMember("b.*", {1, "bb"}) => error
    regexpMember("b", {undefined, "b"}) => true
    regexpMember("b", {undefined, "a"}) => undefined
    regexpMember("b", "b") => error
    regexps("[abc]*([def]*)[ghi]*", "aaabbbccddeeffgghh", "\\1") => "ddeeff"
    regexps("[abc]*([def]*)[ghi]*", "abcdefghi", "\\0") => "abcdefghi"
    regexps("[abc]*([def]*)[ghi]*", "abcdefghi", "\\2") => error
    regexps("[abc]*([def]*)[ghi]*", "NO", "\\0") => ""
    regexps("x", "abc", "y") => ""
    regexps("b", "abcb", "X", "f") => "aXcb"
    regexps("b", "abcb", "X", "fg") => "aXcX"
    regexps("(a)|(b)", "b", "<\\1>") => "<>"
    replace("b", "abcb", "X") => "aXcb"
    replaceAll("b", "abcb", "X") => "aXcX"
    replaceAll("x*", "ab", "-") => "-a-b-"
    replaceAll("z", "abc", "y") => "abc"
    replace("(", "a", "b") => error
    replace("a", undefined, "b") => undefined
    r := other.GlueA > 1 && GlueB == Memory
    listAttrRegEx("^Glue", r) => { "GlueA","GlueB" }
    listAttrRegEx("^x", r) => {  }
    listAttrRegEx("^Glue", other.GlueC) => { "GlueC" }
    listAttrRegEx("(", r) => error
)table";

constexpr const char* times = R"table(
    time() => 1132000000
    CurrentTime => 1132000000
    currentTime() => absTime("2005-11-14T20:26:40+0000")
    timeZoneOffset() => relTime("00")
    dayTime() => relTime("20:26:40")
    time(1) => error
    absTime("2004-01-01") => absTime("2004-01-01T00:00:00+0000")
    absTime("2004-01-01T12:30:00Z") => absTime("2004-01-01T12:30:00+0000")
    absTime("2004-01-01T:12:30:00Z") => absTime("2004-01-01T12:30:00+0000")
    absTime("2004-01-01T12:30:00-06:00") => absTime("2004-01-01T12:30:00-0600")
    absTime("2004-01-01T12:30:00+0130") => absTime("2004-01-01T12:30:00+0130")
    absTime("2003-09-03T") => absTime("2003-09-03T00:00:00+0000")
    absTime("20040101") => absTime("2004-01-01T00:00:00+0000")
    absTime("2004-02-30") => error
    absTime("word") => error
    absTime(0) => absTime("1970-01-01T00:00:00+0000")
    absTime(0, 3600) => absTime("1970-01-01T01:00:00+0100")
    absTime(relTime("1d")) => absTime("1970-01-02T00:00:00+0000")
    absTime() => absTime("2005-11-14T20:26:40+0000")
    absTime(true) => error
    absTime(undefined) => undefined
    relTime("2+25:14:16.123") => relTime("3+01:14:16.123")
    relTime("1d2h3m4.5s") => relTime("1+02:03:04.500")
    relTime("-1:00") => relTime("-01:00")
    relTime("90") => relTime("01:30")
    relTime(90) => relTime("01:30")
    relTime(1.5) => relTime("01.500")
    relTime("x") => error
    relTime("1:2:3:4") => error
    relTime({}) => error
    t := absTime("1997-08-30T16:04:05-0500")
    getYear(t) => 1997
    getMonth(t) => 8
    getDayOfMonth(t) => 30
    getDayOfYear(t) => 241
    getDayOfWeek(t) => 6
    getHours(t) => 21
    getMinutes(t) => 4
    getSeconds(t) => 5
    getDays(t) => error
    getDays(relTime("2+03:04:05")) => 2
    getHours(relTime("2+03:04:05")) => 3
    getMinutes(relTime("2+03:04:05")) => 4
    getSeconds(relTime("2+03:04:05")) => 5
    getYear(relTime("1")) => error
    getYear(1) => error
    getYear(undefined) => undefined
    splitTime(t).year => 1997
    splitTime(t).Hours => 16
    splitTime(t).offset => -18000
    splitTime(relTime("1d2h3m4.5s")).days => 1
    splitTime(relTime("1d2h3m4.5s")).seconds => 4.5
    splitTime(0).Year => 1970
    splitTime("x") => error
    splitTime([]) => error
    formatTime(t, "%m %d %Y") => "08 30 1997"
    formatTime(t, "%A %a %B %b") => "Saturday Sat August Aug"
    formatTime(splitTime(t), "%H:%M:%S") => "16:04:05"
    formatTime(t) => "Sat Aug 30 16:04:05 1997"
    formatTime(0, "%j") => "001"
    formatTime() => "Mon Nov 14 20:26:40 2005"
    formatTime(t, 1) => error
    formatTime(relTime("1")) => error
    formatTime("x") => error
    interval(1) => "1"
    interval(67) => "1:07"
    interval(3600) => "1:00:00"
    interval(3600*24*4 + 3600*3 + 60*2 + 1) => "  4+03:02:01"
    interval(10000000000) => "115740+17:46:40"
    interval(-67) => "-1:07"
    interval("x") => error
)table";

constexpr const char* contexts = R"table(
    a := 1
    b := a + missing
    eval("1+1") => 2
    eval(1+1) => 2
    eval("1+") => error
    eval("a + 1") => 2
    eval("") => error
    eval(undefined) => error
    eval(strcat("a", "")) => 1
    e := eval("e")
    e => error
    unparse(b) => "a + missing"
    unparse(MY.b) => "a + missing"
    unparse(missing) => undefined
    unparse(1) => error
    debug(a) => 1
    n := missing1 + TARGET.far > a && b > 0
    unresolved(n) => "far,missing,missing1"
    unresolved(n, "^FAR$") => true
    unresolved(n, "near") => false
    unresolved(a) => ""
    unresolved(missing) => undefined
    unresolved(1) => error
    gpus := { g1, g2, g3 }
    g1 := [ Capability = 4.0; MiB = 8000 ]
    g2 := [ Capability = 5.5; MiB = 16000 ]
    g3 := [ Capability = 8.0; MiB = 40000 ]
    wanted := Capability > 4
    countMatches(Capability > 4, gpus) => 2
    countMatches(MY.wanted, gpus) => 2
    countMatches(wanted, gpus) => 2
    countMatches(missing, gpus) => 0
    countMatches(true, missing) => 0
    countMatches(true, 1) => error
    evalInEachContext(MiB, gpus) => { 8000,16000,40000 }
    evalInEachContext(MiB + a, { g1 }) => { 8001 }
    evalInEachContext(MiB, missing) => undefined
    evalInEachContext(MiB, { 1 }) => { error }
    sum(evalInEachContext(Capability, gpus)) => 17.5
    anyMatch(gpus, other.MiB > 20000) => true
    anyMatch(gpus, other.MiB > 99999) => false
    allMatch(gpus, other.MiB > 1000) => true
    allMatch(gpus, other.MiB > 10000) => false
    whichMatch(gpus, other.MiB > 20000) => { [ Capability = 8.000000000000000E+00; MiB = 40000 ] }
    whichMatch(gpus, false) => undefined
    anyMatch(missing, true) => undefined
    anyMatch({1}, true) => error
    userHome("nobody") => undefined
    userHome("nobody", "/tmp") => "/tmp"
    userHome(1) => error
    userMap("map", "alice") => undefined
    userMap("map", "alice", "group", "none") => "none"
    userMap(1, 2) => error
    retrieveCloseSEsInfo() => {  }
    successFraction("ce.example:2119/jobmanager-pbs-long") => 1.0
    successFraction(1) => error
    measuredResponseTime("ce.example:2119/jobmanager-pbs-long") => undefined
    measuredResponseTime(1) => error
    noSuchFunction(1 / 0) => error
    length("a") => error
)table";

} // namespace

BOOST_AUTO_TEST_CASE(types_and_conversions) { check_table(types); }

BOOST_AUTO_TEST_CASE(numbers_and_choices) { check_table(numbers); }

BOOST_AUTO_TEST_CASE(lists_of_values) { check_table(lists); }

BOOST_AUTO_TEST_CASE(strings_and_string_lists) { check_table(strings); }

BOOST_AUTO_TEST_CASE(regular_expressions) { check_table(patterns); }

BOOST_AUTO_TEST_CASE(dates_and_intervals) { check_table(times); }

BOOST_AUTO_TEST_CASE(expressions_and_other_ads) { check_table(contexts); }

BOOST_AUTO_TEST_CASE(every_function_is_in_a_table) {
  std::string all;
  for (auto table : {types, numbers, lists, strings, patterns, times, contexts})
    all += fold_case(table);
  for (const auto& row : all_functions())
    BOOST_CHECK_MESSAGE(all.find(std::string{row.name} + "(") != all.npos,
                        row.name << " stands in no table");
}

BOOST_AUTO_TEST_CASE(counts_of_arguments_are_kept) {
  for (const auto& row : all_functions()) {
    auto call = [&](int n) {
      std::string text{row.name};
      for (int i = 0; i < n; ++i)
        text += i == 0 ? "(1" : ",1";
      return value_in({}, text + (n == 0 ? "()" : ")"));
    };
    if (row.least > 0)
      BOOST_CHECK_MESSAGE(call(row.least - 1) == "error", row.name << " takes too few");
    if (row.most < 255)
      BOOST_CHECK_MESSAGE(call(row.most + 1) == "error", row.name << " takes too many");
  }
}

BOOST_AUTO_TEST_CASE(the_context_answers_for_the_world) {
  auto c = test_context();
  c.zone_offset_s = 3600;
  c.success_fraction = [](std::string_view ce, std::string_view server) {
    return ce == "ce1" && server == "lb:9000" ? std::optional{0.25} : std::nullopt;
  };
  c.response_time = [](std::string_view ce, std::string_view, bool deviation) {
    return ce == "ce1" ? std::optional{deviation ? 2.0 : 30.0} : std::nullopt;
  };
  c.user_home = [](std::string_view user) {
    return user == "alice" ? std::optional<std::string>{"/home/alice"} : std::nullopt;
  };
  c.user_map = [](std::string_view, std::string_view user) {
    return user == "alice" ? std::optional<std::string>{"physics,biology"} : std::nullopt;
  };
  check_table(R"table(
    successFraction("ce1", "lb:9000") => 0.25
    successFraction("ce1") => 1.0
    measuredResponseTime("ce1") => 30.0
    measuredResponseTime("ce1", "lb", true) => 2.0
    measuredResponseTime("ce2") => undefined
    userHome("alice") => "/home/alice"
    userHome("bob", "/tmp") => "/tmp"
    userMap("m", "alice") => "physics,biology"
    userMap("m", "alice", "BIOLOGY") => "biology"
    userMap("m", "alice", "law") => "physics"
    userMap("m", "alice", "law", "none") => "none"
    timeZoneOffset() => relTime("01:00:00")
    absTime("2004-01-01") => absTime("2004-01-01T00:00:00+0100")
    getHours(absTime("2004-01-01T00:00:00Z")) => 1
  )table",
              c);
}

BOOST_AUTO_TEST_CASE(close_storage_is_that_of_the_other_ad) {
  auto c = test_context();
  c.close_storage = [](const ad& other) {
    std::vector<ad> out;
    if (other.find("GlueCEUniqueID"))
      out.push_back(*parse_ad("[ GlueSAFree = 500 ]"));
    return out;
  };
  auto self = *parse_ad("[ r = anyMatch(retrieveCloseSEsInfo(), other.GlueSAFree > 100) ]");
  auto ce = *parse_ad("[ GlueCEUniqueID = \"ce1\" ]");
  BOOST_TEST(print(evaluate_attribute(self, ce, "r", c)) == "true");
  BOOST_TEST(print(evaluate_attribute(self, ad{}, "r", c)) == "false");
}

BOOST_AUTO_TEST_CASE(random_numbers_repeat_from_the_seed) {
  auto x = *parse_expression("{ random(1000000), random() }");
  auto draw = [&](std::uint64_t seed) {
    auto c = test_context();
    c.random_seed = seed;
    return print(evaluate_items(evaluate(x, {}, c), c));
  };
  BOOST_TEST(draw(7) == draw(7));
  BOOST_TEST(draw(7) != draw(8));
}

} // namespace trellis::classad
