#include "customer-svc/store/relink.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "chassis/base/status_macros.h"
#include "customer-svc/domain/returns.h"
#include "customer-svc/store/return_links.h"

namespace regulars::customer::return_links {
namespace {

using orders::LineKey;
using orders::OrderOfLine;
using orders::StoredOrder;

bool Counts(const StoredOrder* stored) {
  return stored != nullptr && stored->order.state == OrderState::kRecorded;
}

// The line at `position` of an order that counts.
const OrderLine* CountedLine(const StoredOrder* stored, size_t position) {
  if (!Counts(stored) || position >= stored->order.lines.size()) return nullptr;
  return &stored->order.lines[position];
}

bool IsUnnamedReturn(const OrderLine* line) {
  return line != nullptr && line->type == LineType::kReturn && !line->return_of;
}

class Relinker {
 public:
  Relinker(Transaction& tx, const StoredOrder* before, const StoredOrder& after)
      : tx_(tx), before_(before), after_(after) {}

  absl::StatusOr<std::vector<int64_t>> Run() {
    ABSL_RETURN_IF_ERROR(TouchLines());
    ABSL_RETURN_IF_ERROR(NoteRenamed(before_, -1));
    for (const int64_t order : named_) ABSL_RETURN_IF_ERROR(RelinkNamed(order));
    for (const auto& [customer, sales] : sales_) {
      ABSL_RETURN_IF_ERROR(TouchReturns(customer, sales));
    }
    for (const auto& [customer, items] : items_) {
      ABSL_RETURN_IF_ERROR(RelinkCustomer(customer, items));
    }
    ABSL_RETURN_IF_ERROR(NoteRenamed(&after_, 1));
    return OthersMoved();
  }

 private:
  struct TouchedSales {
    absl::Time earliest = absl::InfiniteFuture();
    std::vector<std::string> items;
  };

  // Finds what the lines that differ touch.
  absl::Status TouchLines() {
    const Order& order = after_.order;
    const bool moved = !Counts(before_) || !Counts(&after_) ||
                       before_->order.buyer != order.buyer ||
                       before_->order.order_time != order.order_time;
    const size_t old_lines = before_ == nullptr ? 0 : before_->order.lines.size();
    for (size_t i = 0; i < std::max(old_lines, order.lines.size()); ++i) {
      const OrderLine* was = CountedLine(before_, i);
      const OrderLine* is = CountedLine(&after_, i);
      if (!moved && was != nullptr && is != nullptr && was->sequence == is->sequence &&
          SameContent(*was, *is)) {
        continue;
      }
      if (was != nullptr && is != nullptr && was->line_id != is->line_id) {
        renamed_.insert(LineKey(after_.key, i));
      }
      if (was != nullptr) ABSL_RETURN_IF_ERROR(Touch(before_->order, *was));
      if (is != nullptr) ABSL_RETURN_IF_ERROR(Touch(order, *is));
      // Returns that are matched by the service no more are in nobody's traffic below.
      if (IsUnnamedReturn(was) && !(IsUnnamedReturn(is) && order.buyer)) {
        ABSL_RETURN_IF_ERROR(DeleteUnnamedLinksOf(tx_, LineKey(after_.key, i)));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Touch(const Order& order, const OrderLine& line) {
    if (line.type == LineType::kSale) {
      named_.insert(after_.key);
      if (order.buyer) TouchSale(order.buyer->key, order.order_time, line.item);
      return absl::OkStatus();
    }
    if (!line.return_of) {
      if (order.buyer) items_[order.buyer->key].insert(line.item);
      return absl::OkStatus();
    }
    ABSL_ASSIGN_OR_RETURN(const auto target, FindNamed(tx_, *line.return_of));
    if (target) named_.insert(target->key);
    return absl::OkStatus();
  }

  void TouchSale(int64_t customer, absl::Time time, const std::string& item) {
    TouchedSales& sales = sales_[customer];
    sales.earliest = std::min(sales.earliest, time);
    sales.items.push_back(item);
  }

  // Whether the order is only just made, so that nobody can have known its id, or linked to it.
  bool IsNew(int64_t order) const { return before_ == nullptr && order == after_.key; }

  absl::StatusOr<std::optional<NamedOrder>> LoadNamed(int64_t key) {
    if (key != after_.key) return FindNamed(tx_, key);
    const Order& order = after_.order;
    return NamedOrder{key,
                      order.id,
                      order.source,
                      order.receipt_number,
                      order.buyer ? std::make_optional(order.buyer->key) : std::nullopt,
                      order.order_time};
  }

  // Links the returns that name an order anew.
  absl::Status RelinkNamed(int64_t key) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<NamedOrder> order, LoadNamed(key));
    if (!order) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(std::vector<NamingReturn> naming,
                          FindNaming(tx_, *order, /*by_id=*/!IsNew(key)));
    if (naming.empty() && IsNew(key)) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const std::vector<NamedSale> sold, SalesOf(tx_, key));
    ABSL_ASSIGN_OR_RETURN(LinkMap stored, NamedLinksTo(tx_, key));
    ABSL_ASSIGN_OR_RETURN(
        const std::set<int64_t> moved,
        WriteDifference(std::move(stored), MatchNamedReturns(sold, std::move(naming)),
                        /*named=*/true));
    // What is left of these lines for returns that name none is another quantity now.
    for (const NamedSale& line : sold) {
      if (order->customer && moved.contains(line.line)) {
        TouchSale(*order->customer, order->order_time, line.item);
      }
    }
    return absl::OkStatus();
  }

