#include "gateway/http/body_pace.h"

#include <gtest/gtest.h>

namespace regulars::gateway {
namespace {

// Feeds `bytes` every `every` and counts the pieces until patience is at an end.
int PiecesBeforeTheEnd(const BodyPace::Limits& limits, size_t bytes, absl::Duration every,
                       int most) {
  BodyPace pace(limits);
  int pieces = 0;
  while (pieces < most && every <= pace.Patience()) {
    pace.Came(bytes, every);
    ++pieces;
  }
  return pieces;
}

TEST(BodyPace, EndsWhatIsTooSlow) {
  const BodyPace::Limits body{.piece = absl::Seconds(30), .whole = absl::Seconds(60)};
  const BodyPace::Limits upload{.piece = absl::Seconds(30),
                                .whole = absl::Hours(2),
                                .min_rate = 1024,
                                .grace = absl::Seconds(30)};
  constexpr int kMany = 10'000;
  const struct {
    const char* name;
    BodyPace::Limits limits;
    size_t bytes;
    absl::Duration every;
    int pieces;
  } rows[] = {
      {"a byte a second", body, 1, absl::Seconds(1), 60},
      {"much, but all 29 s", body, 1 << 20, absl::Seconds(29), 2},
      {"nothing for longer than a piece may take", body, 1, absl::Seconds(31), 0},
      {"an upload of a byte a second", upload, 1, absl::Seconds(1), 30},
      // Each piece earns half of the second that it took, so the grace lasts twice as long.
      {"an upload at half the rate", upload, 512, absl::Seconds(1), 59},
      {"an upload at the rate", upload, 1024, absl::Seconds(1), 7200},
      {"an upload that rests", upload, 1 << 20, absl::Seconds(31), 0},
      {"a quick upload", upload, 1 << 18, absl::Milliseconds(3), kMany},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(PiecesBeforeTheEnd(row.limits, row.bytes, row.every, kMany), row.pieces) << row.name;
  }
}

TEST(BodyPace, WhatCameQuicklyIsCreditForLater) {
  BodyPace pace({.piece = absl::Seconds(30),
                 .whole = absl::Hours(2),
                 .min_rate = 1024,
                 .grace = absl::Seconds(10)});
  pace.Came(20 * 1024, absl::Seconds(1));
  EXPECT_EQ(pace.Patience(), absl::Seconds(29)) << "10 s of grace and 20 s for the bytes, less 1 s";
}

}  // namespace
}  // namespace regulars::gateway
