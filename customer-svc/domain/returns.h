// Which sold lines a return takes back. Links follow from what is recorded: these functions see the
// facts alone, so the same facts give the same links in whatever sequence they came.
//
// A return that names its sold line is served first. What it leaves goes to the returns that name
// none, by order time; each takes its customer's most recent strictly earlier lines of the same
// item.
//
//   MatchReturns({{.place = {monday, 0, 4096}, .quantity_micros = 3'000'000}},
//                {{.place = {friday, 0, 8192}, .quantity_micros = 5'000'000}})
//     →  {{.return_line = 8192, .sale_line = 4096, .quantity_micros = 3'000'000}}
//
// Pure and thread-safe.
#ifndef CUSTOMER_SVC_DOMAIN_RETURNS_H_
#define CUSTOMER_SVC_DOMAIN_RETURNS_H_

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "absl/time/time.h"

namespace regulars::customer {

// Where a line stands among all lines: by order time, then place in the file that it came from (0
// for lines of calls), then the store's number of the line, which grows as orders arrive.
struct LinePlace {
  absl::Time order_time;
  int64_t sequence = 0;
  int64_t line = 0;

  friend bool operator==(const LinePlace&, const LinePlace&) = default;
  friend bool operator<(const LinePlace& a, const LinePlace& b) {
    return std::tie(a.order_time, a.sequence, a.line) < std::tie(b.order_time, b.sequence, b.line);
  }
};

// A quantity sold at, or brought back by, the line at `place`.
struct PlacedQuantity {
  LinePlace place;
  int64_t quantity_micros = 0;
};

// Part of a return that takes back part of a sold line.
struct Link {
  int64_t return_line = 0;
  int64_t sale_line = 0;
  int64_t quantity_micros = 0;

  friend bool operator==(const Link&, const Link&) = default;
};

// Links the returns of one customer and one item that name no sold line. `sold` holds what returns
// that name their line have left of each. Links come by return, latest sold line first.
std::vector<Link> MatchReturns(std::vector<PlacedQuantity> sold,
                               std::vector<PlacedQuantity> returned);

// A SALE line of an order that returns name.
struct NamedSale {
  int64_t line = 0;
  std::string line_id;
  std::string item;
  int64_t quantity_micros = 0;
};

// A return that names that order, and a line in it or none: then it means the lines of its item, in
// their order.
struct NamingReturn {
  LinePlace place;
  std::string item;
  std::string line_id;
  int64_t quantity_micros = 0;
};

// Links the returns that name one order. `sold` are its SALE lines in their order. Who comes first
// by place is served first, as far as there is something left.
std::vector<Link> MatchNamedReturns(std::vector<NamedSale> sold,
                                    std::vector<NamingReturn> returned);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_RETURNS_H_
