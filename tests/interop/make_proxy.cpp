/// Makes a proxy with an attribute certificate of VOMS, for scripts:
///
///   make_proxy USER.pem USER.key SERVER.pem SERVER.key HOST FQAN...    the proxy file
///   make_proxy --lsc SERVER.pem                                        the server's LSC file
///   make_proxy --sign PROXY CSR.pem                                    a delegated proxy, no key
#include "protocols/gsi/voms_ac.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace {

using namespace trellis;

std::string text_of(const char* path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

template <class T>
T must(result<T> x) {
  if (x)
    return *std::move(x);
  std::cerr << "make_proxy: " << x.why().text << '\n';
  std::exit(1);
}

std::string made(char** words, int count) {
  auto user = must(gsi::parse_credential(text_of(words[0]) + text_of(words[1])));
  auto server = must(gsi::parse_credential(text_of(words[2]) + text_of(words[3])));
  auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  gsi::new_ac ac;
  ac.host = words[4];
  ac.port = 8443;
  for (int i = 5; i < count; ++i)
    ac.fqans.push_back(must(gsi::fqan::parse(words[i])));
  ac.vo = ac.fqans.at(0).vo();
  ac.not_before = now - std::chrono::minutes{5};
  ac.not_after = now + std::chrono::hours{6};
  gsi::new_proxy wish;
  wish.acs = gsi::ac_sequence({must(gsi::issue_ac(server, user.leaf(), ac))});
  return gsi::credential_pem(must(gsi::make_proxy(user, wish, now)));
}

std::string signed_request(const char* credential, const char* csr) {
  auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  auto from = must(gsi::parse_credential(text_of(credential)));
  return gsi::chain_pem(must(gsi::sign_delegation(from, text_of(csr), {}, now)));
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view{argv[1]} == "--lsc")
    std::cout << gsi::lsc_text(must(gsi::parse_chain(text_of(argv[2]))));
  else if (argc == 4 && std::string_view{argv[1]} == "--sign")
    std::cout << signed_request(argv[2], argv[3]);
  else if (argc >= 7)
    std::cout << made(argv + 1, argc - 1);
  else
    return 2;
  return 0;
}
