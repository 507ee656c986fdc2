/// The start of every unit test. The suite has the name of its program.
#include <boost/test/unit_test.hpp>

#include <string_view>

int main(int argc, char* argv[]) {
  static std::string_view program = argv[0];
  program.remove_prefix(program.rfind('/') + 1);
  auto begin = [] {
    boost::unit_test::framework::master_test_suite().p_name.value = std::string{program};
    return true;
  };
  return boost::unit_test::unit_test_main(begin, argc, argv);
}
