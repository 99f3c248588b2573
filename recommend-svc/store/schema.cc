#include "recommend-svc/store/schema.h"

#include <vector>

// The embedded files (see regulars_embed in CMakeLists.txt).
extern "C" {
extern const char regulars_recommend_0001[];
extern const char regulars_recommend_0001_end[];
extern const char regulars_recommend_0002[];
extern const char regulars_recommend_0002_end[];
extern const char regulars_recommend_0003[];
extern const char regulars_recommend_0003_end[];
}

namespace regulars::recommend {
namespace {

absl::string_view Text(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

absl::Span<const Migration> RecommendMigrations() {
  static const auto& migrations = *new std::vector<Migration>{
      {1, Text(regulars_recommend_0001, regulars_recommend_0001_end)},
      {2, Text(regulars_recommend_0002, regulars_recommend_0002_end)},
      {3, Text(regulars_recommend_0003, regulars_recommend_0003_end)},
  };
  return migrations;
}

}  // namespace regulars::recommend
