#include "actors/shell/commands.hpp"
#include "actors/shell/times.hpp"
#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--vo", "VO", "Only CEs that take jobs of this VO."),
    option("--constraint", "EXPR", "Only CEs whose ad makes this ClassAd expression true."),
};

constexpr column columns[] = {
    cuttable(text_column("CE", "ce")),
    text_column("STATUS", "status"),
    number_column("CPUS", "cpus"),
    number_column("FREE", "free"),
    number_column("RUN", "running"),
    number_column("WAIT", "waiting"),
    number_column("AGE", "age_s"),
    wide(number_column("VALID", "valid_s")),
    wide(number_column("RESPONSE", "estimated_response_s")),
    wide(text_column("LRMS", "lrms")),
    wide(text_column("AD", "ad")),
};

/// The value of a GLUE attribute as plain text; "-" when the CE does not publish it.
std::string glue(const classad::ad& ad, std::string_view name) {
  auto x = classad::evaluate_attribute(ad, name);
  if (x.is_undefined() || x.is_error())
    return "-";
  return x.string() ? *x.string() : classad::print(x);
}

int run(session& s, const arguments& given) {
  auto found
      = s.ask(info::list_ces{{}, given.text_or("--vo", ""), given.text_or("--constraint", "")});
  if (!found)
    return s.fail(found.why());
  view<info::ce_entry> v;
  v.schema = "trellis.ce";
  v.columns = columns;
  v.cells = [&](const info::ce_entry& x) {
    auto parsed = classad::parse_ad(x.ad);
    auto ad = parsed ? *parsed : classad::ad{};
    auto seconds = [&](std::chrono::seconds d) {
      return s.output() == form::csv ? std::to_string(d.count()) : brief(d);
    };
    auto status = glue(ad, "GlueCEStateStatus");
    auto paint = status == "Production" ? colour::green : colour::yellow;
    return row{
        x.ce.text(),
        {status, paint},
        glue(ad, "GlueCEInfoTotalCPUs"),
        glue(ad, "GlueCEStateFreeCPUs"),
        glue(ad, "GlueCEStateRunningJobs"),
        glue(ad, "GlueCEStateWaitingJobs"),
        seconds(x.age),
        seconds(x.time_left),
        glue(ad, "GlueCEStateEstimatedResponseTime"),
        x.ce.lrms(),
        x.ad
    };
  };
  v.id = [](const info::ce_entry& x) { return x.ce.text(); };
  s.print(v, found->ces);
  return 0;
}

} // namespace

const command ce_list{
    .noun = "ce",
    .verb = "list",
    .operands = "",
    .least = 0,
    .most = 0,
    .summary = "List the CEs that the information system knows now.",
    .example = "trellis ce list --constraint 'GlueCEStateFreeCPUs > 4'",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
