#include "runtime/edge/voms_counter.hpp"

#include "protocols/gsi/voms_ac.hpp"
#include "protocols/voms/legacy.hpp"
#include "protocols/voms/rest.hpp"
#include "runtime/edge/http_visitor.hpp"

#include <fmt/format.h>

namespace trellis::edge {

namespace {

voms::reply refusal_of(voms::refusal code, std::string why) {
  voms::reply out;
  out.refused = code;
  out.why = std::move(why);
  return out;
}

/// Nothing when the proxy carries no attributes; what cannot be read gives nothing again.
std::optional<std::vector<std::string>> carried(const gsi::verified_chain& chain) {
  auto sequence = gsi::find_acs(chain.path);
  if (!sequence)
    return std::nullopt;
  std::vector<std::string> out;
  if (auto all = gsi::parse_ac_sequence(*sequence))
    for (const auto& ac : *all)
      for (const auto& fqan : ac.fqans)
        out.push_back(fqan.text());
  return out;
}

} // namespace

result<voms_visitor> voms_visitor_of(const voms_counter& at,
                                     const std::vector<std::string>& chain) {
  auto who = at.verify(chain);
  if (!who)
    return who.why();
  return voms_visitor{who->identity.slash(), who->end_entity, carried(*who), who->ends};
}

// --- the visitor's part --------------------------------------------------------------------------

/// Looks at the first bytes of a connection. False: more of them are needed.
bool http_visitor::greeted() {
  if (requests_ > 0 || greeted_)
    return true;
  auto first = voms::look_at(in_);
  if (first.what == voms::first_bytes::more)
    return false;
  greeted_ = true;
  legacy_ = first.what == voms::first_bytes::legacy;
  if (first.what != voms::first_bytes::neither)
    in_.erase(0, first.skip);
  return true;
}

void http_visitor::step_legacy() {
  auto end = voms::end_of_legacy_request(in_, scanned_);
  if (!end && in_.size() <= voms::max_legacy_request)
    return;
  ++requests_;
  ask_voms(voms::parse_legacy_request(std::string_view{in_}.substr(0, end.value_or(in_.size()))));
}

void http_visitor::refuse_legacy(const error& why) {
  answer_voms(refusal_of(voms::refusal::bad_request, why.text));
}

bool http_visitor::is_for_voms() const {
  auto path = std::string_view{what_.head.target};
  return house_->voms() && what_.head.method == "GET"
         && path.substr(0, path.find('?')) == voms::rest_path;
}

/// Not verified again for each question of a connection.
const result<voms_visitor>& http_visitor::at_counter() {
  if (!at_counter_ || !at_counter_->holds(house_->edition()))
    at_counter_ = house_->at_counter(shown_.chain);
  return at_counter_->what;
}

void http_visitor::ask_voms(result<voms::request> what) {
  enter(phase::working, house_->limits().call_time);
  if (!what)
    return answer_voms(refusal_of(voms::refusal::bad_request, what.why().text));
  const auto& who = at_counter();
  if (!who)
    return answer_voms(refusal_of(voms::refusal::bad_request, who.why().text));
  if (!house_->may_ask(who->subject))
    return answer_voms(refusal_of(voms::refusal::internal_error,
                                  who->subject + " asks too often: try again in a moment"));
  voms::ask x;
  x.certificate = who->certificate;
  x.most = who->most;
  x.what = *std::move(what);
  x.answer = [me = weak_from_this(), stream = stream_, number = requests_](voms::reply y) {
    stream->post([me, number, y = std::move(y)] {
      auto self = me.lock();
      if (self && self->stream_ && self->phase_ == phase::working && self->requests_ == number)
        self->answer_voms(y);
    });
  };
  house_->voms()->ask(std::move(x));
}

void http_visitor::answer_voms(const voms::reply& x) {
  if (x.refused)
    house_->refused("edge-refused-voms", tls_.remote, {errc::denied, x.why});
  if (!legacy_)
    return respond(
        {voms::rest_status(x), {{"Content-Type", "text/xml;charset=UTF-8"}}, voms::rest_reply(x)});
  keep_ = false;
  enter(phase::last, house_->limits().write_time);
  stream_->write(voms::legacy_reply(x));
}

} // namespace trellis::edge
