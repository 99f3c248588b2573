#include "loyalty-svc/follow/rebuild.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "loyalty-svc/follow/customers.h"
#include "loyalty-svc/follow/order_reading.h"
#include "loyalty-svc/rpc/receipt_changes.h"
#include "regulars/customer/v1/erasure_service.grpc.pb.h"
#include "regulars/customer/v1/order_service.grpc.pb.h"

namespace regulars::loyalty {
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
  request.set_show_cancelled(true);
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

absl::Status ApplyItem(Transaction& tx, const RebuildItem& item, int64_t) {
  if (const auto* erasure = std::get_if<customer::v1::Erasure>(&item)) {
    return Erase(tx, erasure->name(), erasure->customer());
  }
  ABSL_ASSIGN_OR_RETURN(const OrderFacts order, ReadOrder(std::get<customer::v1::Order>(item)));
  return ApplyOrder(tx, order, Seen{});
}

}  // namespace

RebuildPlan<RebuildItem> RebuildFromCustomer(Peer& peer) {
  return {
      .fetch = [&peer](const Origin& origin, const std::string& cursor) -> absl::StatusOr<Page> {
        absl::string_view token = cursor;
        if (absl::ConsumePrefix(&token, kErasures)) return FetchErasures(peer, origin, token);
        return FetchOrders(peer, origin, cursor);
      },
      .apply = ApplyItem};
}

}  // namespace regulars::loyalty
