// A person is erased: nothing of them is left in the store's file, and nothing brings them back.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/testing/temp_store.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "customer-svc/rpc/followed_changes.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/store/orders.h"
#include "customer-svc/testing/import_server.h"
#include "customer-svc/testing/segment_world.h"
#include "regulars/customer/v1/behaviour_service.grpc.pb.h"
#include "regulars/customer/v1/consent_service.grpc.pb.h"
#include "regulars/customer/v1/erasure_service.grpc.pb.h"

namespace regulars::customer {
namespace {

using Behaviour = v1::BehaviourService::Stub;
using Consents = v1::ConsentService::Stub;
using Erasures = v1::ErasureService::Stub;
using ::regulars::testing::HasReason;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

class ErasureServiceTest : public ImportServiceTest {
 protected:
  absl::StatusOr<v1::Erasure> Erase(const std::string& more = "",
                                    const std::string& token = CustomerServer::kAdmin) {
    return server_.Call(&Erasures::EraseCustomer,
                        Parse<v1::EraseCustomerRequest>("name: '" + zoe_.name() + "' " + more),
                        token);
  }

  // Waits until the service's own part is done.
  v1::Erasure Finish(const std::string& name) {
    v1::GetErasureRequest request;
    request.set_name(name);
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (absl::Now() < deadline) {
      const auto erasure = server_.Call(&Erasures::GetErasure, request);
      EXPECT_OK(erasure);
      if (!erasure.ok() || erasure->state() == v1::Erasure::STATE_DONE) {
        return erasure.value_or(v1::Erasure());
      }
      absl::SleepFor(absl::Milliseconds(2));
    }
    ADD_FAILURE() << "the erasure does not end";
    return {};
  }

  // The store's file, whole, as a backup of it has it.
  std::string StoreBytes(const std::string& name) {
    const std::string path = server_.server().store().folder() + "/" + name;
    EXPECT_OK(server_.server().store()->Backup(path));
    return ReadFile(path);
  }

