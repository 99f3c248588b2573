#include "gateway/http/spawn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;
using ::testing::AllOf;
using ::testing::HasSubstr;

asio::awaitable<void> Step(bool throws, int& ends) {
  if (throws) throw std::runtime_error("out of cheese");
  ++ends;
  co_return;
}

asio::awaitable<void> ThrowANumber() {
  throw 5;
  co_return;
}

TEST(Spawn, WhatACoroutineThrowsIsLoggedAndEndsItAlone) {
  asio::io_context io{1};
  int ends = 0;
  ::testing::internal::CaptureStderr();
  Spawn(io, "the first was given up", Step(true, ends));
  Spawn(io, "the second was given up", Step(false, ends));
  Spawn(io, "the third was given up", ThrowANumber());
  io.run();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(ends, 1);
  EXPECT_THAT(log, AllOf(HasSubstr("the first was given up"), HasSubstr("out of cheese"),
                         HasSubstr("the third was given up"), HasSubstr("no standard exception")));
  EXPECT_THAT(log, Not(HasSubstr("the second was given up")));
}

TEST(Spawn, WhatMustGoOnBeginsAgainUntilItEnds) {
  asio::io_context io{1};
  int begins = 0;
  int ends = 0;
  ::testing::internal::CaptureStderr();
  SpawnAgain(io, "it begins again", [&] { return Step(++begins < 3, ends); });
  io.run();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(begins, 3);
  EXPECT_EQ(ends, 1);
  EXPECT_THAT(log, HasSubstr("it begins again"));
}

}  // namespace
}  // namespace regulars::gateway
