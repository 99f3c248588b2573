#include "customer-svc/domain/customer_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/mailbox.h"
#include "customer-svc/domain/country.h"
#include "customer-svc/domain/locale_rules.h"
#include "customer-svc/domain/phone_number.h"
#include "customer-svc/domain/text_rules.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxDisplayName = 200;
constexpr size_t kMaxPersonName = 100;
constexpr size_t kMaxCompany = 200;
constexpr size_t kMaxLabel = 64;
constexpr size_t kMaxExternalId = 200;
constexpr size_t kMaxAddressLines = 5;
constexpr size_t kMaxAddressLine = 200;
constexpr size_t kMaxPlaceName = 100;
constexpr size_t kMaxPostalCode = 20;

std::string At(absl::string_view list, size_t i, absl::string_view field = "") {
  return absl::StrCat(list, "[", i, "]", field);
}

// Whether the list is short enough to be looked at.
template <typename T>
bool CheckCount(absl::string_view list, const std::vector<T>& items, size_t max,
                absl::string_view reason, Faults& faults) {
  if (items.size() <= max) return true;
  faults.Add(list, reason, absl::StrCat("must have at most ", max));
  return false;
}

template <typename T>
void CheckPrimary(absl::string_view list, const std::vector<T>& items, Faults& faults) {
  const auto marked =
      std::count_if(items.begin(), items.end(), [](const T& item) { return item.primary; });
  if (marked > 1) faults.Add(list, "SEVERAL_PRIMARY", "must have at most one marked primary");
}

void PrepareCountry(std::string& country, const std::string& field, Faults& faults) {
  absl::AsciiStrToUpper(&country);
  if (!IsCountry(country)) {
    faults.Add(field, "INVALID_COUNTRY", "must be an ISO 3166-1 alpha-2 code");
  }
}

void PrepareProfile(Customer& input, const CustomerRules& rules, Faults& faults) {
  CheckText("display_name", input.display_name, kMaxDisplayName, faults);
  CheckText("given_name", input.given_name, kMaxPersonName, faults);
  CheckText("family_name", input.family_name, kMaxPersonName, faults);
  CheckText("company", input.company, kMaxCompany, faults);
  if (input.kind < CustomerKind::kUnspecified || input.kind > CustomerKind::kCompany) {
    faults.Add("kind", "INVALID_KIND", "must be KIND_PERSON or KIND_COMPANY");
  }
  if (!input.language.empty()) {
    std::optional<std::string> canonical = CanonicalLanguage(input.language);
    if (!canonical) faults.Add("language", "INVALID_LANGUAGE", "must be a BCP 47 tag");
    if (canonical) input.language = *std::move(canonical);
  }
  if (!input.country.empty()) PrepareCountry(input.country, "country", faults);
  if (!input.time_zone.empty() && !IsTimeZone(input.time_zone)) {
    faults.Add("time_zone", "INVALID_TIME_ZONE", "must be an IANA time zone");
  }
  if (!input.home_store.empty() && !IsStoreId(input.home_store)) {
    faults.Add("home_store", "INVALID_HOME_STORE",
               "must be at most 64 letters, digits, '-', '_', '.'");
  }
  if (!input.birthday.empty() && !IsBirthday(input.birthday, rules.today)) {
    faults.Add("birthday", "INVALID_BIRTHDAY",
               "must be a day like '1985-06-30' or '--06-30', not in the future");
  }
}

void PrepareEmails(std::vector<Email>& emails, Faults& faults) {
  if (!CheckCount("emails", emails, kMaxEmails, "TOO_MANY_EMAILS", faults)) return;
  CheckPrimary("emails", emails, faults);
  for (size_t i = 0; i < emails.size(); ++i) {
    CheckText(At("emails", i, ".label"), emails[i].label, kMaxLabel, faults);
    absl::StatusOr<std::string> folded = FoldMailbox(emails[i].address);
    if (folded.ok()) {
      emails[i].folded = *std::move(folded);
    } else {
      faults.Add(At("emails", i, ".address"), "INVALID_EMAIL",
                 absl::string_view(folded.status().message()));
    }
  }
}

void PreparePhones(std::vector<Phone>& phones, const std::string& country, Faults& faults) {
  if (!CheckCount("phones", phones, kMaxPhones, "TOO_MANY_PHONES", faults)) return;
  CheckPrimary("phones", phones, faults);
  for (size_t i = 0; i < phones.size(); ++i) {
    CheckText(At("phones", i, ".label"), phones[i].label, kMaxLabel, faults);
    absl::StatusOr<std::string> number = ReadPhone(phones[i].number, country);
    if (number.ok()) {
      phones[i].number = *std::move(number);
    } else {
      faults.Add(At("phones", i, ".number"), "INVALID_PHONE",
                 absl::string_view(number.status().message()));
    }
  }
}

