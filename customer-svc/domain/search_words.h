// Finding customers by the beginnings of their names, whatever the order in which they are typed.
//
// A customer's names are split into folded words. The store keeps the words once from each word on
// ("johanna muller", "muller johanna"): those that begin with a typed word stand together, in the
// order of people's names, with the other words at hand to compare.
//
// Pure and thread-safe.
#ifndef CUSTOMER_SVC_DOMAIN_SEARCH_WORDS_H_
#define CUSTOMER_SVC_DOMAIN_SEARCH_WORDS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "customer-svc/domain/customer.h"

namespace regulars::customer {

// Words of a customer that are kept, and bytes of each; more are not found by.
inline constexpr size_t kMaxSearchWords = 16;
inline constexpr size_t kMaxSearchWordBytes = 40;

// What to call a customer whose display name was never set: given and family name, else the
// company.
std::string DefaultName(const Customer& customer);
// What to call a customer.
std::string DisplayName(const Customer& customer);

// The folded words of a text, in order, each once. An apostrophe parts no word: "O'Brien" is
// "obrien"; all else but letters, digits and marks does.
std::vector<std::string> SearchWords(absl::string_view text);

// The entries under which a customer is found, one per word of its names.
std::vector<std::string> NameEntries(const Customer& customer);

// Whether `entry` belongs to someone found by `typed` (folded words, not empty), and is the one
// among that customer's entries to find them by: the first that begins with typed[driver]. Each
// typed word must be the beginning of a word.
bool FindsBy(absl::string_view entry, const std::vector<std::string>& typed, size_t driver);

// The typed word that fewest names begin with, as far as one can tell: the longest.
size_t ChooseDriver(const std::vector<std::string>& typed);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_SEARCH_WORDS_H_
