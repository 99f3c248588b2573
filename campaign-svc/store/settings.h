// How the company writes to people (table campaign_settings), and the secrets that sign links
// (table link_key).
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

namespace link_keys {

// Secrets by id.
absl::StatusOr<std::map<int64_t, std::string>> List(Snapshot& db);
absl::Status Insert(Transaction& tx, int64_t id, const std::string& secret);

}  // namespace link_keys
}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_STORE_SETTINGS_H_
