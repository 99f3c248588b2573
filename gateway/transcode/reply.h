// Turns a gRPC reply's bytes into the HTTP body. Pure functions over an immutable schema; safe from
// any thread.
//
// - A message becomes JSON, or the one field that response_body names.
// - A google.api.HttpBody is sent as it is, with its content type; a regulars.type.v1.HttpReply
// among
//   its extensions gives the answer another status, and a redirect its Location.
// - A server stream becomes lines of JSON (application/x-ndjson) or server-sent events. If it ends
//   in an error, a last line {"error": …} or an event of type "error" says so: the HTTP status has
//   gone out by then. A stream of HttpBody is their data one after the other; there an error can
//   only be told by breaking off.
#ifndef GATEWAY_TRANSCODE_REPLY_H_
#define GATEWAY_TRANSCODE_REPLY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/transcode/route.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

inline constexpr char kJsonType[] = "application/json";
inline constexpr char kNdjsonType[] = "application/x-ndjson";
inline constexpr char kEventStreamType[] = "text/event-stream";

struct HttpReply {
  std::string content_type;
  std::string body;
  int status = 200;
  // Where a redirect leads; "" for other answers.
  std::string location;
};

// The whole answer of a unary method, or one piece of a stream without its frame. INTERNAL,
// BAD_REPLY, if `wire` is not the message that the method replies with.
absl::StatusOr<HttpReply> BuildReply(const Schema& schema, const Route& route,
                                     absl::string_view wire);

enum class StreamFormat { kNdjson, kEvents, kRaw };

// Events if the Accept header prefers them to lines: by weight (RFC 9110 §12.5.1), among equal ones
// by what is named more exactly. Lines where it does not say; they are application/x-ndjson, and
// application/json counts as that. Raw for routes whose messages are HttpBody.
StreamFormat ChooseStreamFormat(const Route& route, absl::string_view accept);

// Empty for kRaw: the first message says it.
absl::string_view ContentType(StreamFormat format);

// One message, and an error (see WriteErrorJson) as the end of a stream.
std::string FrameMessage(StreamFormat format, std::string json);
std::string FrameError(StreamFormat format, std::string error_json);

// What readers of the format pass over; empty for kRaw, where everything means something.
absl::string_view FrameNothing(StreamFormat format);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_REPLY_H_
