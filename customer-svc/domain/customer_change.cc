#include "customer-svc/domain/customer_change.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"
#include "customer-svc/domain/customer_lists.h"
#include "customer-svc/domain/search_words.h"
#include "customer-svc/domain/text_rules.h"

namespace regulars::customer {
namespace {

constexpr absl::string_view kAttributePrefix = "attributes.";

// One writable field: its path, and what can be done with it.
struct Field {
  absl::string_view path;
  FactGroups group;
  bool (*is_set)(const Customer&);
  bool (*same)(const Customer&, const Customer&);
  void (*replace)(const Customer& from, Customer& to);
  void (*add)(const Customer& from, Customer& to);
  void (*clear)(Customer&);
};

template <auto kMember>
void Copy(const Customer& from, Customer& to) {
  to.*kMember = from.*kMember;
}

// A field that is replaced whole in either way.
template <auto kMember>
constexpr Field Plain(absl::string_view path) {
  return {path,
          kProfileFacts,
          [](const Customer& c) { return c.*kMember != std::decay_t<decltype(c.*kMember)>{}; },
          [](const Customer& a, const Customer& b) { return a.*kMember == b.*kMember; },
          Copy<kMember>,
          Copy<kMember>,
          [](Customer& c) { c.*kMember = {}; }};
}

// A list, whose items kAdd adds one by one.
template <auto kMember, auto kAdd>
constexpr Field List(absl::string_view path, FactGroups group) {
  return {path,
          group,
          [](const Customer& c) { return !(c.*kMember).empty(); },
          [](const Customer& a, const Customer& b) { return a.*kMember == b.*kMember; },
          [](const Customer& from, Customer& to) {
            (to.*kMember).clear();
            kAdd(from.*kMember, to.*kMember);
          },
          [](const Customer& from, Customer& to) { kAdd(from.*kMember, to.*kMember); },
          [](Customer& c) { (c.*kMember).clear(); }};
}

void ReplaceKind(const Customer& from, Customer& to) {
  to.kind = from.kind == CustomerKind::kUnspecified ? CustomerKind::kPerson : from.kind;
}

void ReplaceCountry(const Customer& from, Customer& to) {
  // Nobody set it: it is the latest order's already.
  if (from.country.empty() && !to.country_set) return;
  to.country = from.country;
  to.country_set = !from.country.empty();
}

bool SameCountry(const Customer& a, const Customer& b) {
  return a.country == b.country && a.country_set == b.country_set;
}

constexpr Field KindField() {
  Field field = Plain<&Customer::kind>("kind");
  field.replace = field.add = ReplaceKind;
  return field;
}

constexpr Field CountryField() {
  Field field = Plain<&Customer::country>("country");
  field.replace = field.add = ReplaceCountry;
  field.same = SameCountry;
  return field;
}

// In the order of the interface.
constexpr std::array<Field, CustomerMask::kFields> kTable = {
    Plain<&Customer::display_name>("display_name"),
    Plain<&Customer::given_name>("given_name"),
    Plain<&Customer::family_name>("family_name"),
    Plain<&Customer::company>("company"),
    KindField(),
    Plain<&Customer::language>("language"),
    CountryField(),
    Plain<&Customer::time_zone>("time_zone"),
    List<&Customer::emails, AddEmails>("emails", kIdentifierFacts),
    List<&Customer::phones, AddPhones>("phones", kIdentifierFacts),
    List<&Customer::external_ids, AddExternalIds>("external_ids", kIdentifierFacts),
    List<&Customer::tags, AddTags>("tags", kTagFacts),
    List<&Customer::attributes, AddAttributes>("attributes", kAttributeFacts),
    Plain<&Customer::home_store>("home_store"),
    Plain<&Customer::birthday>("birthday"),
    List<&Customer::addresses, AddAddresses>("addresses", kProfileFacts),
};

constexpr size_t PlaceOf(absl::string_view path) {
  size_t i = 0;
  while (kTable[i].path != path) ++i;
  return i;
}
constexpr size_t kCountry = PlaceOf("country");
constexpr size_t kEmails = PlaceOf("emails");
constexpr size_t kExternalIds = PlaceOf("external_ids");
constexpr size_t kAttributes = PlaceOf("attributes");

// Fields that only the service writes, and what lies in them.
bool IsOutputOnly(absl::string_view path) {
  const absl::string_view field = path.substr(0, path.find('.'));
  constexpr absl::string_view kOutputOnly[] = {"name", "create_time", "update_time",
                                               "etag", "purchases",   "rfm"};
  return std::find(std::begin(kOutputOnly), std::end(kOutputOnly), field) != std::end(kOutputOnly);
}

// A display name that was not set before, and says only what it would be anyway, is still not set.
void SettleDisplayName(const Customer& before, Customer& after) {
  if (!before.display_name.empty()) return;
  if (after.display_name == DefaultName(before) || after.display_name == DefaultName(after)) {
    after.display_name.clear();
  }
}

// A country that was not set before, and is sent as it was, is still not set.
void SettleCountry(const Customer& before, const CustomerMask& mask, Customer& after) {
  if (before.country_set || mask.named()[kCountry]) return;
  if (after.country == before.country) after.country_set = false;
}

}  // namespace

absl::StatusOr<CustomerMask> CustomerMask::Parse(absl::Span<const std::string> paths) {
  CustomerMask mask;
  for (const std::string& path : paths) {
    if (path == "*") return All();
    absl::string_view attribute = path;
    const auto field =
        std::find_if(kTable.begin(), kTable.end(), [&](const Field& f) { return f.path == path; });
    if (field != kTable.end()) {
      mask.fields_.set(static_cast<size_t>(field - kTable.begin()));
      mask.named_ = mask.fields_;
    } else if (absl::ConsumePrefix(&attribute, kAttributePrefix) && IsAttributeId(attribute)) {
      mask.attributes_.emplace_back(attribute);
    } else if (!IsOutputOnly(path)) {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path),
                                     "', which is no field of a customer that can be changed"));
    }
  }
  return mask;
}

