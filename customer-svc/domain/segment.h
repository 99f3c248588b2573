// A segment as the service works with it.
#ifndef CUSTOMER_SVC_DOMAIN_SEGMENT_H_
#define CUSTOMER_SVC_DOMAIN_SEGMENT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace regulars::customer {

inline constexpr int64_t kMaxSegments = 1000;

// Numbers are those of Segment.State, and stored.
enum class SegmentState : int64_t { kComputing = 1, kReady = 2, kFailed = 3 };

struct Segment {
  int64_t key = 0;
  std::string id;
  std::string display_name;
  std::string description;
  std::string filter;
  SegmentState state = SegmentState::kComputing;
  // Why it failed; OK otherwise.
  absl::StatusCode error_code = absl::StatusCode::kOk;
  std::string error_reason;
  std::string error_message;
  int64_t version = 1;
  std::optional<absl::Time> ready_time;
  absl::Time create_time;
  absl::Time update_time;

  // Read with it, never written: the members now, and how far the search for new ones is.
  int64_t member_count = 0;
  int64_t scanned_count = 0;
  int64_t scan_total = 0;
};

// What a set of members is to its segment; numbers are stored.
enum class SetRole : int64_t {
  kLive = 1,      // These are the members.
  kStaged = 2,    // Will be, when all customers have been looked at.
  kOutgoing = 3,  // Were, and followers of the feed still think so where it is not announced.
  kDead = 4,      // To be deleted.
};

// The customers who meet one filter of one segment.
struct SegmentSet {
  int64_t key = 0;
  int64_t segment_key = 0;
  std::string filter;
  SetRole role = SetRole::kStaged;
  int64_t member_count = 0;
  // Staged: customers with keys up to here have been looked at.
  int64_t scanned = 0;
  int64_t scanned_count = 0;
  // Outgoing: customers with ids up to here have been announced.
  std::string announced;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_SEGMENT_H_
