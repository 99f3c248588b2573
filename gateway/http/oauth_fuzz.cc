// Three lines: Content-Type, Authorization, and the form. If the first byte is odd, the second line
// is what HTTP Basic encodes. A client that is read says the same when it is written anew in either
// of the two ways, and nobody is read out of a request that says two things.
#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "gateway/http/oauth_request.h"

namespace regulars::gateway {
namespace {

constexpr char kGrant[] = "grant_type=client_credentials";

// Every byte as a percent sign and two digits.
std::string Percent(absl::string_view text) {
  std::string encoded;
  for (const char c : text) {
    absl::StrAppend(&encoded, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
  }
  return encoded;
}

std::string Basic(absl::string_view id_and_secret) {
  return absl::StrCat("Basic ", absl::Base64Escape(id_and_secret));
}

absl::StatusOr<ClientTokenRequest> Read(absl::string_view type, absl::string_view authorization,
                                        absl::string_view form) {
  HttpRequest request{.body = std::string(form), .remote_address = "192.0.2.1"};
  request.headers.emplace_back("Content-Type", type);
  request.headers.emplace_back("Authorization", authorization);
  return ReadTokenRequest(request);
}

bool IsSame(const absl::StatusOr<ClientTokenRequest>& a, const ClientTokenRequest& b) {
  return a.ok() && a->client_id == b.client_id && a->client_secret == b.client_secret &&
         a->scope == b.scope && a->source == b.source;
}

void CheckOne(absl::string_view type, const std::string& authorization, absl::string_view form) {
  const auto client = Read(type, authorization, form);
  if (!client.ok()) {
    const std::string reason = GetErrorDetails(client.status()).reason;
    CHECK(reason == "INVALID_REQUEST" || reason == "UNSUPPORTED_GRANT_TYPE");
    return;
  }
  CHECK(client->source == "192.0.2.1");
  const std::string id = Percent(client->client_id);
  const std::string secret = Percent(client->client_secret);
  const std::string asked = absl::StrCat(kGrant, "&scope=", Percent(client->scope));
  const std::string in_form = absl::StrCat("&client_id=", id, "&client_secret=", secret);
  CHECK(IsSame(Read("", "", asked + in_form), *client));
  const std::string basic = Basic(absl::StrCat(id, ":", secret));
  CHECK(IsSame(Read("", basic, asked), *client));
  // Neither a parameter twice, nor another client or a secret beside Basic.
  CHECK(!Read(type, authorization, absl::StrCat(form, "&", kGrant)).ok());
  CHECK(!Read("", basic, absl::StrCat(asked, "&client_id=", id, "x")).ok());
  CHECK(!Read("", basic, absl::StrCat(asked, "&client_secret=x")).ok());
}

}  // namespace
}  // namespace regulars::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<std::string> lines = absl::StrSplit(text, absl::MaxSplits('\n', 2));
  if (lines.size() < 3) return 0;
  regulars::gateway::CheckOne(
      lines[0], data[0] % 2 == 0 ? lines[1] : regulars::gateway::Basic(lines[1]), lines[2]);
  return 0;
}
