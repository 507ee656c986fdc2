#include "bin/starter/starter.hpp"

#include <cstring>

using namespace trellis::starter;

namespace {

int run(const options& x) {
  catch_signals();
  auto code = wait_for_token(x);
  if (code == ended && asked_to_end()) {
    record(x, "failed before_payload Job has been terminated before its payload began");
    code = told_to_end;
  }
  if (code == ended && lease_left(x) <= 0) {
    record(x, "failed lease_lapsed The lease lapsed before the payload began");
    code = told_to_end;
  }
  return code == ended ? run_payload(x) : code;
}

} // namespace

int main(int argc, char** argv) {
  options x;
  auto is = [&](const char* what) { return argc > 1 && !strcmp(argv[1], what); };
  if (!read_options(argc, argv, x))
    return wrong_use;
  if (is("serve"))
    return serve(x);
  return is("run") && x.session ? run(x) : wrong_use;
}
