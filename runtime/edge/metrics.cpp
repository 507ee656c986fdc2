#include "runtime/edge/metrics.hpp"

#include <fmt/format.h>

#include <string_view>

namespace trellis::edge {

namespace {

/// As a label's value.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (auto c : text)
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  return out + '"';
}

class page {
public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }

  template <class T>
  void line(const T& value, std::string_view label = {}, std::string_view says = {}) {
    out_ += name_;
    if (!label.empty())
      out_ += fmt::format("{{{}={}}}", label, quoted(says));
    out_ += fmt::format(" {}\n", value);
  }

  void raw(std::string_view text) { out_ += text; }

  std::string take() { return std::move(out_); }

private:
  std::string name_, out_;
};

void add_links(page& to, const node::status& node) {
  to.family("trellis_link_up", "gauge", "Whether the link to a peer is up.");
  for (const auto& x : node.links)
    to.line(x.up ? 1 : 0, "peer", x.peer.text());
  to.family("trellis_link_frames_in_total", "counter", "Frames that came from a peer.");
  for (const auto& x : node.links)
    to.line(x.frames_in, "peer", x.peer.text());
  to.family("trellis_link_frames_out_total", "counter", "Frames that went to a peer.");
  for (const auto& x : node.links)
    to.line(x.frames_out, "peer", x.peer.text());
  to.family("trellis_outbox_letters", "gauge", "Letters that wait for a peer.");
  for (const auto& x : node.links)
    to.line(x.outbox_letters, "peer", x.peer.text());
  to.family("trellis_outbox_bytes", "gauge", "Bytes of letters that wait for a peer.");
  for (const auto& x : node.links)
    to.line(x.outbox_bytes, "peer", x.peer.text());
}

void add_front(page& to, const front_counters& front) {
  to.family("trellis_edge_visitors", "gauge", "Connections to the HTTPS front.");
  to.line(front.visitors.load());
  to.family("trellis_edge_answers_total", "counter", "Answers of the front, by kind of status.");
  for (std::size_t i = 2; i < front.answers.size(); ++i)
    to.line(front.answers[i].load(), "status", fmt::format("{}xx", i));
  to.family("trellis_edge_refused_total", "counter", "Requests that the front itself refused.");
  to.line(front.refused.load());
}

} // namespace

std::string metrics_text(const node::status& node, const front_counters* front,
                         const std::optional<lb::job_counts>& jobs) {
  page out;
  out.family("trellis_node_info", "gauge", "The node and its version.");
  out.raw(fmt::format("trellis_node_info{{host={},site={},version={}}} 1\n",
                      quoted(node.host.text()), quoted(node.site), quoted(node.version)));
  out.family("trellis_node_up_seconds", "gauge", "Since the node started.");
  out.line(node.up.count());
  out.family("trellis_node_memory_bytes", "gauge", "Resident memory.");
  out.line(node.memory_kib * 1024);
  out.family("trellis_node_warnings", "gauge", "Warnings in the node's status.");
  out.line(node.warnings.size());
  add_links(out, node);
  if (front)
    add_front(out, *front);
  if (jobs) {
    out.family("trellis_jobs", "gauge", "Jobs that L&B knows, by state.");
    for (const auto& [state, count] : jobs->by_state)
      out.line(count, "state", word(state));
  }
  return out.take();
}

} // namespace trellis::edge
