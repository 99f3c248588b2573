// Users' passwords: what is left of them.
#ifndef GATEWAY_STORE_PASSWORDS_H_
#define GATEWAY_STORE_PASSWORDS_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "gateway/domain/passwords.h"

namespace regulars::gateway::passwords {

absl::StatusOr<std::optional<StoredPassword>> Find(Snapshot& db, absl::string_view user_id);

// Makes or replaces it.
absl::Status Set(Transaction& tx, absl::string_view user_id, const StoredPassword& password);

}  // namespace regulars::gateway::passwords

#endif  // GATEWAY_STORE_PASSWORDS_H_
