#include "chassis/csv/raw_text.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "chassis/base/status_macros.h"

namespace regulars::csv {
namespace {

// The most bytes that a character has in any charset.
constexpr size_t kMaxCharacterBytes = 4;

// Well-formed UTF-8 of at most `max_characters`.
std::string Mend(absl::string_view text, size_t max_characters) {
  constexpr UChar32 kReplacement = 0xFFFD;
  std::string mended;
  const auto size = static_cast<int32_t>(text.size());
  int32_t at = 0;
  for (size_t count = 0; at < size && count < max_characters; ++count) {
    UChar32 c = 0;
    U8_NEXT(text.data(), at, size, c);
    if (c <= 0) c = kReplacement;
    char encoded[kMaxCharacterBytes];
    int32_t length = 0;
    U8_APPEND_UNSAFE(encoded, length, c);
    mended.append(encoded, static_cast<size_t>(length));
  }
  return mended;
}

}  // namespace

absl::StatusOr<std::string> RawText::Read(int64_t begin, int64_t end, size_t max_characters) {
  const auto size = static_cast<size_t>(std::max<int64_t>(0, end - begin));
  std::string bytes(std::min(size, max_characters * kMaxCharacterBytes), '\0');
  size_t read = 0;
  ABSL_RETURN_IF_ERROR(source_->Seek(begin));
  while (read < bytes.size()) {
    ABSL_ASSIGN_OR_RETURN(const size_t got,
                          source_->Read(bytes.data() + read, bytes.size() - read));
    if (got == 0) break;
    read += got;
  }
  bytes.resize(read);
  TextDecoder decoder(charset_);
  std::string text(TextDecoder::kMaxGrowth * (bytes.size() + 3) + kMaxCharacterBytes, '\0');
  size_t written = decoder.Decode(bytes, text.data());
  written += decoder.Finish(text.data() + written);
  text.resize(written);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return Mend(text, max_characters);
}

}  // namespace regulars::csv
