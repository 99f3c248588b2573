#include "recommend-svc/store/item_list.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/text.h"
#include "chassis/filter/sql.h"
#include "chassis/storage/filtered.h"
#include "recommend-svc/domain/item.h"
#include "recommend-svc/domain/text_rules.h"

namespace regulars::recommend::items {
namespace {

using filter::Field;
using filter::Type;

// Adds fields under handles of their own.
class Builder {
 public:
  void Plain(const std::string& name, Type type, std::string sql) {
    schema_->Add(Field{.name = name, .type = type, .handle = next_++, .sql = {std::move(sql)}});
  }
  // A text that is compared under its folded form, which `sql` gives.
  void Folded(const std::string& name, std::string sql) {
    schema_->Add(Field{.name = name,
                       .type = Type::kText,
                       .handle = next_++,
                       .sql = {std::move(sql)},
                       .fold = Fold});
  }
  void List(const std::string& name, std::string from, std::string element) {
    schema_->Add(Field{.name = name,
                       .type = Type::kTextList,
                       .handle = next_++,
                       .sql = {std::move(from)},
                       .element_sql = std::move(element)});
  }
  void Enum(const std::string& name, std::string sql, std::vector<filter::EnumValue> values) {
    schema_->Add(Field{.name = name,
                       .type = Type::kEnum,
                       .handle = next_++,
                       .sql = {std::move(sql)},
                       .enum_values = std::move(values)});
  }
  void Attributes() {
    const int64_t handle = next_++;
    schema_->Add(filter::MapField{
        .name = "attributes", .resolve = [handle](absl::string_view key) -> std::optional<Field> {
          if (!IsAttributeKey(key)) return std::nullopt;
          // The key is made of letters, digits and "_".
          return Field{.type = Type::kText,
                       .handle = handle,
                       .sql = {absl::StrCat("SELECT NULLIF(a.value, '') FROM item_attribute a "
                                            "WHERE a.item = i.key AND a.key = '",
                                            key, "'")}};
        }});
  }
  filter::Schema* schema() { return schema_; }

 private:
  filter::Schema* const schema_ = new filter::Schema;
  int64_t next_ = 1;
};

}  // namespace

const filter::Schema& ItemSchema() {
  static const filter::Schema& schema = *[] {
    Builder builder;
    builder.Plain("code", Type::kText, "i.code");
    builder.Folded("title", "NULLIF(i.folded_title, '')");
    builder.Enum("origin", "i.origin",
                 {{"ORIGIN_LEARNED", static_cast<int64_t>(Origin::kLearned)},
                  {"ORIGIN_CATALOGUE", static_cast<int64_t>(Origin::kCatalogue)}});
    builder.Enum("availability", "i.availability",
                 {{"AVAILABILITY_IN_STOCK", static_cast<int64_t>(Availability::kInStock)},
                  {"AVAILABILITY_OUT_OF_STOCK", static_cast<int64_t>(Availability::kOutOfStock)}});
    builder.List("categories", "item_category g WHERE g.item = i.key", "g.category");
    builder.List("tags", "item_tag t WHERE t.item = i.key", "t.tag");
    builder.Plain("price", Type::kMicros, "i.price");
    builder.Plain("currency_code", Type::kText, "NULLIF(i.currency, '')");
    builder.Plain("order_count", Type::kInt64, "c.orders");
    builder.Plain("recent_order_count", Type::kInt64, "c.recent_orders");
    builder.Plain("sale_end_time", Type::kTime, "i.sale_end_time");
    builder.Plain("create_time", Type::kTime, "i.create_time");
    builder.Plain("update_time", Type::kTime, "i.update_time");
    builder.Attributes();
    builder.schema()->SearchIn("title");
    return builder.schema();
  }();
  return schema;
}

absl::StatusOr<Scanned> Scan(Snapshot& db, const ListQuery& query, int64_t wanted) {
  const filter::SqlFragment condition = filter::ToSql(query.filter, db.now(), absl::UTCTimeZone());
  // The bound of what is looked at stands in the inner query, so that a scan ends there.
  const std::string sql = absl::StrCat(
      "SELECT i.key, (i.delete_time IS NULL OR ?) AND (", condition.sql,
      ") FROM (SELECT key FROM item WHERE key > ? ORDER BY key LIMIT ?) AS n "
      "JOIN item i ON i.key = n.key JOIN item_count c ON c.item = i.key ORDER BY i.key");
  std::vector<Parameter> parameters = {storage_internal::ToParameter(query.show_deleted)};
  AppendParameters(condition, parameters);
  parameters.push_back(storage_internal::ToParameter(query.after));
  parameters.push_back(storage_internal::ToParameter(kMaxScanned));
  Scanned scanned{.last = query.after};
  int64_t seen = 0;
  bool full = false;
  const absl::Status walked =
      db.SqlWith(sql, parameters).Each<int64_t, bool>([&](int64_t key, bool meets) {
        if (meets && static_cast<int64_t>(scanned.items.size()) == wanted) {
          full = true;
          return absl::CancelledError("there are as many as wanted");
        }
        ++seen;
        scanned.last = key;
        if (meets) scanned.items.push_back(key);
        return absl::OkStatus();
      });
  if (!walked.ok() && !full) return walked;
  scanned.at_end = !full && seen < kMaxScanned;
  return scanned;
}

}  // namespace regulars::recommend::items
