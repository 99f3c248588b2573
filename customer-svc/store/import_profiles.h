// Saved ways to read files (table import_profile).
#ifndef CUSTOMER_SVC_STORE_IMPORT_PROFILES_H_
#define CUSTOMER_SVC_STORE_IMPORT_PROFILES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/import_profile.h"

namespace regulars::customer::import_profiles {

absl::StatusOr<std::optional<ImportProfile>> Find(Snapshot& db, absl::string_view id);

// By id, from behind `after` on.
absl::StatusOr<std::vector<ImportProfile>> List(Snapshot& db, absl::string_view after,
                                                int64_t limit);

absl::StatusOr<int64_t> Count(Snapshot& db);

// Stores a new profile and gives it its key.
absl::Status Insert(Transaction& tx, ImportProfile& profile);
// Writes what may change; id and kind stay.
absl::Status Update(Transaction& tx, const ImportProfile& profile);
absl::Status Delete(Transaction& tx, const ImportProfile& profile);

}  // namespace regulars::customer::import_profiles

#endif  // CUSTOMER_SVC_STORE_IMPORT_PROFILES_H_
