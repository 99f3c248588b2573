// Messages of regulars.access.v1 ↔ values of the domain.
#ifndef GATEWAY_RPC_CONVERT_H_
#define GATEWAY_RPC_CONVERT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/domain/api_key.h"
#include "gateway/domain/role.h"
#include "gateway/domain/user.h"
#include "regulars/access/v1/access.pb.h"

namespace regulars::gateway {

namespace v1 = ::regulars::access::v1;

std::string UserName(absl::string_view id);
std::string RoleName(absl::string_view id);
std::string ApiKeyName(absl::string_view id);

v1::User ToProto(const User& user);
v1::Role ToProto(const Role& role);
v1::ApiKey ToProto(const ApiKey& key);

// What callers may write; the rest stays empty. Only the users' names of roles can be wrong.
absl::StatusOr<User> FromProto(const v1::User& user);
Role FromProto(const v1::Role& role);
ApiKey FromProto(const v1::ApiKey& key);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_CONVERT_H_
