// The strict checker never crashes, says the same of a text inside an array, and takes what is
// quoted.
#include "chassis/base/check.h"
#include "gateway/json/quote.h"
#include "gateway/json/strict.h"

namespace regulars::gateway::json {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const bool ok = CheckStrict(text).ok();
  // An array of one such text is JSON exactly if the text is (but for one level of depth).
  const std::string wrapped = "[" + std::string(text) + "]";
  if (CheckStrict(wrapped).ok() && text.find_first_not_of(" \t\r\n") != text.npos) {
    // "[1],[2]" and "1,2" become JSON by wrapping; a text with a comma proves nothing.
    CHECK(ok || text.find(',') != text.npos);
  }
  std::string quoted;
  AppendQuoted(text, &quoted);
  // A quoted text is JSON unless it holds a NUL, which is written and never read.
  CHECK(CheckStrict(quoted).ok() || text.find('\0') != text.npos);
  return 0;
}

}  // namespace regulars::gateway::json
