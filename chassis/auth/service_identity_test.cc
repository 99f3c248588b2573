#include "chassis/auth/service_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/time/clock.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/test_tokens.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars::auth {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}
int ModeOf(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 ? static_cast<int>(info.st_mode & 0777) : -1;
}

class ServiceIdentityTest : public ::testing::Test {
 protected:
  std::unique_ptr<ServiceIdentity> Open(const std::string& service) {
    auto opened = ServiceIdentity::Open(service, KeyFile(service), folder_, clock_);
    EXPECT_OK(opened);
    return *std::move(opened);
  }
  std::string KeyFile(const std::string& service) { return dir_.File(service + ".service-key"); }
  std::string Published(const std::string& service) { return folder_ + "/" + service + ".pem"; }
  // The key that a service keeps for itself.
  SigningKey PrivateKeyOf(const std::string& service) {
    auto key = SigningKey::Parse(ReadAll(KeyFile(service)));
    EXPECT_OK(key);
    return *std::move(key);
  }
  std::string TokenOf(ServiceIdentity& identity, const std::string& upstream = "customer") {
    auto token = identity.Token(upstream);
    EXPECT_OK(token);
    return *std::move(token);
  }
  // As customer-svc sees it, having just looked.
  absl::StatusOr<std::shared_ptr<const Caller>> Verify(absl::string_view token) {
    ServiceKeys keys(folder_, {"customer.read"}, clock_);
    return keys.Verify(token);
  }

  TempDir dir_;
  const std::string folder_ = dir_.File("keys");
  FakeClock clock_{kTime};
};

TEST_F(ServiceIdentityTest, ATokenSaysWhichServiceAndLetsItReadWhatItAskedFor) {
  const auto loyalty = Open("loyalty");
  ASSERT_OK_AND_ASSIGN(const auto caller, Verify(TokenOf(*loyalty)));
  EXPECT_EQ(caller->principal, "services/loyalty");
  EXPECT_THAT(caller->scopes, ElementsAre("customer.read"));
  EXPECT_FALSE(caller->member);
  // A token for another service is the same caller here, without any right.
  ASSERT_OK_AND_ASSIGN(const auto other, Verify(TokenOf(*loyalty, "campaign")));
  EXPECT_EQ(other->principal, "services/loyalty");
  EXPECT_THAT(other->scopes, IsEmpty());
}

TEST_F(ServiceIdentityTest, ThePrivateHalfIsNobodyElsesToReadAndStaysTheSame) {
  const std::string first = TokenOf(*Open("loyalty"));
  EXPECT_EQ(ModeOf(KeyFile("loyalty")), 0600);
  EXPECT_EQ(ModeOf(Published("loyalty")), 0644);
  EXPECT_THAT(ReadAll(Published("loyalty")), Not(HasSubstr("PRIVATE")));
  // Ed25519 signs the same text alike: the same key after a restart.
  EXPECT_EQ(TokenOf(*Open("loyalty")), first);
  // A folder that was lost is filled again.
  std::filesystem::remove_all(folder_);
  Open("loyalty");
  EXPECT_OK(Verify(first));
}

TEST_F(ServiceIdentityTest, ATokenIsRenewedBeforeItEnds) {
  const auto loyalty = Open("loyalty");
  const std::string first = TokenOf(*loyalty);
  clock_.Advance(kServiceTokenLifetime - absl::Minutes(2));
  EXPECT_EQ(TokenOf(*loyalty), first);
  clock_.Advance(absl::Minutes(1));
  const std::string second = TokenOf(*loyalty);
  EXPECT_NE(second, first);
  clock_.Advance(absl::Minutes(3));
  EXPECT_THAT(Verify(first), HasReason("TOKEN_EXPIRED"));
  EXPECT_OK(Verify(second));
}

TEST_F(ServiceIdentityTest, ATokenOfATimeToComeIsNotKept) {
  const auto loyalty = Open("loyalty");
  clock_.Advance(absl::Hours(3));
  const std::string ahead = TokenOf(*loyalty);
  clock_.Advance(-absl::Hours(3));
  EXPECT_FALSE(Verify(ahead).ok());
  EXPECT_OK(Verify(TokenOf(*loyalty)));
}

