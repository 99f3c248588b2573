#include "customer-svc/rpc/order_list.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/request.h"
#include "chassis/rpc/page_token.h"
#include "customer-svc/rpc/order_messages.h"
#include "customer-svc/store/order_list.h"
#include "customer-svc/store/orders.h"
#include "customer-svc/store/settings.h"

namespace regulars::customer {
namespace {

using orders::ListedOrder;
using orders::ListQuery;
using orders::OrderPlace;
using orders::Sequence;

// Orders that one page looks at, where few of them meet the filter; the next page goes on.
constexpr int64_t kMaxScanned = 10'000;
// Orders looked at in one statement.
constexpr int64_t kScannedAtOnce = 1000;
// A page ends before it holds more lines.
constexpr int64_t kMaxPageLines = 20'000;

absl::StatusOr<Sequence> ReadOrderBy(absl::string_view order_by) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(order_by, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  const std::string plain = absl::StrJoin(words, " ");
  if (plain.empty() || plain == "order_time desc") return Sequence::kLatestFirst;
  if (plain == "order_time" || plain == "order_time asc") return Sequence::kEarliestFirst;
  if (plain == "create_time desc") return Sequence::kLastMadeFirst;
  if (plain == "create_time" || plain == "create_time asc") return Sequence::kFirstMadeFirst;
  return FieldError("order_by", "INVALID_ORDER_BY",
                    "must be `order_time` or `create_time`, with or without `desc`");
}

absl::StatusOr<std::optional<OrderPlace>> ReadPlace(const rpc::Page& page) {
  if (page.after.empty()) return std::nullopt;
  int64_t micros;
  OrderPlace place;
  if (!absl::SimpleAtoi(page.after[0], &micros) || !absl::SimpleAtoi(page.after[1], &place.key)) {
    return rpc::InvalidPageToken();
  }
  place.order_time = absl::FromUnixMicros(micros);
  return place;
}

std::string TokenFor(Snapshot& db, const v1::ListOrdersRequest& request, const OrderPlace& place) {
  return rpc::NextPageToken(
      request, db.now(),
      {absl::StrCat(absl::ToUnixMicros(place.order_time)), absl::StrCat(place.key)});
}

// The orders of one page, and where the next one begins.
struct Found {
  std::vector<ListedOrder> orders;
  std::optional<OrderPlace> next;
};

absl::StatusOr<Found> Find(Snapshot& db, ListQuery query, int64_t page_size) {
  Found found;
  int64_t lines = 0;
  for (int64_t looked = 0; looked < kMaxScanned;) {
    // One more than wanted tells whether there is a next page.
    const int64_t wanted = page_size - static_cast<int64_t>(found.orders.size()) + 1;
    const int64_t limit =
        std::min({std::max(wanted, looked), kScannedAtOnce, kMaxScanned - looked});
    ABSL_ASSIGN_OR_RETURN(const orders::Scanned scanned, orders::Scan(db, query, limit));
    for (const ListedOrder& order : scanned.orders) {
      if (!auth::MaySee(db.caller(), order.store)) continue;
      lines += order.lines;
      const bool full = static_cast<int64_t>(found.orders.size()) == page_size;
      if (full || (lines > kMaxPageLines && !found.orders.empty())) {
        found.next = found.orders.back().place;
        return found;
      }
      found.orders.push_back(order);
    }
    if (scanned.at_end) return found;
    query.after = scanned.last;
    looked += limit;
  }
  found.next = query.after;
  return found;
}

}  // namespace

absl::StatusOr<v1::ListOrdersResponse> ListOrders(Snapshot& db,
                                                  const v1::ListOrdersRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now(), {.parts = 2}));
  ListQuery query{.show_cancelled = request.show_cancelled(), .zone = settings.zone};
  ABSL_ASSIGN_OR_RETURN(query.sequence, ReadOrderBy(request.order_by()));
  ABSL_ASSIGN_OR_RETURN(query.filter,
                        filter::CompileRequest(request.filter(), orders::OrderSchema()));
  ABSL_ASSIGN_OR_RETURN(query.after, ReadPlace(page));
  ABSL_ASSIGN_OR_RETURN(const Found found, Find(db, std::move(query), page.size));
  v1::ListOrdersResponse response;
  std::optional<OrderPlace> next = found.next;
  size_t bytes = 0;
  for (size_t i = 0; i < found.orders.size(); ++i) {
    if (bytes >= rpc::kMaxPageBytes) {
      next = found.orders[i - 1].place;
      break;
    }
    ABSL_ASSIGN_OR_RETURN(const auto stored, orders::FindByKey(db, found.orders[i].place.key));
    if (!stored) continue;
    v1::Order& order = *response.add_orders();
    ABSL_RETURN_IF_ERROR(WriteOrder(db, settings, *stored, order));
    bytes += order.ByteSizeLong();
  }
  if (next) response.set_next_page_token(TokenFor(db, request, *next));
  return response;
}

}  // namespace regulars::customer
