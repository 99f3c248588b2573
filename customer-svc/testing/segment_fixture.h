// A customer service with its task runner, as tests of segments and scores speak to it.
#ifndef CUSTOMER_SVC_TESTING_SEGMENT_FIXTURE_H_
#define CUSTOMER_SVC_TESTING_SEGMENT_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/tasks/operations.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "customer-svc/rpc/customer_service.h"
#include "customer-svc/rpc/orders.h"
#include "customer-svc/rpc/rfm_task.h"
#include "customer-svc/rpc/score_service.h"
#include "customer-svc/rpc/segment_service.h"
#include "customer-svc/store/schema.h"
#include "regulars/customer/v1/customer_service.grpc.pb.h"
#include "regulars/customer/v1/events.pb.h"
#include "regulars/customer/v1/order_service.grpc.pb.h"
#include "regulars/customer/v1/score_service.grpc.pb.h"
#include "regulars/customer/v1/segment_service.grpc.pb.h"

namespace regulars::customer {

using ::regulars::testing::Authorize;
using ::regulars::testing::HasReason;
using ::regulars::testing::TestServer;

inline constexpr char kAll[] = "users/a customer.read,customer.write";
inline constexpr char kOfStore1[] = "users/b customer.read,customer.write s1";

class SegmentsTest : public ::testing::Test {
 protected:
  SegmentsTest()
      : server_(CustomerMigrations(), "customer", [this](const rpc::Environment& environment) {
          runner_ = std::make_unique<TaskRunner>(*environment.store);
          TestServer::Services services;
          services.push_back(RegisterCustomers(environment));
          services.push_back(RegisterOrders(environment, *runner_));
          services.push_back(RegisterSegments(environment, *runner_));
          services.push_back(RegisterScores(environment, *runner_));
          runner_->Start();
          return services;
        }) {}
  ~SegmentsTest() override { runner_->Stop(); }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, const std::string& token = kAll) {
    grpc::ClientContext context;
    Authorize(context, token);
    Response response;
    const absl::Status status = FromGrpc((stub.*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  // Waits until no task is due.
  void Settle() {
    for (int i = 0; i < 5000; ++i) {
      bool due = false;
      EXPECT_OK(server_.store().Read([&](Snapshot& db) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(const auto task, tasks::FindNextDue(db));
        due = task && task->due_time <= db.now();
        return absl::OkStatus();
      }));
      if (!due) return;
      runner_->Wake();
      absl::SleepFor(absl::Milliseconds(2));
    }
    ADD_FAILURE() << "tasks never end";
  }

  std::string Customer(const std::string& country, const std::string& store = "",
                       const std::vector<std::string>& tags = {}) {
    v1::CreateCustomerRequest request;
    request.mutable_customer()->set_country(country);
    request.mutable_customer()->set_home_store(store);
    for (const std::string& tag : tags) request.mutable_customer()->add_tags(tag);
    const auto made = Call(*customers_, &v1::CustomerService::Stub::CreateCustomer, request);
    EXPECT_OK(made);
    return made.ok() ? made->name() : "";
  }
  void Move(const std::string& customer, const std::string& country) {
    v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(customer);
    request.mutable_customer()->set_country(country);
    EXPECT_OK(Call(*customers_, &v1::CustomerService::Stub::UpdateCustomer, request));
  }
  void Tag(const std::string& customer) {
    v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(customer);
    request.mutable_customer()->add_tags("x");
    EXPECT_OK(Call(*customers_, &v1::CustomerService::Stub::UpdateCustomer, request));
  }
  // Sells for `units` of the base currency, or takes back.
  void Order(const std::string& receipt, const std::string& customer, absl::Time time,
             int64_t units) {
    v1::UpsertOrderRequest request;
    v1::Order& order = *request.mutable_order();
    order.set_source("till");
    order.set_receipt_number(receipt);
    order.set_customer(customer);
    order.mutable_order_time()->set_seconds(absl::ToUnixSeconds(time));
    order.set_currency_code("EUR");
    v1::OrderLine& line = *order.add_lines();
    line.set_type(units < 0 ? v1::OrderLine::TYPE_RETURN : v1::OrderLine::TYPE_SALE);
    line.set_item("cup");
    line.set_quantity_micros(1'000'000);
    line.set_unit_price_micros(std::abs(units) * 1'000'000);
    EXPECT_OK(Call(*orders_, &v1::OrderService::Stub::UpsertOrder, request));
  }

  absl::StatusOr<v1::Segment> Create(const std::string& id, const std::string& filter,
                                     const std::string& token = kAll) {
    v1::CreateSegmentRequest request;
    request.set_segment_id(id);
    request.mutable_segment()->set_filter(filter);
    return Call(*segments_, &Stub::CreateSegment, request, token);
  }
  void CreateAndSettle(const std::string& id, const std::string& filter) {
    EXPECT_OK(Create(id, filter));
    Settle();
  }
  absl::StatusOr<v1::Segment> Get(const std::string& id, const std::string& token = kAll) {
    v1::GetSegmentRequest request;
    request.set_name("segments/" + id);
    return Call(*segments_, &Stub::GetSegment, request, token);
  }
  absl::StatusOr<v1::Segment> Update(const v1::Segment& segment,
                                     const std::vector<std::string>& mask = {},
                                     bool allow_missing = false, const std::string& token = kAll) {
    v1::UpdateSegmentRequest request;
    *request.mutable_segment() = segment;
    for (const std::string& path : mask) request.mutable_update_mask()->add_paths(path);
    request.set_allow_missing(allow_missing);
    return Call(*segments_, &Stub::UpdateSegment, request, token);
  }
  void Refilter(const std::string& id, const std::string& filter) {
    v1::Segment segment;
    segment.set_name("segments/" + id);
    segment.set_filter(filter);
    EXPECT_OK(Update(segment, {"filter"}));
  }
  absl::Status Delete(const std::string& id, const std::string& token = kAll) {
    v1::DeleteSegmentRequest request;
    request.set_name("segments/" + id);
    return Call(*segments_, &Stub::DeleteSegment, request, token).status();
  }
  absl::StatusOr<v1::PreviewSegmentResponse> Preview(const std::string& filter, int sample = 0,
                                                     const std::string& token = kAll) {
    v1::PreviewSegmentRequest request;
    request.set_filter(filter);
    request.set_sample_size(sample);
    return Call(*segments_, &Stub::PreviewSegment, request, token);
  }
  absl::StatusOr<v1::SegmentMember> GetMember(const std::string& id, const std::string& customer,
                                              const std::string& token = kAll) {
    v1::GetSegmentMemberRequest request;
    request.set_name(
        absl::StrCat("segments/", id, "/members/", customer.substr(customer.find('/') + 1)));
    return Call(*segments_, &Stub::GetSegmentMember, request, token);
  }

  // Customers of all pages, and that each page but the last is full.
  std::vector<std::string> Members(const std::string& id, int page_size = 1000,
                                   const std::string& token = kAll) {
    std::vector<std::string> names;
    v1::ListSegmentMembersRequest request;
    request.set_parent("segments/" + id);
    request.set_page_size(page_size);
    do {
      const auto page = Call(*segments_, &Stub::ListSegmentMembers, request, token);
      EXPECT_OK(page);
      if (!page.ok()) return names;
      for (const v1::SegmentMember& member : page->members()) names.push_back(member.customer());
      if (!page->next_page_token().empty()) {
        EXPECT_EQ(page->members_size(), page_size);
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  std::vector<std::string> Export(const std::string& id, const std::string& token = kAll) {
    grpc::ClientContext context;
    Authorize(context, token);
    v1::ExportSegmentMembersRequest request;
    request.set_parent("segments/" + id);
    auto reader = segments_->ExportSegmentMembers(&context, request);
    std::vector<std::string> names;
    for (v1::ExportSegmentMembersResponse page; reader->Read(&page);) {
      for (const v1::SegmentMember& member : page.members()) names.push_back(member.customer());
    }
    EXPECT_OK(FromGrpc(reader->Finish()));
    return names;
  }
  absl::StatusOr<std::vector<std::string>> SegmentsOf(const std::string& customer,
                                                      const std::string& token = kAll,
                                                      int page_size = 1) {
    std::vector<std::string> names;
    v1::ListCustomerSegmentsRequest request;
    request.set_parent(customer);
    request.set_page_size(page_size);
    do {
      ABSL_ASSIGN_OR_RETURN(const auto page,
                            Call(*segments_, &Stub::ListCustomerSegments, request, token));
      for (const v1::SegmentMember& member : page.members()) names.push_back(member.segment());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  // The feed from a position on, in short: "+gb customers/1", "-gb customers/1", "ready gb 2".
  std::vector<std::string> Feed() {
    std::vector<std::string> told;
    EXPECT_OK(server_.store().Read([&](Snapshot& db) {
      return db
          .Sql("SELECT position, payload FROM feed WHERE position > ? ORDER BY position", followed_)
          .Each<int64_t, Bytes>([&](int64_t position, const Bytes& payload) {
            followed_ = position;
            if (std::string text = Tell(payload.value); !text.empty()) told.push_back(text);
          });
    }));
    return told;
  }
  static std::string Tell(const std::string& payload) {
    google::protobuf::Any any;
    any.ParseFromString(payload);
    const auto id = [](const std::string& name) { return name.substr(name.find('/') + 1); };
    v1::SegmentEntered entered;
    if (any.UnpackTo(&entered)) return "+" + id(entered.segment()) + " " + entered.customer();
    v1::SegmentLeft left;
    if (any.UnpackTo(&left)) return "-" + id(left.segment()) + " " + left.customer();
    v1::SegmentReady ready;
    if (any.UnpackTo(&ready)) {
      return absl::StrCat("ready ", id(ready.segment()), " ", ready.member_count());
    }
    v1::SegmentUpdated updated;
    if (any.UnpackTo(&updated)) return "updated " + id(updated.segment());
    v1::SegmentDeleted deleted;
    if (any.UnpackTo(&deleted)) return "deleted " + id(deleted.segment());
    v1::RfmComputed computed;
    if (any.UnpackTo(&computed)) {
      return absl::StrCat("rfm ", computed.as_of(), " ", computed.customer_count());
    }
    return "";
  }

  int64_t Count(const std::string& what) {
    int64_t count = -1;
    EXPECT_OK(server_.store().Read([&](Snapshot& db) -> absl::Status {
      const std::string sql = "SELECT COUNT(*) FROM " + what;
      ABSL_ASSIGN_OR_RETURN(const auto got, db.Sql(sql).First<int64_t>());
      count = got.value();
      return absl::OkStatus();
    }));
    return count;
  }
  // Rows that changes have touched so far.
  int64_t Touched() {
    int64_t touched = -1;
    EXPECT_OK(server_.store().Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto got, tx.Sql("SELECT total_changes()").First<int64_t>());
      touched = got.value();
      return absl::OkStatus();
    }));
    return touched;
  }

  absl::StatusOr<google::longrunning::Operation> Compute(v1::RfmDay day = v1::RFM_DAY_UNSPECIFIED,
                                                         const std::string& token = kAll) {
    v1::ComputeRfmRequest request;
    request.set_day(day);
    return Call(*scores_, &v1::ScoreService::Stub::ComputeRfm, request, token);
  }
  absl::StatusOr<v1::RfmTable> Table(const std::string& token = kAll) {
    v1::GetRfmTableRequest request;
    request.set_name("rfmTable");
    return Call(*scores_, &v1::ScoreService::Stub::GetRfmTable, request, token);
  }
  v1::Customer GetCustomer(const std::string& name) {
    v1::GetCustomerRequest request;
    request.set_name(name);
    const auto got = Call(*customers_, &v1::CustomerService::Stub::GetCustomer, request);
    EXPECT_OK(got);
    return got.ok() ? *got : v1::Customer();
  }

  using Stub = v1::SegmentService::Stub;
  std::unique_ptr<TaskRunner> runner_;
  TestServer server_;
  std::unique_ptr<v1::SegmentService::Stub> segments_ =
      v1::SegmentService::NewStub(server_.channel());
  std::unique_ptr<v1::ScoreService::Stub> scores_ = v1::ScoreService::NewStub(server_.channel());
  std::unique_ptr<v1::CustomerService::Stub> customers_ =
      v1::CustomerService::NewStub(server_.channel());
  std::unique_ptr<v1::OrderService::Stub> orders_ = v1::OrderService::NewStub(server_.channel());
  int64_t followed_ = 0;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_TESTING_SEGMENT_FIXTURE_H_
