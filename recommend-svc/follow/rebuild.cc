#include "recommend-svc/follow/rebuild.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "recommend-svc/follow/erase.h"
#include "recommend-svc/follow/reconcile.h"
#include "recommend-svc/store/receipts.h"
#include "regulars/customer/v1/erasure_service.grpc.pb.h"
#include "regulars/customer/v1/order_service.grpc.pb.h"

namespace regulars::recommend {
namespace {

using Page = RebuildPlan<RebuildItem>::Page;

// Items a page; customer-svc makes pages of long orders shorter.
constexpr int kPageSize = 500;
// Cursors: a token of ListOrders, or this and a token of ListErasures.
constexpr char kErasures[] = "erasures:";

absl::StatusOr<Page> FetchOrders(Peer& peer, const Origin& origin, const std::string& token) {
  customer::v1::ListOrdersRequest request;
  request.set_page_size(kPageSize);
  request.set_page_token(token);
  request.set_order_by("create_time");
  ABSL_ASSIGN_OR_RETURN(auto response,
                        peer.Call(origin, &customer::v1::OrderService::Stub::ListOrders, request));
  Page page;
  for (customer::v1::Order& order : *response.mutable_orders()) {
    page.items.emplace_back(std::move(order));
  }
  page.next = response.next_page_token().empty() ? kErasures : response.next_page_token();
  return page;
}

absl::StatusOr<Page> FetchErasures(Peer& peer, const Origin& origin, absl::string_view token) {
  customer::v1::ListErasuresRequest request;
  request.set_page_size(kPageSize);
  request.set_page_token(std::string(token));
  ABSL_ASSIGN_OR_RETURN(
      auto response, peer.Call(origin, &customer::v1::ErasureService::Stub::ListErasures, request));
  Page page;
  for (customer::v1::Erasure& erasure : *response.mutable_erasures()) {
    page.items.emplace_back(std::move(erasure));
  }
  if (!response.next_page_token().empty()) {
    page.next = absl::StrCat(kErasures, response.next_page_token());
  }
  return page;
}

// What Reconcile() looks at of an order.
customer::v1::OrderFacts ToFacts(const customer::v1::Order& order) {
  customer::v1::OrderFacts facts;
  facts.set_order(order.name());
  facts.set_customer(order.customer());
  facts.set_source(order.source());
  facts.set_receipt_number(order.receipt_number());
  *facts.mutable_order_time() = order.order_time();
  facts.set_store(order.store());
  for (const customer::v1::OrderLine& line : order.lines()) {
    customer::v1::OrderLineFacts& fact = *facts.add_lines();
    fact.set_line_id(line.line_id());
    fact.set_type(line.type());
    fact.set_kind(line.kind());
    fact.set_item(line.item());
    fact.set_quantity_micros(line.quantity_micros());
    *fact.mutable_return_links() = line.return_links();
  }
  return facts;
}

absl::Status Apply(Transaction& tx, const RebuildItem& item, int64_t generation) {
  if (const auto* erasure = std::get_if<customer::v1::Erasure>(&item)) {
    return Erase(tx, erasure->name(), erasure->customer());
  }
  return Reconcile(tx, ToFacts(std::get<customer::v1::Order>(item)), generation);
}

// Takes out the receipts that the rebuild has not seen: cancelled meanwhile, or lost upstream.
absl::StatusOr<bool> Sweep(Transaction& tx, int64_t generation) {
  while (!tx.MustYield()) {
    ABSL_ASSIGN_OR_RETURN(const auto lost, receipts::FindOlder(tx, generation));
    if (!lost) return true;
    ABSL_RETURN_IF_ERROR(TakeOut(tx, lost->source, lost->number));
  }
  return false;
}

}  // namespace

RebuildPlan<RebuildItem> RebuildFromCustomer(Peer& peer) {
  return {
      .fetch = [&peer](const Origin& origin, const std::string& cursor) -> absl::StatusOr<Page> {
        absl::string_view token = cursor;
        if (absl::ConsumePrefix(&token, kErasures)) return FetchErasures(peer, origin, token);
        return FetchOrders(peer, origin, cursor);
      },
      .apply = Apply,
      .finish = Sweep};
}

}  // namespace regulars::recommend
