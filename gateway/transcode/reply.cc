#include "gateway/transcode/reply.h"

#include <google/protobuf/any.pb.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "gateway/routing/weight.h"
#include "gateway/transcode/json_writer.h"
#include "gateway/transcode/json_writer_impl.h"
#include "regulars/type/v1/http_reply.pb.h"

namespace regulars::gateway {
namespace {

constexpr char kUnknownType[] = "application/octet-stream";

// Fields of httpbody.proto.
constexpr uint32_t kContentType = wire::Tag(1, wire::kLengthDelimited);
constexpr uint32_t kData = wire::Tag(2, wire::kLengthDelimited);
constexpr uint32_t kExtensions = wire::Tag(3, wire::kLengthDelimited);

// The field's message as it stands in its parent; empty if it is not there.
absl::StatusOr<std::string> MessageIn(const Field& field, absl::string_view wire) {
  std::string message;
  for (wire::Cursor in(wire); !in.AtEnd();) {
    uint32_t tag = 0;
    absl::string_view piece;
    const bool read = in.ReadTag(&tag) && (tag == field.tag ? in.ReadBytes(&piece) : in.Skip(tag));
    if (!read) return BadMessage(field.descriptor->containing_type()->full_name());
    message.append(piece.data(), piece.size());
  }
  return message;
}

// An address that a header can hold, and that leads to a page: nothing that runs, nothing within
// this host by accident.
bool IsLocation(absl::string_view url) {
  return (absl::StartsWithIgnoreCase(url, "http://") ||
          absl::StartsWithIgnoreCase(url, "https://")) &&
         std::all_of(url.begin(), url.end(), [](char c) { return absl::ascii_isgraph(c); });
}

// Takes over what an extension says, if it is a regulars.type.v1.HttpReply.
absl::Status ReadExtension(absl::string_view bytes, HttpReply& reply) {
  google::protobuf::Any any;
  type::v1::HttpReply extra;
  if (!any.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return BadMessage("google.protobuf.Any");
  }
  if (!any.Is<type::v1::HttpReply>()) return absl::OkStatus();
  if (!any.UnpackTo(&extra)) return BadMessage("regulars.type.v1.HttpReply");
  const int status = extra.status() == 0 ? 200 : extra.status();
  const bool redirects = status >= 300 && status < 400;
  if (status < 200 || status >= 500 || redirects != !extra.location().empty() ||
      (redirects && !IsLocation(extra.location()))) {
    return BadMessage("regulars.type.v1.HttpReply");
  }
  reply.status = status;
  reply.location = extra.location();
  return absl::OkStatus();
}

absl::StatusOr<HttpReply> RawReply(absl::string_view http_body) {
  HttpReply reply{.content_type = kUnknownType};
  for (wire::Cursor in(http_body); !in.AtEnd();) {
    uint32_t tag = 0;
    absl::string_view bytes;
    if (!in.ReadTag(&tag)) return BadMessage("google.api.HttpBody");
    const bool known = tag == kContentType || tag == kData || tag == kExtensions;
    if (!(known ? in.ReadBytes(&bytes) : in.Skip(tag))) return BadMessage("google.api.HttpBody");
    if (tag == kContentType && !bytes.empty()) reply.content_type = std::string(bytes);
    if (tag == kData) reply.body = std::string(bytes);
    if (tag == kExtensions) ABSL_RETURN_IF_ERROR(ReadExtension(bytes, reply));
  }
  return reply;
}

// How exactly a media range names a type: not at all, "*/*", "text/*", "text/event-stream".
enum class Named { kNot, kAny, kKind, kFully };

Named NamedBy(absl::string_view range, absl::string_view media_type) {
  if (absl::EqualsIgnoreCase(range, media_type)) return Named::kFully;
  if (range == "*/*" || range == "*") return Named::kAny;  // Java's own client sends the latter.
  const absl::string_view kind = media_type.substr(0, media_type.find('/') + 1);
  const bool is_kind = absl::ConsumeSuffix(&range, "*") && absl::EqualsIgnoreCase(range, kind);
  return is_kind ? Named::kKind : Named::kNot;
}

// What an Accept header says of a media type.
struct Preference {
  Named named = Named::kNot;
  double weight = 0;
};

// By the range that names it most exactly (RFC 9110 §12.5.1), the first of several. Parameters but
// the weight are passed over.
Preference PreferenceFor(absl::string_view media_type, absl::string_view accept) {
  Preference preference;
  for (absl::string_view range : absl::StrSplit(accept, ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(range, absl::MaxSplits(';', 1));
    const Named named = NamedBy(absl::StripAsciiWhitespace(parts.first), media_type);
    if (named <= preference.named) continue;
    preference = {named, WeightIn(parts.second)};
  }
  return preference;
}

}  // namespace

absl::StatusOr<HttpReply> BuildReply(const Schema& schema, const Route& route,
                                     absl::string_view wire) {
  if (route.raw_reply) {
    if (route.reply_field == nullptr) return RawReply(wire);
    ABSL_ASSIGN_OR_RETURN(const std::string http_body, MessageIn(*route.reply_field, wire));
    return RawReply(http_body);
  }
  HttpReply reply{.content_type = kJsonType};
  const MessageType& type = *route.method.reply;
  ABSL_RETURN_IF_ERROR(route.reply_field == nullptr
                           ? WriteJsonMessage(schema, type, wire, &reply.body)
                           : WriteJsonField(schema, type, *route.reply_field, wire, &reply.body));
  return reply;
}

StreamFormat ChooseStreamFormat(const Route& route, absl::string_view accept) {
  if (route.raw_reply) return StreamFormat::kRaw;
  const Preference events = PreferenceFor(kEventStreamType, accept);
  Preference lines = PreferenceFor(kNdjsonType, accept);
  if (lines.named != Named::kFully) {
    // Who asks for JSON means lines of it.
    const Preference json = PreferenceFor(kJsonType, accept);
    if (json.named == Named::kFully) lines = json;
  }
  const bool prefers_events =
      std::tie(events.weight, events.named) > std::tie(lines.weight, lines.named);
  return events.weight > 0 && prefers_events ? StreamFormat::kEvents : StreamFormat::kNdjson;
}

absl::string_view ContentType(StreamFormat format) {
  switch (format) {
    case StreamFormat::kNdjson:
      return kNdjsonType;
    case StreamFormat::kEvents:
      return kEventStreamType;
    case StreamFormat::kRaw:
      break;
  }
  return {};
}

// JSON from the writer holds no line break, so it is one line and one event.
std::string FrameMessage(StreamFormat format, std::string json) {
  switch (format) {
    case StreamFormat::kNdjson:
      return std::move(json) + "\n";
    case StreamFormat::kEvents:
      return absl::StrCat("data: ", json, "\n\n");
    case StreamFormat::kRaw:
      break;
  }
  return json;
}

absl::string_view FrameNothing(StreamFormat format) {
  switch (format) {
    case StreamFormat::kNdjson:
      return "\n";
    case StreamFormat::kEvents:
      return ":\n\n";  // A comment.
    case StreamFormat::kRaw:
      break;
  }
  return "";
}

std::string FrameError(StreamFormat format, std::string error_json) {
  switch (format) {
    case StreamFormat::kNdjson:
      return std::move(error_json) + "\n";
    case StreamFormat::kEvents:
      return absl::StrCat("event: error\ndata: ", error_json, "\n\n");
    case StreamFormat::kRaw:
      break;
  }
  return "";
}

}  // namespace regulars::gateway
