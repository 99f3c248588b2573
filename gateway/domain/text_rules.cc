#include "gateway/domain/text_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"

namespace regulars::gateway {
namespace {

bool IsStoreId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxStoreIdBytes &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

}  // namespace

absl::Status CheckText(absl::string_view field, absl::string_view text, size_t max_length) {
  if (!IsValidUtf8(text) || HasControls(text)) {
    return FieldError(field, "INVALID_TEXT", "must be UTF-8 without control characters");
  }
  if (CodePointCount(text) > max_length) {
    return FieldError(field, "FIELD_TOO_LONG",
                      absl::StrCat("is longer than ", max_length, " characters"));
  }
  return absl::OkStatus();
}

absl::Status CheckStores(absl::string_view field, const std::vector<std::string>& stores) {
  size_t bytes = 0;
  for (size_t i = 0; i < stores.size() && bytes <= kMaxStoresBytes; ++i) {
    if (!IsStoreId(stores[i])) {
      return FieldError(absl::StrCat(field, "[", i, "]"), "INVALID_STORE",
                        "must be 1 to 64 letters, digits, '-', '_', '.'");
    }
    bytes += stores[i].size() + kBytesAroundStore;
  }
  if (bytes > kMaxStoresBytes) {
    return FieldError(
        field, "TOO_MANY_STORES",
        absl::StrCat("may take at most ", kMaxStoresBytes, " bytes, counting ", kBytesAroundStore,
                     " more for each id: access tokens carry them; none stands for all stores"));
  }
  return absl::OkStatus();
}

void SortAndDropDuplicates(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

}  // namespace regulars::gateway
