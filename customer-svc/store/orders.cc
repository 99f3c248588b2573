#include "customer-svc/store/orders.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/store/order_flow.h"
#include "customer-svc/store/return_book.h"

namespace regulars::customer::orders {
namespace {

// Entries of the timeline that one step of a departure deletes.
constexpr int64_t kEntriesAtOnce = 500;

// Whether its customer was erased.
#define REGULARS_ORDER_ERASED "(o.erased > 0 OR COALESCE(d.erased, 0) > 0)"
#define REGULARS_ORDER_FROM \
  " FROM customer_order o LEFT JOIN departed_customer d ON d.customer = o.customer "

// The columns of an order's own row, as ReadHeader takes them.
#define REGULARS_ORDER_COLUMNS                                                              \
  "SELECT o.key, o.id, o.source, o.receipt_number, o.customer, "                            \
  "(SELECT c.id FROM customer c WHERE c.key = o.customer), o.order_time, o.store, o.till, " \
  "o.staff, o.channel, o.country, o.currency, o.tax_included, o.state, o.rate, o.version, " \
  "o.create_time, o.update_time, o.cancel_time, o.parts, " REGULARS_ORDER_ERASED            \
  ", d.time" REGULARS_ORDER_FROM

StoredOrder ReadHeader(int64_t key, std::string id, std::string source, std::string receipt_number,
                       std::optional<int64_t> customer, std::optional<std::string> customer_id,
                       absl::Time order_time, std::string store, std::string till,
                       std::string staff, std::string channel, std::string country,
                       std::string currency, bool tax_included, int64_t state, int64_t rate,
                       int64_t version, absl::Time create_time, absl::Time update_time,
                       std::optional<absl::Time> cancel_time, int64_t parts, bool erased,
                       std::optional<absl::Time> departure) {
  StoredOrder stored{.key = key,
                     .parts = parts,
                     .version = version + (departure ? 1 : 0),
                     .create_time = create_time,
                     .update_time = departure.value_or(update_time),
                     .cancel_time = cancel_time};
  if (departure) stored.gone_customer = customer;
  Order& order = stored.order;
  order.id = std::move(id);
  order.source = std::move(source);
  order.receipt_number = std::move(receipt_number);
  if (customer && customer_id) order.buyer = Buyer{*customer, *std::move(customer_id)};
  order.order_time = order_time;
  order.store = std::move(store);
  order.till = std::move(till);
  order.staff = std::move(staff);
  order.channel = std::move(channel);
  order.country = std::move(country);
  order.currency = std::move(currency);
  order.tax_included = tax_included;
  order.state = static_cast<OrderState>(state);
  order.rate = Rate::FromPicos(rate);
  order.erased = erased;
  return stored;
}

absl::Status LoadReferences(Snapshot& db, int64_t key, Order& order) {
  return db
      .Sql(
          "SELECT return_line, order_id, source, receipt_number, line_id FROM return_reference "
          "WHERE return_line BETWEEN ? AND ?",
          LineKey(key, 0), LineKey(key, kLineKeysPerOrder - 1))
      .Each<int64_t, std::string, std::string, std::string, std::string>(
          [&](int64_t line, std::string id, std::string source, std::string receipt_number,
              std::string line_id) {
            const size_t position = PositionOfLine(line);
            if (position >= order.lines.size()) return;
            order.lines[position].return_of = LineReference{
                std::move(id), std::move(source), std::move(receipt_number), std::move(line_id)};
          });
}

absl::Status LoadLines(Snapshot& db, StoredOrder& stored) {
  std::vector<OrderLine>& lines = stored.order.lines;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT line_id, type, kind, item, quantity, unit_price, discount, tax, sequence, "
             "description FROM order_line WHERE key BETWEEN ? AND ? ORDER BY key",
             LineKey(stored.key, 0), LineKey(stored.key, kLineKeysPerOrder - 1))
          .Each<std::string, int64_t, int64_t, std::string, int64_t, int64_t, int64_t, int64_t,
                int64_t, std::string>([&](std::string line_id, int64_t type, int64_t kind,
                                          std::string item, int64_t quantity, int64_t price,
                                          int64_t discount, int64_t tax, int64_t sequence,
                                          std::string description) {
            OrderLine& line = lines.emplace_back();
            line.line_id = std::move(line_id);
            line.type = static_cast<LineType>(type);
            line.kind = static_cast<LineKind>(kind);
            line.item = std::move(item);
            line.quantity_micros = quantity;
            line.unit_price_micros = price;
            line.discount_micros = discount;
            line.tax_micros = tax;
            line.sequence = sequence;
            line.description = std::move(description);
          }));
  absl::StatusOr<OrderFigures> figures = WorkOutFigures(stored.order);
  if (!figures.ok()) {
    // They fitted when the order was stored.
    return Error(absl::StatusCode::kDataLoss,
                 absl::StrCat("the lines of order ", stored.order.id, " do not add up"),
                 {.reason = "STORE_CORRUPT"});
  }
  stored.figures = *figures;
  return figures->return_lines > 0 ? LoadReferences(db, stored.key, stored.order)
                                   : absl::OkStatus();
}

