// A store with customers, orders and segments for tests, whose tasks are run by hand, step by step:
// what comes between two steps is the test's choice.
#ifndef CUSTOMER_SVC_TESTING_SEGMENT_WORLD_H_
#define CUSTOMER_SVC_TESTING_SEGMENT_WORLD_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/tasks/runner.h"
#include "chassis/testing/temp_store.h"
#include "customer-svc/domain/customer.h"
#include "customer-svc/domain/order.h"

namespace regulars::customer {

class SegmentWorld {
 public:
  // Steps do one batch each. `zone` is the company's.
  explicit SegmentWorld(const std::string& zone = "UTC");

  testing::TempStore& store() { return store_; }
  FakeClock& clock() { return store_.clock(); }
  absl::Time now() { return store_.clock().Now(); }

  // Facts. Each is a change of its own.

  Customer Create(Customer input);
  void Update(const std::string& id, Customer input);
  void Delete(const std::string& id);
  // Records or replaces the order of this receipt: `quantity` pieces at `price_micros` sold, or, if
  // negative, taken back.
  void Order(const std::string& receipt, const std::string& customer_id, absl::Time time,
             int64_t quantity, int64_t price_micros);
  void CancelOrder(const std::string& receipt);
  // Something short of buying; `message_id` is its number.
  void Event(const std::string& message_id, const std::string& customer_id,
             const std::string& event_name, absl::Time time);
  Customer Load(const std::string& id);

  // Segments.

  absl::Status CreateSegment(const std::string& id, const std::string& filter);
  absl::Status UpdateSegment(const std::string& id, const std::string& filter);
  absl::Status DeleteSegment(const std::string& id);
  absl::Status StartRfm();

  // Tasks.

  // One step of the task that has been due longest, of this kind if it is not empty; whether there
  // was one. A step that fails ends its task.
  bool StepTask(const std::string& kind = "");
  void RunTasks();
  // Ends the process and starts another one over the same store.
  void Restart();

  // What the store says.

  // Ids of the live members of a segment.
  std::set<std::string> Members(const std::string& segment_id);
  // Rows changed by all changes so far.
  int64_t TotalChanges();

  // Fails the test if it is not OK.
  void Write(const std::function<absl::Status(Transaction&)>& change);
  void Read(const std::function<absl::Status(Snapshot&)>& read);

 private:
  void AddKinds();
  absl::Status RunStep(const Task& due);
  absl::Status Fail(Transaction& tx, const Task& due, const absl::Status& why);

  testing::TempStore store_;
  std::map<std::string, TaskKind> kinds_;
};

// Declares an attribute in the store, and the enum values that it takes.
void DeclareAttribute(SegmentWorld& world, const std::string& id, AttributeType type,
                      std::vector<std::string> enum_values = {});

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_TESTING_SEGMENT_WORLD_H_
