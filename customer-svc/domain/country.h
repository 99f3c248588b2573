// Countries, by their ISO 3166-1 alpha-2 codes.
#ifndef CUSTOMER_SVC_DOMAIN_COUNTRY_H_
#define CUSTOMER_SVC_DOMAIN_COUNTRY_H_

#include "absl/strings/string_view.h"

namespace regulars::customer {

// Whether `code` is one of ISO 3166-1 alpha-2 in upper case, or EU, or of the user-assigned XA to
// XZ. Pure and fast.
bool IsCountry(absl::string_view code);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_COUNTRY_H_
