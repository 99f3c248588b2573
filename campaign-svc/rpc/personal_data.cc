#include "campaign-svc/rpc/personal_data.h"

#include "campaign-svc/rpc/messages.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/suppressions.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"

namespace regulars::campaign {
namespace {

constexpr int64_t kRowsAtOnce = 500;

}  // namespace

absl::Status CollectPersonalData(Snapshot& db, const std::string& customer, PersonalData& data) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("customers", customer, "customer"));
  // Each row is newer than the next, so the walk ends; PersonalData bounds what it adds up to.
  for (int64_t before = 0;;) {
    ABSL_ASSIGN_OR_RETURN(const auto rows,
                          messages::List(db, {.customer = id}, before, kRowsAtOnce));
    if (rows.empty()) break;
    for (const Message& row : rows) {
      before = row.key;
      ABSL_ASSIGN_OR_RETURN(const v1::Message message, ToMessage(db, row));
      ABSL_RETURN_IF_ERROR(data.Add("Messages", message));
    }
  }
  for (int64_t before = 0;;) {
    ABSL_ASSIGN_OR_RETURN(const auto rows, suppressions::List(db, id, before, kRowsAtOnce));
    if (rows.empty()) return absl::OkStatus();
    for (const Suppression& row : rows) {
      before = row.key;
      ABSL_RETURN_IF_ERROR(data.Add("Suppressions", ToMessage(row)));
    }
  }
}

}  // namespace regulars::campaign
