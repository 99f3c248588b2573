#include "gateway/rpc/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "regulars/access/v1/access_service.pb.h"

namespace regulars::gateway {
namespace {

using ::regulars::access::v1::ListUsersRequest;
using ::regulars::access::v1::User;
using ::regulars::testing::HasReason;
using ::regulars::testing::IsOkAndHolds;
using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TEST(RequestsTest, Names) {
  EXPECT_THAT(ParseName("users", "users/abc", "name"), IsOkAndHolds("abc"));
  for (const std::string& bad :
       {std::string(), std::string("users/"), std::string("abc"), std::string("roles/abc"),
        std::string("users/a/b"), absl::StrCat("users/", std::string(129, 'x')),
        std::string("users/a\0b", 9), std::string("users/\xff")}) {
    const absl::Status status = ParseName("users", bad, "user.name").status();
    EXPECT_THAT(status, HasReason("INVALID_NAME")) << bad;
    EXPECT_EQ(GetErrorDetails(status).violations.at(0).field, "user.name");
  }
  ASSERT_OK_AND_ASSIGN(const auto ids, ParseSecretName("apiKeys/k/secrets/s"));
  EXPECT_EQ(ids.first, "k");
  EXPECT_EQ(ids.second, "s");
  for (const char* bad : {"", "apiKeys/k", "apiKeys/k/secrets/", "apiKeys//secrets/s",
                          "apiKeys/k/secrets/s/x", "users/k/secrets/s"}) {
    EXPECT_THAT(ParseSecretName(bad), HasReason("INVALID_NAME")) << bad;
  }
}

TEST(RequestsTest, Pages) {
  ListUsersRequest request;
  request.set_filter("disabled = true");
  ASSERT_OK_AND_ASSIGN(Page page, ReadPage(request, kNow));
  EXPECT_EQ(page.size, 50);
  EXPECT_EQ(page.after, "");
  request.set_page_size(5000);
  ASSERT_OK_AND_ASSIGN(page, ReadPage(request, kNow));
  EXPECT_EQ(page.size, 1000);
  const std::string token = NextPageToken(request, "some id", kNow);
  request.set_page_token(token);
  request.set_page_size(7);
  ASSERT_OK_AND_ASSIGN(page, ReadPage(request, kNow + absl::Hours(71)));
  EXPECT_EQ(page.after, "some id");
  EXPECT_EQ(page.size, 7);
  EXPECT_THAT(ReadPage(request, kNow + absl::Hours(72)), HasReason("INVALID_PAGE_TOKEN")) << "old";
  request.set_filter("disabled = false");
  EXPECT_THAT(ReadPage(request, kNow), HasReason("INVALID_PAGE_TOKEN")) << "other arguments";
  request.set_filter("disabled = true");
  for (const std::string& bad :
       {std::string("x"), std::string("!"), token + "A", token.substr(0, token.size() - 8),
        token.substr(0, 4), std::string(600, 'A')}) {
    request.set_page_token(bad);
    const auto read = ReadPage(request, kNow);
    EXPECT_TRUE(!read.ok() || read->after != "some id") << bad;
  }
  request.set_page_token("");
  request.set_page_size(-1);
  EXPECT_THAT(ReadPage(request, kNow), HasReason("INVALID_PAGE_SIZE"));
}

TEST(RequestsTest, UpdateMasks) {
  User user;
  user.set_name("users/a");
  user.set_email("a@b.c");
  user.set_disabled(false);
  google::protobuf::FieldMask mask;
  ASSERT_OK_AND_ASSIGN(auto paths, PathsToChange(mask, user));
  EXPECT_THAT(paths, ElementsAre("email", "name"));
  mask.add_paths("disabled");
  ASSERT_OK_AND_ASSIGN(paths, PathsToChange(mask, user));
  EXPECT_THAT(paths, ElementsAre("disabled"));
  mask.add_paths("*");
  EXPECT_THAT(PathsToChange(mask, user), HasReason("INVALID_UPDATE_MASK"));
  mask.clear_paths();
  mask.add_paths("*");
  ASSERT_OK_AND_ASSIGN(paths, PathsToChange(mask, user));
  EXPECT_EQ(paths.size(), 11);
}

TEST(RequestsTest, VersionMarks) {
  EXPECT_EQ(Etag(7), "\"7\"");
  EXPECT_OK(CheckEtag("", 7));
  EXPECT_OK(CheckEtag("\"7\"", 7));
  EXPECT_THAT(CheckEtag("\"8\"", 7), HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(CheckEtag("7", 7), HasReason("ETAG_MISMATCH"));
}

}  // namespace
}  // namespace regulars::gateway
