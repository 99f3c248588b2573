#include "chassis/server/store_metrics.h"

namespace regulars {
namespace {

void ExportCounters(Store& store, Metrics& metrics) {
  using Counters = Writer::Counters;
  const auto counter = [&](const char* name, const char* help,
                           std::atomic<int64_t> Counters::*count) {
    metrics.AddCounter(name, help, {},
                       [&store, count] { return (store.writer().counters().*count).load(); });
  };
  counter("regulars_commits", "Commits since the start", &Counters::commits);
  counter("regulars_changes", "Changes committed since the start", &Counters::changes);
  counter("regulars_changes_failed_total", "Changes answered with an error", &Counters::failed);
  counter("regulars_changes_refused_total",
          "Changes not queued, since the queue was full or the store closed", &Counters::refused);
  counter("regulars_changes_gone_total", "Changes not begun, since their caller had gone",
          &Counters::gone);
  counter("regulars_store_reopened_total",
          "Times that the store was reopened after a failed commit", &Counters::reopened);
  metrics.AddCounter("regulars_reads_refused_total", "Reads not queued, since the queue was full",
                     {}, [&store] { return store.readers().refused(); });
}

void ExportGauges(Store& store, Metrics& metrics) {
  const auto lane = [&](const char* name, Lane which) {
    metrics.AddGauge("regulars_write_queue", "Changes waiting for the writer", {{"lane", name}},
                     [&store, which] { return store.writer().QueueLength(which); });
  };
  lane("interactive", Lane::kInteractive);
  lane("following", Lane::kFollowing);
  lane("tasks", Lane::kTasks);
  metrics.AddGauge("regulars_read_queue", "Reads waiting for a reader", {},
                   [&store] { return store.readers().QueueLength(); });
  metrics.AddGauge("regulars_store_closed", "1 while the store takes no writes", {},
                   [&store] { return store.writer().healthy() ? 0 : 1; });
  metrics.AddGauge("regulars_feed_position", "Newest position of the feed", {},
                   [&store] { return store.writer().position().position(); });
  metrics.AddGauge(
      "regulars_longest_wait_for_slice_us",
      "The longest that an interactive change has waited for one slice of background work", {},
      [&store] { return store.writer().counters().longest_wait_for_slice_us.load(); });
}

}  // namespace

void ExportStore(Store& store, Metrics& metrics) {
  ExportCounters(store, metrics);
  ExportGauges(store, metrics);
}

}  // namespace regulars
