// How the company writes to people (table campaign_settings), the secrets that sign links (table
// link_key), and which life of the store messages were sent in (table known_epoch).
#ifndef CAMPAIGN_SVC_STORE_SETTINGS_H_
#define CAMPAIGN_SVC_STORE_SETTINGS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "campaign-svc/domain/settings.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign {

namespace settings {

absl::StatusOr<Settings> Load(Snapshot& db);
absl::Status Save(Transaction& tx, const Settings& settings);

}  // namespace settings

namespace epochs {

// The epoch of the store that was kept last; "" before the first.
absl::StatusOr<std::string> Known(Snapshot& db);
absl::Status Keep(Transaction& tx, const std::string& epoch);

}  // namespace epochs

namespace link_keys {

// Secrets by id.
absl::StatusOr<std::map<int64_t, std::string>> List(Snapshot& db);
absl::Status Insert(Transaction& tx, int64_t id, const std::string& secret);

}  // namespace link_keys
}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_STORE_SETTINGS_H_
