#include "customer-svc/rpc/orders.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/status_proto.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/order_buyers.h"
#include "customer-svc/rpc/order_changes.h"
#include "customer-svc/rpc/order_list.h"
#include "customer-svc/rpc/order_messages.h"
#include "customer-svc/rpc/order_update.h"
#include "customer-svc/store/orders.h"
#include "customer-svc/store/settings.h"
#include "regulars/customer/v1/order_service.grpc.pb.h"

namespace regulars::customer {
namespace {

using orders::StoredOrder;

constexpr int kMaxBatchOrders = 1000;
constexpr int kMaxBatchLines = 20'000;

absl::Status NoSuchOrder(absl::string_view what) {
  return NotFound("ORDER_NOT_FOUND", absl::StrCat("there is no order ", what));
}

// Those who are limited to stores see the orders of theirs.
bool MaySee(const Snapshot& db, const std::optional<StoredOrder>& stored) {
  return stored && auth::MaySee(db.caller(), stored->order.store);
}

absl::StatusOr<StoredOrder> FindByName(Snapshot& db, const std::string& name,
                                       absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("orders", name, field));
  ABSL_ASSIGN_OR_RETURN(std::optional<StoredOrder> stored, orders::FindById(db, id));
  if (!MaySee(db, stored)) return NoSuchOrder(absl::StrCat("'", name, "'"));
  return *std::move(stored);
}

absl::StatusOr<v1::Order> ToMessage(Snapshot& db, const StoredOrder& stored) {
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  v1::Order message;
  ABSL_RETURN_IF_ERROR(WriteOrder(db, settings, stored, message));
  return message;
}

// The order as it stands now.
absl::StatusOr<v1::Order> ReadBack(Snapshot& db, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const StoredOrder stored, FindByName(db, name, "name"));
  return ToMessage(db, stored);
}

absl::Status CheckChoice(v1::UnknownCustomer choice) {
  if (v1::UnknownCustomer_IsValid(choice)) return absl::OkStatus();
  return FieldError("unknown_customer", "INVALID_UNKNOWN_CUSTOMER",
                    "must be one of the declared values");
}

// An order as it came, with its customer found. Fields of errors are paths from the order.
struct IncomingOrder {
  Order order;
  std::optional<customers::BareCustomer> new_customer;

  const customers::BareCustomer* NewCustomer() const {
    return new_customer ? &*new_customer : nullptr;
  }
};

absl::StatusOr<IncomingOrder> ReadIncoming(Snapshot& db, const v1::Order& message,
                                           v1::UnknownCustomer if_unknown) {
  if (!message.name().empty()) {
    return FieldError("name", "NAME_NOT_ALLOWED", "must be empty: the service makes it");
  }
  IncomingOrder incoming;
  ABSL_ASSIGN_OR_RETURN(incoming.order, ReadOrder(message));
  ABSL_ASSIGN_OR_RETURN(OrderBuyer buyer, FindBuyer(db, message, if_unknown));
  incoming.order.buyer = std::move(buyer.known);
  incoming.new_customer = std::move(buyer.unknown);
  return incoming;
}

// The etag that comes with an order that is recorded already must be its current one. That of
// another store is refused as such.
absl::Status CheckCurrent(Snapshot& db, const v1::Order& message) {
  if (message.etag().empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const std::optional<StoredOrder> stored,
                        orders::FindByReceipt(db, message.source(), message.receipt_number()));
  return MaySee(db, stored) ? CheckEtag(message.etag(), EtagOf(*stored)) : absl::OkStatus();
}

absl::StatusOr<AppliedOrder> Upsert(Transaction& tx, const OrderContext& context,
                                    const v1::Order& message, v1::UnknownCustomer if_unknown) {
  ABSL_RETURN_IF_ERROR(CheckCurrent(tx, message));
  ABSL_ASSIGN_OR_RETURN(const bool erased,
                        orders::IsErased(tx, message.source(), message.receipt_number()));
  if (erased) {
    // Its customer is not looked for, who is not known any more; the order stays as it is.
    ABSL_ASSIGN_OR_RETURN(Order order, ReadOrder(message));
    return ApplyOrder(tx, context, std::move(order), ApplyMode::kReplace);
  }
  ABSL_ASSIGN_OR_RETURN(IncomingOrder incoming, ReadIncoming(tx, message, if_unknown));
  return ApplyOrder(tx, context, std::move(incoming.order), ApplyMode::kReplace,
                    incoming.NewCustomer());
}

