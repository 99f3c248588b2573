#include "chassis/feed/event.h"

#include <google/protobuf/any.pb.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace regulars {
namespace {

// "OrderRecorded" → "order_recorded".
std::string SnakeCase(absl::string_view name) {
  std::string snake;
  for (const char c : name) {
    if (absl::ascii_isupper(c) && !snake.empty()) snake += '_';
    snake += absl::ascii_tolower(c);
  }
  return snake;
}

}  // namespace

std::string EventTypeOf(const google::protobuf::Descriptor& payload) {
  const std::string& package = payload.file()->package();
  const size_t version = package.rfind('.');
  return absl::StrCat(package.substr(0, version), ".", SnakeCase(payload.name()),
                      package.substr(version));
}

Event PackEvent(absl::string_view subject, absl::string_view realm,
                const google::protobuf::Message& payload) {
  google::protobuf::Any any;
  any.PackFrom(payload);
  return {.type = EventTypeOf(*payload.GetDescriptor()),
          .subject = std::string(subject),
          .realm = std::string(realm),
          .payload = any.SerializeAsString()};
}

}  // namespace regulars
