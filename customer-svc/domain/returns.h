// Which sold lines a return takes back. Links follow from what is recorded: these functions see the
// facts alone, so the same facts give the same links in whatever sequence they came.
//
// A return that names its sold line is served first (MatchNamedReturns). What it leaves goes to the
// returns that name none, by order time; each takes its customer's most recent strictly earlier
// lines of the same item. Links of these are kept in a book for each customer and item, and a fact
// that comes or goes moves only the links that it changes:
//
//   ABSL_RETURN_IF_ERROR(AddSale(book, {monday, 0, 4096}, 3'000'000));
//   ABSL_RETURN_IF_ERROR(AddReturn(book, {friday, 0, 8192}, 5'000'000));
//     →  the book links 8192 to 4096 with 3'000'000, and 2'000'000 of 8192 to nothing
//
// The functions keep nothing; a book belongs to one thread.
#ifndef CUSTOMER_SVC_DOMAIN_RETURNS_H_
#define CUSTOMER_SVC_DOMAIN_RETURNS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace regulars::customer {

// Where a line stands among all lines: by order time, then place in the file that it came from (0
// for lines of calls), then the store's number of the line, which grows as orders arrive.
struct LineRank {
  absl::Time order_time;
  int64_t sequence = 0;
  int64_t line = 0;

  friend bool operator==(const LineRank&, const LineRank&) = default;
  friend bool operator<(const LineRank& a, const LineRank& b) {
    return std::tie(a.order_time, a.sequence, a.line) < std::tie(b.order_time, b.sequence, b.line);
  }
};

// Part of what was sold at, or brought back by, the line of this rank.
struct RankedQuantity {
  LineRank rank;
  int64_t quantity_micros = 0;
};

// What one customer bought and returned of one item, as far as no return names its sold line: what
// is left of each sale, what was not found for each return, and the links between them. Sales that
// nothing is left of are known by their links alone.
class ReturnBook {
 public:
  virtual ~ReturnBook() = default;

  // What is left of a sale; 0 for one that is not there.
  virtual absl::StatusOr<int64_t> LeftOf(const LineRank& sale) = 0;
  // The last sale before `time`, and the first one behind `rank`, that something is left of.
  virtual absl::StatusOr<std::optional<RankedQuantity>> LastLeftBefore(absl::Time time) = 0;
  virtual absl::StatusOr<std::optional<RankedQuantity>> FirstLeftBehind(const LineRank& rank) = 0;

  struct ReturnSearch {
    LineRank behind;
    // Latest time looked at.
    absl::Time until;
    // Looks for one that has taken from a sale before this time,
    absl::Time reach;
    // or else did not find all it wanted.
    bool or_short = false;
  };
  // The first such return, with what was not found for it.
  virtual absl::StatusOr<std::optional<RankedQuantity>> FirstReturn(const ReturnSearch& search) = 0;

  // What a return took, by sale; what a sale gave to returns behind `behind`, by return, the latest
  // first.
  virtual absl::StatusOr<std::vector<RankedQuantity>> TakenBy(const LineRank& back) = 0;
  virtual absl::StatusOr<std::vector<RankedQuantity>> GivenBy(const LineRank& sale,
                                                              const LineRank& behind) = 0;

  virtual absl::Status AddLeft(const LineRank& sale, int64_t quantity_micros) = 0;
  virtual absl::Status SetLeft(const LineRank& sale, int64_t quantity_micros) = 0;
  // Changes the quantity of a link; 0: there is none.
  virtual absl::Status SetLink(const LineRank& back, const LineRank& sale, int64_t before_micros,
                               int64_t after_micros) = 0;
  virtual absl::Status InsertReturn(const LineRank& back) = 0;
  virtual absl::Status DeleteReturn(const LineRank& back) = 0;
  virtual absl::Status AddMissing(const LineRank& back, int64_t quantity_micros) = 0;
};

inline constexpr int64_t kWholeSale = std::numeric_limits<int64_t>::max();

// A sale comes, or returns that name it leave more of it than before.
absl::Status AddSale(ReturnBook& book, const LineRank& sale, int64_t quantity_micros);
// As much of a sale goes; kWholeSale: all of it.
absl::Status RemoveSale(ReturnBook& book, const LineRank& sale, int64_t quantity_micros);
// A return that names no sold line comes or goes.
absl::Status AddReturn(ReturnBook& book, const LineRank& back, int64_t quantity_micros);
absl::Status RemoveReturn(ReturnBook& book, const LineRank& back);

// Part of a return that takes back part of a sold line.
struct Link {
  int64_t return_line = 0;
  int64_t sale_line = 0;
  int64_t quantity_micros = 0;

  friend bool operator==(const Link&, const Link&) = default;
};

// A SALE line of an order that returns name.
struct NamedSale {
  int64_t line = 0;
  std::string line_id;
  std::string item;
  int64_t quantity_micros = 0;
  int64_t sequence = 0;
};

// A return that names that order, and a line in it or none: then it means the lines of its item, in
// their order.
struct NamingReturn {
  LineRank rank;
  std::string item;
  std::string line_id;
  int64_t quantity_micros = 0;
};

// Links the returns that name one order. `sold` are its SALE lines in their order. Who comes first
// by rank is served first, as far as there is something left.
std::vector<Link> MatchNamedReturns(std::vector<NamedSale> sold,
                                    std::vector<NamingReturn> returned);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_RETURNS_H_
