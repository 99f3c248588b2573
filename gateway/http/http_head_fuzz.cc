// The first byte says how many proxies are trusted and which version it is; the rest is the head of
// a request. What is taken leaves no doubt: read another way, it means the same.
#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "gateway/http/caller_address.h"
#include "gateway/http/head.h"

namespace regulars::gateway {
namespace {

constexpr char kPeer[] = "192.0.2.1";

bool IsSame(const absl::StatusOr<Target>& a, const Target& b) {
  return a.ok() && a->path == b.path && a->query == b.query;
}

void CheckTarget(absl::string_view method, absl::string_view text) {
  const absl::StatusOr<Target> target = ParseTarget(method, text);
  if (!target.ok()) {
    CHECK(GetErrorDetails(target.status()).reason == "MALFORMED_TARGET");
    return;
  }
  if (target->path == kWholeServer) {
    CHECK(method == "OPTIONS" && text == kWholeServer);
    return;
  }
  CHECK(absl::StartsWith(target->path, "/") && !absl::StrContains(target->path, '?'));
  CHECK(absl::EndsWith(text, target->query));
  // As a path and as a URL it is the same request.
  const std::string again = absl::StrCat(target->path, "?", target->query);
  CHECK(IsSame(ParseTarget(method, again), *target));
  CHECK(IsSame(ParseTarget(method, absl::StrCat("http://shop:80", again)), *target));
}

void CheckVersion(absl::string_view text) {
  const absl::string_view line = text.substr(0, text.find("\r\n"));
  CHECK(NamesOtherVersion(text) == NamesOtherVersion(line));
  if (!NamesOtherVersion(line)) return;
  const absl::string_view number = line.substr(line.size() - 3);
  CHECK(absl::EndsWith(line, absl::StrCat("HTTP/", number)));
  CHECK(number != "1.0" && number != "1.1");
}

size_t Count(const Headers& headers, absl::string_view name) {
  return static_cast<size_t>(std::count_if(headers.begin(), headers.end(), [&](const auto& header) {
    return absl::AsciiStrToLower(header.first) == name;
  }));
}

void CheckHeaders(unsigned version, const Headers& headers) {
  const absl::Status status = CheckHead(version, headers);
  CHECK(status.ok() || status.code() == absl::StatusCode::kInvalidArgument);
  // Neither the order nor the case of names means anything.
  Headers turned(headers.rbegin(), headers.rend());
  for (auto& [name, value] : turned) absl::AsciiStrToUpper(&name);
  CHECK(CheckHead(version, turned).ok() == status.ok());
  if (!status.ok()) return;
  CHECK(Count(headers, "host") == 1 || (version == 10 && Count(headers, "host") == 0));
  CHECK(Count(headers, "authorization") <= 1);
  // Chunks or a length say where the body ends, never both, nor anything else.
  if (Count(headers, "transfer-encoding") == 0) return;
  CHECK(version == 11 && Count(headers, "transfer-encoding") == 1);
  CHECK(Count(headers, "content-length") == 0);
  const HttpRequest request{.headers = headers};
  CHECK(absl::AsciiStrToLower(request.Header("transfer-encoding")) == "chunked");
}

bool IsAddress(const std::string& text) {
  in6_addr bytes;
  return inet_pton(AF_INET, text.c_str(), &bytes) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &bytes) == 1;
}

void CheckAddress(const Headers& headers, int proxies) {
  HttpRequest request{.headers = headers};
  const std::string caller = CallerAddress(request, kPeer, proxies);
  CHECK(IsAddress(caller));
  CHECK(proxies > 0 || caller == kPeer);
  if (caller != kPeer) {
    // What a caller writes further left changes nothing.
    request.headers.insert(request.headers.begin(), {"X-Forwarded-For", "203.0.113.9"});
    CHECK(CallerAddress(request, kPeer, proxies) == caller);
    request.headers.erase(request.headers.begin());
  }
  if (proxies == 0) return;
  // One proxy more, one place more.
  request.headers.emplace_back("x-forwarded-for", "198.51.100.2");
  CHECK(CallerAddress(request, kPeer, proxies + 1) == caller);
}

void CheckSite(const std::string& address) {
  const std::string site = SiteOf(address);
  CHECK(SiteOf(site) == site);
  in6_addr whole;
  if (inet_pton(AF_INET6, address.c_str(), &whole) != 1 || IN6_IS_ADDR_V4MAPPED(&whole)) return;
  in6_addr cut;
  CHECK(absl::EndsWith(site, "/64"));
  CHECK(inet_pton(AF_INET6, site.substr(0, site.size() - 3).c_str(), &cut) == 1);
  CHECK(std::equal(cut.s6_addr, cut.s6_addr + 8, whole.s6_addr));
}

void Check(uint8_t kind, absl::string_view text) {
  CheckVersion(text);
  const std::vector<absl::string_view> lines = absl::StrSplit(text, "\r\n");
  const std::vector<absl::string_view> request_line = absl::StrSplit(lines[0], ' ');
  if (request_line.size() > 1) CheckTarget(request_line[0], request_line[1]);
  Headers headers;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, absl::string_view> header =
        absl::StrSplit(lines[i], absl::MaxSplits(':', 1));
    headers.emplace_back(header.first, absl::StripAsciiWhitespace(header.second));
    CheckSite(headers.back().second);
  }
  CheckHeaders(kind % 2 == 0 ? 11 : 10, headers);
  CheckAddress(headers, kind / 2 % 4);
}

}  // namespace
}  // namespace regulars::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (text.find('\0') != text.npos) return 0;  // The grammar of HTTP has none (RFC 9110 §5.5).
  regulars::gateway::Check(data[0], text);
  return 0;
}
