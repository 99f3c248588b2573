// A made-up kind of record for this folder's tests: a field of every type, a list, a map, a call.
#ifndef CHASSIS_FILTER_THING_H_
#define CHASSIS_FILTER_THING_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "chassis/filter/evaluate.h"
#include "chassis/filter/schema.h"

namespace regulars::filter {

struct Thing {
  int64_t id = 0;
  Value flag;    // bool
  Value count;   // int64
  Value price;   // micros
  Value name;    // text
  Value title;   // text, held in lower case
  Value color;   // enum: RED 1, GREEN 2, DARK-BLUE 3, OR 4
  Value size;    // enum: S "small", M "medium", XL "extra large"
  Value made;    // time
  Value used;    // time
  Value length;  // duration
  std::vector<std::string> tags;
  std::map<std::string, Value> labels;  // material text, weight int64, checked time, "odd key" text
  std::vector<std::pair<absl::Time, int64_t>> events;
};

// The fields by these names, `box.flag` (another name of flag), `tags`, `labels`, and over the
// events later than now - length and not later than now: events("90d").count, .total (missing
// without events) and .last. In SQL: thing AS t, tag, label and event.
Schema ThingSchema();

// CREATE TABLE statements for them.
extern const char kThingTables[];

class ThingRecord : public Record {
 public:
  // `thing` must outlive it.
  explicit ThingRecord(const Thing& thing) : thing_(thing) {}

  Value Get(const FieldRef& field) const override;
  std::vector<std::string> GetList(const FieldRef& field) const override;
  WindowValue GetOver(const FieldRef& field, const Window& window) const override;

 private:
  const Thing& thing_;
};

// "2024-05-31T18:30:00Z"; ends the process if it is no RFC 3339 time.
absl::Time At(absl::string_view text);

absl::TimeZone Zone(absl::string_view name);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_THING_H_
