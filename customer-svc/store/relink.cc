#include "customer-svc/store/relink.h"

#include <algorithm>
#include <utility>

#include "chassis/base/status_macros.h"
#include "customer-svc/domain/returns.h"

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

LineRank RankOf(const StoredOrder& stored, size_t position) {
  return {stored.order.order_time, stored.order.lines[position].sequence,
          LineKey(stored.key, position)};
}

}  // namespace

const OrderLine* Relinker::Before(size_t position) const { return CountedLine(before_, position); }

const OrderLine* Relinker::After(size_t position) const { return CountedLine(&after_, position); }

// Whether the line is another one afterwards, or stands elsewhere.
bool Relinker::Differs(size_t position) const {
  const OrderLine* was = Before(position);
  const OrderLine* is = After(position);
  return was == nullptr || is == nullptr || before_->order.buyer != after_.order.buyer ||
         before_->order.order_time != after_.order.order_time || was->sequence != is->sequence ||
         !SameContent(*was, *is);
}

StoredBook Relinker::MakeBook(const StoredOrder* side, int64_t customer, const std::string& item) {
  return StoredBook(tx_, customer, item, [this, side](int64_t back, int64_t sale, int64_t more) {
    Note(side, back, sale, more);
  });
}

StoredBook Relinker::BookOf(const StoredOrder& side, const OrderLine& line) {
  return MakeBook(&side, side.order.buyer->key, line.item);
}

absl::Status Relinker::TakeOff() {
  if (before_ == nullptr) return absl::OkStatus();
  // Its customer was deleted, and its turn to learn of it has not come.
  if (before_->gone_customer) ABSL_RETURN_IF_ERROR(ForgetOrder(tx_, before_->key));
  for (size_t i = 0; i < before_->order.lines.size(); ++i) {
    const OrderLine* was = Before(i);
    if (was == nullptr || !Differs(i)) continue;
    ABSL_RETURN_IF_ERROR(NoteNamed(*was));
    ABSL_RETURN_IF_ERROR(TakeOffLine(i, *was));
  }
  return absl::OkStatus();
}

absl::Status Relinker::TakeOffLine(size_t position, const OrderLine& line) {
  const LineRank rank = RankOf(*before_, position);
  if (!before_->order.buyer) ABSL_RETURN_IF_ERROR(DropKept(rank.line));
  if (line.type == LineType::kReturn) {
    if (line.return_of || !before_->order.buyer) return absl::OkStatus();
    StoredBook book = BookOf(*before_, line);
    return RemoveReturn(book, rank);
  }
  LinkMap named;
  ABSL_RETURN_IF_ERROR(AddNamedLinksTo(tx_, rank.line, named));
  for (const auto& [lines, quantity] : named) {
    ABSL_RETURN_IF_ERROR(Delete(tx_, lines.first, lines.second));
    Note(before_, lines.first, lines.second, -quantity);
  }
  if (!before_->order.buyer) return absl::OkStatus();
  StoredBook book = BookOf(*before_, line);
  return RemoveSale(book, rank, kWholeSale);
}

absl::Status Relinker::DropKept(int64_t line) {
  ABSL_ASSIGN_OR_RETURN(const LinkMap kept, KeptLinksOf(tx_, line));
  for (const auto& [lines, quantity] : kept) {
    ABSL_RETURN_IF_ERROR(Delete(tx_, lines.first, lines.second));
    Note(before_, lines.first, lines.second, -quantity);
  }
  return absl::OkStatus();
}

absl::Status Relinker::TrimKept(const NamedSale& sale) {
  ABSL_ASSIGN_OR_RETURN(const int64_t taken, TakenOf(tx_, sale.line));
  int64_t excess = taken - sale.quantity_micros;
  if (excess <= 0) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const LinkMap kept, KeptLinksOf(tx_, sale.line));
  // Orders that came last give way first.
  for (auto link = kept.rbegin(); link != kept.rend() && excess > 0; ++link) {
    const auto& [lines, quantity] = *link;
    const int64_t less = std::min(excess, quantity);
    ABSL_RETURN_IF_ERROR(Delete(tx_, lines.first, lines.second));
    if (less < quantity) {
      ABSL_RETURN_IF_ERROR(Insert(tx_, {lines.first, lines.second, quantity - less}, Tie::kKept));
    }
    Note(&after_, lines.first, lines.second, -less);
    excess -= less;
  }
  return absl::OkStatus();
}

