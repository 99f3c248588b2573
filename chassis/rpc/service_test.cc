#include "chassis/rpc/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "chassis/auth/token.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "regulars/testing/v1/box.grpc.pb.h"

namespace regulars::rpc {
namespace {

using ::regulars::testing::Authorize;
using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TestServer;
using ::regulars::testing::TokenFor;
using namespace ::regulars::testing::v1;  // NOLINT: the messages of the service under test.

constexpr Migration kMigrations[] = {
    {1,
     "CREATE TABLE box(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, label TEXT NOT NULL)"}};

constexpr int kMaxUploads = 2;

absl::StatusOr<Box> GetBox(Snapshot& db, const GetBoxRequest& request) {
  ABSL_ASSIGN_OR_RETURN(
      auto label,
      db.Sql("SELECT label FROM box WHERE name = ?", request.name()).First<std::string>());
  if (!label) return NotFound("BOX_NOT_FOUND", "no such box");
  Box box;
  box.set_name(request.name());
  box.set_label(*label);
  return box;
}

absl::StatusOr<Box> Insert(Transaction& tx, const std::string& label) {
  if (label.empty()) return FieldError("box.label", "LABEL_MISSING", "must not be empty");
  Box box;
  box.set_name("boxes/" + tx.NewId());
  box.set_label(label);
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO box (name, label) VALUES (?, ?)", box.name(), label).Run());
  tx.Publish({.type = "box_created", .subject = box.name()});
  return box;
}

absl::StatusOr<Box> CreateBox(Transaction& tx, const CreateBoxRequest& request) {
  return Insert(tx, request.box().label());
}

absl::StatusOr<PageEnd> ExportBoxes(Snapshot& db, const ExportBoxesRequest& request,
                                    std::string& cursor, std::vector<Box>& page) {
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT name, label FROM box WHERE name > ? ORDER BY name LIMIT ?", cursor,
             int64_t{request.page()})
          .Each<std::string, std::string>([&](std::string name, std::string label) {
            page.emplace_back();
            page.back().set_name(name);
            page.back().set_label(label);
          }));
  if (page.empty()) return PageEnd{PageEnd::kDone};
  cursor = page.back().name();
  return PageEnd{PageEnd::kMore};
}

TestServer::Services MakeServices(const Environment& environment) {
  auto service = std::make_unique<Service>(environment, BoxService::service_full_name());
  service->Read("GetBox", GetBox);
  service->Write(
      "CreateBox",
      [](const CreateBoxRequest& request) -> std::optional<Box> {
        if (request.box().label() != "known") return std::nullopt;
        return request.box();
      },
      CreateBox);
  service->Gather("CreateLabelledBox",
                  [](const Origin&, const CreateBoxRequest& request)
                      -> absl::StatusOr<std::function<absl::StatusOr<Box>(Transaction&)>> {
                    if (request.box().label() == "unknown") return absl::NotFoundError("elsewhere");
                    const std::string label = "asked:" + request.box().label();
                    return [label](Transaction& tx) { return Insert(tx, label); };
                  });
  service->Pages("ExportBoxes", ExportBoxes);
  service->Items<StreamBoxesResponse>(
      "StreamBoxes",
      [](Transaction& tx,
         const CreateBoxRequest& request) -> absl::StatusOr<type::v1::UpsertResult> {
        ABSL_ASSIGN_OR_RETURN(const Box box, Insert(tx, request.box().label()));
        type::v1::UpsertResult result;
        result.set_outcome(type::v1::UPSERT_OUTCOME_CREATED);
        result.set_name(box.name());
        return result;
      });
  service->Upload(
      "ImportBoxes",
      [](const Origin&, const ImportBoxesRequest& request, const SpoolFile& file)
          -> absl::StatusOr<std::function<absl::StatusOr<Box>(Transaction&)>> {
        if (request.label() == "bad") return absl::AbortedError("bad");
        const std::string label =
            absl::StrCat(request.label(), ":", file.size_bytes, ":", file.sha256.substr(0, 8));
        return [label](Transaction& tx) { return Insert(tx, label); };
      },
      kMaxUploads);
  service->Read("Ping", [](Snapshot& db, const GetBoxRequest&) -> absl::StatusOr<Box> {
    Box box;
    box.set_name(db.caller().principal);
    return box;
  });
  service->Finish();
  TestServer::Services services;
  services.push_back(std::move(service));
  return services;
}

class ServiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<Box> Create(const std::string& label, const std::string& request_id = "",
                             const std::string& token = "users/a test.read,test.write",
                             std::string* position = nullptr, bool validate_only = false) {
    grpc::ClientContext context;
    if (!token.empty()) Authorize(context, token);
    CreateBoxRequest request;
    request.mutable_box()->set_label(label);
    request.set_request_id(request_id);
    request.set_validate_only(validate_only);
    Box box;
    const absl::Status status = FromGrpc(stub_->CreateBox(&context, request, &box));
    if (!status.ok()) return status;
    const auto& trailer = context.GetServerTrailingMetadata();
    if (const auto it = trailer.find("regulars-position"); position && it != trailer.end()) {
      *position = std::string(it->second.data(), it->second.size());
    }
    return box;
  }

  absl::StatusOr<Box> Get(const std::string& name, const std::string& after = "",
                          absl::Duration timeout = absl::Seconds(10)) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    Authorize(context, "users/a test.read");
    if (!after.empty()) context.AddMetadata("regulars-after", after);
    GetBoxRequest request;
    request.set_name(name);
    Box box;
    const absl::Status status = FromGrpc(stub_->GetBox(&context, request, &box));
    if (!status.ok()) return status;
    return box;
  }

  int64_t Count(const std::string& what) {
    int64_t count = -1;
    EXPECT_OK(server_.store().Read([&](Snapshot& db) {
      const std::string sql = "SELECT COUNT(*) FROM " + what;
      ABSL_ASSIGN_OR_RETURN(auto got, db.Sql(sql).First<int64_t>());
      count = *got;
      return absl::OkStatus();
    }));
    return count;
  }

  // What waited in the lane of the tasks, refusals among it, is done.
  void AwaitTasks() {
    EXPECT_OK(server_.store()->writer().Write(Lane::kTasks, {},
                                              [](Transaction&) { return absl::OkStatus(); }));
  }

  TestServer server_{kMigrations, "test", MakeServices};
  std::unique_ptr<BoxService::Stub> stub_ = BoxService::NewStub(server_.channel());
};

TEST_F(ServiceTest, WritesAndReads) {
  std::string position;
  ASSERT_OK_AND_ASSIGN(const Box box, Create("red", "", "users/a test.write", &position));
  EXPECT_EQ(position, "test:1");
  ASSERT_OK_AND_ASSIGN(const Box got, Get(box.name()));
  EXPECT_EQ(got.label(), "red");
  EXPECT_EQ(Count("audit WHERE method = 'regulars.testing.v1.BoxService.CreateBox' AND "
                  "principal = 'users/a' AND resource = '" +
                  box.name() + "' AND result = 'OK'"),
            1);
}

TEST_F(ServiceTest, ErrorsCarryTheirDetails) {
  const absl::Status missing = Get("boxes/none").status();
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(missing, HasReason("BOX_NOT_FOUND"));
  const absl::Status empty = Create("").status();
  EXPECT_EQ(GetErrorDetails(empty).violations.at(0).field, "box.label");
  EXPECT_EQ(Count("audit"), 0) << "errors leave nothing";
}

TEST_F(ServiceTest, TokensAndScopesAreChecked) {
  EXPECT_THAT(Create("x", "", ""), HasReason("TOKEN_MISSING"));
  EXPECT_THAT(Create("x", "", "nonsense"), HasReason("TOKEN_INVALID"));
  EXPECT_THAT(Create("x", "", "users/a test.read"), HasReason("SCOPE_MISSING"));
  EXPECT_EQ(Count("box"), 0);
  EXPECT_OK(Create("x", "", "users/a *.write"));
  AwaitTasks();
  EXPECT_EQ(Count("audit WHERE result = 'SCOPE_MISSING' AND principal = 'users/a'"), 1);
}

