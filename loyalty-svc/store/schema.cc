#include "loyalty-svc/store/schema.h"

#include <vector>

// Each pair is one embedded file (see regulars_embed in CMakeLists.txt).
extern "C" {
extern const char regulars_loyalty_0001[];
extern const char regulars_loyalty_0001_end[];
extern const char regulars_loyalty_0002[];
extern const char regulars_loyalty_0002_end[];
}

namespace regulars::loyalty {
namespace {

absl::string_view Text(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

absl::Span<const Migration> LoyaltyMigrations() {
  static const auto& migrations = *new std::vector<Migration>{
      {1, Text(regulars_loyalty_0001, regulars_loyalty_0001_end)},
      {2, Text(regulars_loyalty_0002, regulars_loyalty_0002_end)},
  };
  return migrations;
}

}  // namespace regulars::loyalty
