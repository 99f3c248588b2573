#include "chassis/rpc/idempotency.h"

#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "regulars/testing/v1/box.pb.h"

namespace regulars::rpc {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::TempStore;
using ::regulars::testing::v1::Box;
using ::regulars::testing::v1::CreateBoxRequest;

// Runs a "change" that counts its runs and answers with the count.
class IdempotencyTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::string> Call(const std::string& id, const std::string& label,
                                   bool fail = false) {
    CreateBoxRequest request;
    request.mutable_box()->set_label(label);
    Box reply;
    const absl::Status status = store_.Write([&](Transaction& tx) {
      return RunOnce(tx, method_, id, request, reply, [&]() -> absl::Status {
        ++runs_;
        if (fail) return absl::AbortedError("failed");
        reply.set_name(std::to_string(runs_));
        reply.set_label(more_);
        return absl::OkStatus();
      });
    });
    if (!status.ok()) return status;
    return reply.name();
  }

  TempStore store_{{}};
  Method method_{.full_name = "a.B.C"};
  int runs_ = 0;
  // What replies hold besides.
  std::string more_;
};

TEST_F(IdempotencyTest, ARepeatGetsTheFirstAnswer) {
  EXPECT_EQ(*Call("id", "x"), "1");
  EXPECT_EQ(*Call("id", "x"), "1");
  EXPECT_EQ(*Call("other", "x"), "2");
  store_.Reopen();
  EXPECT_EQ(*Call("id", "x"), "1");
}

TEST_F(IdempotencyTest, TheSameIdWithAnotherRequestIsRefused) {
  EXPECT_OK(Call("id", "x"));
  EXPECT_THAT(Call("id", "y"), HasReason("REQUEST_ID_REUSED"));
  EXPECT_EQ(runs_, 1);
}

TEST_F(IdempotencyTest, CallersAndMethodsDoNotShareIds) {
  EXPECT_EQ(*Call("id", "x"), "1");
  method_.full_name = "a.B.D";
  EXPECT_EQ(*Call("id", "x"), "2");
  store_.origin().caller = std::make_shared<auth::Caller>(auth::Caller{.principal = "users/other"});
  EXPECT_EQ(*Call("id", "x"), "3");
}

TEST_F(IdempotencyTest, WhoWasLimitedSinceGetsNoAnswerOfBefore) {
  const auto limit = [&](const std::vector<std::string>& stores) {
    store_.origin().caller =
        std::make_shared<auth::Caller>(auth::Caller{.principal = "keys/a", .realms = stores});
  };
  limit({});
  EXPECT_EQ(*Call("all", "x"), "1");
  limit({"bath", "york"});
  EXPECT_THAT(Call("all", "x"), HasReason("LIMITS_CHANGED"));
  EXPECT_THAT(Call("all", "y"), HasReason("REQUEST_ID_REUSED"));
  EXPECT_EQ(*Call("some", "x"), "2");
  limit({"york", "bath"});
  EXPECT_EQ(*Call("some", "x"), "2");
  limit({"york"});
  EXPECT_THAT(Call("some", "x"), HasReason("LIMITS_CHANGED"));
  limit({});
  EXPECT_EQ(*Call("some", "x"), "2") << "who may see all may see that";
  EXPECT_EQ(runs_, 2);
}

TEST_F(IdempotencyTest, ErrorsAreNotRemembered) {
  EXPECT_FALSE(Call("id", "x", /*fail=*/true).ok());
  EXPECT_EQ(*Call("id", "x"), "2");
}

TEST_F(IdempotencyTest, WithoutAnIdEveryCallRuns) {
  EXPECT_EQ(*Call("", "x"), "1");
  EXPECT_EQ(*Call("", "x"), "2");
}

TEST_F(IdempotencyTest, IdsAreUpTo64PrintableCharacters) {
  for (const char* id : {"INV/2026/17", "a b", "~{}\"#%", "06g1:7.k_3-x"}) {
    EXPECT_OK(Call(id, "x")) << id;
  }
  EXPECT_OK(Call(std::string(64, 'i'), "x"));
  for (const std::string& id : {std::string(65, 'i'), std::string("a\nb"), std::string("a\0b", 3),
                                std::string("\x7f"), std::string("é")}) {
    EXPECT_THAT(Call(id, "x"), HasReason("INVALID_REQUEST_ID")) << id;
  }
}

TEST_F(IdempotencyTest, RepliesAreKeptForThirtyDays) {
  EXPECT_EQ(*Call("id", "x"), "1");
  const auto forget = [&] {
    int64_t gone = -1;
    EXPECT_OK(store_.Write([&](Transaction& tx) {
      ABSL_ASSIGN_OR_RETURN(gone, ForgetOldReplies(tx, 100));
      return absl::OkStatus();
    }));
    return gone;
  };
  store_.clock().Advance(absl::Hours(24 * 30) - absl::Seconds(1));
  EXPECT_EQ(forget(), 0);
  EXPECT_EQ(*Call("id", "x"), "1");
  store_.clock().Advance(absl::Seconds(1));
  EXPECT_EQ(*Call("id", "x"), "2") << "forgotten when its time is up, pruned or not";
  EXPECT_EQ(*Call("id", "x"), "2");
  store_.clock().Advance(absl::Hours(24 * 30));
  EXPECT_EQ(forget(), 1);
}

TEST_F(IdempotencyTest, LongRepliesAreLookedAtFewAtOnce) {
  more_ = std::string(100 << 10, 'x');
  for (int i = 0; i < 10; ++i) EXPECT_OK(Call(std::to_string(i), "x"));
  std::vector<int> at_once;
  EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const int64_t last, NewestReply(tx));
    for (int64_t after = 0; after < last;) {
      at_once.push_back(0);
      const auto count = [&](absl::string_view) -> absl::StatusOr<bool> {
        ++at_once.back();
        return false;
      };
      ABSL_ASSIGN_OR_RETURN(after, EraseReplies(tx, after, last, 200, count));
    }
    return absl::OkStatus();
  }));
  EXPECT_EQ(at_once, (std::vector<int>{3, 3, 3, 1}));
}

TEST_F(IdempotencyTest, ErasedRepliesAreRefusedAndOthersStay) {
  EXPECT_EQ(*Call("one", "x"), "1");
  EXPECT_EQ(*Call("two", "x"), "2");
  EXPECT_EQ(*Call("three", "x"), "3");
  int64_t last = 0;
  int64_t seen = 0;
  EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(last, NewestReply(tx));
    int64_t after = 0;
    while (after < last) {
      ABSL_ASSIGN_OR_RETURN(
          after, EraseReplies(tx, after, last, 2, [&](absl::string_view) -> absl::StatusOr<bool> {
            return ++seen == 2;
          }));
    }
    return absl::OkStatus();
  }));
  EXPECT_EQ(seen, 3) << "each once";
  EXPECT_EQ(*Call("one", "x"), "1");
  EXPECT_THAT(Call("two", "x"), HasReason("REPLY_ERASED"));
  EXPECT_THAT(Call("two", "another"), HasReason("REPLY_ERASED")) << "nothing tells what it was";
  EXPECT_EQ(*Call("three", "x"), "3");
  store_.clock().Advance(absl::Hours(24 * 30));
  EXPECT_EQ(*Call("two", "x"), "4") << "its time is up";
}

}  // namespace
}  // namespace regulars::rpc
