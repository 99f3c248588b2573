#include "gateway/transcode/well_known.h"

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"

namespace regulars::gateway {
namespace {

// timestamp.proto: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
constexpr int64_t kMinTimestampSeconds = -62135596800;
constexpr int64_t kMaxTimestampSeconds = 253402300799;
// duration.proto: 60 s × 60 min × 24 h × 365.25 d × 10,000 years.
constexpr int64_t kMaxDurationSeconds = 315576000000;
constexpr int32_t kNanosPerSecond = 1000000000;

// Reads digits and punctuation from the front of a text.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }
  bool Take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Exactly `count` digits.
  bool Digits(size_t count, int* value) {
    if (text_.size() < count) return false;
    *value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!absl::ascii_isdigit(text_[i])) return false;
      *value = *value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return true;
  }
  // One digit or more, as many as a duration can have.
  bool Number(int64_t* value) {
    size_t count = 0;
    *value = 0;
    while (count < text_.size() && absl::ascii_isdigit(text_[count])) {
      if (*value > kMaxDurationSeconds) return false;
      *value = *value * 10 + (text_[count++] - '0');
    }
    text_.remove_prefix(count);
    return count > 0;
  }
  // Nothing, or a point and one to nine digits.
  bool Fraction(int32_t* nanos) {
    *nanos = 0;
    if (!Take('.')) return true;
    int32_t unit = kNanosPerSecond;
    while (!text_.empty() && absl::ascii_isdigit(text_[0])) {
      if (unit == 1) return false;
      unit /= 10;
      *nanos += unit * (text_[0] - '0');
      text_.remove_prefix(1);
    }
    return unit != kNanosPerSecond;
  }

 private:
  absl::string_view text_;
};

// "Z" or "+01:00", as seconds east of UTC.
bool Offset(Scanner& in, int* seconds) {
  *seconds = 0;
  if (in.Take('Z')) return true;
  const bool east = in.Take('+');
  if (!east && !in.Take('-')) return false;
  int hours = 0;
  int minutes = 0;
  if (!in.Digits(2, &hours) || !in.Take(':') || !in.Digits(2, &minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  *seconds = (east ? 1 : -1) * (hours * 3600 + minutes * 60);
  return true;
}

void AppendDigits(int64_t value, int count, std::string* out) {
  const size_t end = out->size() + count;
  out->resize(end);
  for (int i = 1; i <= count; ++i, value /= 10) {
    (*out)[end - i] = static_cast<char>('0' + value % 10);
  }
}

void AppendFraction(int32_t nanos, std::string* out) {
  if (nanos == 0) return;
  *out += '.';
  if (nanos % 1000000 == 0) {
    AppendDigits(nanos / 1000000, 3, out);
  } else if (nanos % 1000 == 0) {
    AppendDigits(nanos / 1000, 6, out);
  } else {
    AppendDigits(nanos, 9, out);
  }
}

}  // namespace

bool ParseTimestamp(absl::string_view text, int64_t* seconds, int32_t* nanos) {
  Scanner in(text);
  int year, month, day, hour, minute, second, offset;
  const bool read = in.Digits(4, &year) && in.Take('-') && in.Digits(2, &month) && in.Take('-') &&
                    in.Digits(2, &day) && in.Take('T') && in.Digits(2, &hour) && in.Take(':') &&
                    in.Digits(2, &minute) && in.Take(':') && in.Digits(2, &second) &&
                    in.Fraction(nanos) && Offset(in, &offset) && in.AtEnd();
  if (!read) return false;
  // A date or time that does not exist comes back changed.
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.year() != year || civil.month() != month || civil.day() != day ||
      civil.hour() != hour || civil.minute() != minute || civil.second() != second) {
    return false;
  }
  *seconds = civil - absl::CivilSecond(1970) - offset;
  return *seconds >= kMinTimestampSeconds && *seconds <= kMaxTimestampSeconds;
}

bool AppendTimestamp(int64_t seconds, int32_t nanos, std::string* out) {
  if (seconds < kMinTimestampSeconds || seconds > kMaxTimestampSeconds) return false;
  if (nanos < 0 || nanos >= kNanosPerSecond) return false;
  const absl::CivilSecond civil = absl::CivilSecond(1970) + seconds;
  const auto add = [out](int64_t value, int digits, char after) {
    AppendDigits(value, digits, out);
    *out += after;
  };
  *out += '"';
  add(civil.year(), 4, '-');
  add(civil.month(), 2, '-');
  add(civil.day(), 2, 'T');
  add(civil.hour(), 2, ':');
  add(civil.minute(), 2, ':');
  AppendDigits(civil.second(), 2, out);
  AppendFraction(nanos, out);
  *out += "Z\"";
  return true;
}

bool ParseDuration(absl::string_view text, int64_t* seconds, int32_t* nanos) {
  Scanner in(text);
  const bool negative = in.Take('-');
  if (!in.Number(seconds) || !in.Fraction(nanos) || !in.Take('s') || !in.AtEnd()) return false;
  if (*seconds > kMaxDurationSeconds || (*seconds == kMaxDurationSeconds && *nanos > 0)) {
    return false;
  }
  if (negative) {
    *seconds = -*seconds;
    *nanos = -*nanos;
  }
  return true;
}

bool AppendDuration(int64_t seconds, int32_t nanos, std::string* out) {
  if (seconds < -kMaxDurationSeconds || seconds > kMaxDurationSeconds) return false;
  if (nanos <= -kNanosPerSecond || nanos >= kNanosPerSecond) return false;
  if ((seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0)) return false;
  *out += '"';
  if (seconds < 0 || nanos < 0) *out += '-';
  *out += std::to_string(seconds < 0 ? -seconds : seconds);
  AppendFraction(nanos < 0 ? -nanos : nanos, out);
  *out += "s\"";
  return true;
}

bool ParseMaskPath(absl::string_view text, std::string* path) {
  path->clear();
  bool in_name = false;  // The part before the next point has begun.
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.') {
      if (!in_name) return false;
      in_name = false;
      *path += c;
      continue;
    }
    if (c == '`') {
      const size_t close = text.find('`', i + 1);
      if (close == absl::string_view::npos || in_name) return false;
      path->append(text.data() + i, close + 1 - i);
      i = close;
    } else if (absl::ascii_isupper(c)) {
      *path += '_';
      *path += absl::ascii_tolower(c);
    } else if (absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '*') {
      *path += c;
    } else {
      return false;
    }
    in_name = true;
  }
  return in_name;
}

void AppendMaskPath(absl::string_view path, std::string* out) {
  const size_t start = out->size();
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '_' && i + 1 < path.size() && absl::ascii_islower(path[i + 1])) {
      *out += absl::ascii_toupper(path[++i]);
    } else {
      *out += path[i];
    }
  }
  std::string back;
  if (!ParseMaskPath(absl::string_view(*out).substr(start), &back) || back != path) {
    out->replace(start, std::string::npos, path.data(), path.size());
  }
}

}  // namespace regulars::gateway
