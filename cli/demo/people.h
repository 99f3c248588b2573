// Who buys in the demo shop: countries with their names, towns, telephone numbers and taxes, and
// the person that a seed and a number determine.
//
// Pure and thread-safe.
#ifndef CLI_DEMO_PEOPLE_H_
#define CLI_DEMO_PEOPLE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace regulars::demo {

struct Country {
  absl::string_view code;
  // BCP 47 tag of most who live there.
  absl::string_view language;
  absl::string_view time_zone;
  absl::string_view currency;
  // Value added tax in thousandths.
  int64_t vat_per_mille;
  // Of a thousand customers.
  int weight;
  // Mobile numbers in E.164: '#' is any digit.
  absl::string_view phone;
  absl::Span<const absl::string_view> given_names;
  absl::Span<const absl::string_view> family_names;
  absl::Span<const absl::string_view> streets;
  // Town and its postal code.
  struct Town {
    absl::string_view name;
    absl::string_view postal_code;
  };
  absl::Span<const Town> towns;
  // Whether the number of the house stands before the street.
  bool number_first;
  // The shop's store in the first of the towns; empty if there is none.
  absl::string_view store;
};

absl::Span<const Country> Countries();

// What the person is called and where they live.
struct Person {
  const Country* country = nullptr;
  std::string given_name;
  std::string family_name;
  std::string email;
  std::string phone;
  std::string address_line;
  const Country::Town* town = nullptr;
  // Whether a store is in their town.
  bool near_store = false;
};

// No two (seed, index) have the same e-mail address. All are below ".example" (RFC 2606): no letter
// can reach anyone.
Person MakePerson(uint64_t seed, int64_t index);

}  // namespace regulars::demo

#endif  // CLI_DEMO_PEOPLE_H_
