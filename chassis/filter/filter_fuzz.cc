// Whatever the text: compiling ends in a Status or in an expression that prints as text which
// compiles to an equal one, answers, and becomes SQL with a parameter for each mark.
#include <algorithm>

#include "chassis/base/check.h"
#include "chassis/filter/check.h"
#include "chassis/filter/parse.h"
#include "chassis/filter/sql.h"
#include "chassis/filter/thing.h"

namespace regulars::filter {
namespace {

void CheckOne(absl::string_view text, const Schema& schema) {
  const auto expression = Compile(text, schema);
  if (!expression.ok()) {
    CHECK(expression.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  const std::string canonical = expression->ToText();
  const auto again = Compile(canonical, schema);
  // Only by growing too long can a printed filter be refused.
  CHECK(again.ok() || canonical.size() > kMaxFilterBytes);
  CHECK(!again.ok() || (*again == *expression && again->ToText() == canonical));
  const Thing thing{.name = "a", .made = absl::UnixEpoch(), .tags = {"a"}};
  const absl::Time now = absl::UnixEpoch() + absl::Hours(1);
  const absl::TimeZone zone = absl::UTCTimeZone();
  CHECK(Evaluate(*expression, ThingRecord(thing), now, zone).next_change > now);
  const SqlCondition condition = ToSql(*expression, now, zone);
  const auto marks = std::count(condition.sql.begin(), condition.sql.end(), '?');
  CHECK(static_cast<size_t>(marks) == condition.parameters.size());
}

}  // namespace
}  // namespace regulars::filter

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using regulars::filter::Schema;
  using regulars::filter::ThingSchema;
  static const Schema* const plain = new Schema(ThingSchema());
  static const Schema* const searching = new Schema(ThingSchema().SearchIn("name"));
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  regulars::filter::CheckOne(text, *plain);
  regulars::filter::CheckOne(text, *searching);
  return 0;
}
