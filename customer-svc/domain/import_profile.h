// Saved ways to read files. Plain values.
#ifndef CUSTOMER_SVC_DOMAIN_IMPORT_PROFILE_H_
#define CUSTOMER_SVC_DOMAIN_IMPORT_PROFILE_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "customer-svc/domain/import.h"

namespace regulars::customer {

// Profiles that there may be at once.
inline constexpr int64_t kMaxImportProfiles = 1000;

struct ImportProfile {
  int64_t key = 0;
  std::string id;
  std::string display_name;
  ImportKind kind = ImportKind::kOrderLines;
  // Serialised: equal options have equal bytes.
  std::string options;
  int64_t version = 1;
  absl::Time create_time;
  absl::Time update_time;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_IMPORT_PROFILE_H_
