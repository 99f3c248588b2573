#include "customer-svc/testing/order_reference.h"

#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"

namespace regulars::customer {
namespace {

struct Sold {
  const Order* order;
  const OrderLine* line;
  // Time, place in the file, arrival, position.
  std::tuple<absl::Time, int64_t, size_t, size_t> place;
  int64_t left;
};

struct Returned {
  const Order* order;
  const OrderLine* line;
  std::tuple<absl::Time, int64_t, size_t, size_t> place;
};

std::string NameOf(const Order& order, const OrderLine& line) {
  return absl::StrCat(order.source, "/", order.receipt_number, "#", line.line_id);
}

bool Names(const LineReference& reference, const Order& order) {
  return reference.order_id.empty()
             ? reference.source == order.source && reference.receipt_number == order.receipt_number
             : reference.order_id == order.id;
}

// Takes from `sold` what is wanted and notes it.
void Take(const Returned& back, Sold& sold, int64_t& wanted, Consequences& out) {
  const int64_t taken = std::min(wanted, sold.left);
  if (taken == 0) return;
  wanted -= taken;
  sold.left -= taken;
  out.insert(absl::StrCat("link ", NameOf(*back.order, *back.line), " <- ",
                          NameOf(*sold.order, *sold.line), " x ", taken));
}

void AddLinks(const std::vector<Order>& recorded, Consequences& out) {
  std::vector<Sold> sold;
  std::vector<Returned> returned;
  for (size_t o = 0; o < recorded.size(); ++o) {
    const Order& order = recorded[o];
    if (order.state == OrderState::kCancelled) continue;
    for (size_t i = 0; i < order.lines.size(); ++i) {
      const OrderLine& line = order.lines[i];
      const std::tuple place(order.order_time, line.sequence, o, i);
      if (line.type == LineType::kSale) {
        sold.push_back({&order, &line, place, line.quantity_micros});
      } else {
        returned.push_back({&order, &line, place});
      }
    }
  }
  const auto by_place = [](const auto& a, const auto& b) { return a.place < b.place; };
  std::sort(returned.begin(), returned.end(), by_place);
  // Those that name a line: within the order named, lines stand in their own order.
  for (const Returned& back : returned) {
    if (!back.line->return_of) continue;
    int64_t wanted = back.line->quantity_micros;
    for (Sold& sale : sold) {
      if (!Names(*back.line->return_of, *sale.order)) continue;
      const std::string& id = back.line->return_of->line_id;
      const bool meant = id.empty() ? sale.line->item == back.line->item : sale.line->line_id == id;
      if (meant) Take(back, sale, wanted, out);
    }
  }
  // The others, from the most recent strictly earlier line backwards.
  std::sort(sold.begin(), sold.end(), by_place);
  for (const Returned& back : returned) {
    if (back.line->return_of || !back.order->buyer) continue;
    int64_t wanted = back.line->quantity_micros;
    for (auto sale = sold.rbegin(); sale != sold.rend(); ++sale) {
      if (sale->order->buyer == back.order->buyer && sale->line->item == back.line->item &&
          sale->order->order_time < back.order->order_time) {
        Take(back, *sale, wanted, out);
      }
    }
  }
}

struct Sums {
  int64_t orders = 0, returns = 0, sales = 0, returned = 0, sold = 0, back = 0;

