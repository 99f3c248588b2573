// How a person is erased. The customer goes in the change that asks for it; the task does the rest
// in steps; other services do their parts as they follow ErasureRequested, and confirm. See
// docs/decisions/0018.
#ifndef CUSTOMER_SVC_RPC_ERASURE_CHANGES_H_
#define CUSTOMER_SVC_RPC_ERASURE_CHANGES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/store.h"
#include "chassis/tasks/runner.h"
#include "customer-svc/domain/customer.h"
#include "customer-svc/store/erasures.h"

namespace regulars::customer {

inline constexpr char kErasureTask[] = "erase_customer";

// The part of an erasure that is this service's own.
inline constexpr char kOwnPart[] = "customer";

// Erases a customer. `others` are the services that must confirm besides this one.
absl::StatusOr<erasures::Erasure> ApplyErasure(Transaction& tx, const Customer& customer,
                                               const std::vector<std::string>& others);

// Erases what is left of somebody who was deleted before: texts of their orders, replies that were
// about them, what other services hold.
absl::StatusOr<erasures::Erasure> EraseDeleted(Transaction& tx, const std::string& customer_id,
                                               const std::vector<std::string>& others);

// Records that a service holds nothing of the person any more, and completes the erasure with the
// last of them. An erasure that is not known, and a service that is not awaited, are no error.
absl::Status ConfirmErasure(Transaction& tx, absl::string_view erasure_id,
                            absl::string_view service);

// Asks a service once more for its part of every erasure that it has not confirmed, after its state
// was read anew: what it confirmed meanwhile may never be heard. Some at a time; whether all were
// asked for in the reading with this number.
absl::StatusOr<bool> AskAgain(Transaction& tx, absl::string_view service, int64_t generation);

// Takes away what is left of people who were erased.
TaskKind ErasureTask(Store& store);

// Brings store and list together: who is on the list and in the store again, since the store was
// made of an older backup, is erased again; what the list lacks is added, and a list is made where
// there is none. Call before the service answers anybody, which it must not where this fails.
absl::Status ReapplyErasures(Store& store, const std::vector<std::string>& others);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_ERASURE_CHANGES_H_
