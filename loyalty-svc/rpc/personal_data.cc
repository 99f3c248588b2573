#include "loyalty-svc/rpc/personal_data.h"

#include <google/protobuf/struct.pb.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/store/ledger.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/receipts.h"

namespace regulars::loyalty {
namespace {

// Rows read at a time; PersonalData bounds how many there are in all.
constexpr int64_t kBatch = 1000;

absl::Status AddMembership(Snapshot& db, const Member& member, PersonalData& data) {
  ABSL_RETURN_IF_ERROR(data.Add("Membership", WriteMember(member)));
  std::vector<ledger::ReadPosting> postings;
  int64_t before = 0;
  do {
    ABSL_ASSIGN_OR_RETURN(postings, ledger::NewestFirst(db, member.key, before, kBatch));
    for (const ledger::ReadPosting& read : postings) {
      ABSL_RETURN_IF_ERROR(data.Add("Points", WritePosting(member, read)));
      before = read.posting.number;
    }
  } while (!postings.empty());
  return absl::OkStatus();
}

google::protobuf::Struct WriteLine(const CountedLine& line) {
  google::protobuf::Struct row;
  auto& fields = *row.mutable_fields();
  fields["lineId"].set_string_value(line.line_id);
  fields["quantityMicros"].set_string_value(absl::StrCat(line.quantity_micros));
  fields["amountMicros"].set_string_value(absl::StrCat(line.amount_micros));
  return row;
}

absl::Status AddReceipt(Snapshot& db, const Receipt& receipt, PersonalData& data) {
  google::protobuf::Struct row;
  auto& fields = *row.mutable_fields();
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) fields[name].set_string_value(text);
  };
  add("order", rpc::Name("orders", receipt.order_id));
  add("source", receipt.source);
  add("receiptNumber", receipt.number);
  add("orderTime",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", receipt.order_time, absl::UTCTimeZone()));
  add("store", receipt.store);
  add("cancelled", receipt.is_cancelled ? "yes" : "");
  add("earns", absl::StrCat(receipt.earned));
  add("takes", absl::StrCat(receipt.unlinked));
  for (const CountedLine& line : receipt.counted) {
    *fields["countedLines"].mutable_list_value()->add_values()->mutable_struct_value() =
        WriteLine(line);
  }
  ABSL_ASSIGN_OR_RETURN(const auto sold, receipts::LinkedOrders(db, receipt.key));
  for (const std::string& order : sold) {
    fields["takesBackOf"].mutable_list_value()->add_values()->set_string_value(
        rpc::Name("orders", order));
  }
  return data.Add("Receipts", row);
}

absl::Status AddReceipts(Snapshot& db, int64_t holder, PersonalData& data) {
  std::vector<int64_t> keys;
  int64_t after = 0;
  do {
    ABSL_ASSIGN_OR_RETURN(keys, receipts::KeysOfHolder(db, holder, std::nullopt, after, kBatch));
    for (const int64_t key : keys) {
      ABSL_ASSIGN_OR_RETURN(const auto receipt, receipts::FindByKey(db, key));
      if (receipt) ABSL_RETURN_IF_ERROR(AddReceipt(db, *receipt, data));
      after = key;
    }
  } while (!keys.empty());
  return absl::OkStatus();
}

}  // namespace

absl::Status AddPersonalData(Snapshot& db, const std::string& customer, PersonalData& data) {
  // Orders are kept of those as well who are no members.
  ABSL_ASSIGN_OR_RETURN(const auto holder,
                        members::FindHolder(db, absl::StripPrefix(customer, "customers/")));
  if (!holder) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto member, members::FindByKey(db, *holder));
  if (member) ABSL_RETURN_IF_ERROR(AddMembership(db, *member, data));
  return AddReceipts(db, *holder, data);
}

}  // namespace regulars::loyalty
