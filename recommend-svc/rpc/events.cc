#include "recommend-svc/rpc/events.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace regulars::recommend {
namespace {

// "ItemUpdated" → "item_updated".
std::string SnakeCase(absl::string_view name) {
  std::string snake;
  for (const char c : name) {
    if (absl::ascii_isupper(c) && !snake.empty()) snake += '_';
    snake += absl::ascii_tolower(c);
  }
  return snake;
}

}  // namespace

Event PackEvent(absl::string_view subject, absl::string_view realm,
                const google::protobuf::Message& payload) {
  google::protobuf::Any any;
  any.PackFrom(payload);
  return {.type = absl::StrCat("regulars.recommend.", SnakeCase(payload.GetDescriptor()->name()),
                               ".v1"),
          .subject = std::string(subject),
          .realm = std::string(realm),
          .payload = any.SerializeAsString()};
}

}  // namespace regulars::recommend
