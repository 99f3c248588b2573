#include "gateway/rpc/api_key_methods.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/auth/secrets.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "gateway/domain/api_key.h"
#include "gateway/rpc/callers.h"
#include "gateway/rpc/convert.h"
#include "gateway/rpc/requests.h"
#include "gateway/store/api_keys.h"

namespace regulars::gateway {
namespace {

absl::Status KeyNotFound(absl::string_view id) {
  return Error(absl::StatusCode::kNotFound, absl::StrCat("no API key '", ApiKeyName(id), "'"),
               {.reason = "API_KEY_NOT_FOUND", .metadata = {{"apiKey", ApiKeyName(id)}}});
}

absl::Status SecretNotFound(const std::string& name) {
  return Error(absl::StatusCode::kNotFound, absl::StrCat("no secret '", name, "'"),
               {.reason = "SECRET_NOT_FOUND", .metadata = {{"secret", name}}});
}

// The key, for a caller limited to `stores`: what is not limited to some of these is not there.
absl::StatusOr<ApiKey> LoadVisible(Snapshot& db, absl::string_view id,
                                   const std::vector<std::string>& stores) {
  ABSL_ASSIGN_OR_RETURN(std::optional<ApiKey> key, api_keys::Find(db, id));
  if (!key || !StoresWithin(key->stores, stores)) return KeyNotFound(id);
  return *std::move(key);
}

Authority AuthorityOf(const ApiKey& key) { return {.scopes = key.scopes, .stores = key.stores}; }

// What the caller may do and the key, which may not do more.
struct Managed {
  Authority caller;
  ApiKey key;
};
absl::StatusOr<Managed> LoadManaged(const AccessContext& context, Snapshot& db,
                                    absl::string_view id) {
  Managed managed;
  ABSL_ASSIGN_OR_RETURN(managed.caller, CallerAuthority(context, db));
  ABSL_ASSIGN_OR_RETURN(managed.key, LoadVisible(db, id, managed.caller.stores));
  ABSL_RETURN_IF_ERROR(CheckGrant(managed.caller, AuthorityOf(managed.key)));
  return managed;
}

void Apply(const std::set<std::string>& paths, ApiKey&& from, ApiKey& key) {
  if (paths.count("display_name") > 0) key.display_name = std::move(from.display_name);
  if (paths.count("scopes") > 0) key.scopes = std::move(from.scopes);
  if (paths.count("stores") > 0) key.stores = std::move(from.stores);
  if (paths.count("disabled") > 0) key.disabled = from.disabled;
}

}  // namespace

absl::StatusOr<v1::ApiKey> CreateApiKey(const AccessContext& context, Transaction& tx,
                                        const v1::CreateApiKeyRequest& request) {
  if (!request.api_key().name().empty()) {
    return FieldError("api_key.name", "INVALID_NAME", "must be empty: the service makes it");
  }
  ApiKey key = FromProto(request.api_key());
  ABSL_RETURN_IF_ERROR(CheckApiKey(key, context.declared_scopes));
  ABSL_ASSIGN_OR_RETURN(const Authority caller, CallerAuthority(context, tx));
  ABSL_RETURN_IF_ERROR(CheckGrant(caller, AuthorityOf(key)));
  key.id = tx.NewId();
  key.version = absl::ToUnixMicros(tx.now());
  key.create_time = key.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(api_keys::Insert(tx, key));
  return ToProto(key);
}

absl::StatusOr<v1::ApiKey> GetApiKey(Snapshot& db, const v1::GetApiKeyRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("apiKeys", request.name()));
  ABSL_ASSIGN_OR_RETURN(const ApiKey key, LoadVisible(db, id, db.caller().realms));
  return ToProto(key);
}

absl::StatusOr<v1::ListApiKeysResponse> ListApiKeys(Snapshot& db,
                                                    const v1::ListApiKeysRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const std::vector<ApiKey> found,
                        api_keys::List(db, page.after_id(), db.caller().realms, page.size + 1));
  v1::ListApiKeysResponse response;
  for (const ApiKey& key : found) {
    if (response.api_keys_size() == page.size) {
      const std::string& last = found[static_cast<size_t>(page.size) - 1].id;
      response.set_next_page_token(rpc::NextPageToken(request, db.now(), {last}));
      break;
    }
    *response.add_api_keys() = ToProto(key);
  }
  return response;
}

