#include "chassis/filter/random_things.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/money.h"

namespace regulars::filter {
namespace {

constexpr uint64_t kDefaultSeed = 20240531;
constexpr int kMaxTreeDepth = 4;

constexpr int64_t kInts[] = {0,
                             1,
                             -1,
                             2,
                             42,
                             1'000'000,
                             9'950'000,
                             86'400'000'000,
                             std::numeric_limits<int64_t>::max(),
                             std::numeric_limits<int64_t>::max() - 1,
                             std::numeric_limits<int64_t>::min(),
                             std::numeric_limits<int64_t>::min() + 1};

// Characters before whose successors UTF-8 grows longer or skips the surrogates, wildcards of other
// languages, quotes, NUL.
const std::string kTexts[] = {
    "",
    "a",
    "A",
    "b",
    "ab",
    "aB",
    "abc",
    "b a",
    std::string("a\0b", 3),
    std::string("\0", 1),
    std::string("a\0", 2),
    "*",
    "a*b",
    "**",
    "%",
    "a%",
    "_",
    "[a]",
    "?",
    "\\",
    "a\\b",
    "'",
    "\"",
    "it's",
    "\"q\"",
    "--",
    "NULL",
    "é",
    "aé",
    "ÿ",
    "a\x7F",
    "\xDF\xBF",
    "\xED\x9F\xBF",
    "\xEF\xBF\xBF",
    "\xF4\x8F\xBF\xBF",
    "a\xF4\x8F\xBF\xBF",
    "\n",
    "0",
    "1",
    "1.0",
    "😀",
};

const char* const kZones[] = {
    "UTC",          "Europe/London",   "America/Sao_Paulo", "Asia/Kathmandu",
    "Pacific/Apia", "America/St_Johns"};

// About the days on which London's and Sao Paulo's clocks change, and Samoa's lost one.
const char* const kTimes[] = {
    "2024-03-31T00:00:00Z", "2024-03-30T23:59:59.999999Z", "2024-03-31T23:00:00Z",
    "2024-03-31T22:59:59Z", "2024-03-31T12:00:00Z",        "2024-10-26T23:00:00Z",
    "2024-10-28T00:00:00Z", "2024-10-27T12:00:00.000001Z", "2018-11-04T03:00:00Z",
    "2018-11-05T02:00:00Z", "2011-12-30T10:00:00Z",        "2011-12-30T09:59:59.999999Z",
    "2024-01-01T00:00:00Z", "1970-01-01T00:00:00Z",        "2010-11-07T02:30:30Z",
};

template <typename Pool>
const auto& Pick(const Pool& pool, Random& random) {
  return pool[random.Below(std::size(pool))];
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

}  // namespace

uint64_t SeedForTest() {
  uint64_t seed = kDefaultSeed;
  const char* given = std::getenv("REGULARS_TEST_SEED");
  if (given != nullptr && !absl::SimpleAtoi(given, &seed)) std::abort();
  std::printf("REGULARS_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

absl::Time Random::Between(absl::Time begin, absl::Time end) {
  const int64_t micros = absl::ToInt64Microseconds(end - begin);
  return micros <= 0 ? begin
                     : begin + absl::Microseconds(static_cast<int64_t>(
                                   mixer_.Next() % static_cast<uint64_t>(micros)));
}

int64_t Random::NextInt() {
  return OneIn(3) ? static_cast<int64_t>(Below(5)) - 2 : Pick(kInts, *this);
}
std::string Random::NextText() { return Pick(kTexts, *this); }
absl::TimeZone Random::NextZone() { return Zone(Pick(kZones, *this)); }

absl::Time Random::NextTime() {
  if (OneIn(20)) return absl::FromUnixMicros(Pick(kInts, *this));
  const absl::Time time = At(Pick(kTimes, *this));
  switch (Below(6)) {
    case 0:
    case 1:
      return time;
    case 2:
    case 3:
      return time + absl::Microseconds(static_cast<int64_t>(Below(3)) - 1);
    case 4:
      return time + absl::Hours(static_cast<int64_t>(Below(200)) - 100);
    default:
      return time + absl::Minutes(static_cast<int64_t>(Below(10000)) - 5000);
  }
}

absl::Time Random::NextNow() {
  const absl::Time time = At(Pick(kTimes, *this));
  if (OneIn(3)) return time;
  return time + absl::Minutes(static_cast<int64_t>(Below(8000)) - 4000);
}

Thing Random::NextThing(int64_t id) {
  Thing thing{.id = id};
  thing.flag = MaybeMissing(OneIn(2));
  thing.count = MaybeMissing(NextInt());
  thing.price = MaybeMissing(NextInt());
  thing.name = MaybeMissing(NextText());
  thing.title = MaybeMissing(absl::AsciiStrToLower(NextText()));
  thing.color = MaybeMissing(static_cast<int64_t>(1 + Below(3)));
  thing.size = MaybeMissing(std::string(OneIn(2) ? "small" : "extra large"));
  thing.made = MaybeMissing(NextTime());
  thing.used = MaybeMissing(NextTime());
  thing.length = MaybeMissing(NextInt());
  for (size_t i = Below(4); i > 0; --i) thing.tags.push_back(NextText());
  if (OneIn(2)) thing.labels["material"] = NextText();
  if (OneIn(2)) thing.labels["weight"] = NextInt();
  if (OneIn(2)) thing.labels["checked"] = NextTime();
  if (OneIn(2)) thing.labels["odd key"] = NextText();
  for (size_t i = Below(5); i > 0; --i) {
    thing.events.emplace_back(NextNow(), static_cast<int64_t>(Below(5)) * 500000 - 1000000);
  }
  return thing;
}

std::string Random::Tree(int depth, bool times_only) {
  if (depth == kMaxTreeDepth || OneIn(3)) {
    const std::string condition = times_only ? TimeCondition() : Condition();
    return OneIn(4) ? absl::StrCat(OneIn(2) ? "NOT " : "-", condition) : condition;
  }
  static constexpr const char* kJoins[] = {" AND ", " OR ", " "};
  std::string out = OneIn(4) ? "NOT (" : "(";
  out += Tree(depth + 1, times_only);
  for (size_t i = 1 + Below(3); i > 0; --i) {
    absl::StrAppend(&out, Pick(kJoins, *this), Tree(depth + 1, times_only));
  }
  return out + ")";
}

std::string Random::Ordering() {
  static constexpr const char* kComparators[] = {"=", "!=", "<", "<=", ">", ">=", ":"};
  return Pick(kComparators, *this);
}

std::string Random::Number() { return absl::StrCat(NextInt()); }

std::string Random::Text() {
  std::string out = "'";
  for (const char c : NextText()) {
    if (c == '\'' || c == '\\' || c == '*') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string Random::Pattern() {
  std::string out = Text();
  if (OneIn(2)) out.insert(1, "*");
  if (OneIn(2)) out.insert(out.size() - 1, "*");
  return out;
}

std::string Random::Moment() {
  static constexpr const char* kLengths[] = {"0s", "1h", "90m", "1d", "36h", "2w", "0.000001s"};
  static constexpr const char* kDays[] = {"2024-03-31", "2024-10-27", "2018-11-04", "2011-12-30",
                                          "2024-01-01", "0001-01-01", "9999-12-31"};
  switch (Below(6)) {
    case 0:
      return "now()";
    case 1:
      return absl::StrCat(OneIn(4) ? "from_now" : "ago", "(", Pick(kLengths, *this), ")");
    case 2:
      return "today()";
    case 3:
      return absl::StrCat("today(", static_cast<int64_t>(Below(9)) - 4, ")");
    case 4:
      return Pick(kDays, *this);
    default:
      return Rfc3339(At(Pick(kTimes, *this)));
  }
}

std::string Random::TimeCondition() {
  static constexpr const char* kWindows[] = {"1h", "1d", "3d", "2w", "0.000001s"};
  const std::string window = absl::StrCat("events(", Pick(kWindows, *this), ").");
  switch (Below(5)) {
    case 0:
      return absl::StrCat(window, "count ", Ordering(), " ", Below(3));
    case 1:
      return absl::StrCat(window, "total ", Ordering(), " 0.5");
    case 2:
      return absl::StrCat(window, "last ", Ordering(), " ", Moment());
    default:
      return absl::StrCat(OneIn(2) ? "made " : "used ", Ordering(), " ", Moment());
  }
}

std::string Random::Condition() {
  static constexpr const char* kColors[] = {"RED", "GREEN", "DARK-BLUE"};
  static constexpr const char* kSizes[] = {"S", "M", "XL"};
  static constexpr const char* kPresent[] = {"flag:*",
                                             "count:*",
                                             "price:*",
                                             "name:*",
                                             "title:*",
                                             "color:*",
                                             "made:*",
                                             "used:*",
                                             "tags:*",
                                             "length:*",
                                             "labels:material",
                                             "labels.weight:*",
                                             "events(1d).total:*",
                                             "name = \"*\""};
  const char* equals = OneIn(3) ? " != " : OneIn(2) ? " = " : ":";
  switch (Below(17)) {
    case 0:
      return absl::StrCat("flag", equals, OneIn(2) ? "true" : "false");
    case 1:
      return absl::StrCat("count ", Ordering(), " ", Number());
    case 2: {
      const int64_t micros = NextInt();  // The least int64 has no decimal that is read.
      return absl::StrCat("price ", Ordering(), " ", FormatMicros(micros + (micros < -2 ? 1 : 0)));
    }
    case 3:
      return absl::StrCat("length ", Ordering(), OneIn(2) ? " 1d" : " 1s");
    case 4:
      return absl::StrCat("name ", Ordering(), " ", Text());
    case 5:
      return absl::StrCat("name = ", Pattern());
    case 6:
      return absl::StrCat("labels.material", OneIn(2) ? ":" : " < ", Text());
    case 7:
      return absl::StrCat("labels.\"odd key\" = ", Pattern());
    case 8:
      return absl::StrCat("title ", Ordering(), " ", Text());
    case 9:
      return absl::StrCat("title:", Pattern());
    case 10:
      return absl::StrCat("color", equals, Pick(kColors, *this));
    case 11:
      return absl::StrCat("size", equals, Pick(kSizes, *this));
    case 12:
      return absl::StrCat("tags:", Pattern());
    case 13:
      return Pick(kPresent, *this);
    default:
      return TimeCondition();
  }
}

}  // namespace regulars::filter
