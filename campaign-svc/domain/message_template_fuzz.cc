// Whatever a template says: it is refused, or it renders within its bounds, with nothing of a value
// unescaped in its HTML.
#include <nlohmann/json.hpp>

#include "campaign-svc/domain/render.h"
#include "chassis/base/check.h"

namespace regulars::campaign {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static const auto& values = *new Values(Values::parse(
      R"({"customer": {"given_name": "<x\u007f\">"}, "lines": [{"name": "<x>"}, "<x>"],
          "recommendations": [{"title": "<x>"}], "number": 7})"));
  const auto compiled = CompiledTemplate::Compile(
      {"s", text, text, {{"lines", {}, ""}, {"number", "0", ""}, {"customer.given_name", "", ""}}});
  if (!compiled.ok()) return 0;
  static_cast<void>((*compiled)->Missing(values));
  const auto rendered = (*compiled)->Render(values);
  if (!rendered.ok()) return 0;
  CHECK(rendered->html.size() <= kMaxRenderedBytes);
  // A '<' can come from the template alone.
  CHECK(text.find('<') != std::string::npos || rendered->html.find('<') == std::string::npos);
  return 0;
}

}  // namespace regulars::campaign
