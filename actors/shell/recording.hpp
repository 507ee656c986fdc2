#pragma once
/// A world like another one, whose output and errors are kept as well: what `expect` looks into.
#include "actors/shell/surroundings.hpp"

#include <ostream>
#include <streambuf>

namespace trellis::shell {

/// Writes to a stream and keeps a copy; with `quiet` it only keeps.
class copying_buffer : public std::streambuf {
public:
  /// `also`: a second copy, or null.
  copying_buffer(std::ostream& to, std::string& copy, std::string* also)
      : to_(to), copy_(copy), also_(also) {}

  bool quiet = false;

protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof()))
      return traits_type::not_eof(c);
    char one = traits_type::to_char_type(c);
    return xsputn(&one, 1) == 1 ? c : traits_type::eof();
  }

  std::streamsize xsputn(const char* text, std::streamsize size) override {
    copy_.append(text, static_cast<std::size_t>(size));
    if (also_)
      also_->append(text, static_cast<std::size_t>(size));
    if (!quiet)
      to_.write(text, size);
    return to_ ? size : 0;
  }

  int sync() override {
    to_.flush();
    return to_ ? 0 : -1;
  }

private:
  std::ostream& to_;
  std::string& copy_;
  std::string* also_;
};

class recording_world : public surroundings {
public:
  explicit recording_world(surroundings& real)
      : real_(real), out_buffer_(real.out(), kept, &printed),
        err_buffer_(real.err(), kept, nullptr), out_(&out_buffer_), err_(&err_buffer_) {}

  std::string kept;    // output and errors as they were written
  std::string printed; // only the output

  void quiet(bool on) { out_buffer_.quiet = err_buffer_.quiet = on; }

  std::istream& in() override { return real_.in(); }

  std::ostream& out() override { return out_; }

  std::ostream& err() override { return err_; }

  bool in_is_terminal() const override { return real_.in_is_terminal(); }

  bool out_is_terminal() const override { return real_.out_is_terminal(); }

  bool err_is_terminal() const override { return real_.err_is_terminal(); }

  unsigned width() const override { return real_.width(); }

  bool interrupted() const override { return real_.interrupted(); }

  moment now() override { return real_.now(); }

  void pause(std::chrono::milliseconds d) override { real_.pause(d); }

  std::string new_request_id() override { return real_.new_request_id(); }

  std::optional<std::string> environment(std::string_view name) const override {
    return real_.environment(name);
  }

  std::string user_name() const override { return real_.user_name(); }

  bool exists(const std::string& path) const override { return real_.exists(path); }

  unsigned user_id() const override { return real_.user_id(); }

  result<std::string> ask_secret(const std::string& question) override {
    return real_.ask_secret(question);
  }

  std::tm calendar(std::chrono::sys_seconds at) const override { return real_.calendar(at); }

  result<std::unique_ptr<grid>> attach(const std::string& socket) override {
    return real_.attach(socket);
  }

  result<std::unique_ptr<grid>> attach_to_endpoint(const std::string& url) override {
    return real_.attach_to_endpoint(url);
  }

  result<edge::user_files> credential_files() const override { return real_.credential_files(); }

  result<std::string> profile_endpoint() const override { return real_.profile_endpoint(); }

private:
  surroundings& real_;
  copying_buffer out_buffer_, err_buffer_;
  std::ostream out_, err_;
};

} // namespace trellis::shell
