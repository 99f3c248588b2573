// SegmentService and ScoreService over the wire, with the real task runner.
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
namespace {

using ::regulars::testing::Authorize;
using ::regulars::testing::HasReason;
using ::regulars::testing::IsOkAndHolds;
using ::regulars::testing::TestServer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kAll[] = "users/a customer.read,customer.write";
constexpr char kOfStore1[] = "users/b customer.read,customer.write s1";

class SegmentsTest : public ::testing::Test {
 protected:
  SegmentsTest()
      : server_(CustomerMigrations(), "customer", [this](const rpc::Environment& environment) {
          runner_ = std::make_unique<TaskRunner>(*environment.store);
          TestServer::Services services;
          services.push_back(RegisterCustomers(environment));
          services.push_back(RegisterOrders(environment));
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

TEST_F(SegmentsTest, ANewSegmentFindsItsMembersAndKeepsThem) {
  const std::string ann = Customer("GB");
  const std::string bea = Customer("FR");
  ASSERT_OK_AND_ASSIGN(const v1::Segment made, Create("gb", "country = GB"));
  EXPECT_EQ(made.name(), "segments/gb");
  EXPECT_EQ(made.display_name(), "gb");
  EXPECT_EQ(made.state(), v1::Segment::STATE_COMPUTING);
  EXPECT_EQ(made.member_count(), 0);
  EXPECT_FALSE(made.has_ready_time());
  Settle();
  ASSERT_OK_AND_ASSIGN(const v1::Segment ready, Get("gb"));
  EXPECT_EQ(ready.state(), v1::Segment::STATE_READY);
  EXPECT_EQ(ready.member_count(), 1);
  EXPECT_TRUE(ready.has_ready_time());
  EXPECT_EQ(ready.etag(), made.etag()) << "callers have changed nothing";
  EXPECT_THAT(Feed(), ElementsAre("updated gb", "+gb " + ann, "ready gb 1"));

  Move(bea, "GB");
  const std::string cat = Customer("GB");
  Move(ann, "FR");
  EXPECT_THAT(Members("gb"), UnorderedElementsAre(bea, cat));
  EXPECT_THAT(Feed(), ElementsAre("+gb " + bea, "+gb " + cat, "-gb " + ann));
  EXPECT_EQ(Get("gb")->member_count(), 2);
  Move(ann, "DE");
  EXPECT_THAT(Feed(), IsEmpty());
}

TEST_F(SegmentsTest, ANewFilterTellsOnlyTheDifferences) {
  std::vector<std::string> names;
  for (const char* country : {"GB", "GB", "FR", "DE"}) names.push_back(Customer(country));
  CreateAndSettle("s", "country = GB OR country = FR");
  const auto stays = GetMember("s", names[2]);
  server_.clock().Advance(absl::Hours(1));
  Feed();
  Refilter("s", "country = FR OR country = DE");
  Settle();
  EXPECT_THAT(Feed(),
              ::testing::UnorderedElementsAre("updated s", "-s " + names[0], "-s " + names[1],
                                              "+s " + names[3], "ready s 2"));
  EXPECT_THAT(Members("s"), UnorderedElementsAre(names[2], names[3]));
  EXPECT_EQ(GetMember("s", names[2])->enter_time().seconds(), stays->enter_time().seconds());
  EXPECT_EQ(GetMember("s", names[3])->enter_time().seconds(), stays->enter_time().seconds() + 3600);
  EXPECT_EQ(Count("segment_set"), 1) << "what is not needed is deleted";
  EXPECT_EQ(Count("segment_member"), 2);
}

TEST_F(SegmentsTest, UpdateChangesWhatItNames) {
  CreateAndSettle("s", "country = GB");
  ASSERT_OK_AND_ASSIGN(v1::Segment segment, Get("s"));
  Feed();
  v1::Segment change;
  change.set_name("segments/s");
  change.set_display_name("British");
  change.set_description("Those of the islands");
  ASSERT_OK_AND_ASSIGN(const v1::Segment named, Update(change));
  EXPECT_EQ(named.display_name(), "British");
  EXPECT_EQ(named.description(), "Those of the islands");
  EXPECT_EQ(named.filter(), "country = GB");
  EXPECT_EQ(named.state(), v1::Segment::STATE_READY) << "texts do not look for members";
  EXPECT_NE(named.etag(), segment.etag());
  EXPECT_THAT(Feed(), ElementsAre("updated s"));
  EXPECT_OK(Update(change));
  EXPECT_THAT(Feed(), IsEmpty()) << "nothing changed";

  segment.set_display_name("x");
  EXPECT_THAT(Update(segment, {"*"}), HasReason("ETAG_MISMATCH"));
  segment.set_etag(named.etag());
  segment.clear_description();
  ASSERT_OK_AND_ASSIGN(const v1::Segment all, Update(segment, {"*"}));
  EXPECT_EQ(all.description(), "");
  EXPECT_THAT(Update(change, {"nonsense"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_OK(Update(change, {"member_count", "state"}));
  change.set_name("segments/new");
  EXPECT_THAT(Update(change), HasReason("SEGMENT_NOT_FOUND"));
  change.set_filter("country = FR");
  EXPECT_OK(Update(change, {}, /*allow_missing=*/true));
  EXPECT_OK(Get("new"));
}

TEST_F(SegmentsTest, BadSegmentsAreRefused) {
  EXPECT_THAT(Create("gb", "contry = GB"), HasReason("INVALID_FILTER"));
  EXPECT_THAT(Create("gb", " "), HasReason("INVALID_FILTER"));
  for (const std::string& id :
       std::vector<std::string>{"GB", "1gb", "gb-", "g_b", std::string(64, 'g')}) {
    EXPECT_THAT(Create(id, "country = GB"), HasReason("INVALID_SEGMENT_ID")) << id;
  }
  EXPECT_OK(Create(std::string(63, 'g'), "country = GB"));
  EXPECT_THAT(Create(std::string(63, 'g'), "country = GB"), HasReason("SEGMENT_EXISTS"));
  v1::CreateSegmentRequest request;
  request.mutable_segment()->set_filter("country = GB");
  request.mutable_segment()->set_display_name(std::string(201, 'x'));
  EXPECT_THAT(Call(*segments_, &Stub::CreateSegment, request), HasReason("INVALID_TEXT"));
  request.mutable_segment()->set_display_name("x");
  request.mutable_segment()->set_description(std::string(2001, 'x'));
  EXPECT_THAT(Call(*segments_, &Stub::CreateSegment, request), HasReason("INVALID_TEXT"));
  request.mutable_segment()->set_description("");
  request.mutable_segment()->set_name("segments/x");
  EXPECT_THAT(Call(*segments_, &Stub::CreateSegment, request), HasReason("INVALID_NAME"));
  request.mutable_segment()->clear_name();
  ASSERT_OK_AND_ASSIGN(const v1::Segment named, Call(*segments_, &Stub::CreateSegment, request));
  EXPECT_THAT(named.name(), ::testing::MatchesRegex("segments/s[0-9a-z]{26}"));
  EXPECT_THAT(Get("none"), HasReason("SEGMENT_NOT_FOUND"));
}

TEST_F(SegmentsTest, AtMostAThousand) {
  ASSERT_OK(server_.store().Write([](Transaction& tx) {
    return tx
        .Sql(
            "INSERT INTO segment (id, display_name, description, filter, state, error_code, "
            "error_reason, error_message, version, create_time, update_time) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) "
            "SELECT 'a' || i, '', '', 'country = GB', 2, 0, '', '', 1, 0, 0 FROM n")
        .Run();
  }));
  EXPECT_OK(Create("last", "country = GB"));
  EXPECT_THAT(Create("more", "country = GB"), HasReason("TOO_MANY_SEGMENTS"));
  v1::ListSegmentsRequest request;
  request.set_page_size(300);
  std::vector<std::string> names;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Call(*segments_, &Stub::ListSegments, request));
    for (const v1::Segment& segment : page.segments()) names.push_back(segment.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(names.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST_F(SegmentsTest, ValidateOnlyAndRepeatsChangeNothingMore) {
  v1::CreateSegmentRequest request;
  request.set_segment_id("gb");
  request.mutable_segment()->set_filter("country = GB");
  request.set_validate_only(true);
  EXPECT_OK(Call(*segments_, &Stub::CreateSegment, request));
  EXPECT_EQ(Count("segment") + Count("segment_set") + Count("feed"), 0);
  // A plan that was compiled and rolled back is not used for the next, which is another.
  request.mutable_segment()->set_filter("country = FR");
  request.set_validate_only(false);
  request.set_request_id("once");
  ASSERT_OK_AND_ASSIGN(const v1::Segment first, Call(*segments_, &Stub::CreateSegment, request));
  ASSERT_OK_AND_ASSIGN(const v1::Segment again, Call(*segments_, &Stub::CreateSegment, request));
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  Settle();
  const std::string bea = Customer("FR");
  Customer("GB");
  EXPECT_THAT(Members("gb"), ElementsAre(bea));
}

TEST_F(SegmentsTest, DeletingASegmentTakesItAway) {
  const std::string ann = Customer("GB");
  CreateAndSettle("gb", "country = GB AND create_time > ago(\"90d\")");
  CreateAndSettle("other", "country = GB");
  Feed();
  EXPECT_EQ(Count("segment_timer"), 1);
  EXPECT_OK(Delete("gb"));
  EXPECT_THAT(Feed(), ElementsAre("deleted gb"));
  EXPECT_THAT(Get("gb"), HasReason("SEGMENT_NOT_FOUND"));
  EXPECT_THAT(SegmentsOf(ann), IsOkAndHolds(ElementsAre("segments/other")));
  Settle();
  EXPECT_EQ(Count("segment_set"), 1);
  EXPECT_EQ(Count("segment_member"), 1);
  EXPECT_EQ(Count("segment_timer"), 0);
  EXPECT_THAT(Delete("gb"), HasReason("SEGMENT_NOT_FOUND"));
  // The id is free again.
  CreateAndSettle("gb", "country = FR");
  EXPECT_EQ(Get("gb")->member_count(), 0);
}

TEST_F(SegmentsTest, MembersAreListedInPagesById) {
  std::vector<std::string> names;
  for (int i = 0; i < 25; ++i) names.push_back(Customer(i % 2 == 0 ? "GB" : "FR"));
  CreateAndSettle("gb", "country = GB");
  const std::vector<std::string> all = Members("gb");
  EXPECT_EQ(all.size(), 13u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(Members("gb", 4), all);
  EXPECT_EQ(Members("gb", 13), all);
  EXPECT_EQ(Export("gb"), all);
  v1::ListSegmentMembersRequest request;
  request.set_parent("segments/gb");
  request.set_page_size(-1);
  EXPECT_THAT(Call(*segments_, &Stub::ListSegmentMembers, request), HasReason("INVALID_PAGE_SIZE"));
  request.set_parent("segments/none");
  request.set_page_size(1);
  EXPECT_THAT(Call(*segments_, &Stub::ListSegmentMembers, request), HasReason("SEGMENT_NOT_FOUND"));
  EXPECT_THAT(GetMember("gb", names[1]), HasReason("SEGMENT_MEMBER_NOT_FOUND"));
  EXPECT_THAT(GetMember("none", names[0]), HasReason("SEGMENT_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const v1::SegmentMember member, GetMember("gb", names[0]));
  EXPECT_EQ(member.name(), "segments/gb/members/" + names[0].substr(sizeof "customers"));
  EXPECT_EQ(member.customer(), names[0]);
}

TEST_F(SegmentsTest, ACustomersSegments) {
  const std::string ann = Customer("GB", "", {"vip"});
  for (const auto& [id, filter] : std::map<std::string, std::string>{
           {"c", "country = GB"}, {"a", "tags:vip"}, {"b", "tags:new"}, {"d", "NOT tags:new"}}) {
    CreateAndSettle(id, filter);
  }
  EXPECT_THAT(SegmentsOf(ann), IsOkAndHolds(ElementsAre("segments/a", "segments/c", "segments/d")));
  EXPECT_THAT(SegmentsOf("customers/none"), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(SegmentsOf(""), HasReason("NAME_MISSING"));
}

TEST_F(SegmentsTest, CallersLimitedToStoresSeeTheirOwn) {
  const std::string ann = Customer("GB", "s1");
  const std::string bea = Customer("GB", "s2");
  const std::string cat = Customer("GB");
  CreateAndSettle("gb", "country = GB");
  EXPECT_THAT(Members("gb", 1, kOfStore1), ElementsAre(ann));
  EXPECT_THAT(Export("gb", kOfStore1), ElementsAre(ann));
  EXPECT_OK(GetMember("gb", ann, kOfStore1));
  EXPECT_THAT(GetMember("gb", bea, kOfStore1), HasReason("SEGMENT_MEMBER_NOT_FOUND"));
  EXPECT_OK(SegmentsOf(ann, kOfStore1));
  EXPECT_THAT(SegmentsOf(bea, kOfStore1), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_FALSE(Get("gb", kOfStore1)->has_member_count());
  EXPECT_TRUE(Get("gb")->has_member_count());
  EXPECT_THAT(Create("x", "country = GB", kOfStore1), HasReason("STORE_LIMITED"));
  v1::Segment segment;
  segment.set_name("segments/gb");
  segment.set_display_name("x");
  EXPECT_THAT(Update(segment, {}, false, kOfStore1), HasReason("STORE_LIMITED"));
  EXPECT_THAT(Delete("gb", kOfStore1), HasReason("STORE_LIMITED"));
  EXPECT_THAT(Compute(v1::RFM_DAY_TODAY, kOfStore1), HasReason("STORE_LIMITED"));
  EXPECT_THAT(Table(kOfStore1), HasReason("STORE_LIMITED"));
  ASSERT_OK_AND_ASSIGN(const auto preview, Preview("country = GB", 5, kOfStore1));
  EXPECT_EQ(preview.customer_count(), 1);
  EXPECT_EQ(preview.estimated_count(), 1);
  ASSERT_EQ(preview.sample_size(), 1);
  EXPECT_EQ(preview.sample(0).name(), ann);
  EXPECT_EQ(Count("feed WHERE realm = 's1' AND type LIKE '%segment_entered%'"), 1);
}

TEST_F(SegmentsTest, APreviewOfFewIsExact) {
  for (int i = 0; i < 10; ++i) Customer(i < 4 ? "GB" : "FR");
  ASSERT_OK_AND_ASSIGN(const auto preview, Preview("country = GB", 3));
  EXPECT_TRUE(preview.exact());
  EXPECT_EQ(preview.estimated_count(), 4);
  EXPECT_EQ(preview.matched_count(), 4);
  EXPECT_EQ(preview.examined_count(), 10);
  EXPECT_EQ(preview.customer_count(), 10);
  ASSERT_EQ(preview.sample_size(), 3);
  EXPECT_EQ(preview.sample(0).country(), "GB");
  EXPECT_EQ(Preview("country = GB")->sample_size(), 0);
  EXPECT_THAT(Preview("country = GB", 21), HasReason("INVALID_SAMPLE_SIZE"));
  EXPECT_THAT(Preview("contry = GB"), HasReason("INVALID_FILTER"));
  EXPECT_THAT(Preview(""), HasReason("INVALID_FILTER"));
}

TEST_F(SegmentsTest, APreviewOfManyIsAnEvenSample) {
  constexpr int64_t kCustomers = 50'000;
  // The first fifth has gaps between its keys; every third is from GB.
  ASSERT_OK(server_.store().Write([&](Transaction& tx) {
    return tx
        .Sql(
            "INSERT INTO customer (key, id, display_name, given_name, family_name, company, kind, "
            "language, country, country_set, time_zone, home_store, birthday, parts, version, "
            "create_time, update_time) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "SELECT CASE WHEN i <= 10000 THEN 7 * i ELSE 60000 + i END, 'c' || i, '', '', '', '', "
            "1, '', CASE i % 3 WHEN 0 THEN 'GB' ELSE 'FR' END, 1, '', "
            "CASE WHEN i <= 300 THEN 's1' ELSE '' END, '', 0, 1, 0, 0 FROM n",
            kCustomers)
        .Run();
  }));
  ASSERT_OK_AND_ASSIGN(const auto preview, Preview("country = GB"));
  EXPECT_FALSE(preview.exact());
  EXPECT_EQ(preview.customer_count(), kCustomers);
  EXPECT_LE(preview.examined_count(), 20'000);
  EXPECT_GT(preview.examined_count(), 15'000);
  EXPECT_NEAR(preview.estimated_count(), kCustomers / 3, 300);
  ASSERT_OK_AND_ASSIGN(const auto of_store, Preview("country = GB", 0, kOfStore1));
  EXPECT_TRUE(of_store.exact());
  EXPECT_EQ(of_store.customer_count(), 300);
  EXPECT_EQ(of_store.matched_count(), 100);
}

TEST_F(SegmentsTest, TimeMovesMembersWithoutAnyFact) {
  const std::string ann = Customer("GB");
  const absl::Time now = server_.clock().Now();  // 14 November 2023, 22:13:20.
  Order("1", ann, now - absl::Hours(24 * 89), 5);
  CreateAndSettle("quiet", "purchases.last_order_time < ago(\"90d\")");
  CreateAndSettle("recent", "orders(\"90d\").count > 0");
  EXPECT_THAT(Members("recent"), ElementsAre(ann));
  Feed();
  const auto go_to = [&](absl::Time time) {
    server_.clock().Set(time);
    Settle();
  };
  // The 90 days with today begin on 17 August, the order's day, until midnight.
  const absl::Time midnight = absl::FromCivil(absl::CivilDay(2023, 11, 15), absl::UTCTimeZone());
  go_to(midnight - absl::Microseconds(1));
  EXPECT_THAT(Feed(), IsEmpty());
  go_to(midnight);
  EXPECT_THAT(Feed(), ElementsAre("-recent " + ann));
  // ago("90d") moves with the clock.
  go_to(now + absl::Hours(24));
  EXPECT_THAT(Feed(), IsEmpty());
  go_to(now + absl::Hours(24) + absl::Microseconds(1));
  EXPECT_THAT(Feed(), ElementsAre("+quiet " + ann));
  EXPECT_THAT(Members("quiet"), ElementsAre(ann));
  Order("2", ann, server_.clock().Now(), 5);
  EXPECT_THAT(Feed(), UnorderedElementsAre("-quiet " + ann, "+recent " + ann));
}

TEST_F(SegmentsTest, ReadingTouchesNothingAndAsksNobody) {
  for (int i = 0; i < 20; ++i) Customer("GB");
  CreateAndSettle("gb", "country = GB AND update_time > ago(\"30d\")");
  // A fact that nobody told the segments of: whoever looked at customers would notice.
  ASSERT_OK(server_.store().Write(
      [](Transaction& tx) { return tx.Sql("UPDATE customer SET country = 'FR'").Run(); }));
  const int64_t before = Touched();
  EXPECT_EQ(Get("gb")->member_count(), 20);
  EXPECT_EQ(Members("gb", 7).size(), 20u);
  EXPECT_EQ(Export("gb").size(), 20u);
  const std::string one = Members("gb")[0];
  EXPECT_OK(GetMember("gb", one));
  EXPECT_THAT(SegmentsOf(one), IsOkAndHolds(ElementsAre("segments/gb")));
  EXPECT_EQ(Touched() - before, 1) << "the two looks themselves: each moves store_meta, no more";
}

TEST_F(SegmentsTest, AFactTouchesItsCustomersRowsOnly) {
  CreateAndSettle("gb", "country = GB");
  CreateAndSettle("fr", "country = FR");
  CreateAndSettle("old", "create_time < ago(\"10d\")");
  const auto touched_by_a_move = [&](const std::string& customer) {
    const int64_t before = Touched();
    Move(customer, "FR");
    return Touched() - before;
  };
  const int64_t among_one = touched_by_a_move(Customer("GB"));
  for (int i = 0; i < 300; ++i) Customer("GB");
  const std::string last = Customer("GB");
  EXPECT_EQ(touched_by_a_move(last), among_one);
  // The row itself, its event, audit, the time of the store; a member less here, one more there,
  // with their counts and events.
  EXPECT_LE(among_one, 14);
  // A fact that no segment asks for.
  v1::UpdateCustomerRequest request;
  request.mutable_customer()->set_name(last);
  request.mutable_customer()->add_tags("x");
  const int64_t members = Count("segment_member");
  EXPECT_OK(Call(*customers_, &v1::CustomerService::Stub::UpdateCustomer, request));
  EXPECT_EQ(Count("segment_member"), members);
}

TEST_F(SegmentsTest, ADeletedCustomerLeaves) {
  const std::string ann = Customer("GB");
  CreateAndSettle("gb", "country = GB AND create_time > ago(\"10d\")");
  Feed();
  v1::DeleteCustomerRequest request;
  request.set_name(ann);
  EXPECT_OK(Call(*customers_, &v1::CustomerService::Stub::DeleteCustomer, request));
  EXPECT_THAT(Feed(), ElementsAre("-gb " + ann));
  EXPECT_EQ(Get("gb")->member_count(), 0);
  EXPECT_EQ(Count("segment_member") + Count("segment_timer"), 0);
}

// Figures and scores by hand: N = 4, 5 × worse / 4.
TEST_F(SegmentsTest, ScoresAreWorkedOutOnDemand) {
  const absl::Time now = server_.clock().Now();  // 14 November 2023.
  const auto days_ago = [&](int days) { return now - absl::Hours(24 * days); };
  const std::string ann = Customer("GB");  // 0 days, 2 days with orders, 30.
  Order("a1", ann, days_ago(0), 10);
  Order("a2", ann, days_ago(5), 20);
  const std::string bea = Customer("GB");  // 3 days, 1 day, 30.
  Order("b1", bea, days_ago(3), 10);
  Order("b2", bea, days_ago(3) - absl::Seconds(60), 20);
  const std::string cat = Customer("GB");  // 40 days, 1 day, -5.
  Order("c1", cat, days_ago(40), 10);
  Order("c2", cat, days_ago(2), -15);
  const std::string dan = Customer("GB");  // 3 days, 1 day, 100.
  Order("d1", dan, days_ago(3), 100);
  const std::string eve = Customer("GB");  // Only returned.
  Order("e1", eve, days_ago(1), -5);
  CreateAndSettle("best", "rfm.recency = 4 AND rfm.monetary >= 2");
  CreateAndSettle("unscored", "NOT rfm.recency:*");
  EXPECT_EQ(Get("unscored")->member_count(), 5);
  EXPECT_THAT(Table(), HasReason("RFM_NOT_COMPUTED"));
  Feed();
  ASSERT_OK_AND_ASSIGN(const auto operation, Compute());
  EXPECT_FALSE(operation.done());
  EXPECT_THAT(operation.name(), ::testing::StartsWith("operations/"));
  Settle();
  EXPECT_THAT(Feed(),
              UnorderedElementsAre("rfm 2023-11-14 4", "+best " + ann, "-unscored " + ann,
                                   "-unscored " + bea, "-unscored " + cat, "-unscored " + dan));
  const auto scores = [&](const std::string& name) {
    const v1::RfmScore rfm = GetCustomer(name).rfm();
    return absl::StrCat(rfm.recency(), rfm.frequency(), rfm.monetary(), " ", rfm.recency_days(),
                        " ", rfm.order_days(), " ", rfm.revenue().micros() / 1'000'000, " ",
                        rfm.as_of());
  };
  // Worse by recency: ann 3, bea and dan 1, cat 0. By money: dan 3, ann and bea 1, cat 0.
  EXPECT_EQ(scores(ann), "442 0 2 30 2023-11-14");
  EXPECT_EQ(scores(bea), "212 3 1 30 2023-11-14");
  EXPECT_EQ(scores(cat), "111 40 1 -5 2023-11-14");
  EXPECT_EQ(scores(dan), "214 3 1 100 2023-11-14");
  EXPECT_FALSE(GetCustomer(eve).has_rfm());

  ASSERT_OK_AND_ASSIGN(const v1::RfmTable table, Table());
  EXPECT_EQ(table.as_of(), "2023-11-14");
  EXPECT_EQ(table.customer_count(), 4);
  std::vector<std::string> cells;
  for (const v1::RfmTable::Cell& cell : table.cells()) {
    cells.push_back(absl::StrCat(cell.recency(), cell.frequency(), cell.monetary(), " ",
                                 cell.customer_count(), " ", cell.revenue().micros() / 1'000'000,
                                 cell.revenue().currency_code()));
  }
  EXPECT_THAT(cells, ElementsAre("111 1 -5EUR", "212 1 30EUR", "214 1 100EUR", "442 1 30EUR"));

  // The day after the latest order or return: 15 November.
  server_.clock().Advance(absl::Hours(24 * 10));
  EXPECT_OK(Compute(v1::RFM_DAY_AFTER_LAST_ORDER));
  Settle();
  EXPECT_EQ(scores(ann), "442 1 2 30 2023-11-15");
  EXPECT_EQ(Count("rfm_score"), 4) << "the scores before are deleted";
  EXPECT_THAT(Feed(), ElementsAre("rfm 2023-11-15 4")) << "no score moved: no segment did";
}

TEST_F(SegmentsTest, OneScoringAtATime) {
  runner_->Stop();
  EXPECT_OK(Compute());
  EXPECT_THAT(Compute(), HasReason("RFM_RUNNING"));
  EXPECT_THAT(Compute(static_cast<v1::RfmDay>(7)), HasReason("INVALID_DAY"));
}

TEST_F(SegmentsTest, ScoresAreWorkedOutAtNightIfTheSettingsSaySo) {
  Order("1", Customer("GB"), server_.clock().Now(), 10);
  server_.clock().Advance(absl::Hours(24));
  Settle();
  EXPECT_THAT(Table(), HasReason("RFM_NOT_COMPUTED"));
  ASSERT_OK(server_.store().Write(
      [](Transaction& tx) { return tx.Sql("UPDATE company_settings SET rfm_nightly = 1").Run(); }));
  server_.clock().Advance(absl::Hours(1));
  Settle();
  EXPECT_THAT(Table(), HasReason("RFM_NOT_COMPUTED")) << "it is 23:13 UTC";
  server_.clock().Advance(absl::Hours(1));
  Settle();
  ASSERT_OK_AND_ASSIGN(const v1::RfmTable table, Table());
  EXPECT_EQ(table.as_of(), "2023-11-16");
  EXPECT_EQ(table.customer_count(), 1);
}

}  // namespace
}  // namespace regulars::customer