  // Of the items sold, those matter that the customer returned later.
  absl::Status TouchReturns(int64_t customer, const TouchedSales& sales) {
    ABSL_ASSIGN_OR_RETURN(const std::set<std::string> returned,
                          ReturnedAfter(tx_, customer, sales.earliest));
    if (returned.empty()) return absl::OkStatus();
    for (const std::string& item : sales.items) {
      if (returned.contains(item)) items_[customer].insert(item);
    }
    return absl::OkStatus();
  }

  absl::Status RelinkCustomer(int64_t customer, const std::set<std::string>& items) {
    const std::vector<std::string> all(items.begin(), items.end());
    for (size_t first = 0; first < all.size(); first += kItemsPerLook) {
      ABSL_ASSIGN_OR_RETURN(
          auto traffic,
          TrafficOf(tx_, customer, absl::MakeConstSpan(all).subspan(first, kItemsPerLook)));
      for (auto& [item, lines] : traffic) ABSL_RETURN_IF_ERROR(RelinkItem(std::move(lines)));
    }
    return absl::OkStatus();
  }

  absl::Status RelinkItem(Traffic traffic) {
    LinkMap stored;
    for (const PlacedQuantity& back : traffic.returned) {
      ABSL_RETURN_IF_ERROR(AddUnnamedLinksOf(tx_, back.place.line, stored));
    }
    return WriteDifference(std::move(stored),
                           MatchReturns(std::move(traffic.sold), std::move(traffic.returned)),
                           /*named=*/false)
        .status();
  }

  // Makes the stored links the wanted ones; the sale lines whose links moved.
  absl::StatusOr<std::set<int64_t>> WriteDifference(LinkMap stored, const std::vector<Link>& wanted,
                                                    bool named) {
    std::set<int64_t> moved;
    std::vector<Link> missing;
    for (const Link& link : wanted) {
      const auto found = stored.find({link.return_line, link.sale_line});
      const bool same = found != stored.end() && found->second == link.quantity_micros;
      if (!same) missing.push_back(link);
      if (same) stored.erase(found);
    }
    for (const auto& [lines, quantity] : stored) {
      const auto& [return_line, sale_line] = lines;
      ABSL_RETURN_IF_ERROR(Delete(tx_, return_line, sale_line));
      moved.insert(sale_line);
      if (!renamed_.contains(sale_line)) Note(before_, return_line, sale_line, -quantity);
    }
    for (const Link& link : missing) {
      ABSL_RETURN_IF_ERROR(Insert(tx_, link, named));
      moved.insert(link.sale_line);
      if (!renamed_.contains(link.sale_line)) {
        Note(&after_, link.return_line, link.sale_line, link.quantity_micros);
      }
    }
    return moved;
  }

  // Notes that a return has more (or, below zero, less) of a sold line. Lines of this order are
  // known by their ids, as `side` has them: their keys may change hands.
  void Note(const StoredOrder* side, int64_t return_line, int64_t sale_line, int64_t quantity) {
    if (OrderOfLine(return_line) == after_.key) return;
    const size_t position = orders::PositionOfLine(sale_line);
    const bool own = OrderOfLine(sale_line) == after_.key && position < side->order.lines.size();
    moves_[{return_line, own ? 0 : sale_line, own ? side->order.lines[position].line_id : ""}] +=
        quantity;
  }

  // Notes all links to sold lines that bear another id now, though their keys are what they were.
  absl::Status NoteRenamed(const StoredOrder* side, int64_t sign) {
    LinkMap links;
    for (const int64_t line : renamed_) ABSL_RETURN_IF_ERROR(AddLinksTo(tx_, line, links));
    for (const auto& [lines, quantity] : links) {
      Note(side, lines.first, lines.second, sign * quantity);
    }
    return absl::OkStatus();
  }

  std::vector<int64_t> OthersMoved() const {
    std::set<int64_t> others;
    for (const auto& [link, quantity] : moves_) {
      if (quantity != 0) others.insert(OrderOfLine(std::get<0>(link)));
    }
    return std::vector<int64_t>(others.begin(), others.end());
  }

  Transaction& tx_;
  const StoredOrder* const before_;
  const StoredOrder& after_;
  // Orders whose naming returns are to be linked anew.
  std::set<int64_t> named_;
  // Sold lines that changed, by customer.
  std::map<int64_t, TouchedSales> sales_;
  // Items whose returns are to be linked anew, by customer.
  std::map<int64_t, std::set<std::string>> items_;
  // Keys of sold lines of this order that had another id before.
  std::set<int64_t> renamed_;
  // How much more of a sold line other orders' returns have now: return line, then either the sold
  // line or its id in this order.
  std::map<std::tuple<int64_t, int64_t, std::string>, int64_t> moves_;
};

}  // namespace

absl::StatusOr<std::vector<int64_t>> Relink(Transaction& tx, const StoredOrder* before,
                                            const StoredOrder& after) {
  return Relinker(tx, before, after).Run();
}

}  // namespace regulars::customer::return_links
