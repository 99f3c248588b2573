#include "campaign-svc/store/schema.h"

#include <vector>

// Each pair is one embedded file (see regulars_embed in CMakeLists.txt).
extern "C" {
extern const char regulars_campaign_0001[];
extern const char regulars_campaign_0001_end[];
extern const char regulars_campaign_0002[];
extern const char regulars_campaign_0002_end[];
extern const char regulars_campaign_0003[];
extern const char regulars_campaign_0003_end[];
extern const char regulars_campaign_0004[];
extern const char regulars_campaign_0004_end[];
}

namespace regulars::campaign {
namespace {

absl::string_view Text(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

absl::Span<const Migration> CampaignMigrations() {
  static const auto& migrations = *new std::vector<Migration>{
      {1, Text(regulars_campaign_0001, regulars_campaign_0001_end)},
      {2, Text(regulars_campaign_0002, regulars_campaign_0002_end)},
      {3, Text(regulars_campaign_0003, regulars_campaign_0003_end)},
      {4, Text(regulars_campaign_0004, regulars_campaign_0004_end)},
  };
  return migrations;
}

}  // namespace regulars::campaign
