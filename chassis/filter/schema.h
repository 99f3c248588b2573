// What a filter may speak of: the fields of one kind of record, their types, where a record keeps
// them and how SQL reads them. The owner of the records declares it:
//
//   Schema schema;
//   schema.Add(Field{.name = "country", .type = Type::kText, .handle = kCountry,
//                    .sql = {"c.country"}});
//   schema.Add(Field{.name = "tags", .type = Type::kTextList, .handle = kTags,
//                    .sql = {"tag t WHERE t.customer_id = c.id"}, .element_sql = "t.tag"});
//   schema.Add(WindowCall{.name = "orders", .fields = {{.name = "count", .type = Type::kInt64,
//   …}}});
//
// Built by one thread, then only read, by any number of them; the functions it holds must bear
// that. An Expression keeps what it needs of it and may outlive it. A faulty declaration is a
// programmer's error and ends the process.
#ifndef CHASSIS_FILTER_SCHEMA_H_
#define CHASSIS_FILTER_SCHEMA_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/filter/value.h"

namespace regulars::filter {

enum class Type {
  kBool,
  kInt64,
  kMicros,  // A decimal with at most 6 decimals, held as int64 millionths.
  kText,
  kEnum,
  kTime,
  kDuration,  // Held as int64 microseconds.
  kTextList,
};

// The longest length of time that a filter can name: 100 years.
inline constexpr int64_t kMaxDays = 36525;
inline constexpr absl::Duration kMaxDuration = absl::Hours(24 * kMaxDays);

// One name of an enum, and what records and SQL hold for it (an int64_t or a text).
struct EnumValue {
  std::string name;
  Value value;
};

// The time that `orders("90d")` speaks of: the `length` before `now`. Which of its edges belong to
// it is the owner's to say, the same in SQL and in the record.
struct Window {
  absl::Duration length;
  absl::Time now;
  absl::TimeZone zone;  // The company's.
  // What a call with a subject speaks of; else empty.
  std::string subject;
};

// What tells a record which value is wanted.
struct FieldRef {
  int64_t handle = 0;
  // The key, for a field of a map, or the subject, for one of a call that takes one; else empty.
  std::string key;

  friend bool operator==(const FieldRef&, const FieldRef&) = default;
  friend bool operator<(const FieldRef& a, const FieldRef& b) {
    return std::tie(a.handle, a.key) < std::tie(b.handle, b.key);
  }
};

struct Field {
  // Snake case; dots for a field inside another: "address.city".
  std::string name;
  Type type = Type::kText;
  // Any number by which the owner's Record knows the field.
  int64_t handle = 0;
  // An expression that is NULL where the value is missing. Text must compare by bytes. For lists
  // what follows FROM, with a WHERE: "tag t WHERE t.customer_id = c.id". Empty if filters of this
  // schema never become SQL.
  SqlFragment sql;
  // Lists only: the element, "t.tag".
  std::string element_sql;
  // Enums only.
  std::vector<EnumValue> enum_values;
  // Texts and lists whose records and SQL hold a folded copy: the same folding, for what a filter
  // compares with. Folding twice must give the same as folding once.
  std::function<std::string(absl::string_view)> fold;
  // Fields of a WindowCall only, in place of `sql`.
  std::function<SqlFragment(const Window&)> window_sql;
};

// A map whose keys are known at run time: `attributes.loyalty_tier`, `attributes:loyalty_tier`.
struct MapField {
  std::string name;
  // The field behind a key (its name is ignored), or nullopt if there is no such key.
  std::function<std::optional<Field>(absl::string_view key)> resolve;
  // Keys to suggest where someone mistyped. May be empty.
  std::function<std::vector<std::string>()> keys;
};

// Figures over the last stretch of time: `orders("90d").revenue`; of one subject among many, where
// the call takes one: `events("product_viewed", "30d").count`.
struct WindowCall {
  std::string name;
  std::vector<Field> fields;
  absl::Duration max_window = kMaxDuration;
  // Windows must be a whole multiple of this: absl::Hours(24) where only days are counted.
  absl::Duration step = absl::Microseconds(1);
  // Calls with a subject only: whether a text can be one, and one to show.
  std::function<bool(absl::string_view)> takes_subject;
  std::string example_subject;
};

class Schema {
 public:
  Schema& Add(Field field);
  Schema& Add(MapField map);
  Schema& Add(WindowCall call);
  // A literal that stands alone is looked for anywhere in this field, a text or a list.
  Schema& SearchIn(absl::string_view field);

  // For the checker; nullptr where there is none.
  std::shared_ptr<const Field> FindField(absl::string_view name) const;
  std::shared_ptr<const MapField> FindMap(absl::string_view name) const;
  std::shared_ptr<const WindowCall> FindCall(absl::string_view name) const;
  std::shared_ptr<const Field> search_field() const { return search_field_; }

  // Everything that can stand left of a comparator, as people write it.
  std::vector<std::string> FieldNames() const;
  std::vector<std::string> CallNames() const;

 private:
  template <typename Declaration>
  using Named = std::map<std::string, std::shared_ptr<const Declaration>, std::less<>>;

  Named<Field> fields_;
  Named<MapField> maps_;
  Named<WindowCall> calls_;
  std::shared_ptr<const Field> search_field_;
};

// A figure of `call` as a filter may write it: orders("30d").count.
std::string WrittenCall(const WindowCall& call, absl::string_view field);

// Ends the process if a field cannot be what it says, e.g. an enum without names.
void CheckDeclaration(const Field& field);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_SCHEMA_H_
