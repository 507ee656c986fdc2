/// The compiled form against the general evaluator. It would catch an answer that differs, an
/// allocation in a simple evaluation, a key that merges jobs which match differently, and an
/// explanation that blames the wrong clause.
#include "protocols/classad/match.hpp"
#include "protocols/classad/text.hpp"
#include "tests/protocols/classad/random_expression.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <new>

namespace {

std::size_t allocations = 0;

} // namespace

// Not inlined: GCC would take malloc and delete for a mismatched pair.
[[gnu::noinline]] void* operator new(std::size_t n) {
  ++allocations;
  if (auto p = std::malloc(n))
    return p;
  throw std::bad_alloc{};
}

[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }

[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace trellis::classad {
namespace {

ad read(const std::string& text) { return *parse_ad(text); }

const char* const ce_text = R"([
  GlueCEUniqueID = "ce1.ral.example:2119/jobmanager-slurm-long";
  GlueCEStateStatus = "Production"; GlueCEInfoTotalCPUs = 64; GlueCEStateFreeCPUs = 10;
  GlueCEStateEstimatedResponseTime = 120; GlueHostMainMemoryRAMSize = 4000.0;
  GlueHostOperatingSystemName = "Debian"; Busy = GlueCEInfoTotalCPUs - GlueCEStateFreeCPUs;
  Back = other.Memory * 2; When = absTime("2004-01-01");
  Software = { "VO-biomed-1", "MPICH", "R-4" }; ])";

bool agree(const std::string& requirements, const std::string& own = "") {
  name_table names;
  auto ce = read(ce_text);
  auto job = read("[ Memory = 2000; Os = \"debian\"; " + own + " Requirements = " + requirements
                  + "; Rank = " + requirements + " ]");
  auto target = compile_target(ce, names);
  auto compiled = compile_job(job, names);
  auto general = left_matches_right(ce, job);
  BOOST_CHECK_MESSAGE(matches(compiled, target) == general, requirements);
  return matches(compiled, target);
}

} // namespace

BOOST_AUTO_TEST_CASE(programs_answer_as_the_general_evaluator) {
  const std::pair<const char*, bool> rows[] = {
      {"true",                                                                   true },
      {"false",                                                                  false},
      {"1",                                                                      true },
      {"0.0",                                                                    false},
      {"\"true\"",                                                               false},
      {"undefined",                                                              false},
      {"error",                                                                  false},
      {"other.GlueCEInfoTotalCPUs >= 64",                                        true },
      {"other.gluecetotalcpus >= 64",                                            false},
      {"TARGET.GlueCEInfoTotalCPUs == 64.0",                                     true },
      {"other.GlueHostMainMemoryRAMSize >= Memory",                              true },
      {"other.GlueHostOperatingSystemName == Os",                                true },
      {"other.GlueHostOperatingSystemName =?= Os",                               false},
      {"other.GlueHostOperatingSystemName > \"alma\"",                           true },
      {"member(\"mpich\", other.Software)",                                      true },
      {"identicalMember(\"mpich\", other.Software)",                             false},
      {"member(\"x\", other.Missing)",                                           false},
      {"regexp(\"^ce[0-9]\", other.GlueCEUniqueID)",                             true },
      {"RegExp(\"RAL\", other.GlueCEUniqueID, \"i\")",                           true },
      {"regexp(\"(\", other.GlueCEUniqueID)",                                    false},
      {"other.Missing is undefined",                                             true },
      {"isUndefined(other.Missing) && !isError(other.Missing)",                  true },
      {"other.Missing < 3",                                                      false},
      {"other.Missing < 3 || true",                                              true },
      {"(other.Missing ?: 5) == 5",                                              true },
      {"other.GlueCEStateFreeCPUs > 5 ? other.GlueCEInfoTotalCPUs > 60 : false", true },
      {"-other.GlueCEStateFreeCPUs < 0 && +other.GlueCEStateFreeCPUs > 0",       true },
      {"other.Busy == 54",                                                       true },
      {"other.Back == 4000",                                                     true },
      {"other.When < absTime(\"2005-01-01\")",                                   true },
      {"other.When =?= absTime(\"2004-01-01\")",                                 true },
      {"size(other.Software) == 3",                                              true },
      {"other.Software[0] == \"vo-biomed-1\"",                                   true },
      {"strcat(other.GlueHostOperatingSystemName, \"-12\") == \"debian-12\"",    true },
      {"(other.GlueCEInfoTotalCPUs & 64) == 64",                                 true },
      {"other.GlueCEInfoTotalCPUs / 0 == 1",                                     false},
      {"error || true",                                                          false},
      {"true || error",                                                          true },
      {"eval(\"other.GlueCEInfoTotalCPUs\") == 64",                              true },
      {"[ x = other.GlueCEInfoTotalCPUs ].x == 64",                              true },
      {"anyMatch({ other }, other.GlueCEInfoTotalCPUs == 64)",                   true },
  };
  for (auto [text, wanted] : rows)
    BOOST_CHECK_MESSAGE(agree(text) == wanted, text);
  BOOST_TEST(agree("Loop == 1 || true", "Loop = Loop;") == false);
}

