#include "loyalty-svc/store/counted_codec.h"

#include <cstdint>

namespace regulars::loyalty {
namespace {

constexpr char kFormat = 1;
constexpr int kMaxShift = 63;

void Append(int64_t value, std::string& bytes) {
  auto rest = static_cast<uint64_t>(value);
  for (; rest >= 0x80; rest >>= 7) bytes += static_cast<char>(rest | 0x80);
  bytes += static_cast<char>(rest);
}

// Takes a number off the front of `bytes`.
std::optional<int64_t> Take(absl::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < kMaxShift && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return static_cast<int64_t>(value);
  }
  return std::nullopt;
}

}  // namespace

std::string EncodeCounted(absl::Span<const CountedLine> lines) {
  std::string bytes;
  if (lines.empty()) return bytes;
  bytes += kFormat;
  for (const CountedLine& line : lines) {
    Append(static_cast<int64_t>(line.line_id.size()), bytes);
    bytes += line.line_id;
    Append(line.quantity_micros, bytes);
    Append(line.amount_micros, bytes);
  }
  return bytes;
}

std::optional<std::vector<CountedLine>> DecodeCounted(absl::string_view bytes) {
  std::vector<CountedLine> lines;
  if (bytes.empty()) return lines;
  if (bytes[0] != kFormat) return std::nullopt;
  bytes.remove_prefix(1);
  while (!bytes.empty()) {
    const std::optional<int64_t> size = Take(bytes);
    if (!size || static_cast<uint64_t>(*size) > bytes.size()) return std::nullopt;
    CountedLine& line = lines.emplace_back();
    line.line_id.assign(bytes.data(), static_cast<size_t>(*size));
    bytes.remove_prefix(static_cast<size_t>(*size));
    const std::optional<int64_t> quantity = Take(bytes);
    const std::optional<int64_t> amount = Take(bytes);
    if (!quantity || !amount) return std::nullopt;
    line.quantity_micros = *quantity;
    line.amount_micros = *amount;
  }
  return lines;
}

}  // namespace regulars::loyalty
