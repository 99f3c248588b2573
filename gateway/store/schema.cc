#include "gateway/store/schema.h"

// The embedded file (see regulars_embed in CMakeLists.txt).
extern "C" {
extern const char regulars_gateway_0001[];
extern const char regulars_gateway_0001_end[];
}

namespace regulars::gateway {

absl::Span<const Migration> GatewayMigrations() {
  static const Migration migrations[] = {
      {1, absl::string_view(regulars_gateway_0001,
                            regulars_gateway_0001_end - regulars_gateway_0001)}};
  return migrations;
}

}  // namespace regulars::gateway
