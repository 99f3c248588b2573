#include "gateway/openapi/document.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gateway/json/printer.h"
#include "gateway/openapi/comments.h"
#include "gateway/openapi/errors.h"
#include "gateway/openapi/operations.h"
#include "gateway/openapi/path_names.h"
#include "gateway/openapi/schemas.h"
#include "gateway/openapi/token_endpoint.h"

namespace regulars::gateway {
namespace {

using ::regulars::gateway::json::Printer;

bool IsKnownMethod(const std::string& method) {
  static const auto* const kKnown = new std::set<std::string>{"GET",     "PUT",  "POST",  "DELETE",
                                                              "OPTIONS", "HEAD", "PATCH", "TRACE"};
  return kKnown->count(method) != 0;
}

void WriteInfo(const OpenApiInfo& info, Printer* json) {
  json->Text("openapi", "3.1.0").Key("info").BeginObject();
  json->Text("title", info.title).Text("version", info.version);
  if (!info.description.empty()) json->Text("description", info.description);
  json->EndObject();
  json->Key("servers").BeginArray().BeginObject();
  json->Text("url", info.server_url.empty() ? "/" : info.server_url).EndObject().EndArray();
}

// One for each service, in the order in which they first have a route.
void WriteTags(const MethodTable& table, const OpenApiInfo& info, Printer* json) {
  std::set<std::string> written;
  json->Key("tags").BeginArray();
  if (info.has_token_endpoint) WriteTokenTag(json);
  for (const Route& route : table.routes()) {
    if (!written.insert(TagOf(route)).second) continue;
    json->BeginObject().Text("name", TagOf(route));
    const std::string comment = CommentOf(*route.method.descriptor->service());
    if (!comment.empty()) json->Text("description", comment);
    json->EndObject();
  }
  json->EndArray();
}

void WritePaths(const MethodTable& table, const OpenApiInfo& info, Schemas* schemas,
                Printer* json) {
  // Operations of one path stand together, where the first of them has its route.
  using Operation = std::pair<const Route*, NamedPath>;
  PathNames names(table.routes());
  std::vector<std::string> order;
  std::map<std::string, std::vector<Operation>> paths;
  for (const Route& route : table.routes()) {
    if (!IsKnownMethod(route.http_method)) continue;
    NamedPath named = names.Name(route);
    std::vector<Operation>& operations = paths[named.path];
    if (operations.empty()) order.push_back(named.path);
    operations.emplace_back(&route, std::move(named));
  }
  Operations writer(schemas, json);
  json->Key("paths").BeginObject();
  if (info.has_token_endpoint) {
    json->Key(info.token_url);
    WriteTokenPath(json);
  }
  for (const std::string& path : order) {
    json->Key(path).BeginObject();
    for (const auto& [route, named] : paths[path]) {
      json->Key(absl::AsciiStrToLower(route->http_method));
      writer.Write(*route, named);
    }
    json->EndObject();
  }
  json->EndObject();
}

void WriteSecuritySchemes(const MethodTable& table, const OpenApiInfo& info, Printer* json) {
  std::set<std::string> scopes;
  for (const Route& route : table.routes()) {
    if (route.scope.find('.') != std::string::npos) scopes.insert(route.scope);
  }
  json->Key("securitySchemes").BeginObject();
  json->Key("bearer").BeginObject().Text("type", "http").Text("scheme", "bearer");
  json->Text("description", "A token of a signed-in user or of an API key.").EndObject();
  json->Key("oauth2").BeginObject().Text("type", "oauth2");
  json->Text("description", "The client credentials of an API key.");
  json->Key("flows").BeginObject().Key("clientCredentials").BeginObject();
  json->Text("tokenUrl", info.token_url).Key("scopes").BeginObject();
  for (const std::string& scope : scopes) {
    json->Text(scope, info.describe_scope ? info.describe_scope(scope) : "");
  }
  json->EndObject().EndObject().EndObject().EndObject();
  if (info.has_token_endpoint) WriteClientScheme(json);
  json->EndObject();
}

}  // namespace

std::string WriteOpenApi(const MethodTable& table, const OpenApiInfo& info) {
  std::string out;
  Printer json(&out);
  Schemas schemas(table.schema(), &json);
  json.BeginObject();
  WriteInfo(info, &json);
  WriteTags(table, info, &json);
  WritePaths(table, info, &schemas, &json);
  json.Key("components").BeginObject();
  json.Key("schemas").BeginObject();
  schemas.WriteComponents();
  WriteErrorSchema(&json);
  json.EndObject();
  json.Key("responses").BeginObject();
  WriteErrorResponses(&json);
  json.EndObject();
  WriteSecuritySchemes(table, info, &json);
  json.EndObject().EndObject();
  return out + "\n";
}

}  // namespace regulars::gateway
