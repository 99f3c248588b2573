#include "customer-svc/store/schema.h"

#include <vector>

// Each pair is one embedded file (see regulars_embed in CMakeLists.txt).
extern "C" {
extern const char regulars_customer_0001[];
extern const char regulars_customer_0001_end[];
extern const char regulars_customer_0002[];
extern const char regulars_customer_0002_end[];
extern const char regulars_customer_0003[];
extern const char regulars_customer_0003_end[];
extern const char regulars_customer_0004[];
extern const char regulars_customer_0004_end[];
extern const char regulars_customer_0005[];
extern const char regulars_customer_0005_end[];
extern const char regulars_customer_0006[];
extern const char regulars_customer_0006_end[];
extern const char regulars_customer_0007[];
extern const char regulars_customer_0007_end[];
extern const char regulars_customer_0008[];
extern const char regulars_customer_0008_end[];
extern const char regulars_customer_0009[];
extern const char regulars_customer_0009_end[];
extern const char regulars_customer_0010[];
extern const char regulars_customer_0010_end[];
extern const char regulars_customer_0011[];
extern const char regulars_customer_0011_end[];
extern const char regulars_customer_0012[];
extern const char regulars_customer_0012_end[];
extern const char regulars_customer_0013[];
extern const char regulars_customer_0013_end[];
extern const char regulars_customer_0014[];
extern const char regulars_customer_0014_end[];
}

namespace regulars::customer {
namespace {

absl::string_view Text(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

absl::Span<const Migration> CustomerMigrations() {
  static const auto& migrations = *new std::vector<Migration>{
      {1, Text(regulars_customer_0001, regulars_customer_0001_end)},
      {2, Text(regulars_customer_0002, regulars_customer_0002_end)},
      {3, Text(regulars_customer_0003, regulars_customer_0003_end)},
      {4, Text(regulars_customer_0004, regulars_customer_0004_end)},
      {5, Text(regulars_customer_0005, regulars_customer_0005_end)},
      {6, Text(regulars_customer_0006, regulars_customer_0006_end)},
      {7, Text(regulars_customer_0007, regulars_customer_0007_end)},
      {8, Text(regulars_customer_0008, regulars_customer_0008_end)},
      {9, Text(regulars_customer_0009, regulars_customer_0009_end)},
      {10, Text(regulars_customer_0010, regulars_customer_0010_end)},
      {11, Text(regulars_customer_0011, regulars_customer_0011_end)},
      {12, Text(regulars_customer_0012, regulars_customer_0012_end)},
      {13, Text(regulars_customer_0013, regulars_customer_0013_end)},
      {14, Text(regulars_customer_0014, regulars_customer_0014_end)},
  };
  return migrations;
}

}  // namespace regulars::customer