BOOST_AUTO_TEST_CASE(random_jobs_answer_alike) {
  random_expression random{11};
  int hits = 0, ranked = 0;
  for (int round = 0; round < 300; ++round) {
    name_table names;
    std::vector<ad> ads;
    std::vector<compiled_target> targets;
    for (int i = 0; i < 5; ++i) {
      ads.push_back(random.make_ad(3));
      targets.push_back(compile_target(ads.back(), names));
    }
    for (int i = 0; i < 10; ++i) {
      auto job = random.make_ad(3);
      job.insert("requirements", random.make_plain(5));
      job.insert("rank", random.make_plain(4));
      auto compiled = compile_job(job, names);
      for (std::size_t k = 0; k < ads.size(); ++k) {
        auto general = left_matches_right(ads[k], job);
        auto where = print(job) + "\n  against " + print(ads[k]);
        BOOST_REQUIRE_MESSAGE(matches(compiled, targets[k]) == general, where);
        auto wanted = evaluate_attribute(job, ads[k], "rank");
        auto found = rank(compiled, targets[k]);
        bool number = wanted.integer() || wanted.real();
        BOOST_REQUIRE_MESSAGE(found.has_value() == number, where);
        if (number) {
          auto x = wanted.real() ? *wanted.real() : static_cast<double>(*wanted.integer());
          BOOST_REQUIRE_MESSAGE(found.value_or(0) == x || x != x, where);
        }
        hits += general;
        ranked += found.has_value();
      }
    }
  }
  BOOST_TEST(hits > 1'000);
  BOOST_TEST(ranked > 500);
}

BOOST_AUTO_TEST_CASE(simple_evaluations_do_not_allocate) {
  name_table names;
  auto target = compile_target(read(ce_text), names);
  auto job = compile_job(read(R"([ Memory = 2000; Cpus = 4;
      Requirements = (other.GlueHostMainMemoryRAMSize >= Memory && other.Missing =?= undefined)
        && (other.GlueHostOperatingSystemName == "DEBIAN" || other.x > 1)
        && !(other.GlueCEStateFreeCPUs * 2 < Cpus + 1) && other.Busy > 3
        && member("mpich", other.Software) && regexp("ral", other.GlueCEUniqueID)
        && ifThenElse(true, true, false);
      Rank = -other.GlueCEStateEstimatedResponseTime + 0.5 * other.GlueCEStateFreeCPUs ])"),
                         names);
  BOOST_TEST(matches(job, target)); // PCRE2 may set itself up the first time
  auto before = allocations;
  bool hit = true;
  double sum = 0;
  for (int i = 0; i < 1'000; ++i) {
    hit = hit && matches(job, target);
    sum += rank(job, target).value_or(0);
  }
  auto after = allocations;
  BOOST_TEST(hit);
  BOOST_TEST(sum == -115'000);
  BOOST_TEST(after == before);
}

BOOST_AUTO_TEST_CASE(a_job_without_requirements_matches_nothing) {
  name_table names;
  auto target = compile_target(read(ce_text), names);
  auto job = compile_job(read("[ Executable = \"/bin/true\" ]"), names);
  BOOST_TEST(!matches(job, target));
  BOOST_TEST(!rank(job, target).has_value());
  BOOST_TEST(explain(job, target).empty());
}

BOOST_AUTO_TEST_CASE(time_is_what_was_set_last) {
  name_table names;
  auto target = compile_target(ad{}, names);
  evaluation_context context;
  context.now_s = 100;
  auto job
      = compile_job(read("[ Requirements = time() < 200; Rank = CurrentTime ]"), names, context);
  BOOST_TEST(matches(job, target));
  set_now(job, 300);
  BOOST_TEST(!matches(job, target));
  BOOST_TEST(rank(job, target).value_or(0) == 300);
}

BOOST_AUTO_TEST_CASE(later_targets_and_names_without_a_slot_still_match) {
  name_table names;
  auto job = compile_job(read("[ Requirements = other.New == 1; Rank = other.New ]"), names);
  BOOST_TEST(matches(job, compile_target(read("[ new = 1 ]"), names)));
  for (int i = 0; !names.full(); ++i)
    names.intern("filler" + std::to_string(i));
  BOOST_TEST(names.intern("one_more") == name_table::none);
  auto late = compile_target(read("[ unheard_of = 7; new = 1 ]"), names);
  BOOST_TEST(matches(job, late));
  auto other = compile_job(read("[ Requirements = other.Unheard_Of == 7 ]"), names);
  BOOST_TEST(matches(other, late));
}

BOOST_AUTO_TEST_CASE(clauses_are_explained_one_by_one) {
  name_table names;
  auto target = compile_target(read(ce_text), names);
  auto job = compile_job(read(R"([ Memory = 9000; Need = other.GlueHostGPUNumber;
      Requirements = (other.GlueHostMainMemoryRAMSize >= Memory
                      && other.GlueCEStateStatus == "Production")
        && Need >= 1 && (other.GlueCEInfoTotalCPUs == "many" || false) && other.x is undefined ])"),
                         names);
  auto clauses = explain(job, target);
  BOOST_REQUIRE(clauses.size() == 5u);
  BOOST_TEST(clauses[0].text == "other.GlueHostMainMemoryRAMSize >= Memory");
  BOOST_TEST(int(clauses[0].result) == int(clause_result::no));
  BOOST_TEST(clauses[0].undefined_names.empty());
  BOOST_TEST(int(clauses[1].result) == int(clause_result::yes));
  BOOST_TEST(clauses[2].text == "Need >= 1");
  BOOST_TEST(int(clauses[2].result) == int(clause_result::undefined));
  BOOST_TEST((clauses[2].undefined_names == std::vector<std::string>{"gluehostgpunumber"}));
  BOOST_TEST(int(clauses[3].result) == int(clause_result::error));
  BOOST_TEST(int(clauses[4].result) == int(clause_result::yes));
}

