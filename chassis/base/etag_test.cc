#include "chassis/base/etag.h"

#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars {
namespace {

using testing::HasReason;

TEST(Etag, MismatchesAbort) {
  const std::string etag = MakeEtag(3, absl::FromUnixMicros(255));
  EXPECT_EQ(etag, "\"3-ff\"");
  EXPECT_OK(CheckEtag("", etag));
  EXPECT_OK(CheckEtag(etag, etag));
  EXPECT_THAT(CheckEtag("\"3-fe\"", etag), HasReason("ETAG_MISMATCH"));
}

}  // namespace
}  // namespace regulars
