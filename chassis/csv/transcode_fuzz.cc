// Two lines: a charset's name, and bytes in it. What comes out is UTF-8 but for the marks of what
// was no text, and does not depend on the pieces that the bytes come in.
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "chassis/base/text.h"
#include "chassis/csv/small_pieces.h"
#include "chassis/csv/transcode.h"

namespace regulars::csv {
namespace {

constexpr char kMark[] = "\xff";

absl::StatusOr<std::string> InPieces(absl::string_view bytes, const std::string& charset,
                                     size_t piece) {
  SmallPieces source(bytes, piece);
  std::string all;
  const absl::Status status = Transcode(source, charset, [&](absl::string_view utf8) {
    all.append(utf8.data(), utf8.size());
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return all;
}

void Check(const std::string& charset, absl::string_view bytes) {
  if (!IsKnownCharset(charset)) return;
  const absl::StatusOr<std::string> text = InPieces(bytes, charset, bytes.size() + 1);
  for (const size_t piece : {1, 3}) CHECK(InPieces(bytes, charset, piece) == text);
  if (!text.ok()) {
    CHECK(text.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  CHECK(IsValidUtf8(absl::StrReplaceAll(*text, {{kMark, ""}})));
  // UTF-8 itself stays as it is.
  const bool plain = IsValidUtf8(bytes) && !absl::StrContains(bytes, "\xef\xbf\xbd");
  if (charset == "utf-8" && plain && !absl::StartsWith(bytes, "\xef\xbb\xbf")) {
    CHECK(*text == bytes);
  }
}

}  // namespace
}  // namespace regulars::csv

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::pair<std::string, absl::string_view> lines =
      absl::StrSplit(text, absl::MaxSplits('\n', 1));
  regulars::csv::Check(lines.first, lines.second);
  return 0;
}
