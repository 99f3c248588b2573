// Following as it is in earnest: the feed that is followed is served by another process.
#ifndef BENCH_SERVED_FEED_H_
#define BENCH_SERVED_FEED_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "bench/child.h"
#include "chassis/feed/event.h"
#include "chassis/feed/feed_handlers.h"
#include "chassis/storage/store.h"

namespace regulars::bench {

// A process that serves a feed of `count` events, of which `make(i)` makes each.
Child ServeFeed(const std::string& folder, int count, const std::function<Event(int)>& make);

struct Following {
  // The store that follows, and what it does with each event.
  std::string service;
  absl::Span<const Migration> migrations;
  std::function<FeedHandlers()> handlers;
  // What is measured: events after `from`, up to and with `to`.
  int64_t from = 0;
  int64_t to = 0;
};

// Follows the feed at `address` from its first event on, in a process of its own, in `rounds` new
// stores below `folder`. Events a second, the median.
double FollowServed(const std::string& folder, const std::string& address, int rounds,
                    const Following& following);

}  // namespace regulars::bench

#endif  // BENCH_SERVED_FEED_H_
