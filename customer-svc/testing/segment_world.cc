#include "customer-svc/testing/segment_world.h"

#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/rpc/behaviour_service.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "customer-svc/rpc/ingest_events.h"
#include "customer-svc/rpc/memberships.h"
#include "customer-svc/rpc/order_changes.h"
#include "customer-svc/rpc/rfm_task.h"
#include "customer-svc/rpc/segment_moves.h"
#include "customer-svc/rpc/segment_tasks.h"
#include "customer-svc/rpc/segment_writes.h"
#include "customer-svc/store/attributes.h"
#include "customer-svc/store/schema.h"
#include "customer-svc/store/segment_sets.h"
#include "customer-svc/store/segments.h"
#include "customer-svc/store/settings.h"

namespace regulars::customer {
namespace {

StoreOptions StepByStep() {
  StoreOptions options;
  options.writer_limits.slice = absl::ZeroDuration();
  options.writer_limits.slice_when_waited_for = absl::ZeroDuration();
  return options;
}

}  // namespace

SegmentWorld::SegmentWorld(const std::string& zone) : store_(CustomerMigrations(), StepByStep()) {
  AddKinds();
  Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(CompanySettings settings, settings::Load(tx));
    settings.time_zone = zone;
    return settings::Save(tx, settings);
  });
}

void SegmentWorld::AddKinds() {
  kinds_[kScanTask] = SegmentScanTask(*store_);
  kinds_[kUpkeepTask] = SegmentUpkeepTask();
  kinds_[kErasureTask] = ErasureTask(*store_);
  kinds_[kDetachOrdersTask] = DetachOrdersTask();
  kinds_[kForgetBehaviourTask] = ForgetBehaviourTask();
  kinds_[kRfmTask] = RfmTask(*store_);
  kinds_[kRfmNightTask] = RfmNightTask();
}

void SegmentWorld::Restart() {
  store_.Reopen();
  AddKinds();
}

void SegmentWorld::Write(const std::function<absl::Status(Transaction&)>& change) {
  EXPECT_OK(store_.Write(change));
}

void SegmentWorld::Read(const std::function<absl::Status(Snapshot&)>& read) {
  EXPECT_OK(store_.Read(read));
}

Customer SegmentWorld::Create(Customer input) {
  Customer made;
  Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
    ABSL_ASSIGN_OR_RETURN(made, ApplyCreate(tx, context, std::move(input)));
    return absl::OkStatus();
  });
  return made;
}

void SegmentWorld::Update(const std::string& id, Customer input) {
  Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
    ABSL_ASSIGN_OR_RETURN(const auto before, customers::Load(tx, id));
    return ApplyUpdate(tx, context, before.value(), CustomerMask::All(), std::move(input)).status();
  });
}

void SegmentWorld::Delete(const std::string& id) {
  Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto customer, customers::Load(tx, id));
    return ApplyDelete(tx, customer.value());
  });
}

Customer SegmentWorld::Load(const std::string& id) {
  Customer customer;
  Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto found, customers::Load(db, id));
    customer = found.value();
    return absl::OkStatus();
  });
  return customer;
}

void SegmentWorld::Order(const std::string& receipt, const std::string& customer_id,
                         absl::Time time, int64_t quantity, int64_t price_micros) {
  Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
    ABSL_ASSIGN_OR_RETURN(const auto customer, customers::FindById(tx, customer_id));
    regulars::customer::Order order{.source = "till",
                                    .receipt_number = receipt,
                                    .buyer = Buyer{customer.value().key, customer_id},
                                    .order_time = time,
                                    .currency = "EUR"};
    OrderLine line{.item = "cup", .unit_price_micros = price_micros};
    line.type = quantity < 0 ? LineType::kReturn : LineType::kSale;
    line.quantity_micros = std::abs(quantity) * 1'000'000;
    order.lines.push_back(std::move(line));
    return ApplyOrder(tx, context, std::move(order), ApplyMode::kReplace).status();
  });
}

void SegmentWorld::CancelOrder(const std::string& receipt) {
  Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const OrderContext context, LoadOrderContext(tx));
    ABSL_ASSIGN_OR_RETURN(const auto order, orders::FindByReceipt(tx, "till", receipt));
    if (!order || order->order.state == OrderState::kCancelled) return absl::OkStatus();
    return CancelRecordedOrder(tx, context, *order);
  });
}

void SegmentWorld::Event(const std::string& message_id, const std::string& customer_id,
                         const std::string& event_name, absl::Time time) {
  Write([&](Transaction& tx) -> absl::Status {
    v1::IngestEventsRequest request;
    v1::BehaviourEvent& event = *request.add_events();
    event.set_source("shop");
    event.set_message_id(message_id);
    event.set_customer("customers/" + customer_id);
    event.set_event_name(event_name);
    *event.mutable_event_time() = rpc::ToTimestamp(time);
    ABSL_ASSIGN_OR_RETURN(const v1::IngestEventsResponse reply, IngestEvents(tx, request));
    EXPECT_NE(reply.results(0).outcome(), v1::IngestResult::OUTCOME_REFUSED)
        << reply.ShortDebugString();
    return absl::OkStatus();
  });
}