TEST_F(ServiceTest, RefusalsThatAreRepeatedAreOneRowAMinute) {
  const auto refuse = [&] {
    EXPECT_THAT(Create("x", "", "users/a test.read"), HasReason("SCOPE_MISSING"));
  };
  for (int i = 0; i < 10; ++i) refuse();
  AwaitTasks();
  EXPECT_EQ(Count("audit"), 1);
  EXPECT_EQ(Count("audit WHERE item_count = 1"), 1);
  server_.clock().Advance(absl::Minutes(1));
  // Whatever is called next.
  EXPECT_FALSE(Get("boxes/none").ok());
  AwaitTasks();
  EXPECT_EQ(Count("audit"), 2);
  EXPECT_EQ(Count("audit WHERE item_count = 9 AND result = 'SCOPE_MISSING' AND method = "
                  "'regulars.testing.v1.BoxService.CreateBox' AND principal = 'users/a'"),
            1);
  refuse();
  AwaitTasks();
  EXPECT_EQ(Count("audit"), 2) << "counted for the next minute";
}

TEST_F(ServiceTest, PublicMethodsNeedNoToken) {
  grpc::ClientContext context;
  Box box;
  EXPECT_OK(FromGrpc(stub_->Ping(&context, {}, &box)));
  EXPECT_EQ(box.name(), "anonymous");
}

TEST_F(ServiceTest, ARepeatGetsTheFirstAnswer) {
  ASSERT_OK_AND_ASSIGN(const Box first, Create("red", "id-1"));
  ASSERT_OK_AND_ASSIGN(const Box again, Create("red", "id-1"));
  EXPECT_EQ(first.name(), again.name());
  EXPECT_THAT(Create("blue", "id-1"), HasReason("REQUEST_ID_REUSED"));
  EXPECT_EQ(Count("box"), 1);
  EXPECT_EQ(Count("feed"), 1);
}

TEST_F(ServiceTest, ValidateOnlyAnswersAndChangesNothing) {
  ASSERT_OK_AND_ASSIGN(const Box box, Create("red", "id", "users/a test.write", nullptr, true));
  EXPECT_EQ(box.label(), "red");
  EXPECT_THAT(Create("", "", "users/a test.write", nullptr, true), HasReason("LABEL_MISSING"));
  for (const std::string& id : {std::string(65, 'i'), std::string("a\tb")}) {
    EXPECT_THAT(Create("red", id, "users/a test.write", nullptr, true),
                HasReason("INVALID_REQUEST_ID"))
        << "as the real request would be";
  }
  EXPECT_EQ(Count("box") + Count("audit") + Count("feed") + Count("idempotency"), 0);
}

TEST_F(ServiceTest, AReadHoldsThePositionItNames) {
  for (int i = 1; i <= 100; ++i) {
    std::string position;
    ASSERT_OK_AND_ASSIGN(const Box box, Create("red", "", "users/a test.write", &position));
    EXPECT_EQ(position, absl::StrCat("test:", i));
    EXPECT_OK(Get(box.name(), position));
    EXPECT_OK(Get(box.name(), "test:1"));
  }
}

TEST_F(ServiceTest, AReadIsRefusedAPositionThatNobodyWasGiven) {
  ASSERT_OK_AND_ASSIGN(const Box box, Create("red"));
  for (const char* bad : {"test:2", "test:99999999999999", "test:9223372036854775807", "test:-1",
                          "test:9223372036854775808", "test:", "test:x", "other:1", "1"}) {
    const absl::Time start = absl::Now();
    EXPECT_THAT(Get(box.name(), bad), HasReason("INVALID_POSITION")) << bad;
    EXPECT_LT(absl::Now() - start, absl::Seconds(2)) << bad;
  }
}

