// How the company writes to people.
#ifndef CAMPAIGN_SVC_DOMAIN_SETTINGS_H_
#define CAMPAIGN_SVC_DOMAIN_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::campaign {

struct Settings {
  std::string public_url;
  std::string company_name;
  std::string postal_address;
  std::string from_address;
  std::string from_name;
  std::string reply_to;
  // 0: as many as the mail server takes.
  int64_t max_per_second = 0;
  int64_t version = 1;
  std::optional<absl::Time> update_time;

  // Whether anything can be sent.
  bool complete() const { return !public_url.empty() && !from_address.empty(); }

  friend bool operator==(const Settings&, const Settings&) = default;
};

// Whether the settings can be kept; fields that are not set pass. Field paths are those of
// CampaignSettings.
absl::Status CheckSettings(const Settings& settings);

// "http://host[:port]" or "https://…", without a path. The host is a name as the DNS has it, or an
// IP address, "[::1]" for one of IPv6.
bool IsOrigin(absl::string_view url);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_SETTINGS_H_