  // All that can be known of a person.
  void Live() {
    v1::UpdateCustomerRequest update;
    *update.mutable_customer() = Parse<v1::Customer>(R"(
        company: "Fitzroy Kites" tags: "kite-flyer" birthday: "1985-06-30"
        addresses { lines: "7 Wuthering Lane" country: "GB" })");
    update.mutable_customer()->set_name(zoe_.name());
    update.set_request_id("zoe-1");
    EXPECT_OK(server_.Call(&Customers::UpdateCustomer, update));
    v1::CreateOrderRequest order;
    *order.mutable_order() = MakeOrder("r-1", R"(
        lines { item: "kite" description: "Engraved: for Heathcliff" quantity_micros: 1000000 }
        shipments { shipment_id: "ship-zzz" tracking_number: "JD0002219" }
        payments { payment_id: "pay-zzz" amount_micros: 1 })");
    order.mutable_order()->set_customer(zoe_.name());
    order.set_request_id("zoe-2");
    EXPECT_OK(server_.Call(&Orders::CreateOrder, order));
    v1::SetConsentRequest consent;
    *consent.mutable_consent() = Parse<v1::Consent>(
        "channel: 'email' state: STATE_GRANTED source: 'till' proof: 'signed Zoe F.'");
    consent.mutable_consent()->set_customer(zoe_.name());
    EXPECT_OK(server_.Call(&Consents::SetConsent, consent));
    EXPECT_OK(server_.Call(
        &Behaviour::IngestEvents,
        Parse<v1::IngestEventsRequest>("events { source: 'shop' message_id: '1' event_name: 'seen' "
                                       "item: 'sku-heath' quantity_micros: 2771001 store: 'leeds' "
                                       "value { currency_code: 'EUR' micros: 2772002 } "
                                       "customer: '" +
                                       zoe_.name() + "' }")));
    EXPECT_OK(server_.server().store().Write([&](Transaction& tx) {
      return ChangeLoyalty(tx, zoe_.name(), [](std::optional<LoyaltyFacts>& loyalty) {
        loyalty = LoyaltyFacts{"members/zzzmember", "gold", 7};
      });
    }));
    EXPECT_OK(server_.server().store().Write([&](Transaction& tx) {
      v1::TimelineEvent::MessageEntry sent;
      sent.set_message("messages/zzzmessage");
      sent.set_what(v1::TimelineEvent::MessageEntry::WHAT_SENT);
      return TellOfMessage(tx, zoe_.name(), sent, absl::FromUnixSeconds(1'600'000'000));
    }));
    // Two lines that are refused, one of which is about her.
    Import(
        "receipt_number,time,item,quantity,unit_price,currency,customer\n"
        "9,nonsense,kite,1,1,EUR,KITE-4711\n"
        "10,nonsense,kite,1,1,EUR,other\n");
  }

  static const std::vector<std::string>& Traces() {
    // Item codes are no trace: followers are told what was looked at, not by whom.
    static const auto& traces = *new std::vector<std::string>{"zoe.fitz@example.com",
                                                              "+442079460123",
                                                              "KITE-4711",
                                                              "Wuthering",
                                                              "Fitzroy",
                                                              "Heathcliff",
                                                              "JD0002219",
                                                              "ship-zzz",
                                                              "pay-zzz",
                                                              "signed Zoe",
                                                              "zzzmember",
                                                              "zzzmessage",
                                                              "1985-06-30",
                                                              "kite-flyer",
                                                              "Zoe Amaranthe",
                                                              "amaranthe"};
    return traces;
  }

  const v1::Customer zoe_ = MakeCustomer(R"(
      given_name: "Zoe Amaranthe" family_name: "Fitz" emails { address: "zoe.fitz@example.com" }
      phones { number: "+442079460123" } external_ids { system: "card" id: "KITE-4711" })");
};

TEST_F(ErasureServiceTest, NothingOfThePersonIsLeftInTheStore) {
  Live();
  const std::string before = StoreBytes("before.db");
  for (const std::string& trace : Traces()) {
    EXPECT_TRUE(absl::StrContains(before, trace))
        << trace << " is in no table: what is looked for?";
  }
  const int64_t position = Position();
  ASSERT_OK_AND_ASSIGN(const v1::Erasure erasure, Erase());
  EXPECT_EQ(erasure.customer(), zoe_.name());
  EXPECT_EQ(erasure.requested_by(), "users/admin");
  v1::GetCustomerRequest get;
  get.set_name(zoe_.name());
  EXPECT_THAT(server_.Call(&Customers::GetCustomer, get), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Finish(erasure.name()).parts(), SizeIs(1));
  const std::string after = StoreBytes("after.db");
  for (const std::string& trace : Traces()) {
    EXPECT_FALSE(absl::StrContains(after, trace)) << trace;
  }
  EXPECT_THAT(server_.EventsAfter(position),
              ElementsAre("customer_deleted " + zoe_.name(), "erasure_requested " + zoe_.name(),
                          "erasure_completed " + erasure.name()));
  EXPECT_EQ(server_.Count("import_refusal"), 1) << "the line about somebody else stays";
}

TEST_F(ErasureServiceTest, OrdersStayWithoutThePersonAndChangeNoMore) {
  Live();
  ASSERT_OK_AND_ASSIGN(const v1::Erasure erasure, Erase());
  Finish(erasure.name());
  v1::LookupOrderRequest lookup;
  lookup.set_source("till");
  lookup.set_receipt_number("r-1");
  ASSERT_OK_AND_ASSIGN(const v1::Order order, server_.Call(&Orders::LookupOrder, lookup));
  EXPECT_TRUE(order.erased());
  EXPECT_EQ(order.customer(), "");
  EXPECT_EQ(order.lines(1).item(), "kite");
  EXPECT_EQ(order.lines(1).description(), "");
  EXPECT_EQ(order.shipments(0).shipment_id(), "1");
  EXPECT_EQ(order.totals().sales_amount().micros(), 2'500'000);
  // The shop sends it again, with all it says of the person.
  v1::UpsertOrderRequest upsert;
  *upsert.mutable_order() =
      MakeOrder("r-1", "customer_identifier { email: 'zoe.fitz@example.com' } till: '9'");
  for (const auto unknown : {v1::UNKNOWN_CUSTOMER_REFUSE, v1::UNKNOWN_CUSTOMER_CREATE}) {
    upsert.set_unknown_customer(unknown);
    ASSERT_OK_AND_ASSIGN(const auto again, server_.Call(&Orders::UpsertOrder, upsert));
    EXPECT_EQ(again.outcome(), type::v1::UPSERT_OUTCOME_UNCHANGED);
  }
  EXPECT_EQ(server_.Count("customer"), 0);
  v1::Order change;
  change.set_name(order.name());
  change.set_till("9");
  EXPECT_THAT(Update(change, {"till"}), HasReason("ORDER_ERASED"));
  EXPECT_THAT(Cancel(order.name()), HasReason("ORDER_ERASED"));
}

TEST_F(ErasureServiceTest, ARepeatedCallDoesNotBringThePersonBack) {
  v1::CreateCustomerRequest create;
  create.mutable_customer()->set_given_name("Bob");
  create.set_request_id("bob");
  ASSERT_OK_AND_ASSIGN(const v1::Customer bob, server_.Call(&Customers::CreateCustomer, create));
  create.mutable_customer()->set_given_name("Carl");
  create.set_request_id("carl");
  EXPECT_OK(server_.Call(&Customers::CreateCustomer, create));
  v1::EraseCustomerRequest erase;
  erase.set_name(bob.name());
  erase.set_request_id("erase-bob");
  ASSERT_OK_AND_ASSIGN(const auto erasure, server_.Call(&Erasures::EraseCustomer, erase));
  Finish(erasure.name());
  create.mutable_customer()->set_given_name("Bob");
  create.set_request_id("bob");
  EXPECT_THAT(server_.Call(&Customers::CreateCustomer, create), HasReason("REPLY_ERASED"));
  create.mutable_customer()->set_given_name("Carl");
  create.set_request_id("carl");
  EXPECT_OK(server_.Call(&Customers::CreateCustomer, create)) << "others' replies stay";
  ASSERT_OK_AND_ASSIGN(const auto again, server_.Call(&Erasures::EraseCustomer, erase));
  EXPECT_EQ(again.name(), erasure.name()) << "so does that of the erasure itself";
}

TEST_F(ErasureServiceTest, TwiceIsOnceAndRefusals) {
  EXPECT_THAT(Erase("etag: '\"x\"'"), HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(Erase("", CustomerServer::Of("bath")), HasReason("STORE_LIMITED"));
  EXPECT_OK(Erase("validate_only: true"));
  EXPECT_EQ(server_.Count("customer"), 1);
  ASSERT_OK_AND_ASSIGN(const v1::Erasure first, Erase());
  ASSERT_OK_AND_ASSIGN(const v1::Erasure second, Erase());
  EXPECT_EQ(first.name(), second.name());
  v1::EraseCustomerRequest nobody;
  nobody.set_name("customers/nobody");
  EXPECT_THAT(server_.Call(&Erasures::EraseCustomer, nobody), HasReason("CUSTOMER_NOT_FOUND"));
  v1::GetErasureRequest get;
  get.set_name("erasures/none");
  EXPECT_THAT(server_.Call(&Erasures::GetErasure, get), HasReason("ERASURE_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const auto listed, server_.Call(&Erasures::ListErasures, {}));
  EXPECT_THAT(listed.erasures(), SizeIs(1));
}

TEST_F(ErasureServiceTest, WhoWasDeletedCanBeErased) {
  Live();
  v1::Order claimed = MustCreate("r-2",
                                 "lines { item: 'jug' description: 'For Bob' "
                                 "quantity_micros: 1000000 } customer: '" +
                                     zoe_.name() + "'");
  v1::DeleteCustomerRequest remove;
  remove.set_name(zoe_.name());
  remove.set_force(true);
  EXPECT_OK(server_.Call(&Customers::DeleteCustomer, remove));
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (server_.Count("departed_customer") > 0 && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(2));
  }
  // One of the orders is somebody else's now, and stays as it is.
  const v1::Customer bob = MakeCustomer("given_name: 'Bob'");
  v1::Order change;
  change.set_name(claimed.name());
  change.set_customer(bob.name());
  EXPECT_OK(Update(change, {"customer"}));
  EXPECT_THAT(Erase("etag: 'x'"), HasReason("ETAG_MISMATCH"));
  const int64_t position = Position();
  ASSERT_OK_AND_ASSIGN(const v1::Erasure erasure, Erase());
  EXPECT_THAT(server_.EventsAfter(position), ElementsAre("erasure_requested " + zoe_.name()));
  Finish(erasure.name());
  const std::string after = StoreBytes("after.db");
  for (const char* trace : {"Heathcliff", "JD0002219", "ship-zzz", "pay-zzz", "Wuthering"}) {
    EXPECT_FALSE(absl::StrContains(after, trace)) << trace;
  }
  ASSERT_OK_AND_ASSIGN(const v1::Order of_bob, Get(claimed.name()));
  EXPECT_FALSE(of_bob.erased());
  EXPECT_EQ(of_bob.lines(1).description(), "For Bob");
  v1::LookupOrderRequest lookup;
  lookup.set_source("till");
  lookup.set_receipt_number("r-1");
  ASSERT_OK_AND_ASSIGN(const v1::Order of_zoe, server_.Call(&Orders::LookupOrder, lookup));
  EXPECT_TRUE(of_zoe.erased());
}

TEST_F(ErasureServiceTest, AnExportHoldsAllThatIsKnown) {
  Live();
  v1::ExportCustomerRequest request;
  request.set_name(zoe_.name());
  ASSERT_OK_AND_ASSIGN(const auto file, server_.Call(&Erasures::ExportCustomer, request));
  EXPECT_EQ(file.content_type(), "application/json");
  google::protobuf::Struct parsed;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(file.data(), &parsed).ok());
  EXPECT_THAT(parsed.fields().at("exportTime").string_value(),
              ::testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"));
  for (const char* trace : {"zoe.fitz@example.com", "+442079460123", "KITE-4711", "Wuthering",
                            "Heathcliff", "JD0002219", "signed Zoe", "sku-heath", "kite-flyer",
                            "2771001", "2772002", "leeds", "zzzmember", "gold", "\"sends\":"}) {
    EXPECT_TRUE(absl::StrContains(file.data(), trace)) << trace;
  }
  request.set_name("customers/nobody");
  EXPECT_THAT(server_.Call(&Erasures::ExportCustomer, request), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(server_.Call(&Erasures::ExportCustomer, request, CustomerServer::Of("bath")),
              HasReason("STORE_LIMITED"));
}

TEST(ExportTest, TellsWhetherAskingAnotherServiceAgainMayHelp) {
  struct Case {
    absl::Status answer;
    absl::StatusCode code;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {Unavailable("PEER_UNREACHABLE", "down", absl::Seconds(1)), absl::StatusCode::kUnavailable,
       "SERVICE_UNAVAILABLE"},
      {absl::DeadlineExceededError("slow"), absl::StatusCode::kUnavailable, "SERVICE_UNAVAILABLE"},
      {Unauthenticated("TOKEN_INVALID", "no"), absl::StatusCode::kUnavailable,
       "SERVICE_UNAVAILABLE"},
      {Error(absl::StatusCode::kResourceExhausted, "much", {.reason = "EXPORT_TOO_LARGE"}),
       absl::StatusCode::kResourceExhausted, "EXPORT_TOO_LARGE"},
      {PermissionDenied("SCOPE_MISSING", "no"), absl::StatusCode::kPermissionDenied,
       "SCOPE_MISSING"},
  };
  absl::Status answer;
  const DataHolders holders = {{"loyalty", [&](const Origin&, const auto&) { return answer; }}};
  CustomerServer server(holders);
  v1::CreateCustomerRequest create;
  create.mutable_customer()->set_given_name("Ann");
  ASSERT_OK_AND_ASSIGN(const v1::Customer ann, server.Call(&Customers::CreateCustomer, create));
  v1::ExportCustomerRequest request;
  request.set_name(ann.name());
  for (const Case& c : cases) {
    answer = c.answer;
    const absl::Status status = server.Call(&Erasures::ExportCustomer, request).status();
    EXPECT_EQ(status.code(), c.code) << c.answer;
    const ErrorDetails details = GetErrorDetails(status);
    EXPECT_EQ(details.reason, c.reason) << c.answer;
    EXPECT_THAT(details.metadata, Contains(Pair("service", "loyalty"))) << c.answer;
    EXPECT_EQ(details.retry_after.has_value(), absl::IsUnavailable(status)) << c.answer;
  }
}

// Erasures with others that must confirm.
class ErasureWorldTest : public ::testing::Test {
 protected:
  erasures::Erasure Erase(const std::string& id) {
    erasures::Erasure erasure;
    world_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto customer, customers::Load(tx, id));
      ABSL_ASSIGN_OR_RETURN(erasure, ApplyErasure(tx, customer.value(), {"campaign", "loyalty"}));
      return absl::OkStatus();
    });
    return erasure;
  }
  bool IsComplete(const std::string& id) {
    bool complete = false;
    world_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto erasure, erasures::FindById(db, id));
      complete = erasure.value().complete_time.has_value();
      return absl::OkStatus();
    });
    return complete;
  }
  void Confirm(const std::string& id, const std::string& service) {
    world_.Write([&](Transaction& tx) { return ConfirmErasure(tx, id, service); });
  }