TEST_F(ServiceTest, GatherAsksFirstAndChangesOnce) {
  const auto call = [&](const std::string& label) -> absl::StatusOr<Box> {
    grpc::ClientContext context;
    Authorize(context, "users/a test.write");
    CreateBoxRequest request;
    request.mutable_box()->set_label(label);
    request.set_request_id("g-" + label);
    Box box;
    const absl::Status status = FromGrpc(stub_->CreateLabelledBox(&context, request, &box));
    if (!status.ok()) return status;
    return box;
  };
  ASSERT_OK_AND_ASSIGN(const Box first, call("x"));
  EXPECT_EQ(first.label(), "asked:x");
  ASSERT_OK_AND_ASSIGN(const Box again, call("x"));
  EXPECT_EQ(again.name(), first.name());
  EXPECT_THAT(call("unknown"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Count("box"), 1);
}

TEST_F(ServiceTest, WhatIsAnsweredEarlyChangesNothing) {
  EXPECT_THAT(Create("known", "", ""), HasReason("TOKEN_MISSING"));
  const int64_t before = server_.store()->writer().counters().changes;
  ASSERT_OK_AND_ASSIGN(const Box box, Create("known", "id"));
  EXPECT_EQ(box.label(), "known");
  EXPECT_EQ(box.name(), "");
  EXPECT_EQ(server_.store()->writer().counters().changes, before);
  EXPECT_EQ(Count("box") + Count("audit") + Count("idempotency"), 0);
}

TEST_F(ServiceTest, PagesStreamEverything) {
  std::vector<std::string> labels;
  for (int i = 0; i < 25; ++i) {
    labels.push_back(std::to_string(i));
    ASSERT_OK(Create(labels.back()));
  }
  grpc::ClientContext context;
  Authorize(context, "users/a test.read");
  ExportBoxesRequest request;
  request.set_page(4);
  auto reader = stub_->ExportBoxes(&context, request);
  std::vector<std::string> got;
  for (Box box; reader->Read(&box);) got.push_back(box.label());
  EXPECT_OK(FromGrpc(reader->Finish()));
  EXPECT_THAT(got, ::testing::UnorderedElementsAreArray(labels));
}

// A long list: some of it is still on its way when the caller's token has ended.
TEST_F(ServiceTest, WhatWasAskedForWithAGoodTokenGoesOnForAnHour) {
  constexpr absl::Duration kLifetime = absl::Minutes(15);
  constexpr int kBoxes = 24;
  const std::string label(1 << 20, 'x');  // So large that they do not all leave at once.
  for (int i = 0; i < kBoxes; ++i) ASSERT_OK(Create(label));
  const auto read_over = [&](absl::Duration after_token, int* got) {
    grpc::ClientContext context;
    Authorize(context, TokenFor(server_, "users/a", "test.read", kLifetime));
    ExportBoxesRequest request;
    request.set_page(1);
    auto reader = stub_->ExportBoxes(&context, request);
    for (Box box; reader->Read(&box); ++*got) {
      if (*got == 0) server_.clock().Advance(kLifetime + auth::kAllowedSkew + after_token);
    }
    return FromGrpc(reader->Finish());
  };
  int got = 0;
  EXPECT_OK(read_over(kLongestAfterToken - absl::Seconds(1), &got));
  EXPECT_EQ(got, kBoxes);
  got = 0;
  EXPECT_THAT(read_over(kLongestAfterToken, &got), HasReason("TOKEN_EXPIRED"));
  EXPECT_LT(got, kBoxes);
}

TEST_F(ServiceTest, ItemsGetAResultEachInOrder) {
  constexpr int kItems = 3000;  // Several windows.
  grpc::ClientContext context;
  Authorize(context, "users/a test.write");
  auto stream = stub_->StreamBoxes(&context);
  std::thread writing([&] {
    for (int i = 0; i < kItems; ++i) {
      CreateBoxRequest request;
      request.mutable_box()->set_label(i % 10 == 3 ? "" : std::to_string(i));
      stream->Write(request);
    }
    stream->WritesDone();
  });
  int64_t next = 0;
  for (StreamBoxesResponse response; stream->Read(&response);) {
    for (const auto& result : response.results()) {
      EXPECT_EQ(result.index(), next);
      if (next % 10 == 3) {
        EXPECT_EQ(result.outcome(), type::v1::UPSERT_OUTCOME_REFUSED);
        EXPECT_THAT(FromProto(result.error()), HasReason("LABEL_MISSING"));
      } else {
        EXPECT_EQ(result.outcome(), type::v1::UPSERT_OUTCOME_CREATED);
      }
      ++next;
    }
  }
  writing.join();
  EXPECT_OK(FromGrpc(stream->Finish()));
  EXPECT_EQ(next, kItems);
  EXPECT_EQ(Count("box"), kItems - kItems / 10);
}

TEST_F(ServiceTest, AnItemStreamThatBreaksKeepsWhatWasAnswered) {
  {
    grpc::ClientContext context;
    Authorize(context, "users/a test.write");
    auto stream = stub_->StreamBoxes(&context);
    CreateBoxRequest request;
    request.mutable_box()->set_label("kept");
    stream->Write(request);
    StreamBoxesResponse response;
    ASSERT_TRUE(stream->Read(&response));
    context.TryCancel();
    EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kCancelled));
  }
  EXPECT_EQ(Count("box"), 1);
  EXPECT_OK(Create("the server goes on"));
}