absl::Status CheckIsNew(Snapshot& db, const v1::Order& message) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<StoredOrder> stored,
                        orders::FindByReceipt(db, message.source(), message.receipt_number()));
  if (!stored) return absl::OkStatus();
  if (!MaySee(db, stored)) return PrefixFields(ReceiptOfAnotherStore(), "order.");
  const std::string name = rpc::Name("orders", stored->order.id);
  return Error(absl::StatusCode::kAlreadyExists,
               absl::StrCat("the receipt is recorded already, as ", name),
               {.reason = "ORDER_EXISTS", .metadata = {{"order", name}}});
}

absl::StatusOr<v1::Order> CreateOrder(Transaction& tx, const v1::CreateOrderRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckChoice(request.unknown_customer()));
  ABSL_RETURN_IF_ERROR(CheckIsNew(tx, request.order()));
  ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
  const absl::StatusOr<AppliedOrder> applied =
      Upsert(tx, context, request.order(), request.unknown_customer());
  if (!applied.ok()) return PrefixFields(applied.status(), "order.");
  return ReadBack(tx, applied->name);
}

absl::StatusOr<v1::Order> GetOrder(Snapshot& db, const v1::GetOrderRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const StoredOrder stored, FindByName(db, request.name(), "name"));
  return ToMessage(db, stored);
}

absl::StatusOr<v1::Order> LookupOrder(Snapshot& db, const v1::LookupOrderRequest& request) {
  if (request.source().empty()) return FieldError("source", "INVALID_SOURCE", "must be set");
  if (request.receipt_number().empty()) {
    return FieldError("receipt_number", "INVALID_RECEIPT_NUMBER", "must be set");
  }
  ABSL_ASSIGN_OR_RETURN(const std::optional<StoredOrder> stored,
                        orders::FindByReceipt(db, request.source(), request.receipt_number()));
  if (!MaySee(db, stored)) return NoSuchOrder("with this source and receipt number");
  return ToMessage(db, *stored);
}

absl::StatusOr<v1::Order> UpdateOrder(Transaction& tx, const v1::UpdateOrderRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckChoice(request.unknown_customer()));
  const v1::Order& message = request.order();
  ABSL_ASSIGN_OR_RETURN(const StoredOrder before, FindByName(tx, message.name(), "order.name"));
  ABSL_RETURN_IF_ERROR(CheckEtag(message.etag(), EtagOf(before)));
  if (before.order.state == OrderState::kCancelled) {
    return FailedPrecondition("ORDER_CANCELLED",
                              absl::StrCat(message.name(), " is cancelled and stays so"));
  }
  ABSL_ASSIGN_OR_RETURN(OrderUpdate update, ReadOrderUpdate(request, before.order));
  OrderBuyer buyer;
  if (update.buyer) {
    absl::StatusOr<OrderBuyer> found = FindBuyer(tx, message, request.unknown_customer());
    if (!found.ok()) return PrefixFields(found.status(), "order.");
    buyer = *std::move(found);
    update.order.buyer = buyer.known;
  }
  ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
  const absl::StatusOr<bool> changed = ReplaceOrder(tx, context, before, std::move(update.order),
                                                    buyer.unknown ? &*buyer.unknown : nullptr);
  if (!changed.ok()) return PrefixFields(changed.status(), "order.");
  return ReadBack(tx, message.name());
}

