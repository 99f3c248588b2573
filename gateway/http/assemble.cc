#include "gateway/http/assemble.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/server/version.h"
#include "gateway/domain/scope_texts.h"
#include "gateway/openapi/document.h"

extern "C" const char regulars_protoset[];
extern "C" const char regulars_protoset_end[];
extern "C" const char regulars_swagger_ui_js[];
extern "C" const char regulars_swagger_ui_js_end[];
extern "C" const char regulars_swagger_ui_css[];
extern "C" const char regulars_swagger_ui_css_end[];

namespace regulars::gateway {
namespace {

// Interfaces that every service answers, under its own path.
constexpr const char* kSharedPackages[] = {"regulars.admin.v1", "google.longrunning",
                                           "regulars.feed.v1", "regulars.privacy.v1"};

// The viewer needs its own scripts and styles, the document, and nothing from elsewhere.
constexpr char kDocsPolicy[] =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'";

constexpr char kDocsPage[] = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Regulars API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
)";

constexpr char kDocsScript[] = R"(SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true
});
)";

constexpr char kDescription[] =
    R"(Customers, points, recommendations and messages of shops, as JSON over HTTP.

**Tokens.** People sign in with `POST /api/access/v1/session:signIn`, other systems get a token for
their API key from `POST /oauth/token`. It is sent as `Authorization: Bearer <token>` and lasts 15
minutes. Each operation says which scope it needs.

**Repeats.** What changes something takes a `requestId` nearly everywhere, best a UUID: for 30 days a
repeat with the same id gets the first answer and changes nothing again. So whoever got no answer
asks once more.

**Errors.** An error is an `error` object (schema `Error`), but at `/oauth/token`. Decide by the
`reason` of its `ErrorInfo`, which never changes; `message` is for developers. A `BadRequest` names
the fields at fault. 429 and 503 say in `Retry-After`, and in a `RetryInfo`, when to try again.

**Lists** come in pages: pass `nextPageToken` as `pageToken`, with all else as it was.

**Streams** are one JSON object a line, or server-sent events where `Accept` prefers
`text/event-stream`. If one breaks off with an error, its last object is `{"error": …}`.

**Numbers** of 64 bits are strings. Answers may get new fields at any time: pass over what you do not
know.)";

MethodTable::Config ConfigFor(
    const std::map<std::string, std::shared_ptr<grpc::Channel>>& channels) {
  MethodTable::Config config;
  for (const auto& [service, channel] : channels) {
    config.packages.push_back({absl::StrCat("regulars.", service, ".v1"), service, ""});
    for (const char* shared : kSharedPackages) {
      // The gateway publishes nothing, and knows of no customers.
      const absl::string_view package = shared;
      const bool absent = package == "regulars.feed.v1" || package == "regulars.privacy.v1";
      if (service == "access" && absent) continue;
      config.packages.push_back({shared, service, absl::StrCat("/api/", service)});
    }
  }
  return config;
}

void AddDocs(Door& door) {
  const std::string document = WriteOpenApi(door.table(), {.title = "Regulars",
                                                           .version = kVersion,
                                                           .description = kDescription,
                                                           .has_token_endpoint = true,
                                                           .describe_scope = DescribeScope});
  door.AddPage("/openapi.json", {.content_type = "application/json", .body = document});
  for (const char* path : {"/docs", "/docs/"}) {
    door.AddPage(path, {"text/html; charset=utf-8", kDocsPage, kDocsPolicy});
  }
  door.AddPage("/", {.location = "/docs"});
  door.AddPage("/docs/start.js", {"text/javascript; charset=utf-8", kDocsScript, kDocsPolicy});
  door.AddPage("/docs/swagger-ui-bundle.js",
               {"text/javascript; charset=utf-8",
                std::string(regulars_swagger_ui_js, regulars_swagger_ui_js_end), kDocsPolicy});
  door.AddPage("/docs/swagger-ui.css",
               {"text/css; charset=utf-8",
                std::string(regulars_swagger_ui_css, regulars_swagger_ui_css_end), kDocsPolicy});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Descriptors>> BuiltInDescriptors() {
  return Descriptors::Parse(
      absl::string_view(regulars_protoset, regulars_protoset_end - regulars_protoset));
}

absl::StatusOr<std::unique_ptr<Door>> Assemble(
    const Descriptors& descriptors, const HttpOptions& options,
    const std::map<std::string, std::shared_ptr<grpc::Channel>>& channels, Metrics& metrics) {
  ABSL_ASSIGN_OR_RETURN(auto table, MethodTable::Build(descriptors, ConfigFor(channels)));
  std::map<std::string, std::unique_ptr<Upstream>> upstreams;
  for (const auto& [service, channel] : channels) {
    upstreams[service] = std::make_unique<Upstream>(service, channel);
  }
  auto door = std::make_unique<Door>(options, std::move(table), std::move(upstreams), metrics);
  AddDocs(*door);
  return door;
}

}  // namespace regulars::gateway