CustomerMask CustomerMask::All() {
  CustomerMask mask;
  mask.fields_.set();
  return mask;
}

CustomerMask CustomerMask::Of(const Customer& input) {
  CustomerMask mask;
  for (size_t i = 0; i < kFields; ++i) mask.fields_[i] = kTable[i].is_set(input);
  return mask;
}

void Restrict(const CustomerMask& mask, bool keep_identifiers, Customer& input) {
  for (size_t i = 0; i < kTable.size(); ++i) {
    const bool kept = keep_identifiers && (i == kEmails || i == kExternalIds);
    if (mask.fields()[i] || i == kAttributes || kept) continue;
    kTable[i].clear(input);
  }
  if (mask.fields()[kAttributes]) return;
  std::map<std::string, AttributeValue> named;
  for (const std::string& id : mask.attributes()) {
    const auto value = input.attributes.find(id);
    if (value != input.attributes.end() && value->second.type != AttributeType::kUnspecified) {
      named.insert(*value);
    }
  }
  input.attributes = std::move(named);
}

void Replace(const Customer& input, const CustomerMask& mask, Customer& customer) {
  const Customer before = customer;
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (mask.fields()[i]) kTable[i].replace(input, customer);
  }
  for (const std::string& id : mask.attributes()) {
    const auto value = input.attributes.find(id);
    if (value != input.attributes.end()) {
      customer.attributes[id] = value->second;
    } else {
      customer.attributes.erase(id);
    }
  }
  SettleDisplayName(before, customer);
  SettleCountry(before, mask, customer);
}

void Add(const Customer& input, Customer& customer) {
  const bool had_name = !customer.display_name.empty();
  for (const Field& field : kTable) {
    if (field.is_set(input)) field.add(input, customer);
  }
  // Only what it would be from now on counts: the same addition again must change nothing.
  if (!had_name && customer.display_name == DefaultName(customer)) customer.display_name.clear();
}

std::vector<std::string> ChangedFields(const Customer& before, const Customer& after) {
  std::vector<std::string> changed;
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].same(before, after)) continue;
    if (i != kAttributes) {
      changed.emplace_back(kTable[i].path);
      continue;
    }
    for (const auto& [id, value] : before.attributes) {
      const auto now = after.attributes.find(id);
      if (now == after.attributes.end() || now->second != value) {
        changed.push_back(absl::StrCat(kAttributePrefix, id));
      }
    }
    for (const auto& [id, value] : after.attributes) {
      if (!before.attributes.contains(id)) changed.push_back(absl::StrCat(kAttributePrefix, id));
    }
  }
  return changed;
}

FactGroups GroupsOf(absl::Span<const std::string> changed_fields) {
  FactGroups groups = 0;
  for (const std::string& path : changed_fields) {
    groups |= kProfileFacts;
    if (absl::StartsWith(path, kAttributePrefix)) groups |= kAttributeFacts;
    for (const Field& field : kTable) {
      if (field.path == path) groups |= field.group;
    }
  }
  return groups;
}

}  // namespace regulars::customer
