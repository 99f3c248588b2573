// The process's log: one JSON object a line on standard error, with no personal data and no
// secrets. Thread-safe. Values are escaped, so that nothing a caller sends can forge a line.
//
//   LogInfo("listening", {{"address", address}});
#ifndef CHASSIS_OBSERVE_LOG_H_
#define CHASSIS_OBSERVE_LOG_H_

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars {

using LogField = std::pair<absl::string_view, std::string>;

// Names the process in every line. `level` is "debug", "info", "warning" or "error".
absl::Status StartLog(const std::string& process, const std::string& level);

bool LogsDebug();
void LogDebug(absl::string_view message, std::initializer_list<LogField> fields = {});
void LogInfo(absl::string_view message, std::initializer_list<LogField> fields = {});
void LogWarning(absl::string_view message, std::initializer_list<LogField> fields = {});
void LogError(absl::string_view message, std::initializer_list<LogField> fields = {});

// One line of a JSON object, without its braces: escaping as RFC 8259 asks, invalid UTF-8 replaced.
std::string FormatLogFields(absl::string_view message, std::initializer_list<LogField> fields);

}  // namespace regulars

#endif  // CHASSIS_OBSERVE_LOG_H_
