/// The functions of ClassAds by name, of the language of 2004 and of later HTCondor, and those the
/// gLite broker added. Names are in lower case; calls are matched without case.
#include "protocols/classad/functions.hpp"

#include "protocols/classad/names.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace trellis::classad {
namespace {

namespace f = functions;

constexpr std::uint8_t any = 255;

/// Tags of the type tests.
enum : int {
  is_undefined = static_cast<int>(value_kind::undefined),
  is_error = static_cast<int>(value_kind::error),
  is_boolean = static_cast<int>(value_kind::boolean),
  is_integer = static_cast<int>(value_kind::integer),
  is_real = static_cast<int>(value_kind::real),
  is_string = static_cast<int>(value_kind::string),
  is_absolute = static_cast<int>(value_kind::absolute_time),
  is_relative = static_cast<int>(value_kind::relative_time),
  is_list = static_cast<int>(value_kind::list),
  is_ad = static_cast<int>(value_kind::ad),
};

/// Sorted by name, so that a name is found by halving.
constexpr function_row rows[] = {
  // name                 least most pure   tag run
    {"abstime",                0, 2,   false, 0,            f::to_absolute_time         },
    {"allcompare",             3, 3,   true,  1,            f::compare_all              },
    {"allmatch",               2, 2,   false, 1,            f::match_ads                },
    {"anycompare",             3, 3,   true,  0,            f::compare_all              },
    {"anymatch",               2, 2,   false, 0,            f::match_ads                },
    {"avg",                    1, 1,   true,  1,            f::sum                      },
    {"bool",                   1, 1,   true,  0,            f::to_boolean               },
    {"ceil",                   1, 1,   true,  1,            f::round_number             },
    {"ceiling",                1, 1,   true,  1,            f::round_number             },
    {"countmatches",           2, 2,   false, 1,            f::eval_in_each_context     },
    {"currenttime",            0, 0,   false, 0,            f::current_time             },
    {"daytime",                0, 0,   false, 0,            f::day_time                 },
    {"debug",                  1, 1,   true,  0,            f::debug                    },
    {"envv1tov2",              1, 1,   true,  0,            f::environment_v1_to_v2     },
    {"eval",                   1, 1,   false, 0,            f::eval                     },
    {"evalineachcontext",      2, 2,   false, 0,            f::eval_in_each_context     },
    {"floor",                  1, 1,   true,  0,            f::round_number             },
    {"formattime",             0, 2,   false, 0,            f::format_time              },
    {"fqanmember",             2, 2,   true,  0,            f::fqan_member              },
    {"getdayofmonth",          1, 1,   false, 2,            f::time_field               },
    {"getdayofweek",           1, 1,   false, 4,            f::time_field               },
    {"getdayofyear",           1, 1,   false, 3,            f::time_field               },
    {"getdays",                1, 1,   false, 5,            f::time_field               },
    {"gethours",               1, 1,   false, 6,            f::time_field               },
    {"getminutes",             1, 1,   false, 7,            f::time_field               },
    {"getmonth",               1, 1,   false, 1,            f::time_field               },
    {"getseconds",             1, 1,   false, 8,            f::time_field               },
    {"getyear",                1, 1,   false, 0,            f::time_field               },
    {"identicalmember",        2, 2,   true,  1,            f::member                   },
    {"ifthenelse",             3, 3,   true,  0,            f::if_then_else             },
    {"int",                    1, 1,   true,  0,            f::to_integer               },
    {"interval",               1, 1,   true,  0,            f::interval                 },
    {"isabstime",              1, 1,   true,  is_absolute,  f::is_type                  },
    {"isboolean",              1, 1,   true,  is_boolean,   f::is_type                  },
    {"isclassad",              1, 1,   true,  is_ad,        f::is_type                  },
    {"iserror",                1, 1,   true,  is_error,     f::is_type                  },
    {"isinteger",              1, 1,   true,  is_integer,   f::is_type                  },
    {"islist",                 1, 1,   true,  is_list,      f::is_type                  },
    {"isreal",                 1, 1,   true,  is_real,      f::is_type                  },
    {"isreltime",              1, 1,   true,  is_relative,  f::is_type                  },
    {"isstring",               1, 1,   true,  is_string,    f::is_type                  },
    {"isundefined",            1, 1,   true,  is_undefined, f::is_type                  },
    {"join",                   0, any, true,  0,            f::join                     },
    {"listattrregex",          2, 2,   false, 0,            f::list_attributes_matching },
    {"max",                    1, 1,   true,  1,            f::extreme                  },
    {"measuredresponsetime",   1, 3,   false, 0,            f::response_time            },
    {"member",                 2, 2,   true,  0,            f::member                   },
    {"mergeenvironment",       0, any, true,  0,            f::merge_environment        },
    {"min",                    1, 1,   true,  0,            f::extreme                  },
    {"pow",                    2, 2,   true,  0,            f::power                    },
    {"quantize",               2, 2,   true,  0,            f::quantize                 },
    {"random",                 0, 1,   false, 0,            f::random_number            },
    {"real",                   1, 1,   true,  0,            f::to_real                  },
    {"regexp",                 2, 3,   true,  0,            f::regexp                   },
    {"regexpmember",           2, 3,   true,  0,            f::regexp_member            },
    {"regexps",                3, 4,   true,  0,            f::substitute               },
    {"reltime",                1, 1,   true,  0,            f::to_relative_time         },
    {"replace",                3, 4,   true,  1,            f::substitute               },
    {"replaceall",             3, 4,   true,  2,            f::substitute               },
    {"retrieveclosesesinfo",   0, 2,   false, 0,            f::close_storage            },
    {"round",                  1, 1,   true,  2,            f::round_number             },
    {"size",                   1, 1,   true,  0,            f::size                     },
    {"split",                  1, 2,   true,  0,            f::split                    },
    {"splitslotname",          1, 1,   true,  1,            f::split_at                 },
    {"splittime",              1, 1,   false, 0,            f::split_time               },
    {"splitusername",          1, 1,   true,  0,            f::split_at                 },
    {"strcat",                 0, any, true,  0,            f::concatenate              },
    {"strcmp",                 2, 2,   true,  0,            f::compare_strings          },
    {"stricmp",                2, 2,   true,  1,            f::compare_strings          },
    {"string",                 1, 1,   true,  0,            f::to_string                },
    {"stringlistavg",          1, 2,   true,  1,            f::string_list_fold         },
    {"stringlistimember",      2, 3,   true,  1,            f::string_list_member       },
    {"stringlistisubsetmatch", 2, 3,   true,  1,            f::string_list_subset       },
    {"stringlistmax",          1, 2,   true,  3,            f::string_list_fold         },
    {"stringlistmember",       2, 3,   true,  0,            f::string_list_member       },
    {"stringlistmin",          1, 2,   true,  2,            f::string_list_fold         },
    {"stringlistregexpmember", 2, 4,   true,  0,            f::string_list_regexp_member},
    {"stringlistsintersect",   2, 3,   true,  0,            f::string_lists_intersect   },
    {"stringlistsize",         1, 2,   true,  0,            f::string_list_size         },
    {"stringlistsubsetmatch",  2, 3,   true,  0,            f::string_list_subset       },
    {"stringlistsum",          1, 2,   true,  0,            f::string_list_fold         },
    {"substr",                 2, 3,   true,  0,            f::substring                },
    {"successfraction",        1, 2,   false, 0,            f::success_fraction         },
    {"sum",                    1, 1,   true,  0,            f::sum                      },
    {"time",                   0, 0,   false, 0,            f::epoch_time               },
    {"timezoneoffset",         0, 0,   false, 0,            f::zone_offset              },
    {"tolower",                1, 1,   true,  0,            f::change_case              },
    {"toupper",                1, 1,   true,  1,            f::change_case              },
    {"unparse",                1, 1,   false, 0,            f::unparse                  },
    {"unresolved",             1, 2,   false, 0,            f::unresolved               },
    {"userhome",               1, 2,   false, 0,            f::user_home                },
    {"usermap",                2, 4,   false, 0,            f::user_map                 },
    {"version_in_range",       3, 3,   true,  0,            f::version_in_range         },
    {"versioncmp",             2, 2,   true,  0,            f::compare_versions         },
    {"versioneq",              2, 2,   true,  3,            f::compare_versions         },
    {"versionge",              2, 2,   true,  4,            f::compare_versions         },
    {"versiongt",              2, 2,   true,  5,            f::compare_versions         },
    {"versionle",              2, 2,   true,  2,            f::compare_versions         },
    {"versionlt",              2, 2,   true,  1,            f::compare_versions         },
    {"whichmatch",             2, 2,   false, 2,            f::match_ads                },
};

constexpr bool sorted() {
  for (std::size_t i = 1; i < std::size(rows); ++i)
    if (!(rows[i - 1].name < rows[i].name))
      return false;
  return true;
}

static_assert(sorted(), "function names are found by halving");

} // namespace

std::uint16_t function_row_of(std::string_view folded) {
  auto it = std::lower_bound(std::begin(rows), std::end(rows), folded,
                             [](const function_row& row, auto name) { return row.name < name; });
  if (it == std::end(rows) || it->name != folded)
    return 0;
  return static_cast<std::uint16_t>(it - std::begin(rows) + 1);
}

std::span<const function_row> all_functions() { return rows; }

const function_row& function_at(std::uint16_t row) {
  assert(row > 0 && row <= std::size(rows));
  return rows[row - 1];
}

} // namespace trellis::classad
