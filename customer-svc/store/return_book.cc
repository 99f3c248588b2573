#include "customer-svc/store/return_book.h"

#include "chassis/base/status_macros.h"
#include "customer-svc/domain/order.h"
#include "customer-svc/store/orders.h"
#include "customer-svc/store/return_links.h"

namespace regulars::customer::return_links {
namespace {

absl::StatusOr<std::optional<RankedQuantity>> First(Query query) {
  ABSL_ASSIGN_OR_RETURN(auto row, std::move(query).First<absl::Time, int64_t, int64_t, int64_t>());
  if (!row) return std::nullopt;
  const auto [order_time, sequence, line, quantity] = *row;
  return RankedQuantity{{order_time, sequence, line}, quantity};
}

absl::StatusOr<std::vector<RankedQuantity>> All(Query query) {
  std::vector<RankedQuantity> found;
  ABSL_RETURN_IF_ERROR(std::move(query).Each<absl::Time, int64_t, int64_t, int64_t>(
      [&](absl::Time order_time, int64_t sequence, int64_t line, int64_t quantity) {
        found.push_back({{order_time, sequence, line}, quantity});
      }));
  return found;
}

}  // namespace

absl::StatusOr<int64_t> StoredBook::LeftOf(const LineRank& sale) {
  ABSL_ASSIGN_OR_RETURN(const auto left,
                        tx_.Sql("SELECT quantity FROM open_sale WHERE customer = ? AND item = ? "
                                "AND order_time = ? AND sequence = ? AND line = ?",
                                customer_, item_, sale.order_time, sale.sequence, sale.line)
                            .First<int64_t>());
  return left.value_or(0);
}

absl::StatusOr<std::optional<RankedQuantity>> StoredBook::LastLeftBefore(absl::Time time) {
  return First(
      tx_.Sql("SELECT order_time, sequence, line, quantity FROM open_sale "
              "WHERE customer = ? AND item = ? AND order_time < ? "
              "ORDER BY order_time DESC, sequence DESC, line DESC LIMIT 1",
              customer_, item_, time));
}

absl::StatusOr<std::optional<RankedQuantity>> StoredBook::FirstLeftBehind(const LineRank& rank) {
  return First(
      tx_.Sql("SELECT order_time, sequence, line, quantity FROM open_sale WHERE customer = ? "
              "AND item = ? AND (order_time, sequence, line) > (?, ?, ?) "
              "ORDER BY order_time, sequence, line LIMIT 1",
              customer_, item_, rank.order_time, rank.sequence, rank.line));
}

absl::StatusOr<std::optional<RankedQuantity>> StoredBook::FirstReturn(const ReturnSearch& search) {
  return First(
      tx_.Sql("SELECT order_time, sequence, line, missing FROM unnamed_return WHERE customer = ? "
              "AND item = ? AND (order_time, sequence, line) > (?, ?, ?) AND order_time <= ? "
              "AND (reach < ? OR (missing > 0 AND ? = 1)) "
              "ORDER BY order_time, sequence, line LIMIT 1",
              customer_, item_, search.behind.order_time, search.behind.sequence,
              search.behind.line, search.until, search.reach, search.or_short));
}

absl::StatusOr<std::vector<RankedQuantity>> StoredBook::TakenBy(const LineRank& back) {
  return All(
      tx_.Sql("SELECT o.order_time, l.sequence, l.key, k.quantity FROM return_link k "
              "CROSS JOIN order_line l ON l.key = k.sale_line "
              "CROSS JOIN customer_order o ON o.key = k.sale_line / 4096 "
              "WHERE k.return_line = ? AND k.named = 0",
              back.line));
}

absl::StatusOr<std::vector<RankedQuantity>> StoredBook::GivenBy(const LineRank& sale,
                                                                const LineRank& behind) {
  return All(
      tx_.Sql("SELECT o.order_time, l.sequence, l.key, k.quantity FROM return_link k "
              "CROSS JOIN order_line l ON l.key = k.return_line "
              "CROSS JOIN customer_order o ON o.key = k.return_line / 4096 "
              "WHERE k.sale_line = ? AND k.named = 0 "
              "AND (o.order_time, l.sequence, l.key) > (?, ?, ?) "
              "ORDER BY o.order_time DESC, l.sequence DESC, l.key DESC",
              sale.line, behind.order_time, behind.sequence, behind.line));
}

absl::Status StoredBook::AddLeft(const LineRank& sale, int64_t quantity_micros) {
  return tx_
      .Sql(
          "INSERT INTO open_sale (customer, item, order_time, sequence, line, quantity) "
          "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (customer, item, order_time, sequence, line) "
          "DO UPDATE SET quantity = open_sale.quantity + excluded.quantity",
          customer_, item_, sale.order_time, sale.sequence, sale.line, quantity_micros)
      .Run();
}

absl::Status StoredBook::SetLeft(const LineRank& sale, int64_t quantity_micros) {
  if (quantity_micros == 0) {
    return tx_
        .Sql(
            "DELETE FROM open_sale WHERE customer = ? AND item = ? AND order_time = ? "
            "AND sequence = ? AND line = ?",
            customer_, item_, sale.order_time, sale.sequence, sale.line)
        .Run();
  }
  return tx_
      .Sql(
          "UPDATE open_sale SET quantity = ? WHERE customer = ? AND item = ? AND order_time = ? "
          "AND sequence = ? AND line = ?",
          quantity_micros, customer_, item_, sale.order_time, sale.sequence, sale.line)
      .Run();
}

absl::Status StoredBook::SetLink(const LineRank& back, const LineRank& sale, int64_t before_micros,
                                 int64_t after_micros) {
  if (before_micros > 0) ABSL_RETURN_IF_ERROR(Delete(tx_, back.line, sale.line));
  if (after_micros > 0) {
    ABSL_RETURN_IF_ERROR(Insert(tx_, {back.line, sale.line, after_micros}, Tie::kFound));
  }
  note_(back.line, sale.line, after_micros - before_micros);
  if (before_micros > 0 && after_micros > 0) return absl::OkStatus();
  return tx_
      .Sql(
          "UPDATE unnamed_return SET reach = COALESCE((SELECT MIN(o.order_time) FROM return_link k "
          "CROSS JOIN customer_order o ON o.key = k.sale_line / 4096 "
          "WHERE k.return_line = unnamed_return.line AND k.named = 0), 9223372036854775807) "
          "WHERE customer = ? AND item = ? AND order_time = ? AND sequence = ? AND line = ?",
          customer_, item_, back.order_time, back.sequence, back.line)
      .Run();
}

absl::Status StoredBook::InsertReturn(const LineRank& back) {
  return tx_
      .Sql(
          "INSERT INTO unnamed_return (customer, item, order_time, sequence, line, missing, reach) "
          "VALUES (?, ?, ?, ?, ?, 0, 9223372036854775807)",
          customer_, item_, back.order_time, back.sequence, back.line)
      .Run();
}

absl::Status StoredBook::DeleteReturn(const LineRank& back) {
  return tx_
      .Sql(
          "DELETE FROM unnamed_return WHERE customer = ? AND item = ? AND order_time = ? "
          "AND sequence = ? AND line = ?",
          customer_, item_, back.order_time, back.sequence, back.line)
      .Run();
}

absl::Status StoredBook::AddMissing(const LineRank& back, int64_t quantity_micros) {
  return tx_
      .Sql(
          "UPDATE unnamed_return SET missing = missing + ? WHERE customer = ? AND item = ? "
          "AND order_time = ? AND sequence = ? AND line = ?",
          quantity_micros, customer_, item_, back.order_time, back.sequence, back.line)
      .Run();
}

absl::StatusOr<bool> AnyReturnAfter(Snapshot& db, int64_t customer, absl::Time time) {
  ABSL_ASSIGN_OR_RETURN(const auto any, db.Sql("SELECT 1 FROM customer_order WHERE customer = ? "
                                               "AND return_lines > 0 AND order_time > ? LIMIT 1",
                                               customer, time)
                                            .First<int64_t>());
  return any.has_value();
}

namespace {

struct BookedLine {
  int64_t customer;
  std::string item;
  LineType type;
  LineRank rank;
};

// Takes an order's lines out of the books. One by one: each is found by its whole key.
absl::Status ForgetLines(Transaction& tx, int64_t order) {
  std::vector<BookedLine> lines;
  ABSL_RETURN_IF_ERROR(tx.Sql("SELECT o.customer, l.item, l.type, o.order_time, l.sequence, l.key "
                              "FROM customer_order o CROSS JOIN order_line l "
                              "ON l.key BETWEEN o.key * 4096 AND o.key * 4096 + 4095 "
                              "WHERE o.key = ? AND o.customer IS NOT NULL",
                              order)
                           .Each<int64_t, std::string, int64_t, absl::Time, int64_t, int64_t>(
                               [&](int64_t customer, std::string item, int64_t type,
                                   absl::Time order_time, int64_t sequence, int64_t line) {
                                 lines.push_back({customer,
                                                  std::move(item),
                                                  static_cast<LineType>(type),
                                                  {order_time, sequence, line}});
                               }));
  for (const BookedLine& line : lines) {
    StoredBook book(tx, line.customer, line.item, nullptr);
    ABSL_RETURN_IF_ERROR(line.type == LineType::kSale ? book.SetLeft(line.rank, 0)
                                                      : book.DeleteReturn(line.rank));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ForgetOrder(Transaction& tx, int64_t order) {
  const int64_t first = orders::LineKey(order, 0);
  const int64_t last = orders::LineKey(order, orders::kLineKeysPerOrder - 1);
  const auto kept = static_cast<int64_t>(Tie::kKept);
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE return_link SET named = ? WHERE named = 0 "
                              "AND return_line BETWEEN ? AND ?",
                              kept, first, last)
                           .Run());
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE return_link SET named = ? WHERE named = 0 AND sale_line BETWEEN ? AND ?", kept,
             first, last)
          .Run());
  return ForgetLines(tx, order);
}

}  // namespace regulars::customer::return_links
