#include "recommend-svc/rpc/personal_data.h"

#include <google/protobuf/struct.pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "chassis/base/status_macros.h"
#include "recommend-svc/store/customers.h"
#include "recommend-svc/store/items.h"
#include "recommend-svc/store/receipts.h"

namespace regulars::recommend {
namespace {

// Tells of items, under a title each.
class Teller {
 public:
  Teller(Snapshot& db, PersonalData& data) : db_(db), data_(data) {}

  // What else is told of an item: names and texts; empty ones are left out.
  using Fields = std::vector<std::pair<const char*, std::string>>;

  absl::Status Tell(const char* title, int64_t item, absl::Time time, const Fields& more) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<items::Shown> shown, items::LoadShown(db_, item));
    if (!shown) return absl::OkStatus();
    google::protobuf::Struct row;
    const auto add = [&](const char* name, const std::string& text) {
      if (!text.empty()) (*row.mutable_fields())[name].set_string_value(text);
    };
    add("item", shown->code);
    add("title", shown->title);
    add("time", absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone()));
    for (const auto& [name, text] : more) add(name, text);
    return data_.Add(title, row);
  }

 private:
  Snapshot& db_;
  PersonalData& data_;
};

// All that a receipt holds, what came back as well.
absl::Status TellReceipt(const receipts::Receipt& receipt, Teller& teller) {
  for (const SoldItem& sold : receipt.sold) {
    ABSL_RETURN_IF_ERROR(teller.Tell("Items bought", sold.item, receipt.order_time,
                                     {{"quantityMicros", absl::StrCat(sold.quantity)},
                                      {"cameBack", sold.counted ? "" : "yes"},
                                      {"order", receipt.order_name},
                                      {"source", receipt.source},
                                      {"receiptNumber", receipt.number},
                                      {"store", receipt.store}}));
  }
  for (const auto& [key, quantity] : receipt.returned) {
    ABSL_RETURN_IF_ERROR(teller.Tell("Items returned", key.second, receipt.order_time,
                                     {{"quantityMicros", absl::StrCat(quantity)},
                                      {"soldByOrder", key.first},
                                      {"order", receipt.order_name},
                                      {"source", receipt.source},
                                      {"receiptNumber", receipt.number},
                                      {"store", receipt.store}}));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status TellPersonalData(Snapshot& db, const std::string& customer, PersonalData& data) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> key,
                        customers::FindKey(db, absl::StripPrefix(customer, "customers/")));
  if (!key) return absl::OkStatus();
  Teller teller(db, data);
  // An export is limited by its bytes, so receipts need no limit of their own.
  ABSL_RETURN_IF_ERROR(receipts::EachOf(
      db, *key, [&](const receipts::Receipt& receipt) { return TellReceipt(receipt, teller); }));
  ABSL_ASSIGN_OR_RETURN(const auto views, customers::LoadViews(db, *key));
  for (const customers::View& view : views) {
    ABSL_RETURN_IF_ERROR(
        teller.Tell("Items looked at", view.item, view.time, {{"store", view.store}}));
  }
  return absl::OkStatus();
}

}  // namespace regulars::recommend
