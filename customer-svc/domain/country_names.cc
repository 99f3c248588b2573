#include "customer-svc/domain/country_names.h"

#include <unicode/locid.h>
#include <unicode/unistr.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/text.h"
#include "customer-svc/domain/country.h"
#include "customer-svc/domain/import_format.h"

namespace regulars::customer {
namespace {

using Table = absl::flat_hash_map<std::string, std::string>;

// Alpha-2 and alpha-3 codes and English names of all countries, folded.
const Table& KnownNames() {
  static const Table& known = *[] {
    auto* table = new Table;
    for (const char* const* code = icu::Locale::getISOCountries(); *code != nullptr; ++code) {
      if (!IsCountry(*code)) continue;
      const icu::Locale locale("", *code);
      icu::UnicodeString name;
      locale.getDisplayCountry(icu::Locale::getEnglish(), name);
      std::string text;
      name.toUTF8String(text);
      table->emplace(Fold(text), *code);
      table->emplace(Fold(locale.getISO3Country()), *code);
    }
    // Last, so that a code is never taken for somebody's name.
    for (char first = 'A'; first <= 'Z'; ++first) {
      for (char second = 'A'; second <= 'Z'; ++second) {
        const std::string code{first, second};
        if (IsCountry(code)) table->insert_or_assign(absl::AsciiStrToLower(code), code);
      }
    }
    table->erase("");
    return table;
  }();
  return known;
}

}  // namespace

absl::StatusOr<CountryNames> CountryNames::Read(const std::vector<std::string>& pairs) {
  if (pairs.size() > kMaxPairs) {
    return OptionError("country_names", absl::StrCat("must be at most ", kMaxPairs));
  }
  CountryNames names;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const std::string path = absl::StrCat("country_names[", i, "]");
    const size_t equals = pairs[i].rfind('=');
    const std::string text =
        equals == std::string::npos ? "" : Fold(absl::string_view(pairs[i]).substr(0, equals));
    if (text.empty()) return OptionError(path, "must be 'text=code', such as 'EIRE=IE'");
    const std::string code = absl::AsciiStrToUpper(
        absl::StripAsciiWhitespace(absl::string_view(pairs[i]).substr(equals + 1)));
    if (!code.empty() && !IsCountry(code)) {
      return OptionError(path, "must end in an ISO 3166-1 alpha-2 code, or in nothing");
    }
    if (!names.own_.emplace(text, code).second) {
      return OptionError(path, "gives a text a second time");
    }
  }
  return names;
}

std::optional<std::string> CountryNames::Find(absl::string_view text) const {
  const std::string folded = Fold(text);
  if (folded.empty()) return "";
  if (const auto own = own_.find(folded); own != own_.end()) return own->second;
  const auto known = KnownNames().find(folded);
  return known == KnownNames().end() ? std::nullopt : std::optional(known->second);
}

}  // namespace regulars::customer