absl::Status SegmentWorld::CreateSegment(const std::string& id, const std::string& filter) {
  return store_.Write([&](Transaction& tx) {
    v1::CreateSegmentRequest request;
    request.set_segment_id(id);
    request.mutable_segment()->set_filter(filter);
    return customer::CreateSegment(tx, request).status();
  });
}

absl::Status SegmentWorld::UpdateSegment(const std::string& id, const std::string& filter) {
  return store_.Write([&](Transaction& tx) {
    v1::UpdateSegmentRequest request;
    request.mutable_segment()->set_name("segments/" + id);
    request.mutable_segment()->set_filter(filter);
    return customer::UpdateSegment(tx, request).status();
  });
}

absl::Status SegmentWorld::DeleteSegment(const std::string& id) {
  return store_.Write([&](Transaction& tx) {
    v1::DeleteSegmentRequest request;
    request.set_name("segments/" + id);
    return customer::DeleteSegment(tx, request).status();
  });
}

absl::Status SegmentWorld::StartRfm() {
  return store_.Write(
      [](Transaction& tx) { return customer::StartRfm(tx, RfmDay::kToday).status(); });
}

absl::Status SegmentWorld::RunStep(const Task& due) {
  const TaskKind& kind = kinds_.at(due.kind);
  std::any prepared;
  if (kind.prepare) {
    ABSL_ASSIGN_OR_RETURN(prepared, kind.prepare(due));
  }
  return store_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(std::optional<Task> task, tasks::Find(tx, due.id));
    ABSL_ASSIGN_OR_RETURN(const StepEnd end, kind.step(tx, *task, prepared));
    if (end.next == StepEnd::kDone) task->state = TaskState::kSucceeded;
    if (end.next == StepEnd::kLater) task->due_time = end.due_time;
    task->result = end.result;
    return tasks::Save(tx, *task);
  });
}

absl::Status SegmentWorld::Fail(Transaction& tx, const Task& due, const absl::Status& why) {
  ABSL_ASSIGN_OR_RETURN(std::optional<Task> task, tasks::Find(tx, due.id));
  task->state = TaskState::kFailed;
  task->error = why;
  if (kinds_.at(due.kind).abandoned) {
    ABSL_RETURN_IF_ERROR(kinds_.at(due.kind).abandoned(tx, *task));
  }
  return tasks::Save(tx, *task);
}

bool SegmentWorld::StepTask(const std::string& kind) {
  std::optional<Task> task;
  Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(task,
                          kind.empty() ? tasks::FindNextDue(db) : tasks::FindWaiting(db, kind));
    return absl::OkStatus();
  });
  if (!task || task->due_time > now()) return false;
  if (const absl::Status failed = RunStep(*task); !failed.ok()) {
    Write([&](Transaction& tx) { return Fail(tx, *task, failed); });
  }
  return true;
}

void SegmentWorld::RunTasks() {
  constexpr int kMaxSteps = 100'000;
  for (int i = 0; StepTask(); ++i) ASSERT_LT(i, kMaxSteps) << "tasks never end";
}

std::set<std::string> SegmentWorld::Members(const std::string& segment_id) {
  std::set<std::string> ids;
  Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto segment, segments::Find(db, segment_id));
    ABSL_ASSIGN_OR_RETURN(const auto live,
                          segment_sets::FindByRole(db, segment.value().key, SetRole::kLive));
    ABSL_ASSIGN_OR_RETURN(const auto members,
                          segment_sets::ListMembers(db, live.value().key, "", 1'000'000));
    for (const segment_sets::Member& member : members) ids.insert(member.customer_id);
    return absl::OkStatus();
  });
  return ids;
}

int64_t SegmentWorld::TotalChanges() {
  int64_t total = 0;
  Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto changes, tx.Sql("SELECT total_changes()").First<int64_t>());
    total = changes.value();
    return absl::OkStatus();
  });
  return total;
}

void DeclareAttribute(SegmentWorld& world, const std::string& id, AttributeType type,
                      std::vector<std::string> enum_values) {
  world.Write([&](Transaction& tx) -> absl::Status {
    AttributeDefinition definition{.id = id, .type = type, .enum_values = std::move(enum_values)};
    definition.create_time = definition.update_time = tx.now();
    ABSL_RETURN_IF_ERROR(attributes::InsertDefinition(tx, definition));
    return AttributeDefinitionsChanged(tx);
  });
}

}  // namespace regulars::customer
