#include "customer-svc/rpc/order_changes.h"

#include <any>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "customer-svc/domain/order_check.h"
#include "customer-svc/domain/purchases.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/memberships.h"
#include "customer-svc/rpc/order_messages.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/store/purchases.h"
#include "customer-svc/store/relink.h"
#include "customer-svc/store/settings.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using customers::BareCustomer;
using orders::StoredOrder;

absl::Status CheckStore(const Snapshot& db, absl::string_view store) {
  if (auth::MaySee(db.caller(), store)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied,
               "you are limited to stores: the order must be of one of them",
               {.reason = "STORE_NOT_ALLOWED",
                .violations = {{"store", "is none of the stores that you are limited to"}}});
}

absl::Status CheckSameCurrency(const Order& before, const Order& after) {
  if (before.currency == after.currency) return absl::OkStatus();
  return FieldError("currency_code", "FIELD_IMMUTABLE",
                    absl::StrCat("is fixed once recorded: ", before.currency));
}

absl::Status CheckNotCancelled(const Order& order) {
  if (order.state != OrderState::kCancelled) return absl::OkStatus();
  return FailedPrecondition("ORDER_CANCELLED",
                            absl::StrCat("order ", order.id, " is cancelled and stays so"));
}

absl::Status CheckNotErased(const Order& order) {
  if (!order.erased) return absl::OkStatus();
  return FailedPrecondition(
      "ORDER_ERASED", absl::StrCat("the customer of order ", order.id, " was erased: it stays so"));
}

// The rate that an order of this currency and time takes.
absl::StatusOr<Rate> FindRate(Snapshot& db, const CompanySettings& settings, const Order& order) {
  if (order.currency == settings.base_currency) return Rate();
  const absl::CivilDay day = settings.DayOf(order.order_time);
  ABSL_ASSIGN_OR_RETURN(const std::optional<Rate> rate,
                        settings::FindRate(db, order.currency, day, settings.rate_max_age_days));
  if (rate) return *rate;
  return FailedPrecondition(
      "RATE_NOT_FOUND",
      absl::StrCat("there is no rate of ", order.currency, " for ", absl::FormatCivilTime(day),
                   ", nor one at most ", settings.rate_max_age_days, " days older"));
}

// The events of orders have their customer as subject, or else the order itself.
template <typename Payload>
void PublishOrder(Transaction& tx, const StoredOrder& stored, const Payload& payload) {
  const Order& order = stored.order;
  tx.Publish(PackEvent(
      order.buyer ? rpc::Name("customers", order.buyer->id) : rpc::Name("orders", order.id),
      order.store, payload));
}

absl::Status PublishChanged(Transaction& tx, const OrderContext& context, const StoredOrder& stored,
                            const std::optional<Buyer>& previous) {
  v1::OrderChanged changed;
  ABSL_RETURN_IF_ERROR(WriteFacts(tx, context.settings, stored, *changed.mutable_order()));
  if (previous) changed.set_previous_customer(rpc::Name("customers", previous->id));
  PublishOrder(tx, stored, changed);
  return absl::OkStatus();
}

// One order's change on its way into the store. Steps are called in the order in which they stand.
class Change {
 public:
  // `before` is null for an order that is new.
  Change(Transaction& tx, const OrderContext& context, const StoredOrder* before,
         StoredOrder& after)
      : tx_(tx), context_(context), before_(before), after_(after) {}

  // Works out what must be known before anything is written, and may refuse.
  absl::Status Plan() {
    ABSL_ASSIGN_OR_RETURN(after_.figures, WorkOutFigures(after_.order));
    if (after_.order.state == OrderState::kRecorded) {
      ABSL_RETURN_IF_ERROR(CheckRange(after_.figures));
    }
    if (before_ != nullptr) was_ = PurchaseOf(before_->order, before_->figures, context_.settings);
    is_ = PurchaseOf(after_.order, after_.figures, context_.settings);
    const std::optional<Buyer>& old_buyer = OldBuyer();
    const std::optional<Buyer>& buyer = after_.order.buyer;
    if (old_buyer == buyer) return buyer ? PlanFor(buyer->key, was_, is_) : absl::OkStatus();
    if (old_buyer) ABSL_RETURN_IF_ERROR(PlanFor(old_buyer->key, was_, std::nullopt));
    return buyer ? PlanFor(buyer->key, std::nullopt, is_) : absl::OkStatus();
  }