void CheckExternalIds(const std::vector<ExternalId>& ids, Faults& faults) {
  if (!CheckCount("external_ids", ids, kMaxExternalIds, "TOO_MANY_EXTERNAL_IDS", faults)) return;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!IsSystem(ids[i].system)) {
      faults.Add(At("external_ids", i, ".system"), "INVALID_EXTERNAL_ID",
                 "must be 1 to 64 lower-case letters, digits, '-', '_', '.'");
    }
    if (ids[i].id.empty() || !IsText(ids[i].id, kMaxExternalId)) {
      faults.Add(At("external_ids", i, ".id"), "INVALID_EXTERNAL_ID",
                 "must be 1 to 200 characters, none of them a control character");
    }
  }
}

void CheckTags(const std::vector<std::string>& tags, Faults& faults) {
  if (!CheckCount("tags", tags, kMaxTags, "TOO_MANY_TAGS", faults)) return;
  for (size_t i = 0; i < tags.size(); ++i) {
    if (!IsTag(tags[i])) {
      faults.Add(At("tags", i), "INVALID_TAG",
                 "must be 1 to 64 letters, digits, '-', '_', '.', ':'");
    }
  }
}

void PrepareAddress(PostalAddress& address, const std::string& at, Faults& faults) {
  CheckText(absl::StrCat(at, ".label"), address.label, kMaxLabel, faults);
  CheckText(absl::StrCat(at, ".recipient"), address.recipient, kMaxDisplayName, faults);
  CheckText(absl::StrCat(at, ".locality"), address.locality, kMaxPlaceName, faults);
  CheckText(absl::StrCat(at, ".region"), address.region, kMaxPlaceName, faults);
  CheckText(absl::StrCat(at, ".postal_code"), address.postal_code, kMaxPostalCode, faults);
  PrepareCountry(address.country, absl::StrCat(at, ".country"), faults);
  if (address.lines.size() > kMaxAddressLines) {
    faults.Add(absl::StrCat(at, ".lines"), "INVALID_ADDRESS", "must be at most 5");
    return;
  }
  for (size_t i = 0; i < address.lines.size(); ++i) {
    CheckText(At(absl::StrCat(at, ".lines"), i), address.lines[i], kMaxAddressLine, faults);
  }
}

void PrepareAddresses(std::vector<PostalAddress>& addresses, Faults& faults) {
  if (!CheckCount("addresses", addresses, kMaxAddresses, "TOO_MANY_ADDRESSES", faults)) return;
  CheckPrimary("addresses", addresses, faults);
  for (size_t i = 0; i < addresses.size(); ++i) {
    PrepareAddress(addresses[i], At("addresses", i), faults);
  }
}

void CheckAttributes(const std::map<std::string, AttributeValue>& attributes,
                     const AttributeDefinitions& definitions, Faults& faults) {
  for (const auto& [id, value] : attributes) {
    const auto definition = definitions.find(id);
    if (definition != definitions.end()) {
      CheckValue(definition->second, value, absl::StrCat("attributes.", id), faults);
    } else if (IsAttributeId(id)) {
      faults.Add(absl::StrCat("attributes.", id), "ATTRIBUTE_UNKNOWN", "is not declared");
    } else {
      faults.Add("attributes", "ATTRIBUTE_UNKNOWN", "has a key that is not [a-z][a-z0-9_]{0,62}");
    }
  }
}

}  // namespace

absl::Status PrepareInput(Customer& input, const std::string& known_country,
                          const CustomerRules& rules) {
  Faults faults;
  PrepareProfile(input, rules, faults);
  PrepareEmails(input.emails, faults);
  const std::string& own = input.country.empty() ? known_country : input.country;
  PreparePhones(input.phones, own.empty() ? rules.company_country : own, faults);
  CheckExternalIds(input.external_ids, faults);
  CheckTags(input.tags, faults);
  PrepareAddresses(input.addresses, faults);
  CheckAttributes(input.attributes, rules.definitions, faults);
  return faults.ToStatus();
}

absl::Status CheckLimits(const Customer& customer) {
  Faults faults;
  CheckCount("emails", customer.emails, kMaxEmails, "TOO_MANY_EMAILS", faults);
  CheckCount("phones", customer.phones, kMaxPhones, "TOO_MANY_PHONES", faults);
  CheckCount("external_ids", customer.external_ids, kMaxExternalIds, "TOO_MANY_EXTERNAL_IDS",
             faults);
  CheckCount("tags", customer.tags, kMaxTags, "TOO_MANY_TAGS", faults);
  CheckCount("addresses", customer.addresses, kMaxAddresses, "TOO_MANY_ADDRESSES", faults);
  return faults.ToStatus();
}

}  // namespace regulars::customer
