// Many customers at once over gRPC: batches, streams, tags, callers that get in each other's way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "customer-svc/testing/customer_fixture.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(CustomerServiceTest, ABatchOfAThousand) {
  v1::BatchUpsertCustomersRequest request;
  for (int i = 0; i < 1000; ++i) {
    // Every tenth is refused, every fourth is the one before again.
    const int number = i % 4 == 3 ? i - 1 : i;
    *request.add_upserts()->mutable_customer() = Parse<v1::Customer>(
        absl::StrCat("given_name: 'Customer ", number, "' external_ids { system: 'erp' id: '",
                     number, "' }", i % 10 == 9 ? "country: 'UK'" : ""));
  }
  ASSERT_OK_AND_ASSIGN(const auto reply, server_.Call(&Customers::BatchUpsertCustomers, request));
  ASSERT_THAT(reply.results(), SizeIs(1000));
  int created = 0;
  for (int i = 0; i < 1000; ++i) {
    const type::v1::UpsertResult& result = reply.results(i);
    EXPECT_EQ(result.index(), i);
    if (i % 10 == 9) {
      EXPECT_EQ(result.outcome(), type::v1::UPSERT_OUTCOME_REFUSED);
      EXPECT_THAT(FromProto(result.error()), HasReason("INVALID_COUNTRY"));
      EXPECT_EQ(GetErrorDetails(FromProto(result.error())).violations.at(0).field,
                "customer.country");
      EXPECT_THAT(result.name(), IsEmpty());
    } else if (i % 4 == 3) {
      EXPECT_EQ(result.outcome(), type::v1::UPSERT_OUTCOME_UNCHANGED) << i;
      EXPECT_EQ(result.name(), reply.results(i - 1).name());
    } else {
      EXPECT_EQ(result.outcome(), type::v1::UPSERT_OUTCOME_CREATED) << i;
      ++created;
    }
  }
  EXPECT_EQ(server_.Count("customer"), created);
  EXPECT_EQ(position(), created);
  // The same again: nothing moves.
  ASSERT_OK_AND_ASSIGN(const auto again, server_.Call(&Customers::BatchUpsertCustomers, request));
  for (const type::v1::UpsertResult& result : again.results()) {
    EXPECT_TRUE(result.outcome() == type::v1::UPSERT_OUTCOME_UNCHANGED ||
                result.outcome() == type::v1::UPSERT_OUTCOME_REFUSED);
  }
  EXPECT_EQ(position(), created);
  EXPECT_THAT(server_.Call(&Customers::BatchUpsertCustomers, {}), HasReason("INVALID_BATCH_SIZE"));
  *request.add_upserts()->mutable_customer() = Parse<v1::Customer>("tags: 'x'");
  EXPECT_THAT(server_.Call(&Customers::BatchUpsertCustomers, request),
              HasReason("INVALID_BATCH_SIZE"));
}

TEST_F(CustomerServiceTest, ARefusedItemOfABatchLeavesNothing) {
  v1::BatchUpsertCustomersRequest request;
  MustCreate("emails { address: 'a@example.com' } tags: 'old'");
  MustCreate("emails { address: 'b@example.com' }");
  const char* const items[] = {
      "emails { address: 'new@example.com' } emails { address: 'bad' } given_name: 'X'",
      "emails { address: 'a@example.com' } emails { address: 'b@example.com' } tags: 'x'",
      "tags: 'x'",
      "emails { address: 'a@example.com' } tags: 'x y'",
      "emails { address: 'a@example.com' } tags: 'new'",
  };
  for (const char* item : items) {
    *request.add_upserts()->mutable_customer() = Parse<v1::Customer>(item);
  }
  const int64_t before = position();
  ASSERT_OK_AND_ASSIGN(const auto reply, server_.Call(&Customers::BatchUpsertCustomers, request));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(reply.results(i).outcome(), type::v1::UPSERT_OUTCOME_REFUSED) << i;
  }
  EXPECT_EQ(reply.results(4).outcome(), type::v1::UPSERT_OUTCOME_UPDATED);
  EXPECT_EQ(server_.Count("customer"), 2);
  EXPECT_EQ(server_.Count("customer_tag"), 2);
  EXPECT_EQ(position(), before + 1);
}

TEST_F(CustomerServiceTest, AStreamAnswersEachItem) {
  constexpr int kItems = 600;
  grpc::ClientContext context;
  testing::Authorize(context, CustomerServer::kAdmin);
  const auto stub = v1::CustomerService::NewStub(server_.server().channel());
  auto stream = stub->StreamUpsertCustomers(&context);
  std::thread writing([&] {
    for (int i = 0; i < kItems; ++i) {
      v1::StreamUpsertCustomersRequest request;
      v1::Customer& customer = *request.mutable_upsert()->mutable_customer();
      if (i % 7 != 3) {
        v1::ExternalId& id = *customer.add_external_ids();
        id.set_system("erp");
        id.set_id(absl::StrCat(i / 2));
      }
      stream->Write(request);
    }
    stream->WritesDone();
  });
  int64_t next = 0;
  for (v1::StreamUpsertCustomersResponse response; stream->Read(&response);) {
    for (const type::v1::UpsertResult& result : response.results()) {
      EXPECT_EQ(result.index(), next);
      if (next % 7 == 3) {
        EXPECT_THAT(FromProto(result.error()), HasReason("IDENTIFIER_MISSING"));
      }
      ++next;
    }
  }
  writing.join();
  EXPECT_OK(FromGrpc(stream->Finish()));
  EXPECT_EQ(next, kItems);
  EXPECT_EQ(server_.Count("customer"), kItems / 2);
  EXPECT_EQ(position(), kItems / 2);
}

