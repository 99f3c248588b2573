// Sessions of signed-in users.
#ifndef GATEWAY_STORE_SESSIONS_H_
#define GATEWAY_STORE_SESSIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"

namespace regulars::gateway {

struct Session {
  std::string id;
  std::string user_id;
  std::string family_hash;  // SHA-256, 32 bytes.
  std::string token_hash;   // SHA-256, 32 bytes.
  absl::Time create_time;
  absl::Time expire_time;
};

namespace sessions {

// Whether or not it has expired.
absl::StatusOr<std::optional<Session>> Find(Snapshot& db, absl::string_view family_hash);

// Ends the user's oldest sessions beyond kMaxSessionsPerUser.
absl::Status Insert(Transaction& tx, const Session& session);
// The refresh token is another one from now on.
absl::Status Rotate(Transaction& tx, absl::string_view id, absl::string_view token_hash,
                    absl::Time expire_time);
absl::Status End(Transaction& tx, absl::string_view id);
absl::Status EndAllOf(Transaction& tx, absl::string_view user_id);
// At most `limit` of them.
absl::Status ForgetExpired(Transaction& tx, int64_t limit);

}  // namespace sessions
}  // namespace regulars::gateway

#endif  // GATEWAY_STORE_SESSIONS_H_
