// "METHOD /path?query", a line break, and a body: matched to the test service's routes and built.
// What is built parses as the method's request; what is refused is INVALID_ARGUMENT.
#include <google/protobuf/dynamic_message.h>

#include <memory>
#include <utility>

#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "gateway/testing/library_table.h"
#include "gateway/transcode/request.h"

namespace regulars::gateway {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('\n', 1));
  const std::pair<absl::string_view, absl::string_view> line =
      absl::StrSplit(parts.first, absl::MaxSplits(' ', 1));
  const std::pair<absl::string_view, absl::string_view> target =
      absl::StrSplit(line.second, absl::MaxSplits('?', 1));
  const MethodTable::Match match = LibraryTable().Find(line.first, target.first);
  if (match.outcome != RouteMatch::Outcome::kFound) return 0;
  const RequestParts request{.values = match.values,
                             .query = target.second,
                             .body = parts.second,
                             .content_type = parts.second.substr(0, 8)};
  const Route& route = *match.route;
  const auto wire = route.is_upload() ? BuildUpload(route, request)
                                      : BuildRequest(LibraryTable().schema(), route, request);
  if (!wire.ok()) {
    CHECK(wire.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  static auto* const factory = new google::protobuf::DynamicMessageFactory;
  const std::unique_ptr<google::protobuf::Message> message(
      factory->GetPrototype(route.method.request->descriptor)->New());
  CHECK(message->ParseFromString(*wire));
  return 0;
}

}  // namespace regulars::gateway
