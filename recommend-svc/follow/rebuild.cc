#include "recommend-svc/follow/rebuild.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "recommend-svc/follow/erase.h"
#include "recommend-svc/follow/reconcile.h"
#include "recommend-svc/store/customers.h"
#include "recommend-svc/store/receipts.h"
#include "regulars/customer/v1/consent_service.grpc.pb.h"
#include "regulars/customer/v1/erasure_service.grpc.pb.h"
#include "regulars/customer/v1/order_service.grpc.pb.h"

namespace regulars::recommend {
namespace {

using Page = RebuildPlan<RebuildItem>::Page;

// Items a page; customer-svc makes pages of long orders shorter.
constexpr int kPageSize = 500;
// Cursors: a token of ListOrders, or this and a token of ListErasures, or the next and the key of
// the last customer that was asked for.
constexpr char kErasures[] = "erasures:";
constexpr char kCustomers[] = "customers:";

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
  page.next = response.next_page_token().empty()
                  ? absl::StrCat(kCustomers, 0)
                  : absl::StrCat(kErasures, response.next_page_token());
  return page;
}

// Of the next customers that are known here, those whom customer-svc does not know.
absl::StatusOr<Page> FetchGone(Peer& peer, Store& store, const Origin& origin,
                               absl::string_view cursor) {
  int64_t after = 0;
  if (!absl::SimpleAtoi(cursor, &after)) after = 0;
  std::vector<customers::Known> known;
  ABSL_RETURN_IF_ERROR(store.readers().Run(origin, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(known, customers::List(db, after, kPageSize));
    return absl::OkStatus();
  }));
  Page page;
  if (known.empty()) return page;
  customer::v1::BatchGetContactsRequest request;
  // On this channel fewest may be written to: of others nothing but that they exist is told.
  request.set_channel("push");
  for (const customers::Known& one : known) {
    request.add_customers(rpc::Name("customers", one.id));
  }
  ABSL_ASSIGN_OR_RETURN(
      const auto response,
      peer.Call(origin, &customer::v1::ConsentService::Stub::BatchGetContacts, request));
  for (const customer::v1::Contact& contact : response.contacts()) {
    if (contact.verdict() == customer::v1::CONTACT_VERDICT_CUSTOMER_UNKNOWN) {
      page.items.emplace_back(GoneCustomer{contact.customer()});
    }
  }
  page.next = absl::StrCat(kCustomers, known.back().key);
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
  if (const auto* gone = std::get_if<GoneCustomer>(&item)) return Forget(tx, gone->name);
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

RebuildPlan<RebuildItem> RebuildFromCustomer(Peer& peer, Store& store) {
  return {.fetch = [&peer, &store](const Origin& origin,
                                   const std::string& cursor) -> absl::StatusOr<Page> {
            absl::string_view token = cursor;
            if (absl::ConsumePrefix(&token, kCustomers))
              return FetchGone(peer, store, origin, token);
            if (absl::ConsumePrefix(&token, kErasures)) return FetchErasures(peer, origin, token);
            return FetchOrders(peer, origin, cursor);
          },
          .apply = Apply,
          .finish = Sweep,
          // Views are in no state that customer-svc tells.
          .follows_the_gap = true};
}

}  // namespace regulars::recommend
