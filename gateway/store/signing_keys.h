// The keys that tokens are signed with.
#ifndef GATEWAY_STORE_SIGNING_KEYS_H_
#define GATEWAY_STORE_SIGNING_KEYS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"

namespace regulars::gateway::signing_keys {

struct StoredKey {
  std::string id;
  std::string private_pem;
  absl::Time sign_time;
};

// By the time from which they sign. The schedule keeps them to a handful.
absl::StatusOr<std::vector<StoredKey>> List(Snapshot& db);
absl::Status Insert(Transaction& tx, const StoredKey& key);
absl::Status Delete(Transaction& tx, absl::string_view id);

}  // namespace regulars::gateway::signing_keys

#endif  // GATEWAY_STORE_SIGNING_KEYS_H_
