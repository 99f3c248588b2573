// Reads what a file says of a country: ISO codes, English names, and what the importer adds.
//
//   ABSL_ASSIGN_OR_RETURN(CountryNames names, CountryNames::Read({"EIRE=IE", "Unspecified="}));
//   names.Find("united kingdom")  →  "GB"
//
// Thread-compatible.
#ifndef CUSTOMER_SVC_DOMAIN_COUNTRY_NAMES_H_
#define CUSTOMER_SVC_DOMAIN_COUNTRY_NAMES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::customer {

class CountryNames {
 public:
  static constexpr size_t kMaxPairs = 1000;

  // `pairs` are "text=code" each; without a code the text means that the country is unknown. They
  // go before the names that everybody knows. INVALID_ARGUMENT with INVALID_OPTIONS of the field
  // "country_names[…]".
  static absl::StatusOr<CountryNames> Read(const std::vector<std::string>& pairs);

  // The ISO 3166-1 alpha-2 code, "" for unknown (an empty text is), or nullopt for a text that
  // names no country. Case, accents and blanks around it do not matter.
  std::optional<std::string> Find(absl::string_view text) const;

 private:
  // Folded text → code.
  absl::flat_hash_map<std::string, std::string> own_;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_COUNTRY_NAMES_H_
