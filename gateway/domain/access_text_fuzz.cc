// What administrators type: the first line is an e-mail address and the name of an API key, the
// lines behind it are its scopes, and those that begin with '@' its stores. What is taken stays as
// it is when it is sent again.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "chassis/base/text.h"
#include "gateway/domain/api_key.h"
#include "gateway/domain/email.h"
#include "gateway/domain/scopes.h"
#include "gateway/domain/text_rules.h"

namespace regulars::gateway {
namespace {

const std::vector<std::string>& Declared() {
  static const auto& declared =
      *new std::vector<std::string>{"access.admin", "customer.read", "customer.write", "feed.read"};
  return declared;
}

void CheckAddress(absl::string_view text) {
  const std::string key = EmailKey(text);
  CHECK(EmailKey(key) == key);
  const bool good = CheckEmail("email", text).ok();
  CHECK(CheckEmail("email", key).ok() == good);
  if (!good) return;
  CHECK(text.size() <= kMaxEmailBytes && std::count(text.begin(), text.end(), '@') == 1);
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isgraph(c); }));
}

void CheckScope(const std::string& text) {
  if (!IsScopePattern(text)) return;
  CHECK(text.size() <= kMaxScopeBytes && std::count(text.begin(), text.end(), '.') == 1);
  CHECK(Covers({text}, text) && Covers({"*.*"}, text));
  // Only who has everything covers everything.
  CHECK(Covers({text}, "*.*") == (text == "*.*"));
  for (const std::string& scope : Resolve({text}, Declared())) {
    CHECK(text == scope || absl::StrContains(text, '*'));
  }
}

bool IsSortedSet(const std::vector<std::string>& texts) {
  return std::adjacent_find(texts.begin(), texts.end(), std::greater_equal<>()) == texts.end();
}

void CheckKey(ApiKey key) {
  if (!CheckApiKey(key, Declared()).ok()) return;
  ApiKey again = key;
  CHECK(CheckApiKey(again, Declared()).ok() && again == key);
  CHECK(IsValidUtf8(key.display_name) && !HasControls(key.display_name));
  CHECK(IsSortedSet(key.scopes) && IsSortedSet(key.stores));
  CHECK(std::all_of(key.scopes.begin(), key.scopes.end(), IsScopePattern));
  // They travel in the JSON of a token and must not end a string there.
  for (const std::string& store : key.stores) {
    CHECK(!store.empty() && store.size() <= kMaxStoreIdBytes);
    CHECK(store.find_first_of("\"\\, ") == std::string::npos);
  }
}

}  // namespace
}  // namespace regulars::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  regulars::gateway::ApiKey key;
  key.display_name = lines[0];
  regulars::gateway::CheckAddress(lines[0]);
  for (size_t i = 1; i < lines.size(); ++i) {
    regulars::gateway::CheckScope(lines[i]);
    if (absl::StartsWith(lines[i], "@")) {
      key.stores.push_back(lines[i].substr(1));
    } else {
      key.scopes.push_back(lines[i]);
    }
  }
  regulars::gateway::CheckKey(std::move(key));
  return 0;
}
