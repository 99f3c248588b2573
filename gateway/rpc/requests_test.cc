#include "gateway/rpc/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "regulars/access/v1/access.pb.h"

namespace regulars::gateway {
namespace {

using ::regulars::access::v1::User;
using ::regulars::testing::HasReason;
using ::testing::ElementsAre;

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
