#include "chassis/csv/transcode.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucnv_err.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <memory>

#include "absl/strings/ascii.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::csv {
namespace {

constexpr size_t kMaxName = 60;
constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kUnits = 16 << 10;
constexpr UChar32 kReplacement = 0xFFFD;
constexpr char kNotText = '\xFF';

struct Closer {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, Closer>;

// Marks what is no text. ICU itself would write each charset's own substitute, which may be text.
void MarkNotText(const void*, UConverterToUnicodeArgs* args, const char*, int32_t,
                 UConverterCallbackReason reason, UErrorCode* error) {
  if (reason > UCNV_IRREGULAR) return;
  const UChar mark = kReplacement;
  *error = U_ZERO_ERROR;
  ucnv_cbToUWriteUChars(args, &mark, 1, 0, error);
}

Converter Open(const std::string& name) {
  // Commas would begin options of ICU's own.
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == ':' || c == '+';
  });
  if (name.empty() || name.size() > kMaxName || !plain) return nullptr;
  UErrorCode error = U_ZERO_ERROR;
  Converter converter(ucnv_open(name.c_str(), &error));
  if (U_FAILURE(error)) return nullptr;
  ucnv_setToUCallBack(converter.get(), MarkNotText, nullptr, nullptr, nullptr, &error);
  return U_SUCCESS(error) ? std::move(converter) : nullptr;
}

// Appends UTF-16 as UTF-8; a high surrogate at the end waits for what comes next. One without the
// other is no text, which not all of ICU's converters see: that of UTF-7 hands them on.
class Utf8Writer {
 public:
  void Append(const UChar* units, size_t count, std::string& out) {
    for (size_t i = 0; i < count; ++i) {
      const UChar unit = units[i];
      if (U16_IS_TRAIL(unit) && lead_ != 0) {
        AppendCharacter(U16_GET_SUPPLEMENTARY(lead_, unit), out);
        lead_ = 0;
        continue;
      }
      Finish(out);
      if (U16_IS_LEAD(unit)) {
        lead_ = unit;
      } else {
        AppendCharacter(U16_IS_TRAIL(unit) ? kReplacement : unit, out);
      }
    }
  }

  // Nothing comes next.
  void Finish(std::string& out) {
    if (lead_ != 0) out += kNotText;
    lead_ = 0;
  }

 private:
  static void AppendCharacter(UChar32 c, std::string& out) {
    if (c == kReplacement) {
      out += kNotText;
      return;
    }
    char encoded[U8_MAX_LENGTH];
    int32_t length = 0;
    U8_APPEND_UNSAFE(encoded, length, c);
    out.append(encoded, static_cast<size_t>(length));
  }

  UChar lead_ = 0;  // 0: none waits.
};

}  // namespace

bool IsKnownCharset(const std::string& name) { return Open(name) != nullptr; }

absl::Status Transcode(ByteSource& source, const std::string& charset,
                       const std::function<absl::Status(absl::string_view)>& write) {
  const Converter converter = Open(charset);
  CHECK(converter != nullptr);  // Callers ask IsKnownCharset() first.
  std::string bytes(kReadBytes, '\0');
  std::array<UChar, kUnits> units;
  Utf8Writer writer;
  std::string out;
  for (bool at_end = false; !at_end;) {
    ABSL_ASSIGN_OR_RETURN(const size_t got, source.Read(bytes.data(), bytes.size()));
    at_end = got == 0;
    const char* from = bytes.data();
    UErrorCode error = U_BUFFER_OVERFLOW_ERROR;
    while (error == U_BUFFER_OVERFLOW_ERROR) {
      error = U_ZERO_ERROR;
      UChar* to = units.data();
      ucnv_toUnicode(converter.get(), &to, units.data() + units.size(), &from, bytes.data() + got,
                     nullptr, at_end, &error);
      out.clear();
      writer.Append(units.data(), static_cast<size_t>(to - units.data()), out);
      if (at_end && error != U_BUFFER_OVERFLOW_ERROR) writer.Finish(out);
      ABSL_RETURN_IF_ERROR(write(out));
    }
    if (U_FAILURE(error)) return InvalidArgument("NOT_TEXT", "the file is not in its charset");
  }
  return absl::OkStatus();
}

}  // namespace regulars::csv
