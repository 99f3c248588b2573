// Gathers what is wrong with a message, field by field, into one error.
//
//   Faults faults;
//   if (…) faults.Add("url", "INVALID_URL", "must begin with http:// or https://");
//   return faults.ToStatus();
#ifndef RECOMMEND_SVC_DOMAIN_FAULTS_H_
#define RECOMMEND_SVC_DOMAIN_FAULTS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chassis/base/errors.h"

namespace regulars::recommend {

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

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_FAULTS_H_
