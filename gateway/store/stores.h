// Which stores users and API keys are limited to.
#ifndef GATEWAY_STORE_STORES_H_
#define GATEWAY_STORE_STORES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"

namespace regulars::gateway::stores {

// `principal` is "users/…" or "apiKeys/…". By id; CheckStores() bounds them.
absl::StatusOr<std::vector<std::string>> Load(Snapshot& db, absl::string_view principal);

absl::Status Replace(Transaction& tx, absl::string_view principal,
                     const std::vector<std::string>& stores);

// A condition that the principal which the SQL expression `principal` names is limited to stores
// among `stores`, which are not empty and outlive the statement.
std::string Within(absl::string_view principal, const std::vector<std::string>& stores,
                   std::vector<Parameter>& parameters);

}  // namespace regulars::gateway::stores

#endif  // GATEWAY_STORE_STORES_H_
