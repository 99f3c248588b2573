// What texts and lists of the access API may be. Pure; every error is an INVALID_ARGUMENT that
// names `field`.
#ifndef GATEWAY_DOMAIN_TEXT_RULES_H_
#define GATEWAY_DOMAIN_TEXT_RULES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

inline constexpr size_t kMaxDisplayNameLength = 200;
inline constexpr size_t kMaxDescriptionLength = 2000;

inline constexpr size_t kMaxStoreIdBytes = 64;
// All of them with their quotes and commas: they travel in every token, and a token is a header.
inline constexpr size_t kMaxStoresBytes = 2000;
inline constexpr size_t kBytesAroundStore = 3;

// UTF-8 of at most `max_length` characters without control characters: FIELD_TOO_LONG,
// INVALID_TEXT.
absl::Status CheckText(absl::string_view field, absl::string_view text, size_t max_length);

// Ids as orders use them, 1 to 64 letters, digits, "-", "_", ".", together kMaxStoresBytes at most:
// INVALID_STORE, TOO_MANY_STORES.
absl::Status CheckStores(absl::string_view field, const std::vector<std::string>& stores);

void SortAndDropDuplicates(std::vector<std::string>& texts);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_TEXT_RULES_H_
