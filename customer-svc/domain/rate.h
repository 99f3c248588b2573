// A currency rate: an exact decimal, base currency units per unit of a currency.
//
//   ABSL_ASSIGN_OR_RETURN(const Rate rate, Rate::Parse("0.8561"));
//   rate.Convert(1'000'000)  →  856'100
#ifndef CUSTOMER_SVC_DOMAIN_RATE_H_
#define CUSTOMER_SVC_DOMAIN_RATE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::customer {

class Rate {
 public:
  static constexpr int64_t kPicosPerUnit = 1'000'000'000'000;

  // One unit is one unit: the base currency itself.
  Rate() = default;
  // From the store: units of 10^-12. Positive.
  static Rate FromPicos(int64_t picos) { return Rate(picos); }
  // More than 0, less than 1,000,000, at most 12 decimals, digits and one '.' only. The error is an
  // INVALID_ARGUMENT with INVALID_RATE of the field "rate".
  static absl::StatusOr<Rate> Parse(absl::string_view text);

  // The shortest decimal that Parse reads back: "0.8561".
  std::string ToText() const;
  int64_t picos() const { return picos_; }

  // An amount in the base currency, rounded half to even; nullopt if it does not fit.
  std::optional<int64_t> Convert(int64_t micros) const;

  friend bool operator==(const Rate&, const Rate&) = default;

 private:
  explicit Rate(int64_t picos) : picos_(picos) {}

  int64_t picos_ = kPicosPerUnit;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_RATE_H_