  // Makes the order's customer.
  absl::Status MakeCustomer(const BareCustomer& bare) {
    ABSL_ASSIGN_OR_RETURN(const customers::CustomerRef made, CreateBareCustomer(tx_, bare));
    after_.order.buyer = Buyer{made.key, made.id};
    made_ = made.key;
    is_ = PurchaseOf(after_.order, after_.figures, context_.settings);
    return PlanFor(made.key, std::nullopt, is_);
  }

  absl::Status Write() {
    return_links::Relinker relinker(tx_, before_, after_);
    ABSL_RETURN_IF_ERROR(relinker.TakeOff());
    ABSL_RETURN_IF_ERROR(before_ == nullptr ? orders::Insert(tx_, after_)
                                            : orders::Update(tx_, *before_, after_));
    ABSL_ASSIGN_OR_RETURN(relinked_, relinker.PutOn());
    for (const purchases::Plan& plan : plans_) {
      ABSL_RETURN_IF_ERROR(purchases::Move(tx_, plan));
    }
    return absl::OkStatus();
  }

  // What followers of the order itself are told is published between Write() and this.
  absl::Status MoveOthers() {
    for (const int64_t key : relinked_) {
      ABSL_ASSIGN_OR_RETURN(const std::optional<StoredOrder> other, orders::FindByKey(tx_, key));
      if (other) ABSL_RETURN_IF_ERROR(PublishChanged(tx_, context_, *other, other->order.buyer));
    }
    for (const purchases::Plan& plan : plans_) {
      ABSL_ASSIGN_OR_RETURN(const bool country_moved, MoveCountry(plan.customer));
      FactGroups moved = country_moved ? kProfileFacts : 0;
      if (plan.difference.before != plan.difference.after) moved |= kPurchaseFacts;
      if (plan.customer == made_) moved = kAllFacts;
      if (moved != 0) ABSL_RETURN_IF_ERROR(MoveMemberships(tx_, plan.customer, moved));
    }
    return absl::OkStatus();
  }

 private:
  const std::optional<Buyer>& OldBuyer() const {
    static const std::optional<Buyer> nobody;
    return before_ == nullptr ? nobody : before_->order.buyer;
  }

  absl::Status PlanFor(int64_t customer, const std::optional<Purchase>& was,
                       const std::optional<Purchase>& is) {
    ABSL_ASSIGN_OR_RETURN(purchases::Plan plan, purchases::PlanMove(tx_, customer, {was, is}));
    plans_.push_back(std::move(plan));
    return absl::OkStatus();
  }

  // Lets the customer's country follow the latest order; whether it moved.
  absl::StatusOr<bool> MoveCountry(int64_t customer) {
    // An order that says none, before and now, leaves the latest that says one.
    const bool said_none = before_ == nullptr || before_->order.country.empty();
    if (said_none && after_.order.country.empty()) return false;
    ABSL_ASSIGN_OR_RETURN(const std::string country, orders::LatestCountry(tx_, customer));
    ABSL_ASSIGN_OR_RETURN(const bool moved,
                          customers::SetCountryFromOrders(tx_, customer, country));
    if (!moved) return false;
    ABSL_ASSIGN_OR_RETURN(const auto found, customers::FindByKey(tx_, customer));
    if (!found) return false;
    v1::CustomerUpdated updated;
    updated.set_customer(rpc::Name("customers", found->id));
    updated.mutable_changed_fields()->add_paths("country");
    tx_.Publish(PackEvent(updated.customer(), found->home_store, updated));
    return true;
  }

  Transaction& tx_;
  const OrderContext& context_;
  const StoredOrder* const before_;
  StoredOrder& after_;
  // What the order brought its customer, and what it brings now.
  std::optional<Purchase> was_;
  std::optional<Purchase> is_;
  // One for each customer concerned.
  std::vector<purchases::Plan> plans_;
  std::vector<int64_t> relinked_;
  // Key of the customer who was made for the order; 0 if none was.
  int64_t made_ = 0;
};

