#include "gateway/json/quote.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/json/utf8.h"

namespace regulars::gateway::json {
namespace {

constexpr size_t kMaxExcerptBytes = 60;
constexpr absl::string_view kReplacementCharacter = "\xEF\xBF\xBD";

void AppendEscaped(unsigned char c, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    case '\b':
      *out += "\\b";
      return;
    case '\f':
      *out += "\\f";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      break;
  }
  *out += "\\u00";
  *out += kHex[c >> 4];
  *out += kHex[c & 0xF];
}

}  // namespace

void AppendQuoted(absl::string_view text, std::string* out) {
  const char* p = text.data();
  const char* const end = p + text.size();
  out->push_back('"');
  while (true) {
    const char* const run = p;
    p = SkipPlainText(p, end);
    out->append(run, p);
    if (p == end) break;
    if (static_cast<unsigned char>(*p) < 0x80) {
      AppendEscaped(*p++, out);
      continue;
    }
    const size_t length = Utf8Length(p, end);
    if (length == 0) {
      absl::StrAppend(out, kReplacementCharacter);
      ++p;
    } else {
      out->append(p, length);
      p += length;
    }
  }
  out->push_back('"');
}

std::string Excerpt(absl::string_view text) {
  if (text.size() <= kMaxExcerptBytes) return absl::Utf8SafeCEscape(text);
  const char* p = text.data();
  const char* const end = p + text.size();
  while (true) {
    const size_t length = Utf8Length(p, end);
    const size_t step = length == 0 ? 1 : length;
    if (p + step - text.data() > static_cast<ptrdiff_t>(kMaxExcerptBytes)) break;
    p += step;
  }
  return absl::StrCat(absl::Utf8SafeCEscape(text.substr(0, p - text.data())), "…");
}

}  // namespace regulars::gateway::json
