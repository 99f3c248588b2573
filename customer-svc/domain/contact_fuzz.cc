// How a customer is reached: the first byte chooses between an e-mail address and a phone number
// and its region. What is taken has one form, which is taken again and stays as it is.
#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "chassis/base/check.h"
#include "chassis/base/mailbox.h"
#include "customer-svc/domain/phone_number.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxLocalBytes = 64;
constexpr size_t kMaxE164Bytes = 16;  // '+' and 15 digits.
constexpr const char* kRegions[] = {"", "GB", "DE", "US", "IT", "ZZ", "xx"};

void CheckEmail(absl::string_view text) {
  const absl::StatusOr<std::string> folded = FoldMailbox(text);
  if (!folded.ok()) {
    CHECK(folded.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  CHECK(text.size() <= kMaxMailboxBytes);
  const size_t at = folded->rfind('@');
  const absl::string_view host = absl::string_view(*folded).substr(at + 1);
  CHECK(absl::StrContains(host, '.') && std::all_of(host.begin(), host.end(), [](char c) {
          return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '.';
        }));
  CHECK(std::none_of(folded->begin(), folded->end(),
                     [](char c) { return absl::ascii_iscntrl(c) || absl::ascii_isupper(c); }));
  const absl::StatusOr<std::string> again = FoldMailbox(*folded);
  // Only by growing too long can it be refused: names become longer as the DNS writes them.
  CHECK(again.ok() || folded->size() > kMaxMailboxBytes || at > kMaxLocalBytes);
  CHECK(!again.ok() || *again == *folded);
  const absl::StatusOr<std::string> upper = FoldMailbox(absl::AsciiStrToUpper(text));
  CHECK(upper.ok() && *upper == *folded);
}

void CheckPhone(absl::string_view text, absl::string_view region) {
  const absl::StatusOr<std::string> number = ReadPhone(text, region);
  if (!number.ok()) {
    CHECK(number.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  CHECK(number->size() <= kMaxE164Bytes && absl::StartsWith(*number, "+"));
  CHECK(std::all_of(number->begin() + 1, number->end(),
                    [](char c) { return absl::ascii_isdigit(c); }));
  // It means the same wherever it is read.
  for (const char* const elsewhere : kRegions) CHECK(ReadPhone(*number, elsewhere) == number);
}

}  // namespace
}  // namespace regulars::customer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    regulars::customer::CheckEmail(text);
  } else {
    regulars::customer::CheckPhone(
        text, regulars::customer::kRegions[data[0] / 2 % std::size(regulars::customer::kRegions)]);
  }
  return 0;
}