  void Add(const Order& order) {
    bool has_sale = false;
    bool has_return = false;
    for (const OrderLine& line : order.lines) {
      const int64_t amount = *order.rate.Convert(*LineAmount(line));
      const int64_t units = line.kind == LineKind::kProduct ? line.quantity_micros : 0;
      const bool sale = line.type == LineType::kSale;
      (sale ? has_sale : has_return) = true;
      (sale ? sales : returned) += amount;
      (sale ? sold : back) += units;
    }
    orders += has_sale;
    returns += has_return;
  }
  std::string ToText() const {
    return absl::StrCat(orders, " orders ", returns, " returns ", sales, " - ", returned, " units ",
                        sold, " - ", back);
  }
};

bool HasSale(const Order& order) {
  for (const OrderLine& line : order.lines) {
    if (line.type == LineType::kSale) return true;
  }
  return false;
}

std::string TimeText(std::optional<absl::Time> time) {
  return time ? absl::StrCat(absl::ToUnixMicros(*time)) : "never";
}

void AddCustomer(const std::vector<const Order*>& orders, absl::TimeZone zone, Consequences& out) {
  const std::string name = absl::StrCat("customer ", orders[0]->buyer->key);
  Sums all;
  std::map<int64_t, Sums> days;
  std::optional<absl::Time> first;
  std::optional<absl::Time> last;
  const Order* latest = nullptr;
  const auto later = [](const Order& a, const Order& b) {
    return std::tuple(HasSale(a), a.order_time, SequenceOf(a), &a) >
           std::tuple(HasSale(b), b.order_time, SequenceOf(b), &b);
  };
  for (const Order* order : orders) {
    all.Add(*order);
    days[absl::ToCivilDay(order->order_time, zone) - absl::CivilDay(1970, 1, 1)].Add(*order);
    if (HasSale(*order)) {
      first = std::min(first.value_or(order->order_time), order->order_time);
      last = std::max(last.value_or(order->order_time), order->order_time);
    }
    if (!order->country.empty() && (latest == nullptr || later(*order, *latest))) latest = order;
  }
  int64_t order_days = 0;
  for (const auto& [day, sums] : days) {
    order_days += sums.orders > 0;
    out.insert(absl::StrCat(name, " day ", day, ": ", sums.ToText()));
  }
  out.insert(absl::StrCat(name, ": ", all.ToText(), " on ", order_days, " days from ",
                          TimeText(first), " to ", TimeText(last)));
  if (latest != nullptr) out.insert(absl::StrCat(name, " in ", latest->country));
}

// Links whose tie is this one, or of a greater number.
absl::Status ReadLinks(Snapshot& db, int64_t at_least, Consequences& out) {
  return db
      .Sql(
          "SELECT r.source || '/' || r.receipt_number || '#' || rl.line_id || ' <- ' || "
          "s.source || '/' || s.receipt_number || '#' || sl.line_id, k.quantity "
          "FROM return_link k JOIN order_line rl ON rl.key = k.return_line "
          "JOIN customer_order r ON r.key = k.return_line / 4096 "
          "JOIN order_line sl ON sl.key = k.sale_line "
          "JOIN customer_order s ON s.key = k.sale_line / 4096 WHERE k.named >= ?",
          at_least)
      .Each<std::string, int64_t>([&](std::string lines, int64_t quantity) {
        out.insert(absl::StrCat("link ", lines, " x ", quantity));
      });
}

}  // namespace

Consequences ExpectedConsequences(const std::vector<Order>& recorded, absl::TimeZone zone) {
  Consequences out;
  AddLinks(recorded, out);
  std::map<int64_t, std::vector<const Order*>> customers;
  for (const Order& order : recorded) {
    if (order.buyer && order.state == OrderState::kRecorded) {
      customers[order.buyer->key].push_back(&order);
    }
  }
  for (const auto& [key, orders] : customers) AddCustomer(orders, zone, out);
  return out;
}

absl::StatusOr<Consequences> KeptLinks(Snapshot& db) {
  Consequences out;
  ABSL_RETURN_IF_ERROR(ReadLinks(db, /*at_least=*/2, out));
  return out;
}

absl::StatusOr<Consequences> StoredConsequences(Snapshot& db) {
  Consequences out;
  ABSL_RETURN_IF_ERROR(ReadLinks(db, /*at_least=*/0, out));
  ABSL_ASSIGN_OR_RETURN(const auto links,
                        db.Sql("SELECT COUNT(*) FROM return_link").First<int64_t>());
  if (static_cast<int64_t>(out.size()) != *links) out.insert("links that lead nowhere, or twice");
  const auto add = [&](int64_t customer, std::optional<int64_t> day, const Sums& sums,
                       const std::string& more) {
    out.insert(absl::StrCat("customer ", customer, day ? absl::StrCat(" day ", *day) : "", ": ",
                            sums.ToText(), more));
  };
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT customer, day, order_count, return_count, sales_micros, returned_micros, "
             "units_sold_micros, units_returned_micros FROM purchase_day")
          .Each<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t>(
              [&](int64_t customer, int64_t day, auto... sums) {
                add(customer, day, Sums{sums...}, "");
              }));
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT customer, first_order_time, last_order_time, order_days, order_count, "
             "return_count, sales_micros, returned_micros, units_sold_micros, "
             "units_returned_micros FROM purchase_summary")
          .Each<int64_t, std::optional<absl::Time>, std::optional<absl::Time>, int64_t, int64_t,
                int64_t, int64_t, int64_t, int64_t, int64_t>([&](int64_t customer,
                                                                 std::optional<absl::Time> first,
                                                                 std::optional<absl::Time> last,
                                                                 int64_t days, auto... sums) {
            add(customer, std::nullopt, Sums{sums...},
                absl::StrCat(" on ", days, " days from ", TimeText(first), " to ", TimeText(last)));
          }));
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT key, country FROM customer WHERE country <> ''")
                           .Each<int64_t, std::string>([&](int64_t key, std::string country) {
                             out.insert(absl::StrCat("customer ", key, " in ", country));
                           }));
  return out;
}

}  // namespace regulars::customer