// Notes whose naming returns a line is one of, or what they may name.
absl::Status Relinker::NoteNamed(const OrderLine& line) {
  if (line.type == LineType::kSale) {
    named_.insert(after_.key);
  } else if (line.return_of) {
    ABSL_ASSIGN_OR_RETURN(const auto target, FindNamed(tx_, *line.return_of));
    if (target) named_.insert(target->key);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> Relinker::PutOn() {
  for (size_t i = 0; i < after_.order.lines.size(); ++i) {
    const OrderLine* is = After(i);
    if (is != nullptr && Differs(i)) ABSL_RETURN_IF_ERROR(NoteNamed(*is));
  }
  for (const int64_t order : named_) ABSL_RETURN_IF_ERROR(RelinkNamed(order));
  for (size_t i = 0; i < after_.order.lines.size(); ++i) {
    const OrderLine* is = After(i);
    if (is == nullptr || !after_.order.buyer || !Differs(i)) continue;
    ABSL_RETURN_IF_ERROR(PutOnLine(i, *is));
  }
  return OthersMoved();
}

absl::Status Relinker::PutOnLine(size_t position, const OrderLine& line) {
  const LineRank rank = RankOf(after_, position);
  StoredBook book = BookOf(after_, line);
  if (line.type == LineType::kReturn) {
    return line.return_of ? absl::OkStatus() : AddReturn(book, rank, line.quantity_micros);
  }
  const auto named = named_quantities_.find(rank.line);
  const int64_t left =
      line.quantity_micros - (named == named_quantities_.end() ? 0 : named->second);
  if (left == 0) return absl::OkStatus();
  // So it is with nearly every sale that comes.
  ABSL_ASSIGN_OR_RETURN(const bool returned_later, ReturnedLater());
  return returned_later ? AddSale(book, rank, left) : book.AddLeft(rank, left);
}

absl::StatusOr<bool> Relinker::ReturnedLater() {
  if (!returned_later_) {
    ABSL_ASSIGN_OR_RETURN(returned_later_,
                          AnyReturnAfter(tx_, after_.order.buyer->key, after_.order.order_time));
  }
  return *returned_later_;
}

absl::StatusOr<std::optional<NamedOrder>> Relinker::LoadNamed(int64_t key) {
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
absl::Status Relinker::RelinkNamed(int64_t key) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<NamedOrder> order, LoadNamed(key));
  if (!order) return absl::OkStatus();
  // An order that is only just made: nobody can have known its id, or linked to it.
  const bool is_new = before_ == nullptr && key == after_.key;
  ABSL_ASSIGN_OR_RETURN(std::vector<NamingReturn> naming,
                        FindNaming(tx_, *order, /*by_id=*/!is_new));
  if (naming.empty() && is_new) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const std::vector<NamedSale> sold, SalesOf(tx_, key));
  std::map<int64_t, int64_t> taken_more;
  ABSL_RETURN_IF_ERROR(WriteNamed(key, MatchNamedReturns(sold, std::move(naming)), taken_more));
  // What is left of these lines for returns that name none is another quantity now.
  for (const NamedSale& line : sold) {
    const auto more = taken_more.find(line.line);
    if (more == taken_more.end()) continue;
    if (!order->customer) {
      ABSL_RETURN_IF_ERROR(TrimKept(line));
      continue;
    }
    // Lines that differ are in no book at the moment.
    if (key == after_.key && Differs(orders::PositionOfLine(line.line))) continue;
    const LineRank rank{order->order_time, line.sequence, line.line};
    StoredBook book = MakeBook(&after_, *order->customer, line.item);
    ABSL_RETURN_IF_ERROR(more->second > 0 ? RemoveSale(book, rank, more->second)
                                          : AddSale(book, rank, -more->second));
  }
  return absl::OkStatus();
}

// Makes the stored links of returns that name the order the wanted ones; how much more was taken of
// each line than before.
absl::Status Relinker::WriteNamed(int64_t order, const std::vector<Link>& wanted,
                                  std::map<int64_t, int64_t>& taken_more) {
  ABSL_ASSIGN_OR_RETURN(LinkMap stored, NamedLinksTo(tx_, order));
  std::vector<Link> missing;
  for (const Link& link : wanted) {
    if (order == after_.key) named_quantities_[link.sale_line] += link.quantity_micros;
    const auto found = stored.find({link.return_line, link.sale_line});
    const bool same = found != stored.end() && found->second == link.quantity_micros;
    if (!same) missing.push_back(link);
    if (same) stored.erase(found);
  }
  const auto move = [&](int64_t return_line, int64_t sale_line, int64_t more) {
    Note(&after_, return_line, sale_line, more);
    int64_t& sum = taken_more[sale_line];
    sum += more;
    if (sum == 0) taken_more.erase(sale_line);
  };
  for (const auto& [lines, quantity] : stored) {
    ABSL_RETURN_IF_ERROR(Delete(tx_, lines.first, lines.second));
    move(lines.first, lines.second, -quantity);
  }
  for (const Link& link : missing) {
    ABSL_RETURN_IF_ERROR(Insert(tx_, link, Tie::kNamed));
    move(link.return_line, link.sale_line, link.quantity_micros);
  }
  return absl::OkStatus();
}

void Relinker::Note(const StoredOrder* side, int64_t return_line, int64_t sale_line,
                    int64_t quantity) {
  if (OrderOfLine(return_line) == after_.key) return;
  const size_t position = orders::PositionOfLine(sale_line);
  const bool own = OrderOfLine(sale_line) == after_.key && position < side->order.lines.size();
  moves_[{return_line, own ? 0 : sale_line, own ? side->order.lines[position].line_id : ""}] +=
      quantity;
}

std::vector<int64_t> Relinker::OthersMoved() const {
  std::set<int64_t> others;
  for (const auto& [link, quantity] : moves_) {
    if (quantity != 0) others.insert(OrderOfLine(std::get<0>(link)));
  }
  return std::vector<int64_t>(others.begin(), others.end());
}

}  // namespace regulars::customer::return_links