absl::StatusOr<AppliedOrder> RecordOrder(Transaction& tx, const OrderContext& context, Order order,
                                         const BareCustomer* new_customer) {
  ABSL_ASSIGN_OR_RETURN(order.rate, FindRate(tx, context.settings, order));
  StoredOrder stored{.order = std::move(order), .create_time = tx.now(), .update_time = tx.now()};
  Change change(tx, context, nullptr, stored);
  ABSL_RETURN_IF_ERROR(change.Plan());
  stored.order.id = tx.NewId();
  if (new_customer != nullptr) ABSL_RETURN_IF_ERROR(change.MakeCustomer(*new_customer));
  ABSL_RETURN_IF_ERROR(change.Write());
  v1::OrderRecorded recorded;
  ABSL_RETURN_IF_ERROR(WriteFacts(tx, context.settings, stored, *recorded.mutable_order()));
  PublishOrder(tx, stored, recorded);
  ABSL_RETURN_IF_ERROR(change.MoveOthers());
  return AppliedOrder{.name = rpc::Name("orders", stored.order.id),
                      .outcome = type::v1::UPSERT_OUTCOME_CREATED,
                      .lines_added = static_cast<int64_t>(stored.order.lines.size()),
                      .customer_made = new_customer != nullptr};
}

// The next version of a recorded order, to be changed. Written, it bears no gone customer's key.
StoredOrder NextVersion(const Transaction& tx, const StoredOrder& before) {
  StoredOrder stored = before;
  stored.version = before.version + 1;
  stored.update_time = tx.now();
  stored.gone_customer.reset();
  return stored;
}

// Stores what `after` says of a recorded order, and tells followers.
absl::Status StoreChanged(Transaction& tx, const OrderContext& context, const StoredOrder& before,
                          Order after, const BareCustomer* new_customer) {
  StoredOrder stored = NextVersion(tx, before);
  stored.order = std::move(after);
  Change change(tx, context, &before, stored);
  // An order that gets a new customer leaves its old one in any case.
  if (new_customer != nullptr) stored.order.buyer.reset();
  ABSL_RETURN_IF_ERROR(change.Plan());
  if (new_customer != nullptr) ABSL_RETURN_IF_ERROR(change.MakeCustomer(*new_customer));
  ABSL_RETURN_IF_ERROR(change.Write());
  ABSL_RETURN_IF_ERROR(PublishChanged(tx, context, stored, before.order.buyer));
  return change.MoveOthers();
}

AppliedOrder UnchangedOrder(absl::string_view id) {
  return {.name = rpc::Name("orders", id), .outcome = type::v1::UPSERT_OUTCOME_UNCHANGED};
}

// Whether the order, which may be anonymous, gets the customer whom another part of it names.
absl::StatusOr<bool> AddBuyer(Order& order, const Order& more, const BareCustomer* new_customer) {
  if (!more.buyer && new_customer == nullptr) return false;
  if (order.buyer && order.buyer == more.buyer) return false;
  if (order.buyer) {
    return FieldError("customer", "RECEIPT_DIFFERS",
                      absl::StrCat("differs from that of the recorded receipt: ",
                                   rpc::Name("customers", order.buyer->id)));
  }
  order.buyer = more.buyer;
  return true;
}

absl::StatusOr<AppliedOrder> AddLinesTo(Transaction& tx, const OrderContext& context,
                                        const StoredOrder& before, const Order& more,
                                        const BareCustomer* new_customer) {
  AppliedOrder applied = UnchangedOrder(before.order.id);
  ABSL_RETURN_IF_ERROR(CheckSameCurrency(before.order, more));
  Order after = before.order;
  ABSL_ASSIGN_OR_RETURN(const size_t added, AddLines(after, more));
  // Nothing moves of one that is cancelled.
  if (added == 0 && before.order.state == OrderState::kCancelled) return applied;
  ABSL_ASSIGN_OR_RETURN(const bool more_said, AddHead(after, more));
  ABSL_ASSIGN_OR_RETURN(const bool claimed, AddBuyer(after, more, new_customer));
  if (added == 0 && !more_said && !claimed) return applied;
  ABSL_RETURN_IF_ERROR(CheckNotCancelled(before.order));
  applied.customer_made = claimed && new_customer != nullptr;
  ABSL_RETURN_IF_ERROR(StoreChanged(tx, context, before, std::move(after),
                                    applied.customer_made ? new_customer : nullptr));
  applied.outcome = type::v1::UPSERT_OUTCOME_UPDATED;
  applied.lines_added = static_cast<int64_t>(added);
  return applied;
}

}  // namespace

absl::StatusOr<OrderContext> LoadOrderContext(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(CompanySettings settings, settings::Load(db));
  return OrderContext{std::move(settings)};
}

absl::Status ReceiptOfAnotherStore() {
  return Error(absl::StatusCode::kPermissionDenied, "the receipt is that of another store",
               {.reason = "STORE_NOT_ALLOWED",
                .violations = {{"receipt_number", "is that of a receipt of another store"}}});
}

