#pragma once
/// A computing element alone: its neighbours (WMS, information supermarket) are stubs that answer
/// what the test gave them, and its letters are read from the outbox.
#include "actors/ce/ce_actor.hpp"
#include "runtime/interfaces/lb.hpp"
#include "storage/mail.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>

#include <memory>
#include <sstream>

namespace trellis {

inline host_name host_of(std::string_view s) { return *host_name::parse(s); }

/// What the neighbours know and have heard.
struct neighbours {
  std::map<std::string, std::string> input;
  std::vector<wms::inventory> inventories;
  std::vector<ce::attempt_id> stale;
  std::vector<info::advertise> ads;
  std::size_t reads = 0, signatures = 0;
  std::function<result<std::string>(const wms::sign_proxy&)> sign;
  bool reachable = true;
  std::string down;                 // a supermarket's host
  std::vector<steady_time> in_vain; // when it was looked for
  bool spoil_next = false;          // one piece with a wrong checksum
};

struct no_state {};

inline caf::error unused() { return to_caf({errc::unknown_message, "not of this test"}); }

inline caf::result<chunk> input_piece(neighbours& all, const wms::read_input& x) {
  ++all.reads;
  if (!all.reachable)
    return to_caf({errc::site_unreachable, "no link to cern.example"});
  auto i = all.input.find(x.file);
  if (i == all.input.end())
    return to_caf({errc::not_found, "no file " + x.file});
  chunk out;
  out.offset = x.offset;
  out.bytes = i->second.substr(x.offset, x.size);
  out.crc32 = crc32(out.bytes) + (std::exchange(all.spoil_next, false) ? 1 : 0);
  out.file_size = i->second.size();
  out.last = x.offset + out.bytes.size() == i->second.size();
  return out;
}

inline wms_actor::behavior_type wms_stub(wms_actor::pointer, std::shared_ptr<neighbours> all) {
  return {
      [](const wms::submit&) -> caf::result<wms::submitted> { return unused(); },
      [](const wms::put_input&) -> caf::result<wms::input_taken> { return unused(); },
      [](const wms::start&) -> caf::result<wms::started> { return unused(); },
      [](const wms::cancel&) -> caf::result<wms::cancel_taken> { return unused(); },
      [](const wms::list_match&) -> caf::result<wms::matches> { return unused(); },
      [](const wms::why&) -> caf::result<wms::explanation> { return unused(); },
      [](const wms::list_output&) -> caf::result<wms::output_files> { return unused(); },
      [](const wms::read_output&) -> caf::result<chunk> { return unused(); },
      [](const wms::purge&) -> caf::result<wms::purged> { return unused(); },
      [](const letter<wms::report>&) -> caf::result<received> { return unused(); },
      [](const letter<wms::ask_token>&) -> caf::result<received> { return unused(); },
      [all](const wms::read_input& x) { return input_piece(*all, x); },
      [all](const wms::inventory& x) -> caf::result<wms::inventory_answer> {
        if (!all->reachable)
          return to_caf({errc::site_unreachable, "no link to cern.example"});
        all->inventories.push_back(x);
        return wms::inventory_answer{all->stale};
      },
      [](const wms::set_acl&) -> caf::result<wms::acl_set> { return unused(); },
      [](const wms::get_acl&) -> caf::result<wms::job_acl> { return unused(); },
      [all](const wms::sign_proxy& x) -> caf::result<wms::signed_proxy> {
        ++all->signatures;
        auto chain = all->sign ? all->sign(x)
                               : result<std::string>{
                                   error{errc::not_found, "none"}
        };
        if (!chain)
          return to_caf(chain.why());
        return wms::signed_proxy{*chain};
      },
  };
}

inline info_actor::behavior_type info_stub(info_actor::pointer, std::shared_ptr<neighbours> all) {
  return {
      [all](const info::advertise& x) {
        all->ads.push_back(x);
        return info::advertised{};
      },
      [](const info::list_ces&) -> caf::result<info::ce_list> { return unused(); },
      [](const info::subscribe&) {},
  };
}

inline directory_actor::behavior_type directory_stub(directory_actor::pointer self, wms_actor wms,
                                                     info_actor info,
                                                     std::shared_ptr<neighbours> all) {
  return {
      [=](const directory::find& x) -> caf::result<directory::found> {
        if (x.who.to == role::info && x.who.host.text() == all->down) {
          all->in_vain.push_back(self->clock().now());
          return to_caf({errc::site_unreachable, "no link to " + all->down});
        }
        if (x.who.to == role::wms)
          return directory::found{caf::actor_cast<caf::strong_actor_ptr>(wms)};
        if (x.who.to == role::info)
          return directory::found{caf::actor_cast<caf::strong_actor_ptr>(info)};
        return to_caf({errc::no_such_address, text(x.who)});
      },
      [](const directory::serve&) { return directory::serving{}; },
  };
}

/// The letters of a node's outbox, decoded.
struct outbox_reader {
  const storage::engine& rows;

  template <class T>
  std::vector<T> all() const {
    std::vector<T> out;
    auto boxes = storage::read_outboxes(rows);
    BOOST_REQUIRE(boxes);
    for (const auto& box : *boxes)
      for (const auto& x : box.waiting)
        if (x.type == crossing_of<T>().id)
          out.push_back(*wire::decode<T>(x.body));
    return out;
  }

  /// The states reported of an attempt, in words.
  std::string states(const ce::attempt_id& of) const {
    std::string out;
    for (const auto& x : all<wms::report>())
      if (x.attempt == of)
        out += (out.empty() ? "" : " ") + std::string{word(x.facts.state)};
    return out;
  }

  /// Whether the states reported are some of `life`, in its order and with its last one: what
  /// follows at once is told as one.
  bool lived(const ce::attempt_id& of, const std::string& life) const {
    std::istringstream said{states(of)}, all{life};
    std::string word, at;
    while (said >> word)
      do
        if (!(all >> at))
          return false;
      while (at != word);
    return !at.empty() && !(all >> at);
  }

  ce::attempt_facts last(const ce::attempt_id& of) const {
    ce::attempt_facts out;
    for (const auto& x : all<wms::report>())
      if (x.attempt == of)
        out = x.facts;
    return out;
  }
};

inline ce::hand_over a_task(std::uint32_t number = 1, char job = 'A') {
  ce::hand_over x;
  x.who.kind = principal_kind::x509;
  x.who.subject = "/DC=example/CN=alice";
  x.who.vo = "biomed";
  x.attempt = {*job_id::parse("https://cern.example:9000/" + std::string(21, '0') + job), number};
  x.queue = *ce_id::parse("ral.example:8443/trellis-fork-short");
  x.wms = host_of("cern.example");
  x.token = ce::token_mode::none;
  x.what.executable = "/bin/true";
  return x;
}

} // namespace trellis
