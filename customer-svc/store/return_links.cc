#include "customer-svc/store/return_links.h"

#include "chassis/base/status_macros.h"
#include "customer-svc/store/orders.h"

namespace regulars::customer::return_links {
namespace {

using orders::LineKey;

int64_t FirstLine(int64_t order) { return LineKey(order, 0); }
int64_t LastLine(int64_t order) { return LineKey(order, orders::kLineKeysPerOrder - 1); }

// As First() takes it: an order whose customer has gone, and whose turn to be detached has not
// come, has none.
#define REGULARS_NAMED_ORDER                                                                     \
  "SELECT o.key, o.id, o.source, o.receipt_number, (SELECT c.key FROM customer c WHERE c.key = " \
  "o.customer), o.order_time FROM customer_order o "

absl::StatusOr<std::optional<NamedOrder>> First(Query query) {
  ABSL_ASSIGN_OR_RETURN(auto row, std::move(query)
                                      .First<int64_t, std::string, std::string, std::string,
                                             std::optional<int64_t>, absl::Time>());
  if (!row) return std::nullopt;
  auto& [key, id, source, receipt_number, customer, order_time] = *row;
  return NamedOrder{key,      std::move(id), std::move(source), std::move(receipt_number),
                    customer, order_time};
}

}  // namespace

absl::StatusOr<std::vector<ShownLink>> OfReturns(Snapshot& db, int64_t order) {
  std::vector<ShownLink> links;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT k.return_line, o.id, l.line_id, l.item, k.quantity FROM return_link k "
             "CROSS JOIN order_line l ON l.key = k.sale_line "
             "CROSS JOIN customer_order o ON o.key = k.sale_line / 4096 "
             "WHERE k.return_line BETWEEN ? AND ? "
             "ORDER BY k.return_line, o.order_time DESC, l.sequence DESC, l.key DESC",
             FirstLine(order), LastLine(order))
          .Each<int64_t, std::string, std::string, std::string, int64_t>(
              [&](int64_t line, std::string id, std::string line_id, std::string item,
                  int64_t quantity) {
                links.push_back({orders::PositionOfLine(line), std::move(id), std::move(line_id),
                                 std::move(item), quantity});
              }));
  return links;
}

absl::StatusOr<std::vector<std::pair<size_t, int64_t>>> TakenBack(Snapshot& db, int64_t order) {
  std::vector<std::pair<size_t, int64_t>> taken;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT sale_line, SUM(quantity) FROM return_link "
                              "WHERE sale_line BETWEEN ? AND ? GROUP BY sale_line",
                              FirstLine(order), LastLine(order))
                           .Each<int64_t, int64_t>([&](int64_t line, int64_t quantity) {
                             taken.emplace_back(orders::PositionOfLine(line), quantity);
                           }));
  return taken;
}

absl::StatusOr<LinkMap> NamedLinksTo(Snapshot& db, int64_t order) {
  LinkMap links;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT return_line, sale_line, quantity FROM return_link "
                              "WHERE sale_line BETWEEN ? AND ? AND named = 1",
                              FirstLine(order), LastLine(order))
                           .Each<int64_t, int64_t, int64_t>(
                               [&](int64_t return_line, int64_t sale_line, int64_t quantity) {
                                 links[{return_line, sale_line}] = quantity;
                               }));
  return links;
}

absl::Status AddNamedLinksTo(Snapshot& db, int64_t sale_line, LinkMap& links) {
  return db
      .Sql("SELECT return_line, quantity FROM return_link WHERE sale_line = ? AND named = 1",
           sale_line)
      .Each<int64_t, int64_t>([&](int64_t return_line, int64_t quantity) {
        links[{return_line, sale_line}] = quantity;
      });
}

absl::StatusOr<LinkMap> KeptLinksOf(Snapshot& db, int64_t line) {
  LinkMap links;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT return_line, sale_line, quantity FROM return_link "
                              "WHERE (return_line = ? OR sale_line = ?) AND named <> 1",
                              line, line)
                           .Each<int64_t, int64_t, int64_t>(
                               [&](int64_t return_line, int64_t sale_line, int64_t quantity) {
                                 links[{return_line, sale_line}] = quantity;
                               }));
  return links;
}

