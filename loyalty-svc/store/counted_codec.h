// The counted lines of a receipt as bytes: a byte for the format, then for each line its id behind
// its length, its quantity and its amount, as numbers of 7 bits a byte (LEB128).
#ifndef LOYALTY_SVC_STORE_COUNTED_CODEC_H_
#define LOYALTY_SVC_STORE_COUNTED_CODEC_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "loyalty-svc/domain/earning.h"

namespace regulars::loyalty {

// No lines give no bytes. Quantities and amounts are not negative.
std::string EncodeCounted(absl::Span<const CountedLine> lines);
// nullopt for bytes that EncodeCounted() did not make.
std::optional<std::vector<CountedLine>> DecodeCounted(absl::string_view bytes);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_STORE_COUNTED_CODEC_H_