absl::StatusOr<std::optional<StoredOrder>> Load(Snapshot& db, Query query) {
  std::optional<StoredOrder> stored;
  ABSL_RETURN_IF_ERROR(
      std::move(query)
          .Each<int64_t, std::string, std::string, std::string, std::optional<int64_t>,
                std::optional<std::string>, absl::Time, std::string, std::string, std::string,
                std::string, std::string, std::string, bool, int64_t, int64_t, int64_t, absl::Time,
                absl::Time, std::optional<absl::Time>, int64_t, bool, std::optional<absl::Time>>(
              [&](auto... columns) { stored = ReadHeader(std::move(columns)...); }));
  if (!stored) return stored;
  ABSL_RETURN_IF_ERROR(LoadLines(db, *stored));
  ABSL_RETURN_IF_ERROR(order_flow::Load(db, stored->key, stored->parts, stored->order.flow));
  return stored;
}

absl::Status WriteReference(Transaction& tx, int64_t line, const LineReference& reference) {
  return tx
      .Sql(
          "INSERT INTO return_reference (return_line, order_id, source, receipt_number, line_id) "
          "VALUES (?, ?, ?, ?, ?)",
          line, reference.order_id, reference.source, reference.receipt_number, reference.line_id)
      .Run();
}

absl::Status InsertLine(Transaction& tx, int64_t key, const OrderLine& line) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO order_line (key, line_id, type, kind, item, quantity, unit_price, "
             "discount, tax, sequence, description) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
             key, line.line_id, static_cast<int64_t>(line.type), static_cast<int64_t>(line.kind),
             line.item, line.quantity_micros, line.unit_price_micros, line.discount_micros,
             line.tax_micros, line.sequence, line.description)
          .Run());
  return line.return_of ? WriteReference(tx, key, *line.return_of) : absl::OkStatus();
}

absl::Status DeleteLine(Transaction& tx, int64_t key, const OrderLine& line) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM order_line WHERE key = ?", key).Run());
  if (!line.return_of) return absl::OkStatus();
  return tx.Sql("DELETE FROM return_reference WHERE return_line = ?", key).Run();
}

bool SameRow(const OrderLine& a, const OrderLine& b) {
  return SameContent(a, b) && a.sequence == b.sequence;
}

std::optional<int64_t> CustomerOf(const Order& order) {
  return order.buyer ? std::make_optional(order.buyer->key) : std::nullopt;
}

}  // namespace

absl::StatusOr<std::optional<StoredOrder>> FindByReceipt(Snapshot& db, absl::string_view source,
                                                         absl::string_view receipt_number) {
  return Load(db, db.Sql(REGULARS_ORDER_COLUMNS "WHERE o.source = ? AND o.receipt_number = ?",
                         source, receipt_number));
}

absl::StatusOr<std::optional<StoredOrder>> FindById(Snapshot& db, absl::string_view id) {
  return Load(db, db.Sql(REGULARS_ORDER_COLUMNS "WHERE o.id = ?", id));
}

absl::StatusOr<std::optional<StoredOrder>> FindByKey(Snapshot& db, int64_t key) {
  return Load(db, db.Sql(REGULARS_ORDER_COLUMNS "WHERE o.key = ?", key));
}

absl::Status Insert(Transaction& tx, StoredOrder& stored) {
  const Order& order = stored.order;
  ABSL_ASSIGN_OR_RETURN(
      auto key,
      tx.Sql("INSERT INTO customer_order (id, source, receipt_number, customer, order_time, "
             "sequence, store, till, staff, channel, country, currency, tax_included, state, "
             "rate, sale_lines, return_lines, version, create_time, update_time, cancel_time, "
             "parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
             "RETURNING key",
             order.id, order.source, order.receipt_number, CustomerOf(order), order.order_time,
             SequenceOf(order), order.store, order.till, order.staff, order.channel, order.country,
             order.currency, order.tax_included, static_cast<int64_t>(order.state),
             order.rate.picos(), stored.figures.sale_lines, stored.figures.return_lines,
             stored.version, stored.create_time, stored.update_time, stored.cancel_time,
             order_flow::PartsOf(order.flow))
          .First<int64_t>());
  stored.key = key.value_or(0);
  for (size_t i = 0; i < order.lines.size(); ++i) {
    ABSL_RETURN_IF_ERROR(InsertLine(tx, LineKey(stored.key, i), order.lines[i]));
  }
  return order_flow::Write(tx, stored.key, {}, order.flow);
}

