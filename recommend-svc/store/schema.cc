#include "recommend-svc/store/schema.h"

#include <vector>

// The embedded file (see regulars_embed in CMakeLists.txt).
extern "C" {
extern const char regulars_recommend_0001[];
extern const char regulars_recommend_0001_end[];
}

namespace regulars::recommend {

absl::Span<const Migration> RecommendMigrations() {
  static const auto& migrations = *new std::vector<Migration>{
      {1,
       {regulars_recommend_0001,
        static_cast<size_t>(regulars_recommend_0001_end - regulars_recommend_0001)}},
  };
  return migrations;
}

}  // namespace regulars::recommend
