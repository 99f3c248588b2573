// API keys, their stores and what is known of their secrets.
#ifndef GATEWAY_STORE_API_KEYS_H_
#define GATEWAY_STORE_API_KEYS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "gateway/domain/api_key.h"

namespace regulars::gateway::api_keys {

absl::StatusOr<std::optional<ApiKey>> Find(Snapshot& db, absl::string_view id);

// By id, behind `after_id`. Only keys limited to stores among `within_stores`; empty: all keys.
absl::StatusOr<std::vector<ApiKey>> List(Snapshot& db, absl::string_view after_id,
                                         const std::vector<std::string>& within_stores,
                                         int64_t limit);

// Without its secrets.
absl::Status Insert(Transaction& tx, const ApiKey& key);
// Everything but the id, the secrets and the time of making.
absl::Status Update(Transaction& tx, const ApiKey& key);
absl::Status Delete(Transaction& tx, absl::string_view id);

absl::Status AddSecret(Transaction& tx, absl::string_view key_id, const ApiKeySecret& secret);
absl::Status DeleteSecret(Transaction& tx, absl::string_view secret_id);
absl::Status SecretUsed(Transaction& tx, absl::string_view secret_id);

}  // namespace regulars::gateway::api_keys

#endif  // GATEWAY_STORE_API_KEYS_H_
