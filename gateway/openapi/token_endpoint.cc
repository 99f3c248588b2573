#include "gateway/openapi/token_endpoint.h"

#include <cstddef>

#include "absl/strings/string_view.h"

namespace regulars::gateway {
namespace {

using json::Printer;

constexpr char kTag[] = "OAuth";
constexpr char kScheme[] = "client";

struct Member {
  const char* name;
  const char* type;
  const char* description;
  bool required;
};

constexpr Member kForm[] = {
    {"grant_type", "string", "\"client_credentials\".", true},
    {"client_id", "string", "Id of the API key, unless it comes by HTTP Basic.", false},
    {"client_secret", "string", "Its secret, unless it comes by HTTP Basic.", false},
    {"scope", "string",
     "The scopes that the token is to have, with spaces between; empty: all that the key has.",
     false}};
constexpr Member kToken[] = {
    {"access_token", "string", "To send as `Authorization: Bearer <token>`.", true},
    {"token_type", "string", "\"Bearer\".", true},
    {"expires_in", "integer", "Seconds that it is valid for.", true},
    {"scope", "string", "The scopes that it has, with spaces between.", true}};
constexpr Member kError[] = {
    {"error", "string",
     "\"invalid_request\", \"invalid_client\", \"invalid_scope\", \"unsupported_grant_type\", "
     "\"temporarily_unavailable\" or \"server_error\".",
     true},
    {"error_description", "string", "What went wrong, for a developer.", true}};

template <size_t kCount>
void WriteMembers(const Member (&members)[kCount], Printer* json) {
  json->BeginObject().Text("type", "object").Key("properties").BeginObject();
  for (const Member& member : members) {
    json->Key(member.name).BeginObject().Text("type", member.type);
    json->Text("description", member.description).EndObject();
  }
  json->EndObject().Key("required").BeginArray();
  for (const Member& member : members) {
    if (member.required) json->String(member.name);
  }
  json->EndArray().EndObject();
}

template <size_t kCount>
void WriteContent(absl::string_view type, const Member (&members)[kCount], Printer* json) {
  json->Key("content").BeginObject().Key(type).BeginObject().Key("schema");
  WriteMembers(members, json);
  json->EndObject().EndObject();
}

void WriteReplies(Printer* json) {
  json->Key("responses").BeginObject();
  json->Key("200").BeginObject().Text("description", "A token.");
  WriteContent("application/json", kToken, json);
  json->EndObject();
  json->Key("default").BeginObject();
  json->Text("description",
             "An error in the form of RFC 6749, section 5.2; in the form of all others what is "
             "refused before the form is read (too many requests, a body too long).");
  json->Key("content").BeginObject().Key("application/json").BeginObject().Key("schema");
  json->BeginObject().Key("anyOf").BeginArray();
  WriteMembers(kError, json);
  json->BeginObject().Text("$ref", "#/components/schemas/Error").EndObject();
  json->EndArray().EndObject().EndObject().EndObject();
  json->EndObject().EndObject();
}

}  // namespace

void WriteTokenTag(Printer* json) {
  json->BeginObject().Text("name", kTag);
  json->Text("description", "Tokens for other systems (RFC 6749).").EndObject();
}

void WriteTokenPath(Printer* json) {
  json->BeginObject().Key("post").BeginObject();
  json->Key("tags").BeginArray().String(kTag).EndArray();
  json->Text("summary", "Gives a token for an API key");
  json->Text(
      "description",
      "Gives a token for an API key (client credentials, RFC 6749 section 4.4). The key's id "
      "and secret come by HTTP Basic or in the form, not both. Whoever fails too often is "
      "told with a 429 to wait (`temporarily_unavailable`).");
  json->Text("operationId", "OAuth_Token").Key("parameters").BeginArray().EndArray();
  json->Key("requestBody").BeginObject();
  WriteContent("application/x-www-form-urlencoded", kForm, json);
  json->Key("required").Bool(true).EndObject();
  WriteReplies(json);
  json->Key("security").BeginArray();
  json->BeginObject().Key(kScheme).BeginArray().EndArray().EndObject();
  json->BeginObject().EndObject().EndArray();
  json->EndObject().EndObject();
}

void WriteClientScheme(Printer* json) {
  json->Key(kScheme).BeginObject().Text("type", "http").Text("scheme", "basic");
  json->Text("description", "Id and secret of an API key, at the token endpoint.").EndObject();
}

}  // namespace regulars::gateway
