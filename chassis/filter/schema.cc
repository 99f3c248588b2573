#include "chassis/filter/schema.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/filter/literals.h"
#include "chassis/filter/print.h"

namespace regulars::filter {
namespace {

template <typename Map>
typename Map::mapped_type Find(const Map& map, absl::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : found->second;
}

bool IsText(Type type) { return type == Type::kText || type == Type::kTextList; }

}  // namespace

void CheckDeclaration(const Field& field) {
  // Each '?' stands for one parameter. (SQL text that quotes a '?' cannot be declared.)
  const auto marks = std::count(field.sql.sql.begin(), field.sql.sql.end(), '?');
  CHECK(static_cast<size_t>(marks) == field.sql.parameters.size());
  // Enums, and only they, have names, each with something to compare with.
  CHECK((field.type == Type::kEnum) == !field.enum_values.empty());
  for (const EnumValue& value : field.enum_values) {
    CHECK(std::holds_alternative<int64_t>(value.value) ||
          std::holds_alternative<std::string>(value.value));
  }
  // A list that becomes SQL says what its elements are called.
  CHECK(field.type != Type::kTextList || field.sql.sql.empty() == field.element_sql.empty());
  // Only text is folded.
  CHECK(!field.fold || IsText(field.type));
}

Schema& Schema::Add(Field field) {
  // Names are declared once; figures over a window belong to a call.
  CHECK(!field.name.empty() && !FindField(field.name) && !FindMap(field.name));
  CHECK(!field.window_sql);
  CheckDeclaration(field);
  const std::string name = field.name;
  fields_.emplace(name, std::make_shared<const Field>(std::move(field)));
  return *this;
}

Schema& Schema::Add(MapField map) {
  // Names are declared once, and a map can be asked for its keys.
  CHECK(!map.name.empty() && !FindField(map.name) && !FindMap(map.name) && map.resolve);
  const std::string name = map.name;
  maps_.emplace(name, std::make_shared<const MapField>(std::move(map)));
  return *this;
}

Schema& Schema::Add(WindowCall call) {
  // Names are declared once; a call has figures, which are single values that depend on its window.
  CHECK(!call.name.empty() && !FindCall(call.name) && !call.fields.empty());
  CHECK(call.step > absl::ZeroDuration() && call.max_window <= kMaxDuration);
  // What is shown to people as an example must be one.
  CHECK(!call.takes_subject || call.takes_subject(call.example_subject));
  for (const Field& field : call.fields) {
    CHECK(!field.name.empty() && field.type != Type::kTextList && field.sql.sql.empty());
    CheckDeclaration(field);
  }
  const std::string name = call.name;
  calls_.emplace(name, std::make_shared<const WindowCall>(std::move(call)));
  return *this;
}

Schema& Schema::SearchIn(absl::string_view field) {
  search_field_ = FindField(field);
  // The field is declared before, and holds text.
  CHECK(search_field_ != nullptr && IsText(search_field_->type));
  return *this;
}

std::shared_ptr<const Field> Schema::FindField(absl::string_view name) const {
  return Find(fields_, name);
}

std::shared_ptr<const MapField> Schema::FindMap(absl::string_view name) const {
  return Find(maps_, name);
}

std::shared_ptr<const WindowCall> Schema::FindCall(absl::string_view name) const {
  return Find(calls_, name);
}

std::vector<std::string> Schema::FieldNames() const {
  std::vector<std::string> names;
  for (const auto& [name, field] : fields_) names.push_back(name);
  for (const auto& [name, map] : maps_) {
    const auto keys = map->keys ? map->keys() : std::vector<std::string>{"<key>"};
    for (const std::string& key : keys) names.push_back(absl::StrCat(name, ".", key));
  }
  for (const auto& [name, call] : calls_) {
    for (const Field& field : call->fields) {
      names.push_back(WrittenCall(*call, field.name));
    }
  }
  return names;
}

std::vector<std::string> Schema::CallNames() const {
  std::vector<std::string> names;
  for (const auto& [name, call] : calls_) names.push_back(name);
  return names;
}

std::string WrittenCall(const WindowCall& call, absl::string_view field) {
  const absl::Duration usual = std::min(absl::Hours(24 * 30), call.max_window);
  const absl::Duration window = std::max(absl::Trunc(usual, call.step), call.step);
  const std::string subject =
      call.takes_subject ? absl::StrCat(PrintText(call.example_subject), ", ") : "";
  return absl::StrCat(call.name, "(", subject, "\"", PrintDuration(window), "\").", field);
}

}  // namespace regulars::filter
