// Gathers what is wrong with a message, field by field, into one error.
//
//   Faults faults;
//   if (…) faults.Add("emails[0].address", "INVALID_EMAIL", "has no '@'");
//   return faults.ToStatus();
#ifndef CHASSIS_BASE_FAULTS_H_
#define CHASSIS_BASE_FAULTS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chassis/base/errors.h"

namespace regulars {

class Faults {
 public:
  // More are counted as this many: nobody mends twenty at once.
  static constexpr size_t kMaxViolations = 20;

  void Add(absl::string_view field, absl::string_view reason, absl::string_view description);

  bool empty() const { return details_.violations.empty(); }
  // OK, or INVALID_ARGUMENT with the reason of the first fault and all fields.
  absl::Status ToStatus() const;

 private:
  ErrorDetails details_;
};

}  // namespace regulars

#endif  // CHASSIS_BASE_FAULTS_H_