TEST_F(CustomerServiceTest, TagsAllOrNone) {
  const v1::Customer ann = MustCreate("tags: 'a' tags: 'b'");
  const v1::Customer bea = MustCreate("tags: 'b'");
  const std::string both = "customers: '" + ann.name() + "' customers: '" + bea.name() + "' ";
  const int64_t before = position();
  ASSERT_OK_AND_ASSIGN(auto reply, Tag(both + "add_tags: 'a' remove_tags: 'zzz'"));
  EXPECT_EQ(reply.changed_count(), 1);
  EXPECT_THAT(Get(bea.name())->tags(), ElementsAre("b", "a"));
  EXPECT_EQ(position(), before + 1);
  ASSERT_OK_AND_ASSIGN(reply, Tag(both + "remove_tags: 'b' add_tags: 'c'"));
  EXPECT_EQ(reply.changed_count(), 2);
  EXPECT_THAT(Get(ann.name())->tags(), ElementsAre("a", "c"));
  EXPECT_THAT(Tag(both + "customers: 'customers/unknown' add_tags: 'd'"),
              HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Get(ann.name())->tags(), ElementsAre("a", "c")) << "none of them";
  EXPECT_THAT(Tag("add_tags: 'd'"), HasReason("INVALID_BATCH_SIZE"));
  const absl::Status untagged = Tag(both).status();
  EXPECT_THAT(untagged, HasReason("TAGS_MISSING"));
  EXPECT_EQ(untagged.message(), "add_tags must hold a tag, unless remove_tags does");
  EXPECT_THAT(Tag(both + "add_tags: 'not ok'"), HasReason("INVALID_TAG"));
  EXPECT_THAT(Tag(both + "add_tags: 'd' remove_tags: 'd'"), HasReason("TAG_ADDED_AND_REMOVED"));
  std::string many;
  for (int i = 0; i < 21; ++i) absl::StrAppend(&many, "add_tags: 't", i, "' ");
  EXPECT_THAT(Tag(both + many), HasReason("TOO_MANY_TAGS"));
  std::string full;
  for (int i = 0; i < 99; ++i) absl::StrAppend(&full, "tags: 't", i, "' ");
  ASSERT_OK(Update(bea.name(), full));
  EXPECT_THAT(Tag(both + "add_tags: 'x' add_tags: 'y'"), HasReason("TOO_MANY_TAGS"));
  EXPECT_THAT(Get(ann.name())->tags(), ElementsAre("a", "c"));
}

TEST_F(CustomerServiceTest, RequestIdsAndRehearsalsWork) {
  v1::CreateCustomerRequest request;
  request.mutable_customer()->add_emails()->set_address("ann@example.com");
  request.set_validate_only(true);
  ASSERT_OK(server_.Call(&Customers::CreateCustomer, request));
  EXPECT_EQ(Rows(), 0);
  request.set_validate_only(false);
  request.set_request_id("one");
  ASSERT_OK_AND_ASSIGN(const auto first, server_.Call(&Customers::CreateCustomer, request));
  ASSERT_OK_AND_ASSIGN(const auto again, server_.Call(&Customers::CreateCustomer, request));
  EXPECT_EQ(first.name(), again.name());
  EXPECT_EQ(server_.Count("customer"), 1);
  request.set_request_id("two");
  EXPECT_THAT(server_.Call(&Customers::CreateCustomer, request), HasReason("IDENTIFIER_TAKEN"));
}

// Many callers make customers with the same few addresses at once: one wins for each.
TEST_F(CustomerServiceTest, ManyCallersAtOnceMakeOneOwner) {
  constexpr int kThreads = 8;
  constexpr int kAddresses = 40;
  std::atomic<int> made{0};
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kAddresses; ++i) {
        const auto result = Create(absl::StrCat("emails { address: \"a", i, "@example.com\" }"));
        if (result.ok()) ++made;
        if (!result.ok() && GetErrorDetails(result.status()).reason == "IDENTIFIER_TAKEN") ++taken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, kAddresses);
  EXPECT_EQ(taken, (kThreads - 1) * kAddresses);
  EXPECT_EQ(server_.Count("customer"), kAddresses);
  EXPECT_EQ(server_.Count("customer_email"), kAddresses);
}

}  // namespace
}  // namespace regulars::customer
