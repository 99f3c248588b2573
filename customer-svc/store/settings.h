// The company's settings (one row) and its currency rates.
#ifndef CUSTOMER_SVC_STORE_SETTINGS_H_
#define CUSTOMER_SVC_STORE_SETTINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "chassis/filter/expression.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/rate.h"
#include "customer-svc/domain/settings.h"

namespace regulars::customer::settings {

// Reads one row; cheap.
absl::StatusOr<CompanySettings> Load(Snapshot& db);
absl::Status Save(Transaction& tx, const CompanySettings& settings);

// The rate that an order of `day` uses: the latest one dated on or before it, at most
// `max_age_days` older. nullopt if there is none. The base currency has no rates: do not ask.
absl::StatusOr<std::optional<Rate>> FindRate(Snapshot& db, absl::string_view currency,
                                             absl::CivilDay day, int64_t max_age_days);

struct DatedRate {
  std::string currency;
  absl::CivilDay day;
  Rate rate;
  absl::Time update_time;
};

// The rate set for that very day.
absl::StatusOr<std::optional<DatedRate>> GetRate(Snapshot& db, absl::string_view currency,
                                                 absl::CivilDay day);
// Makes or replaces it.
absl::Status PutRate(Transaction& tx, const DatedRate& rate);
absl::Status DeleteRate(Transaction& tx, absl::string_view currency, absl::CivilDay day);
absl::StatusOr<bool> AnyRate(Snapshot& db);

// Reads a filter on `currency_code` and `date`. INVALID_ARGUMENT as of filter::CompileRequest.
absl::StatusOr<filter::Expression> CompileRateFilter(absl::string_view text);

// Rates by currency, then newest first, from `after` (exclusive) on.
struct RatePlace {
  std::string currency;
  absl::CivilDay day;
};
absl::StatusOr<std::vector<DatedRate>> ListRates(Snapshot& db, const filter::Expression& filter,
                                                 const std::optional<RatePlace>& after,
                                                 int64_t limit);

}  // namespace regulars::customer::settings

#endif  // CUSTOMER_SVC_STORE_SETTINGS_H_
