#include "customer-svc/store/order_list.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/bounds.h"
#include "chassis/filter/sql.h"
#include "customer-svc/domain/order.h"
#include "customer-svc/store/customer_filter.h"

namespace regulars::customer::orders {
namespace {

using filter::Comparator;
using filter::Condition;
using filter::Field;
using filter::Node;
using filter::Type;

enum OrderField : int64_t {
  kCustomer = 1,
  kSource,
  kReceiptNumber,
  kStore,
  kTill,
  kStaff,
  kChannel,
  kCountry,
  kCurrencyCode,
  kState,
  kOrderTime,
  kCreateTime,
  kUpdateTime,
};

// A statement in the making. Texts that parameters borrow live in `filter` and `customer_id`.
struct Statement {
  std::string sql;
  std::vector<Parameter> parameters;

  template <typename... Args>
  void Add(absl::string_view text, const Args&... args) {
    absl::StrAppend(&sql, text);
    (parameters.push_back(storage_internal::ToParameter(args)), ...);
  }
};

// The text that a field must equal; nullptr if the condition says something else.
const std::string* EqualText(const Condition& condition) {
  if (condition.comparator != Comparator::kEqual) return nullptr;
  const auto* pattern = std::get_if<filter::TextPattern>(&condition.operand);
  if (pattern == nullptr || pattern->open_start || pattern->open_end) return nullptr;
  return &pattern->text;
}

// What the plain terms of a filter ask for, where an index can serve them.
struct Terms {
  const std::string* customer = nullptr;
  const std::string* source = nullptr;
  const std::string* receipt_number = nullptr;
  filter::TimeBounds time;
};

void AddTerm(const Condition& condition, Terms& terms) {
  switch (condition.field.ref.handle) {
    case kCustomer:
      terms.customer = EqualText(condition);
      return;
    case kSource:
      terms.source = EqualText(condition);
      return;
    case kReceiptNumber:
      terms.receipt_number = EqualText(condition);
      return;
    default:
      return;
  }
}

Terms FindTerms(const filter::Expression& expression, absl::Time now, absl::TimeZone zone) {
  Terms terms{.time = filter::BoundsOf(expression, kOrderTime, now, zone)};
  const Node& root = expression.root();
  if (root.kind == Node::Kind::kCondition) AddTerm(*root.condition, terms);
  if (root.kind != Node::Kind::kAnd) return terms;
  for (const Node& child : root.children) {
    if (child.kind == Node::Kind::kCondition) AddTerm(*child.condition, terms);
  }
  return terms;
}

// Repeats in the WHERE clause the terms that an index serves, and no other: a scan must end after
// LIMIT orders looked at. The filter as a whole is asked of each order all the same.
void AddTerms(const Terms& terms, Sequence sequence, Statement& statement) {
  const bool by_time = sequence == Sequence::kLatestFirst || sequence == Sequence::kEarliestFirst;
  if (terms.source != nullptr && terms.receipt_number != nullptr) {
    statement.Add(" AND o.source = ? AND o.receipt_number = ?", *terms.source,
                  *terms.receipt_number);
  }
  if (terms.customer != nullptr) {
    statement.Add(" AND o.customer = (SELECT c.key FROM customer c WHERE c.id = ?)",
                  absl::StripPrefix(absl::string_view(*terms.customer), "customers/"));
  }
  if (!by_time) return;
  if (terms.time.from > absl::InfinitePast()) {
    statement.Add(" AND o.order_time >= ?", terms.time.from);
  }
  if (terms.time.before < absl::InfiniteFuture()) {
    statement.Add(" AND o.order_time < ?", terms.time.before);
  }
}

void AddPlace(const ListQuery& query, Statement& statement) {
  if (!query.after) return;
  const auto& [time, key] = *query.after;
  switch (query.sequence) {
    case Sequence::kLatestFirst:
      return statement.Add(" AND (o.order_time, o.key) < (?, ?)", time, key);
    case Sequence::kEarliestFirst:
      return statement.Add(" AND (o.order_time, o.key) > (?, ?)", time, key);
    case Sequence::kLastMadeFirst:
      return statement.Add(" AND o.key < ?", key);
    case Sequence::kFirstMadeFirst:
      return statement.Add(" AND o.key > ?", key);
  }
}

absl::string_view OrderBy(Sequence sequence) {
  switch (sequence) {
    case Sequence::kLatestFirst:
      return " ORDER BY o.order_time DESC, o.key DESC";
    case Sequence::kEarliestFirst:
      return " ORDER BY o.order_time, o.key";
    case Sequence::kLastMadeFirst:
      return " ORDER BY o.key DESC";
    case Sequence::kFirstMadeFirst:
      return " ORDER BY o.key";
  }
  return "";
}

}  // namespace

const filter::Schema& OrderSchema() {
  static const filter::Schema& schema = *[] {
    auto* fields = new filter::Schema;
    const auto text = [&](const std::string& name, OrderField handle, const std::string& column) {
      fields->Add(Field{.name = name,
                        .type = Type::kText,
                        .handle = handle,
                        .sql = {absl::StrCat("NULLIF(o.", column, ", '')")}});
    };
    const auto time = [&](const std::string& name, OrderField handle) {
      fields->Add(Field{.name = name, .type = Type::kTime, .handle = handle, .sql = {"o." + name}});
    };
    fields->Add(
        Field{.name = "customer",
              .type = Type::kText,
              .handle = kCustomer,
              .sql = {"SELECT 'customers/' || c.id FROM customer c WHERE c.key = o.customer"}});
    text("source", kSource, "source");
    text("receipt_number", kReceiptNumber, "receipt_number");
    text("store", kStore, "store");
    text("till", kTill, "till");
    text("staff", kStaff, "staff");
    text("channel", kChannel, "channel");
    text("country", kCountry, "country");
    text("currency_code", kCurrencyCode, "currency");
    fields->Add(
        Field{.name = "state",
              .type = Type::kEnum,
              .handle = kState,
              .sql = {"o.state"},
              .enum_values = {{"STATE_RECORDED", static_cast<int64_t>(OrderState::kRecorded)},
                              {"STATE_CANCELLED", static_cast<int64_t>(OrderState::kCancelled)}}});
    time("order_time", kOrderTime);
    time("create_time", kCreateTime);
    time("update_time", kUpdateTime);
    return fields;
  }();
  return schema;
}

absl::StatusOr<Scanned> Scan(Snapshot& db, const ListQuery& query, int64_t limit) {
  const filter::SqlFragment condition = filter::ToSql(query.filter, db.now(), query.zone);
  Statement statement;
  statement.Add("SELECT o.key, o.order_time, o.store, o.sale_lines + o.return_lines, o.state, ");
  statement.Add(absl::StrCat("(", condition.sql, ")"));
  AppendParameters(condition, statement.parameters);
  statement.Add(" FROM customer_order o WHERE 1");
  AddTerms(FindTerms(query.filter, db.now(), query.zone), query.sequence, statement);
  AddPlace(query, statement);
  statement.Add(OrderBy(query.sequence));
  statement.Add(" LIMIT ?", limit);
  Scanned scanned;
  int64_t seen = 0;
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(statement.sql, statement.parameters)
          .Each<int64_t, absl::Time, std::string, int64_t, int64_t, bool>(
              [&](int64_t key, absl::Time order_time, std::string store, int64_t lines,
                  int64_t state, bool matches) {
                ++seen;
                scanned.last = OrderPlace{order_time, key};
                const bool shown =
                    query.show_cancelled || state == static_cast<int64_t>(OrderState::kRecorded);
                if (matches && shown) {
                  scanned.orders.push_back({*scanned.last, std::move(store), lines});
                }
              }));
  scanned.at_end = seen < limit;
  return scanned;
}

}  // namespace regulars::customer::orders
