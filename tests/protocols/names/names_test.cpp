/// Names are parsed strictly and print as they were read. It would catch a parser that lets a
/// blank, a path or a foreign scheme through.
#include "protocols/lb/sequence_code.hpp"
#include "protocols/names/address.hpp"
#include "protocols/names/ce_id.hpp"
#include "protocols/names/job_id.hpp"
#include "protocols/sandbox/chunk.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis {

BOOST_AUTO_TEST_CASE(a_made_job_id_is_read_back) {
  auto host = host_name::parse("LB.cern.example");
  BOOST_REQUIRE(bool(host));
  std::array<std::uint8_t, 16> random{};
  for (std::size_t i = 0; i < random.size(); ++i)
    random[i] = static_cast<std::uint8_t>(i * 17 + 3);
  auto id = job_id::make(*host, 9000, random);
  auto again = job_id::parse(id.text());
  BOOST_REQUIRE(bool(again));
  BOOST_TEST(again->text() == id.text());
  BOOST_TEST(again->lb().text() == "lb.cern.example");
  BOOST_TEST(id.unique().size() == 22u);
}

BOOST_AUTO_TEST_CASE(what_is_no_job_id_is_refused) {
  for (auto bad :
       {"", "http://a:9000/AAAAAAAAAAAAAAAAAAAAAA", "https://a/AAAAAAAAAAAAAAAAAAAAAA",
        "https://a:0/AAAAAAAAAAAAAAAAAAAAAA", "https://a:99999/AAAAAAAAAAAAAAAAAAAAAA",
        "https://a:9000/AAAAAAAAAAAAAAAAAAAAA", "https://a:9000/AAAAAAAAAAAAAAAAAAAAA/",
        "https://a b:9000/AAAAAAAAAAAAAAAAAAAAAA", "https://a:9000/../AAAAAAAAAAAAAAAAAAA"})
    BOOST_TEST(!job_id::parse(bad), bad);
}

BOOST_AUTO_TEST_CASE(ce_ids_of_three_kinds_are_read) {
  for (auto good : {"ce.example:8443/cream-pbs-long", "ce.example:2119/jobmanager-lcgpbs-long",
                    "ral.example:7443/trellis-fork-default"}) {
    auto id = ce_id::parse(good);
    BOOST_REQUIRE(bool(id));
    BOOST_TEST(id->text() == good);
  }
  auto id = ce_id::parse("ral.example:7443/trellis-slurm-a-b");
  BOOST_TEST(id->lrms() == "slurm");
  BOOST_TEST(id->queue() == "a-b");
  BOOST_TEST(!ce_id::parse("ral.example/trellis-slurm-a"));
  BOOST_TEST(!ce_id::parse("ral.example:1/trellis-slurm"));
  BOOST_TEST(!ce_id::parse("ral.example:1/trellis-slurm-a b"));
}

BOOST_AUTO_TEST_CASE(addresses_print_as_they_are_read) {
  for (auto good : {"wms@cern.example", "ce/3@ral.example"})
    BOOST_TEST(text(*parse_address(good)) == good);
  for (auto bad : {"wms", "cook@cern.example", "ce/x@ral.example", "ce@"})
    BOOST_TEST(!parse_address(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_sequence_code_reads_eight_and_nine_counters) {
  auto text = "UI=000002:NS=0000000005:WM=000003:BH=0000000000:JSS=000003:LM=000001:LRMS=000000:"
              "APP=000000:LBS=000000";
  auto code = lb::sequence_code::parse(text);
  BOOST_REQUIRE(bool(code));
  BOOST_TEST(code->print() == text);
  auto eight = lb::sequence_code::parse(std::string{text}.substr(0, std::string{text}.rfind(':')));
  BOOST_REQUIRE(bool(eight));
  BOOST_TEST((*eight == *code));
  BOOST_TEST(!lb::sequence_code::parse("UI=1"));
  BOOST_TEST(!lb::sequence_code::parse(""));
  auto wire = wire::decode<lb::sequence_code>(wire::encode(*code));
  BOOST_TEST((wire && *wire == *code));
}

BOOST_AUTO_TEST_CASE(the_checksum_is_that_of_everybody) {
  BOOST_TEST(crc32("123456789") == 0xCBF43926u);
  BOOST_TEST(!is_leaf_name("../x"));
  BOOST_TEST(is_leaf_name("..x"));
}

} // namespace trellis
