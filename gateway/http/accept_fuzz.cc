// A header that says what a caller takes, with weights, as Accept and as Accept-Encoding: weights
// are from 0 to 1, case means nothing, and what is named first of all is obeyed.
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "gateway/http/gzip.h"
#include "gateway/routing/weight.h"
#include "gateway/transcode/reply.h"

namespace regulars::gateway {
namespace {

bool Mentions(absl::string_view text, absl::string_view name) {
  return absl::StrContains(text, '*') || absl::StrContains(absl::AsciiStrToLower(text), name);
}

StreamFormat Choose(absl::string_view accept) { return ChooseStreamFormat(Route(), accept); }

void CheckStreams(absl::string_view text) {
  const StreamFormat format = Choose(text);
  CHECK(format == StreamFormat::kNdjson || format == StreamFormat::kEvents);
  CHECK(Choose(absl::AsciiStrToUpper(text)) == format);
  CHECK(Choose(absl::StrCat(" , ", text, ",")) == format);
  // Events are sent to who names them, if only as one of many.
  CHECK(format != StreamFormat::kEvents || Mentions(text, kEventStreamType));
  const auto first = [&](absl::string_view ranges) {
    return Choose(absl::StrCat(ranges, ",", text));
  };
  CHECK(first("text/event-stream;q=0") == StreamFormat::kNdjson);
  CHECK(first("application/x-ndjson") == StreamFormat::kNdjson);
  CHECK(first("text/event-stream,application/x-ndjson;q=0.999") == StreamFormat::kEvents);
  Route raw;
  raw.raw_reply = true;
  CHECK(ChooseStreamFormat(raw, text) == StreamFormat::kRaw);
}

void CheckCodings(absl::string_view text) {
  const bool accepts = AcceptsGzip(text);
  CHECK(AcceptsGzip(absl::AsciiStrToUpper(text)) == accepts);
  CHECK(AcceptsGzip(absl::StrCat(" , ", text, ",")) == accepts);
  CHECK(!accepts || Mentions(text, "gzip"));
  CHECK(AcceptsGzip(absl::StrCat("gzip,", text)));
  CHECK(!AcceptsGzip(absl::StrCat("x-gzip;q=0,", text)));
}

}  // namespace
}  // namespace regulars::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const double weight = regulars::gateway::WeightIn(text);
  CHECK(weight >= 0 && weight <= 1);
  CHECK(regulars::gateway::WeightIn(absl::StrCat("q=0.25;", text)) == 0.25);
  regulars::gateway::CheckStreams(text);
  regulars::gateway::CheckCodings(text);
  return 0;
}
