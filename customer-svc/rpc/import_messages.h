// Imports as the interface shows them.
#ifndef CUSTOMER_SVC_RPC_IMPORT_MESSAGES_H_
#define CUSTOMER_SVC_RPC_IMPORT_MESSAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/auth/caller.h"
#include "chassis/storage/transaction.h"
#include "chassis/tasks/task.h"
#include "customer-svc/domain/import.h"
#include "regulars/customer/v1/import.pb.h"

namespace regulars::customer {

inline constexpr char kImports[] = "imports";
inline constexpr char kImportProfiles[] = "importProfiles";

v1::Import WriteImport(const Import& import);
v1::ImportReport WriteReport(const ImportReport& report);
v1::ImportRefusal WriteRefusal(const Refusal& refusal);

// Whether the caller may see the import: those limited to stores, if nobody with other stores sent
// it, since reports and refused lines speak of all that a file held.
bool MaySee(const auth::Caller& caller, const Import& import);

// The import of that name, which stands in `field` of a request, if the caller may see it:
// NAME_MISSING, INVALID_NAME, IMPORT_NOT_FOUND.
absl::StatusOr<Import> LoadImport(Snapshot& db, const std::string& name, absl::string_view field);

// What the operation of an import's task says of its progress: a serialised google.protobuf.Any; ""
// for callers who may not see the import, and for an import that was deleted.
absl::StatusOr<std::string> DescribeImportTask(Snapshot& db, const Task& task);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_IMPORT_MESSAGES_H_
