// Sessions where something does not work: a full disk, a server that is not there.
#include "cli/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "chassis/testing/status_matchers.h"
#include "cli/error_text.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using regulars::testing::IsOkAndHolds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kRefresh[] = "POST /api/access/v1/session:refresh";
constexpr char kSignOut[] = "POST /api/access/v1/session:signOut";

// While it lives, files cannot grow beyond `size`: a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = size;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*const handler_)(int);
  rlimit before_ = {};
};

std::string Pair(int number) {
  return absl::StrCat(R"({"accessToken":"t)", number, R"(","refreshToken":"r)", number,
                      R"(","expireTime":"2026-03-31T12:20:09Z"})");
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() { world_.SignIn(); }

  Profile Stored() { return world_.config().Load()->profiles.at("default"); }

  FakeWorld world_;
  FakeServer& server_ = world_.server;
};

TEST_F(SessionTest, IsNotRenewedWhereItCouldNotBeKept) {
  server_.Answer(kRefresh, Pair(2));
  server_.Answer("GET /api/access/v1/session", "{}");
  world_.clock.Advance(absl::Hours(1));
  int code = kOk;
  {
    const FullDisk disk(16);
    code = world_.Run({"whoami"});
  }
  EXPECT_EQ(code, kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("config.json: "));
  EXPECT_THAT(server_.seen, IsEmpty());
  EXPECT_EQ(Stored().refresh_token, "refresh-1");
  EXPECT_EQ(world_.Run({"whoami"}), kOk);
  EXPECT_EQ(Stored().refresh_token, "r2");
}

// Answers, and meanwhile the room that was made is taken away.
class RoomThief : public Transport {
 public:
  RoomThief(FakeServer& server, std::string folder) : server_(server), folder_(std::move(folder)) {}

  absl::StatusOr<HttpReply> Send(const HttpRequest& request) override {
    std::vector<std::filesystem::path> rooms;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().extension() == ".new") rooms.push_back(entry.path());
    }
    if (steals) {
      for (const auto& room : rooms) std::filesystem::remove(room);
    }
    return server_.Take(request);
  }

  bool steals = true;

 private:
  FakeServer& server_;
  const std::string folder_;
};

TEST_F(SessionTest, ThatCouldNotBeKeptServesUntilTheEnd) {
  for (int i : {2, 3, 4}) server_.Answer(kRefresh, Pair(i));
  RoomThief transport(server_, world_.folder.File("regulars"));
  const ConfigFile file = world_.config();
  std::vector<std::string> notes;
  ProfileCredentials credentials(file, "default", Stored(), transport, world_.clock,
                                 [&](absl::string_view note) { notes.emplace_back(note); });
  world_.clock.Advance(absl::Minutes(15));
  EXPECT_THAT(credentials.Token(), IsOkAndHolds("t2"));
  EXPECT_THAT(notes, ElementsAre(AllOf(HasSubstr("config.json"), HasSubstr("sign-in"))));
  EXPECT_THAT(credentials.Renew("t2"), IsOkAndHolds("t3"));
  EXPECT_EQ(Stored().refresh_token, "refresh-1");
  transport.steals = false;
  EXPECT_THAT(credentials.Renew("t3"), IsOkAndHolds("t4"));
  EXPECT_EQ(Stored().refresh_token, "r4");
  std::vector<std::string> sent;
  for (const FakeServer::Seen& seen : server_.seen) sent.push_back(seen.body);
  EXPECT_THAT(sent, ElementsAre(HasSubstr("refresh-1"), HasSubstr("r2"), HasSubstr("r3")));
}

TEST_F(SessionTest, ThatCouldNotBeEndedIsKept) {
  server_.Break(kSignOut, kUnreachable);
  server_.Refuse(kSignOut, 500, "INTERNAL", "INTERNAL");
  server_.Answer(kSignOut, "{}");
  EXPECT_EQ(world_.Run({"sign-out"}), kNoServer);
  EXPECT_THAT(world_.err(),
              AllOf(HasSubstr("still signed in"), HasSubstr("profile remove default")));
  EXPECT_EQ(Stored().refresh_token, "refresh-1");
  EXPECT_NE(world_.Run({"sign-out"}), kOk);
  EXPECT_EQ(Stored().refresh_token, "refresh-1");
  EXPECT_EQ(world_.Run({"sign-out"}), kOk);
  EXPECT_FALSE(Stored().signed_in());
}

TEST_F(SessionTest, ThatTheServerNoLongerKnowsIsForgotten) {
  server_.Refuse(kSignOut, 401, "BAD_REFRESH_TOKEN", "UNAUTHENTICATED");
  EXPECT_EQ(world_.Run({"sign-out"}), kOk);
  EXPECT_THAT(world_.err(), Not(HasSubstr("still signed in")));
  EXPECT_FALSE(Stored().signed_in());
}

}  // namespace
}  // namespace regulars::cli
