#include "campaign-svc/domain/settings.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "campaign-svc/domain/mailbox.h"
#include "campaign-svc/domain/text_rules.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign {
namespace {

constexpr size_t kMaxUrl = 200;
constexpr size_t kMaxName = 200;
constexpr size_t kMaxPostalAddress = 500;
constexpr size_t kMaxFromName = 100;
constexpr int64_t kMaxPerSecond = 10'000;

absl::Status CheckAddress(absl::string_view field, absl::string_view address) {
  if (address.empty()) return absl::OkStatus();
  const auto mailbox = ParseMailbox(address);
  if (mailbox.ok()) return absl::OkStatus();
  return FieldError(field, "INVALID_EMAIL", std::string(mailbox.status().message()));
}

}  // namespace

bool IsOrigin(absl::string_view url) {
  if (!absl::ConsumePrefix(&url, "https://") && !absl::ConsumePrefix(&url, "http://")) return false;
  return !url.empty() && std::all_of(url.begin(), url.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == ':' || c == '[' || c == ']';
  });
}

absl::Status CheckSettings(const Settings& settings) {
  if (!settings.public_url.empty() &&
      (settings.public_url.size() > kMaxUrl || !IsOrigin(settings.public_url))) {
    return FieldError("public_url", "INVALID_URL",
                      "must be an http or https URL of a host, without a path");
  }
  ABSL_RETURN_IF_ERROR(CheckText("company_name", settings.company_name, kMaxName));
  ABSL_RETURN_IF_ERROR(CheckProse("postal_address", settings.postal_address, kMaxPostalAddress));
  ABSL_RETURN_IF_ERROR(CheckText("email.from_name", settings.from_name, kMaxFromName));
  ABSL_RETURN_IF_ERROR(CheckAddress("email.from_address", settings.from_address));
  ABSL_RETURN_IF_ERROR(CheckAddress("email.reply_to", settings.reply_to));
  if (settings.max_per_second < 0 || settings.max_per_second > kMaxPerSecond) {
    return FieldError("email.max_per_second", "INVALID_RATE", "must be 0 to 10000");
  }
  return absl::OkStatus();
}

}  // namespace regulars::campaign
