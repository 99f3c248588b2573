#include "chassis/storage/transaction.h"

#include <iterator>
#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars {

absl::Status Transaction::Within(const Origin& origin, bool keep,
                                 const std::function<absl::Status(Transaction&)>& part) {
  ABSL_RETURN_IF_ERROR(Sql("SAVEPOINT part").Run());
  Transaction inner(connection_, origin, now(), Random(), must_yield_);
  const absl::Status status = part(inner);
  // A full disk rolls back everything; the writer finds that out.
  if (!connection_.InTransaction()) return status;
  if (!status.ok() || !keep) ABSL_RETURN_IF_ERROR(Sql("ROLLBACK TO part").Run());
  ABSL_RETURN_IF_ERROR(Sql("RELEASE part").Run());
  if (!status.ok() || !keep) return status;
  TakeOver(inner);
  return absl::OkStatus();
}

absl::Status Transaction::As(const Origin& origin,
                             const std::function<absl::Status(Transaction&)>& part) {
  Transaction inner(connection_, origin, now(), Random(), must_yield_);
  ABSL_RETURN_IF_ERROR(part(inner));
  TakeOver(inner);
  return absl::OkStatus();
}

void Transaction::TakeOver(Transaction& inner) {
  rings_.merge(inner.rings_);
  std::move(inner.events_.begin(), inner.events_.end(), std::back_inserter(events_));
}

}  // namespace regulars