TEST_F(ServiceIdentityTest, AKeyIsGoodForItsOwnServiceAlone) {
  Open("loyalty");
  Open("campaign");
  const SigningKey key = PrivateKeyOf("loyalty");
  struct Case {
    const char* name;
    Caller caller;
    std::string issuer;
    const char* reason;
  };
  const Caller honest{.principal = "services/loyalty", .scopes = {"customer.read"}};
  const Case cases[] = {
      {"another service",
       {"services/campaign", {"customer.read"}},
       "services/loyalty",
       "TOKEN_INVALID"},
      {"another service, by its own word",
       {"services/campaign", {"customer.read"}},
       "services/campaign",
       "TOKEN_INVALID"},
      {"a user", {"users/anna", {"customer.read"}}, "services/loyalty", "TOKEN_INVALID"},
      {"the gateway's word", honest, "regulars-gateway", "TOKEN_INVALID"},
      {"no service's name", {"services/", {"customer.read"}}, "services/loyalty", "TOKEN_INVALID"},
      {"one customer's own",
       {"services/loyalty", {"customer.read"}, {}, "customers/1"},
       "services/loyalty",
       "TOKEN_INVALID"},
  };
  for (const Case& c : cases) {
    ASSERT_OK_AND_ASSIGN(const std::string token, IssueToken(c.caller, {c.issuer, "regulars"}, key,
                                                             kTime, absl::Minutes(1)));
    EXPECT_THAT(Verify(token), HasReason(c.reason)) << c.name;
  }
  ASSERT_OK_AND_ASSIGN(const std::string good, IssueToken(honest, {"services/loyalty", "regulars"},
                                                          key, kTime, absl::Minutes(1)));
  EXPECT_OK(Verify(good)) << "the cases fail for what they change";
  ASSERT_OK_AND_ASSIGN(
      const std::string unknown,
      IssueToken(honest, {"services/loyalty", "regulars"}, Key(), kTime, absl::Minutes(1)));
  EXPECT_THAT(Verify(unknown), HasReason("TOKEN_UNKNOWN_KEY"));
}

TEST_F(ServiceIdentityTest, NoServiceMayDoMoreThanIsGranted) {
  Open("loyalty");
  ASSERT_OK_AND_ASSIGN(
      const std::string greedy,
      IssueToken({.principal = "services/loyalty",
                  .scopes = {"*.*", "customer.write", "customer.*", "customer.read"}},
                 {"services/loyalty", "regulars"}, PrivateKeyOf("loyalty"), kTime,
                 absl::Minutes(1)));
  ASSERT_OK_AND_ASSIGN(const auto caller, Verify(greedy));
  EXPECT_THAT(caller->scopes, ElementsAre("customer.read"));
}

TEST_F(ServiceIdentityTest, KeysComeGoAndChangeWhileOthersRun) {
  ServiceKeys keys(folder_, {"customer.read"}, clock_);
  EXPECT_THAT(keys.Verify("x.y.z"), HasReason("TOKEN_UNKNOWN_KEY")) << "no folder is no trouble";
  const std::string first = TokenOf(*Open("loyalty"));
  const auto await = [&](const std::string& token, bool good) {
    for (int i = 0; i < 400 && keys.Verify(token).ok() != good; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    return keys.Verify(token).ok() == good;
  };
  EXPECT_TRUE(await(first, true));
  std::filesystem::remove(KeyFile("loyalty"));
  const std::string second = TokenOf(*Open("loyalty"));
  EXPECT_TRUE(await(second, true));
  EXPECT_THAT(keys.Verify(first), HasReason("TOKEN_UNKNOWN_KEY")) << "verified, but of an old key";
  std::filesystem::remove(Published("loyalty"));
  EXPECT_TRUE(await(second, false));
}

TEST_F(ServiceIdentityTest, FilesThatAreNoPublicKeysAreNobodysKeys) {
  const std::string token = TokenOf(*Open("loyalty"));
  // A private key that somebody put there by mistake is not made good by it.
  std::ofstream(Published("campaign")) << ReadAll(KeyFile("loyalty"));
  std::ofstream(Published("recommend")) << "nonsense";
  std::ofstream(folder_ + "/.pem") << ReadAll(Published("loyalty"));
  ASSERT_OK_AND_ASSIGN(const auto caller, Verify(token));
  EXPECT_EQ(caller->principal, "services/loyalty");
}

TEST_F(ServiceIdentityTest, SaysWhatIsWrongWithItsFiles) {
  std::ofstream(KeyFile("loyalty")) << "nonsense";
  EXPECT_THAT(ServiceIdentity::Open("loyalty", KeyFile("loyalty"), folder_, clock_),
              HasReason("SERVICE_KEY_UNUSABLE"));
  std::ofstream(dir_.File("file")) << "x";
  EXPECT_THAT(
      ServiceIdentity::Open("campaign", KeyFile("campaign"), dir_.File("file/keys"), clock_),
      HasReason("SERVICE_KEYS_UNWRITABLE"));
}

}  // namespace
}  // namespace regulars::auth