absl::StatusOr<v1::ApiKey> UpdateApiKey(const AccessContext& context, Transaction& tx,
                                        const v1::UpdateApiKeyRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("apiKeys", request.api_key().name(), "api_key.name"));
  ABSL_ASSIGN_OR_RETURN(const auto paths, PathsToChange(request.update_mask(), request.api_key()));
  ABSL_ASSIGN_OR_RETURN(const Managed managed, LoadManaged(context, tx, id));
  ABSL_RETURN_IF_ERROR(CheckEtag(request.api_key().etag(), managed.key.version));
  ApiKey next = managed.key;
  Apply(paths, FromProto(request.api_key()), next);
  ABSL_RETURN_IF_ERROR(CheckApiKey(next, context.declared_scopes));
  ABSL_RETURN_IF_ERROR(CheckGrant(managed.caller, AuthorityOf(next)));
  if (next == managed.key) return ToProto(next);
  ++next.version;
  next.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(api_keys::Update(tx, next));
  return ToProto(next);
}

absl::StatusOr<google::protobuf::Empty> DeleteApiKey(const AccessContext& context, Transaction& tx,
                                                     const v1::DeleteApiKeyRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("apiKeys", request.name()));
  const absl::StatusOr<Managed> managed = LoadManaged(context, tx, id);
  if (absl::IsNotFound(managed.status()) && request.allow_missing()) {
    return google::protobuf::Empty();
  }
  if (!managed.ok()) return managed.status();
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), managed->key.version));
  ABSL_RETURN_IF_ERROR(api_keys::Delete(tx, id));
  return google::protobuf::Empty();
}

absl::StatusOr<ChangeOf<v1::AddApiKeySecretResponse>> AddApiKeySecret(
    const AccessContext& context, const Origin&, const v1::AddApiKeySecretRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("apiKeys", request.api_key(), "api_key"));
  return ChangeOf<v1::AddApiKeySecretResponse>(
      [&context, id,
       text = auth::NewSecret()](Transaction& tx) -> absl::StatusOr<v1::AddApiKeySecretResponse> {
        ABSL_ASSIGN_OR_RETURN(Managed managed, LoadManaged(context, tx, id));
        if (managed.key.secrets.size() >= kMaxLiveSecrets) {
          return FailedPrecondition("TOO_MANY_SECRETS", "two secrets are live: revoke one first");
        }
        const ApiKeySecret secret = {.id = tx.NewId(),
                                     .hint = text.substr(text.size() - kSecretHintLength),
                                     .hash = auth::HashSecret(text),
                                     .create_time = tx.now()};
        ABSL_RETURN_IF_ERROR(api_keys::AddSecret(tx, id, secret));
        managed.key.secrets.push_back(secret);
        v1::AddApiKeySecretResponse response;
        response.set_secret(text);
        *response.mutable_api_key() = ToProto(managed.key);
        return response;
      });
}

absl::StatusOr<v1::ApiKey> RevokeApiKeySecret(const AccessContext& context, Transaction& tx,
                                              const v1::RevokeApiKeySecretRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                        rpc::ParseNestedName({"apiKeys", "secrets"}, request.name()));
  absl::StatusOr<Managed> managed = LoadManaged(context, tx, ids[0]);
  if (absl::IsNotFound(managed.status())) return SecretNotFound(request.name());
  if (!managed.ok()) return managed.status();
  std::vector<ApiKeySecret>& secrets = managed->key.secrets;
  const auto found = std::find_if(secrets.begin(), secrets.end(),
                                  [&](const ApiKeySecret& secret) { return secret.id == ids[1]; });
  if (found == secrets.end()) return SecretNotFound(request.name());
  ABSL_RETURN_IF_ERROR(api_keys::DeleteSecret(tx, found->id));
  secrets.erase(found);
  return ToProto(managed->key);
}

}  // namespace regulars::gateway
