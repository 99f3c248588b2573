#include "customer-svc/domain/phone_number.h"

#include <phonenumbers/phonenumberutil.h>

#include "chassis/base/text.h"

namespace regulars::customer {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// The longest way of writing 15 digits that anyone was seen to use has some 30 characters.
constexpr size_t kMaxBytes = 100;
// '+' and 15 digits (E.164, 6). The plans that libphonenumber knows have some that are longer.
constexpr size_t kMaxE164Bytes = 16;
// libphonenumber's name for "no region".
constexpr char kUnknownRegion[] = "ZZ";

absl::Status Refuse(absl::string_view why) { return absl::InvalidArgumentError(why); }

absl::Status Explain(PhoneNumberUtil::ErrorType error) {
  switch (error) {
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
      return Refuse("is in national form and no country is known, or has an unknown country code");
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
      return Refuse("is too short for a phone number");
    case PhoneNumberUtil::TOO_LONG_NSN:
      return Refuse("is too long for a phone number");
    default:
      return Refuse("is not a phone number");
  }
}

}  // namespace

absl::StatusOr<std::string> ReadPhone(absl::string_view text, absl::string_view region) {
  if (text.empty()) return Refuse("is missing");
  if (text.size() > kMaxBytes) return Refuse("is too long for a phone number");
  // libphonenumber takes invalid bytes and NUL for the end of the text.
  if (!IsValidUtf8(text) || text.find('\0') != absl::string_view::npos) {
    return Refuse("is not a phone number");
  }
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  const auto error =
      util.Parse(std::string(text), region.empty() ? kUnknownRegion : std::string(region), &number);
  if (error != PhoneNumberUtil::NO_PARSING_ERROR) return Explain(error);
  if (number.has_extension()) return Refuse("has an extension, which E.164 cannot hold");
  if (!util.IsValidNumber(number)) return Refuse("cannot exist: no numbering plan has it");
  std::string e164;
  util.Format(number, PhoneNumberUtil::E164, &e164);
  if (e164.size() > kMaxE164Bytes) return Refuse("is too long for a phone number");
  return e164;
}

}  // namespace regulars::customer
