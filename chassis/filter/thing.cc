#include "chassis/filter/thing.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"

namespace regulars::filter {
namespace {

enum Handle : int64_t {
  kFlag = 1,
  kCount,
  kPrice,
  kName,
  kTitle,
  kColor,
  kSize,
  kMade,
  kUsed,
  kLength,
  kTags,
  kLabels,
  kEventCount,
  kEventTotal,
  kEventLast,
};

std::optional<Field> Label(absl::string_view key) {
  static const std::map<std::string, std::pair<Type, std::string>, std::less<>> kKeys = {
      {"material", {Type::kText, "text"}},
      {"weight", {Type::kInt64, "number"}},
      {"checked", {Type::kTime, "number"}},
      {"odd key", {Type::kText, "text"}},
  };
  const auto found = kKeys.find(key);
  if (found == kKeys.end()) return std::nullopt;
  const auto& [type, column] = found->second;
  return Field{.type = type,
               .handle = kLabels,
               .sql = {absl::StrCat("SELECT l.", column,
                                    " FROM label l WHERE l.thing_id = t.id AND l.key = ?"),
                       {std::string(key)}}};
}

SqlFragment OverEvents(absl::string_view what, const Window& window) {
  return {absl::StrCat("SELECT ", what,
                       " FROM event e WHERE e.thing_id = t.id AND e.time > ? AND e.time <= ?"),
          {window.now - window.length, window.now}};
}

Field EventField(std::string name, Type type, int64_t handle, std::string sql) {
  return {.name = std::move(name),
          .type = type,
          .handle = handle,
          .window_sql = [sql = std::move(sql)](const Window& w) { return OverEvents(sql, w); }};
}

}  // namespace

Schema ThingSchema() {
  Schema schema;
  const auto add = [&](std::string name, Type type, int64_t handle, std::string column) {
    schema.Add(
        Field{.name = std::move(name), .type = type, .handle = handle, .sql = {std::move(column)}});
  };
  add("flag", Type::kBool, kFlag, "t.flag");
  add("box.flag", Type::kBool, kFlag, "t.flag");
  add("count", Type::kInt64, kCount, "t.count");
  add("price", Type::kMicros, kPrice, "t.price");
  add("name", Type::kText, kName, "t.name");
  add("made", Type::kTime, kMade, "t.made");
  add("used", Type::kTime, kUsed, "COALESCE(t.used, NULL)");  // No mere column.
  add("length", Type::kDuration, kLength, "t.length");
  schema
      .Add(Field{.name = "title",
                 .handle = kTitle,
                 .sql = {"t.title"},
                 .fold = [](absl::string_view text) { return absl::AsciiStrToLower(text); }})
      .Add(Field{.name = "color",
                 .type = Type::kEnum,
                 .handle = kColor,
                 .sql = {"t.color"},
                 .enum_values = {{"RED", int64_t{1}},
                                 {"GREEN", int64_t{2}},
                                 {"DARK-BLUE", int64_t{3}},
                                 {"OR", int64_t{4}}}})
      .Add(Field{.name = "size",
                 .type = Type::kEnum,
                 .handle = kSize,
                 .sql = {"t.size"},
                 .enum_values = {{"S", std::string("small")},
                                 {"M", std::string("medium")},
                                 {"XL", std::string("extra large")}}})
      .Add(Field{.name = "tags",
                 .type = Type::kTextList,
                 .handle = kTags,
                 .sql = {"tag g WHERE g.thing_id = t.id"},
                 .element_sql = "g.tag"})
      .Add(MapField{
          .name = "labels",
          .resolve = Label,
          .keys =
              [] {
                return std::vector<std::string>{"material", "weight", "checked", "odd key"};
              }})
      .Add(WindowCall{.name = "events",
                      .fields = {EventField("count", Type::kInt64, kEventCount, "COUNT(*)"),
                                 EventField("total", Type::kMicros, kEventTotal, "SUM(e.amount)"),
                                 EventField("last", Type::kTime, kEventLast, "MAX(e.time)")}});
  return schema;
}

const char kThingTables[] = R"(
  CREATE TABLE thing (id INTEGER PRIMARY KEY, flag INT, count INT, price INT, name TEXT, title TEXT,
                      color INT, size TEXT, made INT, used INT, length INT);
  CREATE INDEX thing_name ON thing (name);
  CREATE INDEX thing_made ON thing (made);
  CREATE TABLE tag (thing_id INT, tag TEXT);
  CREATE TABLE label (thing_id INT, key TEXT, text TEXT, number INT);
  CREATE TABLE event (thing_id INT, time INT, amount INT);
)";

Value ThingRecord::Get(const FieldRef& field) const {
  switch (field.handle) {
    case kFlag:
      return thing_.flag;
    case kCount:
      return thing_.count;
    case kPrice:
      return thing_.price;
    case kName:
      return thing_.name;
    case kTitle:
      return thing_.title;
    case kColor:
      return thing_.color;
    case kSize:
      return thing_.size;
    case kMade:
      return thing_.made;
    case kUsed:
      return thing_.used;
    case kLength:
      return thing_.length;
    case kLabels: {
      const auto found = thing_.labels.find(field.key);
      return found == thing_.labels.end() ? Value() : found->second;
    }
  }
  CHECK(false);  // The schema above declares no other.
}

std::vector<std::string> ThingRecord::GetList(const FieldRef& field) const {
  CHECK(field.handle == kTags);  // The only list above.
  return thing_.tags;
}

WindowValue ThingRecord::GetOver(const FieldRef& field, const Window& window) const {
  int64_t count = 0, total = 0;
  absl::Time last = absl::InfinitePast();
  WindowValue out;
  for (const auto& [time, amount] : thing_.events) {
    if (time > window.now) {
      out.next_change = std::min(out.next_change, time);
    } else if (time > window.now - window.length) {
      out.next_change = std::min(out.next_change, time + window.length);
      ++count;
      total += amount;
      last = std::max(last, time);
    }
  }
  if (field.handle == kEventCount) {
    out.value = count;
  } else if (count > 0) {
    out.value = field.handle == kEventTotal ? Value(total) : Value(last);
  }
  return out;
}

absl::Time At(absl::string_view text) {
  absl::Time time;
  std::string error;
  CHECK(absl::ParseTime(absl::RFC3339_full, text, &time, &error));  // Written in a test.
  return time;
}

absl::TimeZone Zone(absl::string_view name) {
  absl::TimeZone zone;
  CHECK(absl::LoadTimeZone(name, &zone));  // Comes with tzdata, which the project needs.
  return zone;
}

}  // namespace regulars::filter