absl::Status Update(Transaction& tx, const StoredOrder& before, const StoredOrder& after) {
  const Order& order = after.order;
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE customer_order SET customer = ?, order_time = ?, sequence = ?, store = ?, "
             "till = ?, staff = ?, channel = ?, country = ?, tax_included = ?, state = ?, "
             "sale_lines = ?, return_lines = ?, version = ?, update_time = ?, cancel_time = ?, "
             "parts = ?, former = CASE WHEN ? = 1 THEN NULL ELSE COALESCE(former, (SELECT d.id "
             "FROM departed_customer d WHERE d.customer = customer_order.customer)) END "
             "WHERE key = ?",
             CustomerOf(order), order.order_time, SequenceOf(order), order.store, order.till,
             order.staff, order.channel, order.country, order.tax_included,
             static_cast<int64_t>(order.state), after.figures.sale_lines,
             after.figures.return_lines, after.version, after.update_time, after.cancel_time,
             order_flow::PartsOf(order.flow), order.buyer.has_value(), after.key)
          .Run());
  const std::vector<OrderLine>& old_lines = before.order.lines;
  for (size_t i = 0; i < std::max(old_lines.size(), order.lines.size()); ++i) {
    const bool was = i < old_lines.size();
    const bool is = i < order.lines.size();
    if (was && is && SameRow(old_lines[i], order.lines[i])) continue;
    const int64_t key = LineKey(after.key, i);
    if (was) ABSL_RETURN_IF_ERROR(DeleteLine(tx, key, old_lines[i]));
    if (is) ABSL_RETURN_IF_ERROR(InsertLine(tx, key, order.lines[i]));
  }
  return order_flow::Write(tx, after.key, before.order.flow, order.flow);
}

absl::StatusOr<bool> Any(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(auto any, db.Sql("SELECT 1 FROM customer_order LIMIT 1").First<int64_t>());
  return any.has_value();
}

absl::StatusOr<bool> AnyOf(Snapshot& db, int64_t customer) {
  ABSL_ASSIGN_OR_RETURN(
      auto any,
      db.Sql("SELECT 1 FROM customer_order WHERE customer = ? LIMIT 1", customer).First<int64_t>());
  return any.has_value();
}

absl::StatusOr<std::optional<absl::Time>> LatestTime(Snapshot& db) {
  return db
      .Sql("SELECT order_time FROM customer_order WHERE state = 1 ORDER BY order_time DESC LIMIT 1")
      .First<absl::Time>();
}

absl::StatusOr<std::string> LatestCountry(Snapshot& db, int64_t customer) {
  ABSL_ASSIGN_OR_RETURN(
      auto of_order, db.Sql("SELECT country FROM customer_order WHERE customer = ? AND state = 1 "
                            "AND sale_lines > 0 AND country <> '' "
                            "ORDER BY order_time DESC, sequence DESC, key DESC LIMIT 1",
                            customer)
                         .First<std::string>());
  if (of_order) return *std::move(of_order);
  ABSL_ASSIGN_OR_RETURN(
      auto of_return, db.Sql("SELECT country FROM customer_order WHERE customer = ? AND state = 1 "
                             "AND return_lines > 0 AND country <> '' "
                             "ORDER BY order_time DESC, sequence DESC, key DESC LIMIT 1",
                             customer)
                          .First<std::string>());
  return std::move(of_return).value_or("");
}

absl::StatusOr<std::vector<OrderHead>> LatestOf(Snapshot& db, int64_t customer, absl::Time before,
                                                int64_t before_key, int64_t limit) {
  std::vector<OrderHead> heads;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, order_time, store, sale_lines + return_lines FROM customer_order "
             "WHERE customer = ? AND (order_time, key) < (?, ?) "
             "ORDER BY order_time DESC, key DESC LIMIT ?",
             customer, before, before_key, limit)
          .Each<int64_t, absl::Time, std::string, int64_t>(
              [&](int64_t key, absl::Time time, std::string store, int64_t lines) {
                heads.push_back({key, time, std::move(store), lines});
              }));
  return heads;
}

