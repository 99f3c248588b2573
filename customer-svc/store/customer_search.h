// Which customers: pages of all of them, by what identifies them, by the beginnings of their names.
//
// Callers who are limited to stores get their own stores' customers only. A page looks at a bounded
// number of rows: it may hold fewer customers than asked for, and still not be the last.
#ifndef CUSTOMER_SVC_STORE_CUSTOMER_SEARCH_H_
#define CUSTOMER_SVC_STORE_CUSTOMER_SEARCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/filter/value.h"
#include "chassis/storage/transaction.h"

namespace regulars::customer::customers {

// Rows that one page looks at when few of them may be wanted.
inline constexpr int64_t kMaxScan = 10'000;

// One page of a list by id.
struct ListedPage {
  std::vector<int64_t> keys;
  // The id that the next page begins after; "" at the end.
  std::string next;
};

// Customers whose id is after (or, backwards, before) `after`, "" for the first page. `where` is a
// condition on the customer `c`, as filters give it; "" for all.
absl::StatusOr<ListedPage> List(Snapshot& db, absl::string_view after, bool backwards,
                                const filter::SqlFragment& where, int64_t limit);

// What was typed, as each kind of identifier would have it; "" where it cannot be one.
struct TypedIdentifier {
  std::string folded_email;
  std::string phone;
  std::string external_id;
};

// Keys of the customers that have one of them, ascending, greater than `after`.
absl::StatusOr<std::vector<int64_t>> FindByTyped(Snapshot& db, const TypedIdentifier& typed,
                                                 int64_t after, int64_t limit);
// Whether this customer is one of those.
absl::StatusOr<bool> HasTyped(Snapshot& db, const TypedIdentifier& typed, int64_t key);

// Where a search by name stands.
struct NamePlace {
  std::string words;
  int64_t key = 0;
};
struct NamedPage {
  std::vector<int64_t> keys;
  // Where the next page begins; nullopt at the end.
  std::optional<NamePlace> next;
};

// Customers each of whose names begins with one of the words (see domain/search_words.h), in order
// of the name that the longest of them begins.
absl::StatusOr<NamedPage> FindByName(Snapshot& db, const std::vector<std::string>& words,
                                     const std::optional<NamePlace>& after, int64_t limit);

}  // namespace regulars::customer::customers

#endif  // CUSTOMER_SVC_STORE_CUSTOMER_SEARCH_H_
