// What fields hold and what SQL takes, in the folder's own words: no store's type appears here.
#ifndef CHASSIS_FILTER_VALUE_H_
#define CHASSIS_FILTER_VALUE_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace regulars::filter {

// std::monostate is a missing value. Money (micros) and lengths of time (microseconds) are int64_t.
using Value = std::variant<std::monostate, bool, int64_t, std::string, absl::Time>;

// A piece of SQL with one '?' for each parameter, in order. Whatever a person wrote is a parameter,
// never part of `sql`.
struct SqlFragment {
  std::string sql;
  std::vector<Value> parameters;

  friend bool operator==(const SqlFragment&, const SqlFragment&) = default;
};

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_VALUE_H_
