#include "customer-svc/domain/attribute.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "customer-svc/domain/text_rules.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxDisplayName = 200;
constexpr size_t kMaxDescription = 2000;
constexpr size_t kMaxEnumValues = 200;
constexpr size_t kMaxEnumValue = 100;
constexpr size_t kMaxText = 1000;

void CheckEnumValues(const AttributeDefinition& definition, Faults& faults) {
  const auto refuse = [&](absl::string_view field, absl::string_view why) {
    faults.Add(field, "INVALID_ENUM_VALUES", why);
  };
  const std::vector<std::string>& values = definition.enum_values;
  if (definition.type != AttributeType::kEnum) {
    if (!values.empty()) refuse("enum_values", "must be empty for this type");
    return;
  }
  if (values.empty() || values.size() > kMaxEnumValues) {
    return refuse("enum_values", "must be 1 to 200 values");
  }
  std::set<absl::string_view> seen;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string field = absl::StrCat("enum_values[", i, "]");
    if (values[i].empty() || !IsText(values[i], kMaxEnumValue)) {
      refuse(field, "must be 1 to 100 characters, none of them a control character");
    } else if (!seen.insert(values[i]).second) {
      refuse(field, "stands there twice");
    }
  }
}

}  // namespace

absl::string_view TypeName(AttributeType type) {
  constexpr absl::string_view kNames[] = {"TYPE_UNSPECIFIED", "TYPE_BOOL", "TYPE_INTEGER",
                                          "TYPE_DECIMAL",     "TYPE_TEXT", "TYPE_TIME",
                                          "TYPE_ENUM"};
  return kNames[static_cast<size_t>(type)];
}

absl::Status CheckDefinition(const AttributeDefinition& definition) {
  Faults faults;
  CheckText("display_name", definition.display_name, kMaxDisplayName, faults);
  CheckProse("description", definition.description, kMaxDescription, faults);
  if (definition.type < AttributeType::kBool || definition.type > AttributeType::kEnum) {
    faults.Add("type", "INVALID_TYPE", "must be one of the declared types");
  } else {
    CheckEnumValues(definition, faults);
  }
  return faults.ToStatus();
}

void CheckValue(const AttributeDefinition& definition, const AttributeValue& value,
                absl::string_view field, Faults& faults) {
  if (value.type != definition.type) {
    const absl::string_view given =
        value.type == AttributeType::kUnspecified ? "no value" : TypeName(value.type);
    faults.Add(field, "ATTRIBUTE_TYPE",
               absl::StrCat("has ", given, " and must have ", TypeName(definition.type)));
    return;
  }
  if (definition.type == AttributeType::kText && !IsProse(value.text, kMaxText)) {
    faults.Add(field, "ATTRIBUTE_VALUE", WhyNoProse(value.text, kMaxText));
  }
  if (definition.type == AttributeType::kEnum &&
      std::find(definition.enum_values.begin(), definition.enum_values.end(), value.text) ==
          definition.enum_values.end()) {
    faults.Add(field, "ATTRIBUTE_VALUE", "is not one of the values that the attribute declares");
  }
}

}  // namespace regulars::customer