  SegmentWorld world_;
};

TEST_F(ErasureWorldTest, IsCompleteWhenAllHaveConfirmedInAnyOrder) {
  const erasures::Erasure erasure = Erase(world_.Create({}).id);
  Confirm(erasure.id, "loyalty");
  Confirm(erasure.id, "loyalty");
  Confirm(erasure.id, "recommend");                  // Not awaited.
  Confirm("06g1x7k3vq8s5e0h4m2n9p1r3t", "loyalty");  // Not known.
  world_.RunTasks();
  EXPECT_FALSE(IsComplete(erasure.id));
  Confirm(erasure.id, "campaign");
  EXPECT_TRUE(IsComplete(erasure.id));
}

TEST_F(ErasureWorldTest, NoFileHoldsThePersonOnceItsPartIsConfirmed) {
  Customer zoe;
  zoe.given_name = "Amaranthe";
  zoe = world_.Create(zoe);
  const erasures::Erasure erasure = Erase(zoe.id);
  world_.RunTasks();
  // Others write on, so that the store has no quiet moment.
  world_.Create({});
  for (const char* suffix : {"", "-wal"}) {
    const std::string bytes = ReadFile(world_.store().path() + suffix);
    EXPECT_FALSE(absl::StrContains(bytes, "maranthe")) << suffix;
  }
  Confirm(erasure.id, "campaign");
  Confirm(erasure.id, "loyalty");
  EXPECT_TRUE(IsComplete(erasure.id));
}

TEST_F(ErasureWorldTest, ALongHistoryGoesInSteps) {
  const Customer till = world_.Create({});
  for (int i = 0; i < 200; ++i) {
    world_.Order(absl::StrCat(i), till.id, world_.now() - absl::Hours(i), 1, 1'000'000);
  }
  world_.Write([&](Transaction& tx) -> absl::Status {
    for (int64_t i = 0; i < 1'200; ++i) {
      ABSL_RETURN_IF_ERROR(followed::AddEntry(tx, till.key,
                                              {.event_time = absl::FromUnixSeconds(i),
                                               .reference = absl::StrCat("posting ", i),
                                               .kind = v1::TimelineEvent::KIND_POINTS,
                                               .entry = "x"})
                               .status());
    }
    return absl::OkStatus();
  });
  const int64_t before = world_.TotalChanges();
  const erasures::Erasure erasure = Erase(till.id);
  EXPECT_LT(world_.TotalChanges() - before, 300) << "days of purchases, but no orders or entries";
  world_.Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto order, orders::FindByReceipt(db, "till", "7"));
    EXPECT_TRUE(order->order.erased) << "before its turn has come";
    EXPECT_FALSE(order->order.buyer);
    ABSL_ASSIGN_OR_RETURN(const bool erased, orders::IsErased(db, "till", "7"));
    EXPECT_TRUE(erased);
    return absl::OkStatus();
  });
  const Customer other = world_.Create({});
  EXPECT_NE(other.key, till.key) << "it is not given to another one meanwhile";
  world_.RunTasks();
  world_.Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(
        const auto marked,
        db.Sql("SELECT COUNT(*) FROM customer_order WHERE erased = 2 AND customer IS NULL")
            .First<int64_t>());
    EXPECT_EQ(marked, 200);
    ABSL_ASSIGN_OR_RETURN(const auto left,
                          db.Sql("SELECT (SELECT COUNT(*) FROM timeline_entry) + (SELECT COUNT(*) "
                                 "FROM departed_customer)")
                              .First<int64_t>());
    EXPECT_EQ(left, 0);
    return absl::OkStatus();
  });
  EXPECT_FALSE(IsComplete(erasure.id)) << "the others have not confirmed";
}

}  // namespace
}  // namespace regulars::customer
