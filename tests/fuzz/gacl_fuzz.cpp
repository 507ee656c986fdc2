/// Access control lists, and the XML they stand in. What is taken is the same when it is printed
/// and read again, and gives nobody rights that no entry allows.
#include "protocols/base/xml.hpp"
#include "protocols/gacl/gacl.hpp"
#include "tests/fuzz/must.hpp"

using namespace trellis;
using fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  if (auto x = gacl::parse(text)) {
    auto again = gacl::parse(gacl::print(*x));
    must(again && *again == *x, "a list reads back otherwise", gacl::print(*x));
    gacl::rights allowed = gacl::may_nothing;
    for (const auto& one : x->entries)
      allowed = static_cast<gacl::rights>(allowed | one.allow);
    gacl::subject who;
    who.dn = "/C=XX/CN=Alice";
    must((gacl::evaluate(*x, who) & ~allowed) == 0, "a right out of nothing", text);
  }
  if (auto x = xml::parse(text)) {
    auto copy = "<a>" + xml::escaped(x->text) + "</a>";
    must(xml::parse(copy)->text == x->text, "text reads back otherwise", text);
  }
  return 0;
}
