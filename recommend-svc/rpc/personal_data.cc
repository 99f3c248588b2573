#include "recommend-svc/rpc/personal_data.h"

#include <google/protobuf/struct.pb.h>

#include <cstdint>
#include <limits>
#include <optional>

#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "chassis/base/status_macros.h"
#include "recommend-svc/store/customers.h"
#include "recommend-svc/store/items.h"
#include "recommend-svc/store/receipts.h"

namespace regulars::recommend {
namespace {

absl::Status AddRow(Snapshot& db, const std::string& title, int64_t item, absl::Time time,
                    PersonalData& data) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<items::Shown> shown, items::LoadShown(db, item));
  if (!shown) return absl::OkStatus();
  google::protobuf::Struct row;
  auto& fields = *row.mutable_fields();
  fields["item"].set_string_value(shown->code);
  if (!shown->title.empty()) fields["title"].set_string_value(shown->title);
  fields["time"].set_string_value(
      absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone()));
  return data.Add(title, row);
}

}  // namespace

absl::Status TellPersonalData(Snapshot& db, const std::string& customer, PersonalData& data) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> key,
                        customers::FindKey(db, absl::StripPrefix(customer, "customers/")));
  if (!key) return absl::OkStatus();
  // An export is limited by its bytes, so purchases need no limit of their own.
  absl::Status added;
  ABSL_RETURN_IF_ERROR(receipts::EachPurchase(
      db, *key, std::numeric_limits<int64_t>::max(), [&](const receipts::Purchase& purchase) {
        added = AddRow(db, "Items bought", purchase.item, purchase.time, data);
        return added.ok();
      }));
  ABSL_RETURN_IF_ERROR(added);
  ABSL_ASSIGN_OR_RETURN(const auto views, customers::LoadViews(db, *key));
  for (const customers::View& view : views) {
    ABSL_RETURN_IF_ERROR(AddRow(db, "Items looked at", view.item, view.time, data));
  }
  return absl::OkStatus();
}

}  // namespace regulars::recommend
