#include "campaign-svc/domain/settings.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "campaign-svc/domain/text_rules.h"
#include "chassis/base/errors.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign {
namespace {

constexpr size_t kMaxUrl = 200;
constexpr size_t kMaxName = 200;
constexpr size_t kMaxPostalAddress = 500;
constexpr size_t kMaxFromName = 100;
constexpr int64_t kMaxPerSecond = 10'000;
constexpr int kMaxPort = 65535;

absl::Status CheckAddress(absl::string_view field, absl::string_view address) {
  if (address.empty()) return absl::OkStatus();
  const auto mailbox = ParseMailbox(address);
  if (mailbox.ok()) return absl::OkStatus();
  return FieldError(field, "INVALID_EMAIL", std::string(mailbox.status().message()));
}

// Answers go there from mails of all kinds, and in the header of one whose own addresses are ASCII
// nothing else may stand (RFC 6531, 3.2).
absl::Status CheckReplyTo(absl::string_view field, absl::string_view address) {
  ABSL_RETURN_IF_ERROR(CheckAddress(field, address));
  const absl::string_view local = address.substr(0, address.rfind('@'));
  if (std::all_of(local.begin(), local.end(), [](char c) { return absl::ascii_isascii(c); })) {
    return absl::OkStatus();
  }
  return FieldError(field, "INVALID_EMAIL", "must be ASCII before the '@'");
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, &port) && port >= 1 && port <= kMaxPort;
}

// An IP address as URLs have it: "127.0.0.1", "[::1]".
bool IsAddress(absl::string_view host) {
  const bool v6 = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  in6_addr address{};
  return inet_pton(v6 ? AF_INET6 : AF_INET, std::string(host).c_str(), &address) == 1;
}

}  // namespace

bool IsOrigin(absl::string_view url) {
  if (!absl::ConsumePrefix(&url, "https://") && !absl::ConsumePrefix(&url, "http://")) return false;
  // The colons of an IPv6 address stand in brackets.
  const size_t bracket = url.rfind(']');
  const size_t colon = url.find(':', bracket == absl::string_view::npos ? 0 : bracket);
  const absl::string_view host = url.substr(0, colon);
  if (colon != absl::string_view::npos && !IsPort(url.substr(colon + 1))) return false;
  return IsHostName(host) || IsAddress(host);
}

absl::Status CheckSettings(const Settings& settings) {
  if (!settings.public_url.empty() &&
      (settings.public_url.size() > kMaxUrl || !IsOrigin(settings.public_url))) {
    return FieldError("public_url", "INVALID_URL",
                      "must be http:// or https://, a host name or an IP address, and perhaps a "
                      "port, without a path");
  }
  ABSL_RETURN_IF_ERROR(CheckText("company_name", settings.company_name, kMaxName));
  ABSL_RETURN_IF_ERROR(CheckProse("postal_address", settings.postal_address, kMaxPostalAddress));
  ABSL_RETURN_IF_ERROR(CheckText("email.from_name", settings.from_name, kMaxFromName));
  ABSL_RETURN_IF_ERROR(CheckAddress("email.from_address", settings.from_address));
  ABSL_RETURN_IF_ERROR(CheckReplyTo("email.reply_to", settings.reply_to));
  if (settings.max_per_second < 0 || settings.max_per_second > kMaxPerSecond) {
    return FieldError("email.max_per_second", "INVALID_RATE", "must be 0 to 10000");
  }
  return absl::OkStatus();
}

}  // namespace regulars::campaign
