#include "gateway/rpc/convert.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "gateway/rpc/requests.h"

namespace regulars::gateway {

std::string UserName(absl::string_view id) { return absl::StrCat("users/", id); }
std::string RoleName(absl::string_view id) { return absl::StrCat("roles/", id); }
std::string ApiKeyName(absl::string_view id) { return absl::StrCat("apiKeys/", id); }

v1::User ToProto(const User& user) {
  v1::User proto;
  proto.set_name(UserName(user.id));
  proto.set_email(user.email);
  proto.set_display_name(user.display_name);
  for (const std::string& role : user.roles) proto.add_roles(RoleName(role));
  for (const std::string& store : user.stores) proto.add_stores(store);
  proto.set_disabled(user.disabled);
  proto.set_password_expired(user.password_expired);
  if (user.last_sign_in_time) {
    *proto.mutable_last_sign_in_time() = rpc::ToTimestamp(*user.last_sign_in_time);
  }
  *proto.mutable_create_time() = rpc::ToTimestamp(user.create_time);
  *proto.mutable_update_time() = rpc::ToTimestamp(user.update_time);
  proto.set_etag(Etag(user.version));
  return proto;
}

v1::Role ToProto(const Role& role) {
  v1::Role proto;
  proto.set_name(RoleName(role.id));
  proto.set_display_name(role.display_name);
  proto.set_description(role.description);
  for (const std::string& scope : role.scopes) proto.add_scopes(scope);
  proto.set_built_in(role.built_in);
  if (!role.built_in) {
    *proto.mutable_create_time() = rpc::ToTimestamp(role.create_time);
    *proto.mutable_update_time() = rpc::ToTimestamp(role.update_time);
  }
  proto.set_etag(Etag(role.version));
  return proto;
}

v1::ApiKey ToProto(const ApiKey& key) {
  v1::ApiKey proto;
  proto.set_name(ApiKeyName(key.id));
  proto.set_display_name(key.display_name);
  for (const std::string& scope : key.scopes) proto.add_scopes(scope);
  for (const std::string& store : key.stores) proto.add_stores(store);
  proto.set_disabled(key.disabled);
  for (const ApiKeySecret& secret : key.secrets) {
    v1::ApiKeySecret& added = *proto.add_secrets();
    added.set_name(absl::StrCat(ApiKeyName(key.id), "/secrets/", secret.id));
    added.set_hint(secret.hint);
    *added.mutable_create_time() = rpc::ToTimestamp(secret.create_time);
    if (secret.last_used_time) {
      *added.mutable_last_used_time() = rpc::ToTimestamp(*secret.last_used_time);
    }
  }
  *proto.mutable_create_time() = rpc::ToTimestamp(key.create_time);
  *proto.mutable_update_time() = rpc::ToTimestamp(key.update_time);
  proto.set_etag(Etag(key.version));
  return proto;
}

absl::StatusOr<User> FromProto(const v1::User& proto) {
  User user = {.email = proto.email(),
               .display_name = proto.display_name(),
               .stores = {proto.stores().begin(), proto.stores().end()},
               .disabled = proto.disabled()};
  for (int i = 0; i < proto.roles_size(); ++i) {
    ABSL_ASSIGN_OR_RETURN(std::string id, rpc::ParseName("roles", proto.roles(i),
                                                         absl::StrCat("user.roles[", i, "]")));
    user.roles.push_back(std::move(id));
  }
  return user;
}

Role FromProto(const v1::Role& proto) {
  return {.display_name = proto.display_name(),
          .description = proto.description(),
          .scopes = {proto.scopes().begin(), proto.scopes().end()}};
}

ApiKey FromProto(const v1::ApiKey& proto) {
  return {.display_name = proto.display_name(),
          .scopes = {proto.scopes().begin(), proto.scopes().end()},
          .stores = {proto.stores().begin(), proto.stores().end()},
          .disabled = proto.disabled()};
}

}  // namespace regulars::gateway
