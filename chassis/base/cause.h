// What set something off, as rows keep it that outlive their change: a task, a message that waits.
// What becomes of them later carries it on.
#ifndef CHASSIS_BASE_CAUSE_H_
#define CHASSIS_BASE_CAUSE_H_

#include <string>

namespace regulars {

struct Cause {
  // Ties together all that one cause sets off, across services; "" where it is not known.
  std::string correlation_id;
  // How many feeds lie between that cause and here.
  int hops = 0;
};

}  // namespace regulars

#endif  // CHASSIS_BASE_CAUSE_H_
