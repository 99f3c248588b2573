#include "cli/error_text.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chassis/base/errors.h"
#include "cli/format.h"
#include "cli/http.h"
#include "cli/json.h"

namespace regulars::cli {
namespace {

constexpr size_t kMostWrongLetters = 3;
constexpr char kDomain[] = "regulars";
constexpr char kTypes[] = "type.googleapis.com/google.rpc.";

// What to do about a reason. Others speak for themselves.
struct Advice {
  const char* reason;
  const char* text;  // "%s" is the server.
};
constexpr std::array kAdvice = {
    Advice{"TOKEN_EXPIRED", "Sign in again: regularsctl sign-in"},
    Advice{"TOKEN_INVALID", "Sign in again: regularsctl sign-in"},
    Advice{"TOKEN_MISSING", "Sign in first: regularsctl sign-in"},
    Advice{"BAD_REFRESH_TOKEN", "The session has ended. Sign in again: regularsctl sign-in"},
    Advice{"NOT_SIGNED_IN", "Sign in first: regularsctl sign-in --server URL"},
    Advice{"BAD_CREDENTIALS", "Check the e-mail address and the password."},
    Advice{"INVALID_CLIENT", "Check the client id and the secret; the key may be disabled."},
    Advice{"TOO_MANY_ATTEMPTS", "Wait before you try again."},
    Advice{"WEAK_PASSWORD", "Choose another: 12 to 200 characters, not the old one."},
    Advice{"PASSWORD_EXPIRED", "Choose a new password: regularsctl sign-in"},
    Advice{"SCOPE_MISSING", "'regularsctl whoami' shows what you may do; ask an administrator."},
    Advice{"STORE_NOT_ALLOWED", "'regularsctl whoami' shows the stores that you may see."},
    Advice{"STORE_LIMITED", "This needs an account that is not limited to stores."},
    Advice{"ETAG_MISMATCH", "It was changed meanwhile: read it again, then change it."},
    Advice{"INVALID_FILTER", "The language is described in docs/reference/filters.md."},
    Advice{"RFM_NOT_COMPUTED", "Work the scores out first: regularsctl rfm compute"},
    Advice{"RATE_NOT_FOUND", "Set the rate first: regularsctl rate set CURRENCY DAY RATE"},
    Advice{"IMPORT_PROFILE_NOT_FOUND", "'regularsctl import profile list' shows those there are."},
    Advice{"ATTRIBUTE_UNKNOWN", "Declare it first: regularsctl attribute create"},
    Advice{"CUSTOMER_HAS_ORDERS", "--force deletes the customer; the orders stay."},
    Advice{"POSITION_PRUNED", "Those events are gone: begin with --from-start or from now."},
    Advice{"EPOCH_UNKNOWN", "The service was restored from a backup: begin with --from-start."},
    Advice{"UNIMPLEMENTED", "The server may be of another version."},
    Advice{"METHOD_NOT_ALLOWED", "The server may be of another version."},
    Advice{"PATH_NOT_FOUND", "The server may be of another version, or lack this service."},
    Advice{"NOT_REGULARS", "Is %s the address of a Regulars gateway?"},
    Advice{"REDIRECTED", "Sign in at that address: regularsctl sign-in --server URL"},
    Advice{kUnreachable, "Is the gateway running at %s?"},
    Advice{kTlsFailed, "For a private certificate authority give its file: --ca-file FILE"},
    Advice{kConnectionLost, "Nobody knows whether the server did it: look before you repeat it."},
    Advice{kSilent, "Nobody knows whether the server did it: look before you repeat it."},
};

// A rate that was itself asked for, to be deleted, is not one that something else needs.
bool IsSought(const absl::Status& error, const std::string& reason) {
  return reason == "RATE_NOT_FOUND" && error.code() == absl::StatusCode::kNotFound;
}

std::string AdviceFor(const absl::Status& error, const ErrorScene& scene) {
  const std::string reason = GetErrorDetails(error).reason;
  if (IsSought(error, reason)) return "";
  for (const Advice& advice : kAdvice) {
    if (reason != advice.reason) continue;
    std::string text = advice.text;
    if (const size_t at = text.find("%s"); at != std::string::npos) {
      text.replace(at, 2, scene.server.empty() ? "that address" : scene.server);
    }
    return text;
  }
  return "";
}

// "customer.emails[0].address" → "--email" (if it is known which flag sets it).
std::string FlagFor(const std::string& field, const ErrorScene& scene) {
  for (const auto& [beginning, flag] : scene.fields) {
    if (absl::StartsWith(field, beginning)) return flag;
  }
  return "";
}

bool IsLocal(const std::string& reason) {
  return reason == "USAGE" || reason == "LOCAL_FILE" || reason == "CONFIG_BROKEN" ||
         reason == "NO_TERMINAL" || reason == "NOT_CONFIRMED" || reason == "NOT_SIGNED_IN";
}

// Letters to change, add, drop or swap with a neighbour to get from one to the other.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                             cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

std::string Headline(const absl::Status& error, const ErrorDetails& details,
                     const ErrorScene& scene) {
  const std::string message = Safe(std::string(error.message()));
  if (details.reason == kInterrupted) return "interrupted";
  if (details.reason == kUnreachable) return absl::StrCat("cannot reach the server: ", message);
  if (details.reason == kTlsFailed) return absl::StrCat("no safe connection: ", message);
  if (details.reason == kConnectionLost || details.reason == kSilent) {
    return absl::StrCat("the connection to ", scene.server, " broke: ", message);
  }
  if (IsLocal(details.reason)) return message;
  if (!details.violations.empty() &&
      absl::StartsWith(error.message(), details.violations.front().field)) {
    return absl::StrCat("the server does not accept this (", details.reason, ")");
  }
  return absl::StrCat(message.empty() ? "the server refused" : message, " (", details.reason, ")");
}

// ErrorInfo, and BadRequest and RetryInfo where there is something to say.
Json JsonDetails(const ErrorDetails& details) {
  Json info = {{"@type", absl::StrCat(kTypes, "ErrorInfo")},
               {"reason", details.reason},
               {"domain", kDomain},
               {"metadata", Json::object()}};
  for (const auto& [key, value] : details.metadata) info["metadata"][key] = value;
  Json list = Json::array({std::move(info)});
  if (!details.violations.empty()) {
    Json fields = Json::array();
    for (const FieldViolation& each : details.violations) {
      fields.push_back(Json{{"field", each.field}, {"description", each.description}});
    }
    list.push_back(Json{{"@type", absl::StrCat(kTypes, "BadRequest")},
                        {"fieldViolations", std::move(fields)}});
  }
  if (details.retry_after) {
    const int64_t ms = absl::ToInt64Milliseconds(*details.retry_after);
    list.push_back(Json{{"@type", absl::StrCat(kTypes, "RetryInfo")},
                        {"retryDelay", absl::StrFormat("%d.%03ds", ms / 1000, ms % 1000)}});
  }
  return list;
}

}  // namespace

std::string Nearest(absl::string_view written, const std::vector<std::string>& candidates) {
  std::string nearest;
  size_t least = kMostWrongLetters + 1;
  for (const std::string& candidate : candidates) {
    const size_t wrong = Distance(written.substr(0, 64), candidate);
    const size_t allowed = std::max<size_t>(1, std::min(kMostWrongLetters, candidate.size() / 2));
    const bool begins = written.size() > 1 && absl::StartsWith(candidate, written);
    if ((wrong <= allowed && wrong < least) || (begins && nearest.empty())) {
      nearest = candidate;
      least = std::min(least, wrong);
    }
  }
  return nearest;
}

ExitCode ExitCodeOf(const absl::Status& error) {
  if (error.ok()) return kOk;
  const std::string reason = GetErrorDetails(error).reason;
  if (reason == kInterrupted) return kWasInterrupted;
  if (reason == kUnreachable || reason == kTlsFailed || reason == kConnectionLost ||
      reason == kSilent || reason == "NOT_REGULARS" || reason == "REDIRECTED") {
    return kNoServer;
  }
  return IsLocal(reason) ? kUsage : kRefused;
}

std::string ErrorText(const absl::Status& error, const ErrorScene& scene) {
  const ErrorDetails details = GetErrorDetails(error);
  std::string text = absl::StrCat(scene.command, ": ", Headline(error, details, scene), "\n");
  for (const FieldViolation& violation : details.violations) {
    const std::string flag = FlagFor(violation.field, scene);
    absl::StrAppend(&text, "  ", flag, flag.empty() ? "" : ": ", Safe(violation.field), " ",
                    Safe(violation.description), "\n");
  }
  for (const auto& [key, value] : details.metadata) {
    // What the message says already is not said again.
    if (key == "server" || absl::StrContains(error.message(), value)) continue;
    absl::StrAppend(&text, "  ", Safe(key), ": ", Safe(value), "\n");
  }
  if (details.retry_after && *details.retry_after > absl::ZeroDuration()) {
    absl::StrAppend(&text, "  It can be tried again in ", FormatSpan(*details.retry_after), ".\n");
  }
  const std::string advice = AdviceFor(error, scene);
  if (!advice.empty()) absl::StrAppend(&text, "  ", advice, "\n");
  return text;
}

std::string ErrorLine(const absl::Status& error) {
  Json fields = {{"code", HttpStatus(error.code())},
                 {"message", std::string(error.message())},
                 {"status", std::string(CodeName(error.code()))},
                 {"details", JsonDetails(GetErrorDetails(error))}};
  return Write(Json{{"error", std::move(fields)}}) + "\n";
}

}  // namespace regulars::cli
