#include "chassis/storage/reader_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TempStore;

constexpr Migration kMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL)"}};

absl::Status Nothing(Snapshot&) { return absl::OkStatus(); }

TEST(ReaderPool, ExceptionsBecomeErrors) {
  TempStore store(kMigrations, {.readers = 1});
  const absl::Status thrown =
      store.Read([](Snapshot&) -> absl::Status { throw std::runtime_error("out of cheese"); });
  EXPECT_THAT(thrown, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(thrown, HasReason("EXCEPTION"));
  const absl::Status no_memory =
      store.Read([](Snapshot&) -> absl::Status { throw std::bad_alloc(); });
  EXPECT_THAT(no_memory, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(no_memory, HasReason("OUT_OF_MEMORY"));
  EXPECT_OK(store.Read(Nothing));
}

}  // namespace
}  // namespace regulars
