// What the methods of access share. One object a process; it outlives the services.
#ifndef GATEWAY_RPC_CONTEXT_H_
#define GATEWAY_RPC_CONTEXT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "chassis/auth/password.h"
#include "chassis/auth/token.h"
#include "chassis/storage/store.h"
#include "gateway/rpc/key_ring.h"

namespace regulars::gateway {

// What a method that gathers answers with: its one change.
template <typename Reply>
using ChangeOf = std::function<absl::StatusOr<Reply>(Transaction&)>;

struct AccessContext {
  Store& store;
  const auth::TokenRules rules;
  // Every scope that a method of this installation asks for, sorted.
  const std::vector<std::string> declared_scopes;
  // Holds the first administrator's password until it is changed.
  const std::string password_file;

  auth::PasswordHasher passwords = {};
  KeyRing keys = {};
};

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_CONTEXT_H_