absl::StatusOr<Box> UploadPieces(BoxService::Stub& stub, const std::string& label,
                                 const std::vector<std::string>& pieces) {
  grpc::ClientContext context;
  Authorize(context, "users/a test.write");
  Box box;
  auto writer = stub.ImportBoxes(&context, &box);
  bool first = true;
  for (const std::string& piece : pieces) {
    ImportBoxesRequest request;
    if (first) request.set_label(label);
    first = false;
    request.mutable_file()->set_data(piece);
    if (!writer->Write(request)) break;
  }
  writer->WritesDone();
  const absl::Status status = FromGrpc(writer->Finish());
  if (!status.ok()) return status;
  return box;
}

TEST_F(ServiceTest, UploadsReachTheSpoolAndTheChange) {
  ASSERT_OK_AND_ASSIGN(const Box box, UploadPieces(*stub_, "f", {"a", "b", "", "c"}));
  // SHA-256("abc") begins with ba7816bf (FIPS 180-4).
  EXPECT_EQ(box.label(), "f:3:ba7816bf");
  EXPECT_EQ(server_.spool().used_bytes(), 3);
}

TEST_F(ServiceTest, AnUploadThatIsRefusedLeavesNoFile) {
  EXPECT_THAT(UploadPieces(*stub_, "bad", {"abc"}), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(UploadPieces(*stub_, "empty", {}), HasReason("EMPTY_UPLOAD"));
  const std::string megabyte(1 << 20, 'x');
  EXPECT_THAT(UploadPieces(*stub_, "large", std::vector<std::string>(70, megabyte)),
              HasReason("SPOOL_FULL"));
  EXPECT_EQ(server_.spool().used_bytes(), 0);
}

TEST_F(ServiceTest, UploadsAtOnceHaveALimit) {
  {
    std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
    std::vector<std::unique_ptr<grpc::ClientWriter<ImportBoxesRequest>>> uploads;
    std::vector<Box> boxes(kMaxUploads);
    ImportBoxesRequest piece;
    piece.mutable_file()->set_data("a");
    for (Box& box : boxes) {
      contexts.push_back(std::make_unique<grpc::ClientContext>());
      Authorize(*contexts.back(), "users/a test.write");
      uploads.push_back(stub_->ImportBoxes(contexts.back().get(), &box));
      ASSERT_TRUE(uploads.back()->Write(piece));
    }
    while (server_.spool().used_bytes() < kMaxUploads) absl::SleepFor(absl::Milliseconds(1));
    const absl::Status full = UploadPieces(*stub_, "f", {"abc"}).status();
    EXPECT_THAT(full, HasReason("TOO_MANY_UPLOADS"));
    EXPECT_EQ(GetErrorDetails(full).retry_after, absl::Seconds(5));
    EXPECT_THAT(UploadPieces(*stub_, "f", {"abc"}), StatusIs(absl::StatusCode::kResourceExhausted));
    for (int i = 0; i < kMaxUploads; ++i) {
      contexts[i]->TryCancel();
      EXPECT_FALSE(uploads[i]->Finish().ok());
    }
  }
  while (server_.spool().used_bytes() > 0) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_OK(UploadPieces(*stub_, "f", {"abc"}));
}

TEST_F(ServiceTest, ManyCallersAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> ok{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) ok += Create(std::to_string(t * 1000 + i)).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ok, 800);
  EXPECT_EQ(Count("box"), 800);
  EXPECT_LT(server_.store()->writer().counters().commits, 800) << "changes share commits";
}

}  // namespace
}  // namespace regulars::rpc
