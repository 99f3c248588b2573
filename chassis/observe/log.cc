#include "chassis/observe/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chassis/base/errors.h"

namespace regulars {
namespace {

std::shared_ptr<spdlog::logger> MakeLogger(const std::string& process) {
  auto logger =
      std::make_shared<spdlog::logger>(process, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","process":"%n",%v})",
      spdlog::pattern_time_type::utc));
  return logger;
}

std::shared_ptr<spdlog::logger>& Logger() {
  static auto& logger = *new std::shared_ptr<spdlog::logger>(MakeLogger("regulars"));
  return logger;
}

void AppendJsonString(absl::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      // Bytes beyond ASCII are written as Latin-1 escapes: always valid, never a line break.
      absl::StrAppendFormat(&out, "\\u%04x", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

void Log(spdlog::level::level_enum level, absl::string_view message,
         std::initializer_list<LogField> fields) {
  if (Logger()->should_log(level)) Logger()->log(level, FormatLogFields(message, fields));
}

}  // namespace

absl::Status StartLog(const std::string& process, const std::string& level) {
  const auto parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off) {
    return FieldError("log_level", "INVALID_FLAG", "must be debug, info, warning or error");
  }
  Logger() = MakeLogger(process);
  Logger()->set_level(parsed);
  return absl::OkStatus();
}

bool LogsDebug() { return Logger()->should_log(spdlog::level::debug); }
void LogDebug(absl::string_view message, std::initializer_list<LogField> fields) {
  Log(spdlog::level::debug, message, fields);
}
void LogInfo(absl::string_view message, std::initializer_list<LogField> fields) {
  Log(spdlog::level::info, message, fields);
}
void LogWarning(absl::string_view message, std::initializer_list<LogField> fields) {
  Log(spdlog::level::warn, message, fields);
}
void LogError(absl::string_view message, std::initializer_list<LogField> fields) {
  Log(spdlog::level::err, message, fields);
}

std::string FormatLogFields(absl::string_view message, std::initializer_list<LogField> fields) {
  std::string out = "\"message\":";
  AppendJsonString(message, out);
  for (const auto& [key, value] : fields) {
    absl::StrAppend(&out, ",\"", key, "\":");
    AppendJsonString(value, out);
  }
  return out;
}

}  // namespace regulars