BOOST_AUTO_TEST_CASE(keys_join_only_jobs_that_match_alike) {
  name_table names;
  auto key = [&](const std::string& text) { return compile_job(read(text), names).key(); };
  auto one
      = key("[ Executable = \"/bin/a\"; Mem = 5; Requirements = other.Ram > Mem; Rank = other.x ]");
  // Other attributes and names for the same values do not matter.
  BOOST_TEST(one
             == key("[ Executable = \"/bin/b\"; Need = 5; Requirements = (OTHER.ram > Need) ;"
                    " Rank = other.x; Requirements = other.Ram > Need ]"));
  BOOST_TEST(one != key("[ Mem = 6; Requirements = other.Ram > Mem; Rank = other.x ]"));
  BOOST_TEST(one != key("[ Mem = 5; Requirements = other.Ram > Mem; Rank = other.y ]"));
  // What the user calls significant is.
  auto marked = [&](const std::string& user) {
    return key("[ User = \"" + user
               + "\"; SignificantAttributes = {\"user\"};"
                 " Requirements = true; Rank = 1 ]");
  };
  BOOST_TEST(marked("alice") == marked("alice"));
  BOOST_TEST(marked("alice") != marked("bob"));
  // An expression built at run time may read anything.
  BOOST_TEST(key("[ a = 1; Requirements = eval(\"a\") == 1 ]")
             != key("[ a = 2; Requirements = eval(\"a\") == 1 ]"));
  BOOST_TEST(key("[ d = [ v = 1 ]; Requirements = d.v == other.v ]")
             != key("[ d = [ v = 2 ]; Requirements = d.v == other.v ]"));
  auto names_used
      = compile_job(read("[ N = other.Deep; Requirements = other.B > N; Rank = target.a ]"), names);
  BOOST_TEST((names_used.other_names() == std::vector<std::string>{"a", "b", "deep"}));
}

} // namespace trellis::classad
