#include "loyalty-svc/follow/rebuild.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/follow_tables.h"
#include "loyalty-svc/follow/customers.h"
#include "loyalty-svc/follow/order_reading.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/rpc/receipt_changes.h"
#include "loyalty-svc/store/members.h"
#include "regulars/customer/v1/customer_service.grpc.pb.h"
#include "regulars/customer/v1/erasure_service.grpc.pb.h"
#include "regulars/customer/v1/order_service.grpc.pb.h"
#include "regulars/customer/v1/settings_service.grpc.pb.h"
#include "regulars/feed/v1/feed_service.grpc.pb.h"

namespace regulars::loyalty {
namespace {

using Page = RebuildPlan<RebuildItem>::Page;

// Items a page; customer-svc makes pages of long orders shorter.
constexpr int kPageSize = 500;
// Whole customers come back, and all of a page in one message.
constexpr int64_t kCustomersAtOnce = 100;
// Cursors: a token of ListOrders; or this and a token of ListErasures; or this; or this and the key
// of the last customer that was asked for.
constexpr char kErasures[] = "erasures:";
constexpr char kSettings[] = "settings:";
constexpr char kMembers[] = "members:";

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
  page.next = response.next_page_token().empty()
                  ? kSettings
                  : absl::StrCat(kErasures, response.next_page_token());
  return page;
}

absl::StatusOr<Page> FetchSettings(Peer& peer, const Origin& origin) {
  customer::v1::GetCompanySettingsRequest request;
  request.set_name("companySettings");
  ABSL_ASSIGN_OR_RETURN(
      auto settings,
      peer.Call(origin, &customer::v1::SettingsService::Stub::GetCompanySettings, request));
  Page page{.next = kMembers};
  page.items.emplace_back(std::move(settings));
  return page;
}

// Whom a page asks for, and in which life of customer-svc.
struct Question {
  // Of the feed that the rebuild goes on with, and whether it is the one that was followed before.
  std::string epoch;
  bool is_same_feed = false;
  std::vector<members::KnownCustomer> customers;
};

absl::StatusOr<Question> NextQuestion(Store& store, const Origin& origin, int64_t after) {
  Question question;
  ABSL_RETURN_IF_ERROR(store.readers().Run(origin, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto cursor, follow::Find(db, "customer"));
    // The first rebuild of all has learned of everybody from this customer-svc.
    if (!cursor || (cursor->epoch.empty() && cursor->generation == 1)) return absl::OkStatus();
    question.epoch = cursor->pinned_epoch;
    question.is_same_feed = cursor->epoch == cursor->pinned_epoch;
    ABSL_ASSIGN_OR_RETURN(question.customers,
                          question.is_same_feed
                              ? members::ActiveCustomersAfter(db, after, kCustomersAtOnce)
                              : members::CustomersAfter(db, after, kCustomersAtOnce));
    return absl::OkStatus();
  }));
  return question;
}

absl::StatusOr<std::string> EpochOf(Peer& peer, const Origin& origin) {
  feed::v1::GetFeedStateRequest request;
  request.set_name("feed");
  ABSL_ASSIGN_OR_RETURN(const auto state,
                        peer.Call(origin, &feed::v1::FeedService::Stub::GetFeedState, request));
  return state.epoch();
}

// Those of the next customers of whom the answer is news: who is gone, or lost.
absl::StatusOr<Page> FetchGone(Store& store, Peer& peer, const Origin& origin,
                               absl::string_view after) {
  int64_t key = 0;
  // An empty one is no number: then it begins at the first.
  if (!absl::SimpleAtoi(after, &key)) key = 0;
  ABSL_ASSIGN_OR_RETURN(const Question question, NextQuestion(store, origin, key));
  Page page;
  if (question.customers.empty()) return page;
  customer::v1::BatchGetCustomersRequest request;
  for (const auto& each : question.customers) request.add_names(CustomerName(each.customer_id));
  ABSL_ASSIGN_OR_RETURN(
      const auto response,
      peer.Call(origin, &customer::v1::CustomerService::Stub::BatchGetCustomers, request));
  // One that was restored meanwhile has answered for another feed. The end of this rebuild leads to
  // the next one: the feed that it would go on with is no more.
  ABSL_ASSIGN_OR_RETURN(const std::string epoch, EpochOf(peer, origin));
  if (epoch != question.epoch) return page;
  std::set<absl::string_view> there;
  for (const auto& customer : response.customers()) there.insert(customer.name());
  for (const auto& each : question.customers) {
    const std::string name = CustomerName(each.customer_id);
    const bool is_missing = !there.contains(name);
    if (question.is_same_feed) {
      if (is_missing) page.items.emplace_back(GoneCustomer{name});
    } else if (is_missing != each.is_lost) {
      page.items.emplace_back(LostCustomer{each.customer_id, is_missing});
    }
  }
  page.next = absl::StrCat(kMembers, question.customers.back().key);
  return page;
}

absl::Status Apply(Transaction& tx, const customer::v1::Order& order) {
  ABSL_ASSIGN_OR_RETURN(const OrderFacts facts, ReadOrder(order));
  return ApplyOrder(tx, facts, Seen{});
}

absl::Status Apply(Transaction& tx, const customer::v1::Erasure& erasure) {
  const bool confirmed = std::any_of(
      erasure.parts().begin(), erasure.parts().end(),
      [](const auto& part) { return part.service() == "loyalty" && part.has_confirm_time(); });
  return Erase(tx, erasure.name(), erasure.customer(),
               confirmed ? Confirm::kIfItChanged : Confirm::kAlways);
}

absl::Status Apply(Transaction& tx, const customer::v1::CompanySettings& settings) {
  return LearnBaseCurrency(tx, settings.base_currency());
}

absl::Status Apply(Transaction& tx, const GoneCustomer& gone) {
  return EndMembership(tx, gone.customer);
}

absl::Status Apply(Transaction& tx, const LostCustomer& lost) {
  return members::SetLost(tx, lost.customer_id, lost.is_lost);
}

}  // namespace

RebuildPlan<RebuildItem> RebuildFromCustomer(Store& store, Peer& peer) {
  return {.fetch = [&store, &peer](const Origin& origin,
                                   const std::string& cursor) -> absl::StatusOr<Page> {
            absl::string_view token = cursor;
            if (absl::ConsumePrefix(&token, kErasures)) return FetchErasures(peer, origin, token);
            if (token == kSettings) return FetchSettings(peer, origin);
            if (absl::ConsumePrefix(&token, kMembers)) {
              return FetchGone(store, peer, origin, token);
            }
            return FetchOrders(peer, origin, cursor);
          },
          .apply =
              [](Transaction& tx, const RebuildItem& item, int64_t) {
                return std::visit([&](const auto& each) { return Apply(tx, each); }, item);
              }};
}

}  // namespace regulars::loyalty