absl::StatusOr<bool> IsErased(Snapshot& db, absl::string_view source,
                              absl::string_view receipt_number) {
  ABSL_ASSIGN_OR_RETURN(const auto erased,
                        db.Sql("SELECT " REGULARS_ORDER_ERASED REGULARS_ORDER_FROM
                               "WHERE o.source = ? AND o.receipt_number = ?",
                               source, receipt_number)
                            .First<bool>());
  return erased.value_or(false);
}

absl::StatusOr<bool> IsErasedById(Snapshot& db, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(
      const auto erased,
      db.Sql("SELECT " REGULARS_ORDER_ERASED REGULARS_ORDER_FROM "WHERE o.id = ?", id)
          .First<bool>());
  return erased.value_or(false);
}

absl::Status NoteDeparture(Transaction& tx, int64_t customer, Departure how) {
  return tx
      .Sql(
          "INSERT INTO departed_customer (customer, time, erased, id) VALUES (?, ?, ?, "
          "(SELECT id FROM customer WHERE key = ?))",
          customer, tx.now(), how == Departure::kErased, customer)
      .Run();
}

absl::StatusOr<bool> DetachNext(Transaction& tx, int64_t customer) {
  // A key that no departed customer bears may be another's by now.
  ABSL_ASSIGN_OR_RETURN(
      const auto departed,
      tx.Sql("SELECT time, erased, id FROM departed_customer WHERE customer = ?", customer)
          .First<absl::Time, bool, std::optional<std::string>>());
  if (!departed) return false;
  ABSL_ASSIGN_OR_RETURN(
      const auto order,
      tx.Sql("SELECT key FROM customer_order WHERE customer = ? LIMIT 1", customer)
          .First<int64_t>());
  if (!order) {
    ABSL_ASSIGN_OR_RETURN(const int64_t deleted,
                          followed::DeleteEntries(tx, customer, kEntriesAtOnce));
    if (deleted > 0) return true;
    ABSL_RETURN_IF_ERROR(
        tx.Sql("DELETE FROM departed_customer WHERE customer = ?", customer).Run());
    return false;
  }
  const auto& [time, erased, id] = *departed;
  ABSL_RETURN_IF_ERROR(return_links::ForgetOrder(tx, *order));
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE customer_order SET customer = NULL, version = version + 1, "
                              "update_time = ?, erased = CASE WHEN erased = 0 AND ? = 1 THEN 1 "
                              "ELSE erased END, former = ? WHERE key = ?",
                              time, erased, erased ? std::nullopt : id, *order)
                           .Run());
  return true;
}

namespace {

// Customers whose erasure goes on here, among them those who had been deleted before.
#define REGULARS_BEING_ERASED                                                  \
  "SELECT e.customer FROM erasure_part p JOIN erasure e ON e.key = p.erasure " \
  "WHERE p.service = 'customer' AND p.confirm_time IS NULL"

// Marks the next order of somebody who is erased; whether there was one, or a customer of whom more
// may come.
absl::StatusOr<bool> MarkNext(Transaction& tx) {
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE departed_customer SET erased = 1 WHERE erased = 0 "
                              "AND id IN (" REGULARS_BEING_ERASED ")")
                           .Run());
  ABSL_ASSIGN_OR_RETURN(
      const auto departed,
      tx.Sql("SELECT customer FROM departed_customer WHERE erased = 1 LIMIT 1").First<int64_t>());
  if (departed) {
    ABSL_RETURN_IF_ERROR(DetachNext(tx, *departed).status());
    return true;
  }
  ABSL_ASSIGN_OR_RETURN(const auto former,
                        tx.Sql("SELECT o.key FROM customer_order o WHERE o.former IN "
                               "(" REGULARS_BEING_ERASED ") LIMIT 1")
                            .First<int64_t>());
  if (!former) return false;
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE customer_order SET former = NULL, erased = CASE WHEN erased "
                              "= 0 THEN 1 ELSE erased END, "
                              "version = version + 1 WHERE key = ?",
                              *former)
                           .Run());
  return true;
}

}  // namespace

absl::StatusOr<bool> EraseText(Transaction& tx) {
  ABSL_ASSIGN_OR_RETURN(
      const auto key, tx.Sql("SELECT key FROM customer_order WHERE erased = 1 ORDER BY key LIMIT 1")
                          .First<int64_t>());
  if (!key) return MarkNext(tx);
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE order_line SET description = '' WHERE key BETWEEN ? AND ? "
                              "AND description <> ''",
                              LineKey(*key, 0), LineKey(*key, kLineKeysPerOrder - 1))
                           .Run());
  ABSL_RETURN_IF_ERROR(order_flow::Anonymise(tx, *key));
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE customer_order SET erased = 2 WHERE key = ?", *key).Run());
  return true;
}

}  // namespace regulars::customer::orders
