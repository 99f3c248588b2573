// For tests: reads another service's state as after a restore of it, in a process that dies after
// each page.
#ifndef CUSTOMER_SVC_TESTING_READ_ANEW_H_
#define CUSTOMER_SVC_TESTING_READ_ANEW_H_

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "chassis/feed/feed_applier.h"
#include "chassis/feed/feed_handlers.h"
#include "chassis/storage/store.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::customer {

// `number` tells one reading from another.
inline void ReadAnew(Store& store, const std::string& upstream, int number,
                     const FeedHandlers& handlers) {
  const FeedApplier::Options options{.service = "customer", .upstream = upstream};
  feed::v1::FeedState state;
  state.set_epoch(absl::StrCat("epoch ", number));
  FeedApplier first(store, options, handlers);
  ASSERT_OK(first.Open());
  ASSERT_OK(first.GoOnFrom(state));
  for (int steps = 0; steps < 100; ++steps) {
    FeedApplier next(store, options, handlers);
    ASSERT_OK(next.Open());
    if (next.cursor().state == follow::State::kFollowing) return;
    ASSERT_OK(next.RebuildStep());
  }
  FAIL() << "the reading has no end";
}

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_TESTING_READ_ANEW_H_
