#include "gateway/http/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "gateway/routing/weight.h"

namespace regulars::gateway {
namespace {

// zlib's window of 32 KiB, with a gzip header and trailer.
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemoryLevel = 8;
constexpr size_t kStep = 64 << 10;

Bytef* Input(absl::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

bool IsGzipName(absl::string_view coding) {
  return absl::EqualsIgnoreCase(coding, "gzip") || absl::EqualsIgnoreCase(coding, "x-gzip");
}

}  // namespace

std::string Gzip(absl::string_view bytes) {
  z_stream stream{};
  // Fails only without memory or with a wrong constant.
  CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = Input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);  // deflateBound() left room for all.
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

absl::StatusOr<std::string> Gunzip(absl::string_view bytes, size_t max_bytes) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK);
  stream.next_in = Input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  size_t size = 0;
  int code = Z_OK;
  while (code == Z_OK && size <= max_bytes) {
    // Only when it is full: there may be many members with nothing in them.
    if (size == out.size()) out.resize(size + kStep);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
    stream.avail_out = static_cast<uInt>(out.size() - size);
    code = inflate(&stream, Z_NO_FLUSH);
    size = out.size() - stream.avail_out;
    if (code == Z_STREAM_END && stream.avail_in > 0) code = inflateReset(&stream);
  }
  inflateEnd(&stream);
  if (size > max_bytes) {
    return Error(absl::StatusCode::kInvalidArgument, "the body is too large when unpacked",
                 {.reason = "BODY_TOO_LARGE"});
  }
  if (code != Z_STREAM_END) {
    return InvalidArgument("INVALID_GZIP", "the body is not a whole gzip stream");
  }
  out.resize(size);
  return out;
}

absl::StatusOr<bool> IsGzip(absl::string_view content_encoding) {
  if (content_encoding.empty() || absl::EqualsIgnoreCase(content_encoding, "identity")) {
    return false;
  }
  if (IsGzipName(content_encoding)) return true;
  return InvalidArgument("UNSUPPORTED_ENCODING", "send the body as it is or gzip");
}

bool AcceptsGzip(absl::string_view accept_encoding) {
  bool others = false;
  for (const absl::string_view part : absl::StrSplit(accept_encoding, ',')) {
    const std::pair<absl::string_view, absl::string_view> coding =
        absl::StrSplit(part, absl::MaxSplits(';', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(coding.first);
    const bool takes = WeightIn(coding.second) > 0;
    // What is said of gzip by name goes before what "*" says of all that is not named.
    if (IsGzipName(name)) return takes;
    if (name == "*") others = takes;
  }
  return others;
}

}  // namespace regulars::gateway
