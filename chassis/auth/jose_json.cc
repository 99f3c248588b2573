#include "chassis/auth/jose_json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/auth/base64url.h"

namespace regulars::auth {
namespace {

using nlohmann::json;

constexpr char kAlgorithm[] = "EdDSA";
constexpr char kTokenType[] = "at+jwt";  // RFC 9068: an access token and nothing else.

std::optional<json> ReadObject(absl::string_view text) {
  // The parser would pass over a byte order mark.
  if (text.empty() || text[0] != '{') return std::nullopt;
  bool refused = false;
  std::vector<std::set<std::string>> keys;  // Of the objects that are open.
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    refused |= depth > kMaxJoseDepth;
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::key) {
      refused |= !keys.back().insert(parsed.get<std::string>()).second;
    }
    if (event == json::parse_event_t::object_end) keys.pop_back();
    return true;
  };
  json parsed = json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
  if (refused || !parsed.is_object()) return std::nullopt;
  return parsed;
}

std::optional<std::string> GetText(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

// Whole seconds; 1.5e9 and "1" are not.
std::optional<int64_t> GetSeconds(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() &&
      found->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return std::nullopt;
  }
  return found->get<int64_t>();
}

// Whether an optional member is either absent or the given text.
bool IsAbsentOr(const json& object, const char* key, const char* text) {
  return !object.contains(key) || GetText(object, key) == text;
}

bool IsEd25519SignatureKey(const json& object) {
  return GetText(object, "kty") == "OKP" && GetText(object, "crv") == "Ed25519" &&
         IsAbsentOr(object, "use", "sig") && IsAbsentOr(object, "alg", kAlgorithm);
}

// Reads `key` into `bytes` if it is there; false if it is there and cannot be read.
bool ReadOptionalBytes(const json& object, const char* key, std::optional<std::string>* bytes) {
  if (!object.contains(key)) return true;
  const auto text = GetText(object, key);
  if (text) *bytes = DecodeBase64Url(*text);
  return bytes->has_value();
}

std::optional<Jwk> ToJwk(const json& object) {
  Jwk jwk;
  std::optional<std::string> x;
  if (!ReadOptionalBytes(object, "x", &x) || !x) return std::nullopt;
  if (!ReadOptionalBytes(object, "d", &jwk.d)) return std::nullopt;
  if (object.contains("kid")) {
    jwk.id = GetText(object, "kid");
    if (!jwk.id) return std::nullopt;
  }
  jwk.x = *std::move(x);
  return jwk;
}

bool ReadRealms(const json& object, std::vector<std::string>* realms) {
  const auto found = object.find("realms");
  if (found == object.end()) return true;
  // An empty list would mean "no limit" to whoever reads it as a list: it must not be written.
  if (!found->is_array() || found->empty()) return false;
  for (const json& realm : *found) {
    if (!realm.is_string()) return false;
    realms->push_back(realm.get<std::string>());
  }
  return true;
}

}  // namespace

std::string WriteTokenHeader(absl::string_view key_id) {
  return json{{"alg", kAlgorithm}, {"kid", std::string(key_id)}, {"typ", kTokenType}}.dump();
}

std::optional<std::string> ReadTokenHeader(absl::string_view text) {
  const std::optional<json> header = ReadObject(text);
  if (!header || header->size() != 3 || GetText(*header, "alg") != kAlgorithm ||
      GetText(*header, "typ") != kTokenType) {
    return std::nullopt;
  }
  return GetText(*header, "kid");
}

std::string WriteTokenClaims(const TokenClaims& claims) {
  json object = {{"iss", claims.issuer},    {"aud", claims.audience},
                 {"sub", claims.subject},   {"scope", absl::StrJoin(claims.scopes, " ")},
                 {"iat", claims.issued_at}, {"exp", claims.expires_at}};
  if (claims.not_before) object["nbf"] = *claims.not_before;
  if (!claims.realms.empty()) object["realms"] = claims.realms;
  if (claims.member) object["member"] = *claims.member;
  return object.dump();
}

std::optional<TokenClaims> ReadTokenClaims(absl::string_view text) {
  const std::optional<json> object = ReadObject(text);
  if (!object) return std::nullopt;
  const auto issuer = GetText(*object, "iss");
  const auto audience = GetText(*object, "aud");
  const auto subject = GetText(*object, "sub");
  const auto scope = GetText(*object, "scope");
  const auto issued_at = GetSeconds(*object, "iat");
  const auto expires_at = GetSeconds(*object, "exp");
  if (!issuer || !audience || !subject || !scope || !issued_at || !expires_at) return std::nullopt;
  TokenClaims claims = {.issuer = *issuer,
                        .audience = *audience,
                        .subject = *subject,
                        .member = GetText(*object, "member"),
                        .issued_at = *issued_at,
                        .not_before = GetSeconds(*object, "nbf"),
                        .expires_at = *expires_at};
  if (!scope->empty()) claims.scopes = absl::StrSplit(*scope, ' ');
  if (object->contains("member") != claims.member.has_value() ||
      object->contains("nbf") != claims.not_before.has_value() ||
      !ReadRealms(*object, &claims.realms)) {
    return std::nullopt;
  }
  return claims;
}

std::optional<Jwk> ReadJwk(absl::string_view text) {
  const std::optional<json> object = ReadObject(text);
  if (!object || !IsEd25519SignatureKey(*object)) return std::nullopt;
  return ToJwk(*object);
}

std::optional<std::vector<Jwk>> ReadJwks(absl::string_view text) {
  const std::optional<json> object = ReadObject(text);
  if (!object || !object->contains("keys") || !(*object)["keys"].is_array()) return std::nullopt;
  std::vector<Jwk> keys;
  for (const json& key : (*object)["keys"]) {
    if (!key.is_object()) return std::nullopt;
    if (!IsEd25519SignatureKey(key)) continue;
    std::optional<Jwk> jwk = ToJwk(key);
    if (!jwk) return std::nullopt;
    keys.push_back(*std::move(jwk));
  }
  return keys;
}

std::string WriteJwks(const std::vector<Jwk>& keys) {
  json list = json::array();
  for (const Jwk& key : keys) {
    json object = {{"kty", "OKP"},
                   {"crv", "Ed25519"},
                   {"x", EncodeBase64Url(key.x)},
                   {"use", "sig"},
                   {"alg", kAlgorithm}};
    if (key.id) object["kid"] = *key.id;
    list.push_back(std::move(object));
  }
  return json{{"keys", std::move(list)}}.dump();
}

}  // namespace regulars::auth
