// call: any request, for what has no command of its own.
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/customer_fields.h"
#include "cli/files.h"
#include "cli/json.h"

namespace regulars::cli {
namespace {

// "{…}", "@file" or "-".
absl::StatusOr<std::string> ReadData(const std::string& data) {
  absl::string_view file = data;
  if (data == "-" || absl::ConsumePrefix(&file, "@")) return ReadTextFile(std::string(file));
  return data;
}

// What a failed stream can have said; more than this is no error.
constexpr size_t kMaxErrorBytes = 64 << 10;

// Keeps the last line of what comes in pieces, and the beginning of a long one.
void KeepLastLine(absl::string_view piece, std::string* line) {
  if (absl::EndsWith(*line, "\n")) line->clear();
  const size_t before = absl::StripSuffix(piece, "\n").rfind('\n');
  if (before != absl::string_view::npos) {
    line->clear();
    piece.remove_prefix(before + 1);
  }
  if (line->size() <= kMaxErrorBytes) absl::StrAppend(line, piece);
}

// A stream that fails midway says so in its last line.
absl::Status HowItEnded(const std::string& last_line) {
  if (!absl::StartsWith(last_line, "{\"error\"") || last_line.size() > kMaxErrorBytes) {
    return absl::OkStatus();
  }
  const absl::StatusOr<Json> message = ParseJson(last_line);
  if (!message.ok() || message->size() != 1) return absl::OkStatus();
  return ErrorOf(message->at("error"));
}

}  // namespace

void AddCallCommand(const Command& root) {
  const Command call =
      root.Add("call", "Sends any request and prints the answer as it comes.",
               "regularsctl call GET /api/customer/v1/customers --query pageSize=3");
  const auto method = call.Word("METHOD", "GET, POST, PATCH or DELETE");
  const auto path = call.Word("PATH", "/api/customer/v1/… ; /api/ may be left out");
  const auto data = call.Text("--data", "JSON", "Body: JSON, @FILE, or '-' for the standard input");
  const auto parameters = call.Texts("--query", "KEY=VALUE", "Query parameter");
  call.Run([=](Context& context) -> absl::Status {
    const std::string verb = absl::AsciiStrToUpper(*method);
    if (verb != "GET" && verb != "POST" && verb != "PATCH" && verb != "DELETE") {
      return UsageError(absl::StrCat("'", *method, "' is no method: GET, POST, PATCH or DELETE"));
    }
    Query query;
    for (const std::string& parameter : *parameters) {
      ABSL_ASSIGN_OR_RETURN(auto pair, SplitPair("--query", parameter));
      query.push_back(std::move(pair));
    }
    ABSL_ASSIGN_OR_RETURN(std::string body, ReadData(*data));
    if (body.empty() && (verb == "POST" || verb == "PATCH")) body = "{}";
    const std::string whole = absl::StartsWith(*path, "/") ? *path : absl::StrCat("/api/", *path);
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    std::string last_line;
    ABSL_RETURN_IF_ERROR(
        client->Download(verb, whole, query, body, [&](absl::string_view piece) -> bool {
          KeepLastLine(piece, &last_line);
          context.out().write(piece.data(), static_cast<std::streamsize>(piece.size()));
          context.out().flush();
          return context.out().good();
        }));
    if (!last_line.empty() && last_line.back() != '\n') context.out() << '\n';
    return HowItEnded(last_line);
  });
}

}  // namespace regulars::cli
