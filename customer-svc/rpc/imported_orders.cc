#include "customer-svc/rpc/imported_orders.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/fingerprint.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/status_macros.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/import_tasks.h"
#include "customer-svc/rpc/order_buyers.h"
#include "customer-svc/rpc/order_changes.h"
#include "customer-svc/store/imports.h"
#include "customer-svc/store/orders.h"

namespace regulars::customer {
namespace {

int64_t FingerprintOf(absl::string_view kind, absl::string_view text) {
  Fingerprint print;
  print.Add(kind);
  print.Add(text);
  return static_cast<int64_t>(print.Take());
}

std::vector<int64_t> FingerprintsOf(const customers::BareCustomer& customer) {
  std::vector<int64_t> fingerprints;
  if (!customer.external_id.empty()) {
    fingerprints.push_back(FingerprintOf(customer.system, customer.external_id));
  }
  if (!customer.email.empty()) {
    fingerprints.push_back(FingerprintOf("", FoldMailbox(customer.email).value_or(customer.email)));
  }
  return fingerprints;
}

// In a dry run: a customer of whom an order told identifiers that nobody had. What it came to is
// rolled back, and orders of later steps must not take it for yet another one.
struct ToldOf {
  std::vector<int64_t> fingerprints;
  // Whether the customer itself would have been made.
  bool is_new = false;
};

// The recording of one step's orders.
class Recording {
 public:
  Recording(const Import& import, const OrderRows& rows, RecordedOrders& recorded)
      : import_(import), rows_(rows), recorded_(recorded) {}

  absl::Status Record(Transaction& tx, const std::deque<PreparedOrder>& orders) {
    ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
    for (const PreparedOrder& prepared : orders) {
      const absl::Status status = RecordOne(tx, context, prepared.order);
      if (!status.ok()) {
        // Refusals come before anything is written: the orders behind it stand by themselves.
        if (!IsRefusal(status)) return status;
        recorded_.needs_texts = prepared.texts.empty();
        if (recorded_.needs_texts) break;
        Refuse(status, prepared);
      }
      ++recorded_.orders;
      if (tx.MustYield()) break;
    }
    return absl::OkStatus();
  }

  const std::vector<ToldOf>& told_of() const { return told_of_; }

 private:
  // The order's customer is looked for, or made, and the order recorded.
  absl::Status RecordOne(Transaction& tx, const OrderContext& context, const FileOrder& order) {
    const customers::BareCustomer identified = {.system = rows_.reading().customer_system,
                                                .external_id = order.customer,
                                                .email = order.email,
                                                .country = order.order.country,
                                                .home_store = order.order.store};
    ABSL_ASSIGN_OR_RETURN(const OrderBuyer buyer, FindBuyer(tx, identified));
    Order incoming = order.order;
    incoming.buyer = buyer.known;
    ABSL_ASSIGN_OR_RETURN(const AppliedOrder applied,
                          ApplyOrder(tx, context, std::move(incoming), ApplyMode::kAddLines,
                                     buyer.unknown ? &*buyer.unknown : nullptr));
    Count(applied, static_cast<int64_t>(order.places.size()));
    if (buyer.gains_identifier) {
      ABSL_ASSIGN_OR_RETURN(const bool is_theirs,
                            IsOrderOf(tx, order.order, *buyer.known, applied));
      if (!is_theirs) return absl::OkStatus();
      ABSL_RETURN_IF_ERROR(AddIdentifier(tx, identified));
    } else if (!applied.customer_made) {
      return absl::OkStatus();
    }
    if (import_.dry_run) {
      told_of_.push_back({FingerprintsOf(identified), applied.customer_made});
    } else if (applied.customer_made) {
      ++recorded_.counts.customers_created;
    }
    return absl::OkStatus();
  }

  // Whether the order is now the buyer's. One whose customer was erased stays as it was, and tells
  // nothing of whoever has the identifiers today.
  static absl::StatusOr<bool> IsOrderOf(Snapshot& db, const Order& order, const Buyer& buyer,
                                        const AppliedOrder& applied) {
    if (applied.outcome != type::v1::UPSERT_OUTCOME_UNCHANGED) return true;
    ABSL_ASSIGN_OR_RETURN(const auto stored,
                          orders::FindByReceipt(db, order.source, order.receipt_number));
    return stored && stored->order.buyer == buyer;
  }

  void Count(const AppliedOrder& applied, int64_t lines) {
    ImportReport& counts = recorded_.counts;
    counts.lines_stored += applied.lines_added;
    counts.lines_unchanged += lines - applied.lines_added;
    if (applied.outcome == type::v1::UPSERT_OUTCOME_CREATED) ++counts.orders_created;
    if (applied.outcome == type::v1::UPSERT_OUTCOME_UPDATED) ++counts.orders_updated;
  }

  void Refuse(const absl::Status& why, const PreparedOrder& prepared) {
    const FileOrder& order = prepared.order;
    const OrderRefusal explained = rows_.Explain(why, order.customer.empty());
    for (size_t i = 0; i < prepared.texts.size(); ++i) {
      Refusal& refusal = recorded_.refusals.emplace_back(explained.refusal);
      if (explained.line.value_or(i) != i && *explained.line < order.places.size()) {
        refusal.column.clear();
        refusal.message = absl::StrCat("the line is of one receipt with line ",
                                       order.places[*explained.line].line_number, ", where ",
                                       explained.refusal.message);
      }
      refusal.line_number = order.places[i].line_number;
      refusal.text = prepared.texts[i];
      recorded_.counts.Refuse(refusal.reason);
    }
  }

  const Import& import_;
  const OrderRows& rows_;
  RecordedOrders& recorded_;
  std::vector<ToldOf> told_of_;
};

}  // namespace

absl::StatusOr<RecordedOrders> RecordOrders(Transaction& tx, const Import& import,
                                            const OrderRows& rows,
                                            const std::deque<PreparedOrder>& orders) {
  RecordedOrders recorded;
  Recording recording(import, rows, recorded);
  ABSL_RETURN_IF_ERROR(tx.Within(OriginOf(tx, import), !import.dry_run, [&](Transaction& inner) {
    return recording.Record(inner, orders);
  }));
  for (const ToldOf& customer : recording.told_of()) {
    ABSL_ASSIGN_OR_RETURN(const bool counts,
                          imports::CountNewCustomer(tx, import.key, customer.fingerprints));
    if (counts && customer.is_new) ++recorded.counts.customers_created;
  }
  return recorded;
}

}  // namespace regulars::customer
