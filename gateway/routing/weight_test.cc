#include "gateway/routing/weight.h"

#include <gtest/gtest.h>

namespace regulars::gateway {
namespace {

// RFC 9110 §12.4.2, and §5.6.6: the names of parameters are the same in either case.
TEST(WeightIn, IsBetweenZeroAndOne) {
  const struct {
    const char* parameters;
    double weight;
  } rows[] = {
      {"", 1},        {"level=1", 1},   {"q=0.5", 0.5},      {" Q=0.001 ", 0.001},
      {"q=0", 0},     {"q=1.000", 1},   {"a=b; q=0.2", 0.2}, {"q=0.2;q=0.7", 0.2},
      {"q=1.001", 0}, {"q=-0.5", 0},    {"q=nan", 0},        {"q=inf", 0},
      {"q=", 0},      {"q=\"0.5\"", 0}, {"quality=0", 1},
  };
  for (const auto& row : rows) EXPECT_EQ(WeightIn(row.parameters), row.weight) << row.parameters;
}

}  // namespace
}  // namespace regulars::gateway