absl::StatusOr<v1::Order> CancelOrder(Transaction& tx, const v1::CancelOrderRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const StoredOrder before, FindByName(tx, request.name(), "name"));
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), EtagOf(before)));
  if (before.order.state == OrderState::kCancelled) return ToMessage(tx, before);
  ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
  ABSL_RETURN_IF_ERROR(CancelRecordedOrder(tx, context, before));
  return ReadBack(tx, request.name());
}

absl::StatusOr<v1::UpsertOrderResponse> UpsertOrder(Transaction& tx,
                                                    const v1::UpsertOrderRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckChoice(request.unknown_customer()));
  ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
  const absl::StatusOr<AppliedOrder> applied =
      Upsert(tx, context, request.order(), request.unknown_customer());
  if (!applied.ok()) return PrefixFields(applied.status(), "order.");
  v1::UpsertOrderResponse response;
  ABSL_ASSIGN_OR_RETURN(*response.mutable_order(), ReadBack(tx, applied->name));
  response.set_outcome(applied->outcome);
  return response;
}

absl::Status CheckBatch(const v1::BatchUpsertOrdersRequest& request) {
  if (request.orders_size() == 0 || request.orders_size() > kMaxBatchOrders) {
    return FieldError("orders", "INVALID_BATCH_SIZE", "must be 1 to 1000 orders");
  }
  int lines = 0;
  for (const v1::Order& order : request.orders()) lines += order.lines_size();
  if (lines <= kMaxBatchLines) return absl::OkStatus();
  return FieldError("orders", "INVALID_BATCH_SIZE", "must have at most 20000 lines together");
}

type::v1::UpsertResult ResultOf(const AppliedOrder& applied) {
  type::v1::UpsertResult result;
  result.set_outcome(applied.outcome);
  result.set_name(applied.name);
  return result;
}

absl::StatusOr<v1::BatchUpsertOrdersResponse> BatchUpsertOrders(
    Transaction& tx, const v1::BatchUpsertOrdersRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckChoice(request.unknown_customer()));
  ABSL_RETURN_IF_ERROR(CheckBatch(request));
  ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
  v1::BatchUpsertOrdersResponse response;
  for (int i = 0; i < request.orders_size(); ++i) {
    const absl::StatusOr<AppliedOrder> applied =
        Upsert(tx, context, request.orders(i), request.unknown_customer());
    // Refusals come before anything is written: the rest of the batch stands by itself.
    if (!applied.ok() && !IsRefusal(applied.status())) return applied.status();
    type::v1::UpsertResult& result = *response.add_results();
    if (applied.ok()) {
      result = ResultOf(*applied);
    } else {
      result.set_outcome(type::v1::UPSERT_OUTCOME_REFUSED);
      *result.mutable_error() = ToProto(applied.status());
    }
    result.set_index(i);
  }
  return response;
}

absl::StatusOr<type::v1::UpsertResult> StreamUpsertOrder(
    Transaction& tx, const v1::StreamUpsertOrdersRequest& request) {
  ABSL_RETURN_IF_ERROR(CheckChoice(request.unknown_customer()));
  ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
  const absl::StatusOr<AppliedOrder> applied =
      Upsert(tx, context, request.order(), request.unknown_customer());
  if (!applied.ok()) return PrefixFields(applied.status(), "order.");
  return ResultOf(*applied);
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterOrders(const rpc::Environment& environment,
                                             TaskRunner& runner) {
  runner.Add(kDetachOrdersTask, DetachOrdersTask());
  auto service = std::make_unique<rpc::Service>(environment, v1::OrderService::service_full_name());
  service->Write("CreateOrder", CreateOrder);
  service->Read("GetOrder", GetOrder);
  service->Read("LookupOrder", LookupOrder);
  service->Read("ListOrders", ListOrders);
  service->Write("UpdateOrder", UpdateOrder);
  service->Write("CancelOrder", CancelOrder);
  service->Write("UpsertOrder", UpsertOrder);
  service->Write("BatchUpsertOrders", BatchUpsertOrders);
  service->Items<v1::StreamUpsertOrdersResponse>("StreamUpsertOrders", StreamUpsertOrder);
  service->Finish();
  return service;
}

}  // namespace regulars::customer
