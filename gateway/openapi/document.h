// The OpenAPI 3.1 document of everything that HTTP can reach, made from the same table that routes:
// what it says is what is answered. The same table gives the same bytes.
//
//   const std::string json = WriteOpenApi(*table, {.title = "Regulars", .version = "0.1.0"});
#ifndef GATEWAY_OPENAPI_DOCUMENT_H_
#define GATEWAY_OPENAPI_DOCUMENT_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "gateway/transcode/method_table.h"

namespace regulars::gateway {

struct OpenApiInfo {
  std::string title;
  std::string version;
  std::string description;
  // Where the API is; empty for the host that serves the document.
  std::string server_url;
  // Of the OAuth 2.0 token endpoint.
  std::string token_url = "/oauth/token";
  // Whether the host of the document has it; then it is one of the paths.
  bool has_token_endpoint = false;
  // What a scope is for.
  std::function<absl::string_view(absl::string_view)> describe_scope;
};

// Routes for any method ("*") or one that OpenAPI does not know are left out.
std::string WriteOpenApi(const MethodTable& table, const OpenApiInfo& info);

}  // namespace regulars::gateway

#endif  // GATEWAY_OPENAPI_DOCUMENT_H_
