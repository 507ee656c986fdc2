#include "protocols/gacl/job_access.hpp"

namespace trellis::gacl {

namespace {

/// Any of these is enough.
rights enough_for(job_act what) {
  switch (what) {
  case job_act::see:
    return may_list | may_read;
  case job_act::read_output:
    return may_read;
  case job_act::cancel:
    return may_write;
  case job_act::administer:
    return may_admin;
  }
  return may_nothing;
}

} // namespace

subject subject_of(const principal& who) {
  subject out;
  out.dn = who.subject;
  for (const auto& text : who.fqans)
    if (auto fqan = gsi::fqan::parse(text))
      out.fqans.push_back(*std::move(fqan));
  return out;
}

bool allows(std::string_view text, const principal& who, job_act what) {
  if (text.empty() || who.kind == principal_kind::nobody || who.kind == principal_kind::node)
    return false;
  auto list = parse(text);
  return list && (evaluate(*list, subject_of(who)) & enough_for(what)) != 0;
}

bool may(const principal& who, std::string_view owner, std::string_view acl, job_act what) {
  if (who.kind == principal_kind::nobody)
    return false;
  return who.subject == owner || is_operator(who) || allows(acl, who, what);
}

} // namespace trellis::gacl