absl::StatusOr<int64_t> TakenOf(Snapshot& db, int64_t sale_line) {
  ABSL_ASSIGN_OR_RETURN(
      const auto taken,
      db.Sql("SELECT COALESCE(SUM(quantity), 0) FROM return_link WHERE sale_line = ?", sale_line)
          .First<int64_t>());
  return taken.value_or(0);
}

absl::Status Insert(Transaction& tx, const Link& link, Tie tie) {
  return tx
      .Sql("INSERT INTO return_link (return_line, sale_line, quantity, named) VALUES (?, ?, ?, ?)",
           link.return_line, link.sale_line, link.quantity_micros, static_cast<int64_t>(tie))
      .Run();
}

absl::Status Delete(Transaction& tx, int64_t return_line, int64_t sale_line) {
  return tx
      .Sql("DELETE FROM return_link WHERE return_line = ? AND sale_line = ?", return_line,
           sale_line)
      .Run();
}

absl::StatusOr<std::optional<NamedOrder>> FindNamed(Snapshot& db, const LineReference& reference) {
  if (!reference.order_id.empty()) {
    return First(db.Sql(REGULARS_NAMED_ORDER "WHERE o.id = ?", reference.order_id));
  }
  return First(db.Sql(REGULARS_NAMED_ORDER "WHERE o.source = ? AND o.receipt_number = ?",
                      reference.source, reference.receipt_number));
}

absl::StatusOr<std::optional<NamedOrder>> FindNamed(Snapshot& db, int64_t key) {
  return First(db.Sql(REGULARS_NAMED_ORDER "WHERE o.key = ?", key));
}

absl::StatusOr<std::vector<NamedSale>> SalesOf(Snapshot& db, int64_t order) {
  std::vector<NamedSale> sold;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT l.key, l.line_id, l.item, l.quantity, l.sequence FROM customer_order o "
             "CROSS JOIN order_line l ON l.key BETWEEN o.key * 4096 AND o.key * 4096 + 4095 "
             "WHERE o.key = ? AND o.state = 1 AND l.type = 1 ORDER BY l.sequence, l.key",
             order)
          .Each<int64_t, std::string, std::string, int64_t, int64_t>(
              [&](int64_t line, std::string line_id, std::string item, int64_t quantity,
                  int64_t sequence) {
                sold.push_back({line, std::move(line_id), std::move(item), quantity, sequence});
              }));
  return sold;
}

absl::StatusOr<std::vector<NamingReturn>> FindNaming(Snapshot& db, const NamedOrder& order,
                                                     bool by_id) {
  std::vector<NamingReturn> naming;
  const auto add = [&](int64_t line, std::string line_id, std::string item, int64_t quantity,
                       int64_t sequence, absl::Time order_time) {
    naming.push_back({{order_time, sequence, line}, std::move(item), std::move(line_id), quantity});
  };
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT r.return_line, r.line_id, l.item, l.quantity, l.sequence, o.order_time "
             "FROM return_reference r CROSS JOIN order_line l ON l.key = r.return_line "
             "CROSS JOIN customer_order o ON o.key = r.return_line / 4096 "
             "WHERE r.source = ? AND r.receipt_number = ? AND r.receipt_number <> '' "
             "AND o.state = 1",
             order.source, order.receipt_number)
          .Each<int64_t, std::string, std::string, int64_t, int64_t, absl::Time>(add));
  if (!by_id) return naming;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT r.return_line, r.line_id, l.item, l.quantity, l.sequence, o.order_time "
             "FROM return_reference r CROSS JOIN order_line l ON l.key = r.return_line "
             "CROSS JOIN customer_order o ON o.key = r.return_line / 4096 "
             "WHERE r.order_id = ? AND r.order_id <> '' AND o.state = 1",
             order.id)
          .Each<int64_t, std::string, std::string, int64_t, int64_t, absl::Time>(add));
  return naming;
}

}  // namespace regulars::customer::return_links
