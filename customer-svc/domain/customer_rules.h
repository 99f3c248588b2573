// What a customer may say, field by field, and the one form in which it is kept. Pure.
#ifndef CUSTOMER_SVC_DOMAIN_CUSTOMER_RULES_H_
#define CUSTOMER_SVC_DOMAIN_CUSTOMER_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "customer-svc/domain/attribute.h"
#include "customer-svc/domain/customer.h"

namespace regulars::customer {

inline constexpr size_t kMaxEmails = 20;
inline constexpr size_t kMaxPhones = 20;
inline constexpr size_t kMaxExternalIds = 50;
inline constexpr size_t kMaxAddresses = 20;
inline constexpr size_t kMaxTags = 100;

// What the rules need to know of the company.
struct CustomerRules {
  const AttributeDefinitions& definitions;
  // Country by which national phone numbers are read if the customer's own is unknown.
  std::string company_country;
  absl::CivilDay today;
};

// Checks the fields that are set and puts them into the form in which they are kept: phones in
// E.164, languages canonical, countries in upper case, e-mails with their folded copy. National
// phone numbers are read by input.country, else `known_country`, else the company's.
//
// The error is an INVALID_ARGUMENT with all fields at fault, as paths from the customer, and the
// reason of the first: FIELD_TOO_LONG, INVALID_TEXT, INVALID_EMAIL, INVALID_PHONE,
// INVALID_COUNTRY, INVALID_LANGUAGE, INVALID_TIME_ZONE, INVALID_BIRTHDAY, INVALID_HOME_STORE,
// INVALID_KIND, INVALID_TAG, INVALID_EXTERNAL_ID, INVALID_ADDRESS, ATTRIBUTE_UNKNOWN,
// ATTRIBUTE_TYPE, ATTRIBUTE_VALUE, SEVERAL_PRIMARY, TOO_MANY_EMAILS and so on.
absl::Status PrepareInput(Customer& input, const std::string& known_country,
                          const CustomerRules& rules);

// Checks a whole customer after a change: no list is longer than it may be.
absl::Status CheckLimits(const Customer& customer);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_CUSTOMER_RULES_H_