absl::StatusOr<AppliedOrder> ApplyOrder(Transaction& tx, const OrderContext& context, Order order,
                                        ApplyMode mode, const BareCustomer* new_customer) {
  ABSL_RETURN_IF_ERROR(PrepareOrder(order, tx.now()));
  ABSL_RETURN_IF_ERROR(CheckStore(tx, order.store));
  ABSL_ASSIGN_OR_RETURN(const std::optional<StoredOrder> before,
                        orders::FindByReceipt(tx, order.source, order.receipt_number));
  if (!before) return RecordOrder(tx, context, std::move(order), new_customer);
  if (!auth::MaySee(tx.caller(), before->order.store)) return ReceiptOfAnotherStore();
  if (before->order.erased) return UnchangedOrder(before->order.id);
  if (mode == ApplyMode::kAddLines) {
    return AddLinesTo(tx, context, *before, order, new_customer);
  }
  if (!order.buyer && new_customer == nullptr) order.buyer = before->order.buyer;
  KeepFlow(before->order.flow, order.flow);
  ABSL_ASSIGN_OR_RETURN(const bool changed,
                        ReplaceOrder(tx, context, *before, std::move(order), new_customer));
  return AppliedOrder{
      .name = rpc::Name("orders", before->order.id),
      .outcome = changed ? type::v1::UPSERT_OUTCOME_UPDATED : type::v1::UPSERT_OUTCOME_UNCHANGED};
}

absl::StatusOr<bool> ReplaceOrder(Transaction& tx, const OrderContext& context,
                                  const StoredOrder& before, Order after,
                                  const BareCustomer* new_customer) {
  ABSL_RETURN_IF_ERROR(PrepareOrder(after, tx.now()));
  ABSL_RETURN_IF_ERROR(CheckStore(tx, after.store));
  ABSL_RETURN_IF_ERROR(CheckNotErased(before.order));
  ABSL_RETURN_IF_ERROR(CheckSameCurrency(before.order, after));
  if (new_customer == nullptr && SameContent(before.order, after)) return false;
  ABSL_RETURN_IF_ERROR(CheckNotCancelled(before.order));
  after.id = before.order.id;
  after.rate = before.order.rate;
  KeepSequences(before.order, after);
  ABSL_RETURN_IF_ERROR(StoreChanged(tx, context, before, std::move(after), new_customer));
  return true;
}

absl::Status CancelRecordedOrder(Transaction& tx, const OrderContext& context,
                                 const StoredOrder& before) {
  ABSL_RETURN_IF_ERROR(CheckNotErased(before.order));
  v1::OrderCancelled cancelled;
  // Followers are told what no longer counts: the order with its links, as it was.
  ABSL_RETURN_IF_ERROR(WriteFacts(tx, context.settings, before, *cancelled.mutable_order()));
  StoredOrder stored = NextVersion(tx, before);
  stored.order.state = OrderState::kCancelled;
  stored.cancel_time = tx.now();
  Change change(tx, context, &before, stored);
  ABSL_RETURN_IF_ERROR(change.Plan());
  ABSL_RETURN_IF_ERROR(change.Write());
  PublishOrder(tx, stored, cancelled);
  return change.MoveOthers();
}

absl::Status Depart(Transaction& tx, int64_t customer_key, orders::Departure how) {
  ABSL_RETURN_IF_ERROR(purchases::Forget(tx, customer_key));
  ABSL_ASSIGN_OR_RETURN(const bool any_order, orders::AnyOf(tx, customer_key));
  ABSL_ASSIGN_OR_RETURN(const bool any_entry, followed::AnyEntry(tx, customer_key));
  if (!any_order && !any_entry) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(orders::NoteDeparture(tx, customer_key, how));
  return tasks::Schedule(tx, {.kind = kDetachOrdersTask, .input = absl::StrCat(customer_key)})
      .status();
}

TaskKind DetachOrdersTask() {
  return {.step = [](Transaction& tx, Task& task, std::any&) -> absl::StatusOr<StepEnd> {
    int64_t customer = 0;
    if (!absl::SimpleAtoi(task.input, &customer)) {
      return absl::DataLossError("the task does not say whose orders it is about");
    }
    do {
      ABSL_ASSIGN_OR_RETURN(const bool more, orders::DetachNext(tx, customer));
      if (!more) return StepEnd::Done();
    } while (!tx.MustYield());
    return StepEnd::Again();
  }};
}

}  // namespace regulars::customer
