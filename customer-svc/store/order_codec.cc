#include "customer-svc/store/order_codec.h"

#include <utility>

namespace regulars::customer {
namespace {

// Writes numbers in as few bytes as they need (LEB128, zigzag), and texts behind their length.
class Encoder {
 public:
  void operator()(const int64_t& value) {
    auto rest = static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
    for (; rest >= 0x80; rest >>= 7) bytes_ += static_cast<char>(rest | 0x80);
    bytes_ += static_cast<char>(rest);
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<int64_t>(text.size()));
    bytes_ += text;
  }
  void operator()(const absl::Time& time) { (*this)(absl::ToUnixMicros(time)); }
  void operator()(const bool& value) { (*this)(static_cast<int64_t>(value)); }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Decoder {
 public:
  explicit Decoder(absl::string_view bytes) : bytes_(bytes) {}

  void operator()(int64_t& value) {
    uint64_t read = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) return Fail();
      const auto byte = static_cast<unsigned char>(bytes_[0]);
      bytes_.remove_prefix(1);
      read |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    value = static_cast<int64_t>(read >> 1 ^ (~(read & 1) + 1));
  }
  void operator()(std::string& text) {
    int64_t size = 0;
    (*this)(size);
    if (size < 0 || static_cast<uint64_t>(size) > bytes_.size()) return Fail();
    text.assign(bytes_.data(), static_cast<size_t>(size));
    bytes_.remove_prefix(static_cast<size_t>(size));
  }
  void operator()(absl::Time& time) {
    int64_t micros = 0;
    (*this)(micros);
    time = absl::FromUnixMicros(micros);
  }
  void operator()(bool& value) {
    int64_t number = 0;
    (*this)(number);
    value = number != 0;
  }
  bool done() const { return good_ && bytes_.empty(); }

 private:
  void Fail() {
    good_ = false;
    bytes_ = {};
  }
  absl::string_view bytes_;
  bool good_ = true;
};

// Each list of fields stands once, for both directions.
template <typename Codec, typename Place>
void CodePlace(Codec& code, Place& place) {
  code(place.row);
  code(place.line_number);
  code(place.begin);
  code(place.end);
}

template <typename Codec, typename Line>
void CodeLine(Codec& code, Line& line) {
  code(line.line_id);
  code(line.item);
  code(line.description);
  code(line.quantity_micros);
  code(line.unit_price_micros);
  code(line.discount_micros);
  code(line.tax_micros);
  code(line.sequence);
  code(line.occurrence);
}

// What a row and an order's head both say.
template <typename Codec, typename Head>
void CodeHead(Codec& code, Head& head) {
  code(head.store);
  code(head.till);
  code(head.staff);
  code(head.channel);
  code(head.country);
  code(head.currency);
}

template <typename Codec, typename Row>
void CodeRow(Codec& code, Row& row) {
  code(row.receipt);
  code(row.time);
  code(row.customer);
  code(row.email);
  code(row.negative);
  CodeHead(code, row);
  CodeLine(code, row.line);
}

template <typename Codec, typename Told>
void CodeOrderHead(Codec& code, Told& told) {
  code(told.customer);
  code(told.email);
  code(told.order.source);
  code(told.order.receipt_number);
  code(told.order.order_time);
  code(told.order.tax_included);
  CodeHead(code, told.order);
}

template <typename Codec, typename AnyRefusal>
void CodeRefusal(Codec& code, AnyRefusal& refusal) {
  code(refusal.line_number);
  code(refusal.reason);
  code(refusal.column);
  code(refusal.message);
  code(refusal.text);
}

void EncodeKinds(Encoder& encoder, const OrderLine& line) {
  encoder(static_cast<int64_t>(line.type));
  encoder(static_cast<int64_t>(line.kind));
}

void DecodeKinds(Decoder& decoder, OrderLine& line) {
  int64_t type = 0;
  int64_t kind = 0;
  decoder(type);
  decoder(kind);
  line.type = static_cast<LineType>(type);
  line.kind = static_cast<LineKind>(kind);
}

}  // namespace

std::string EncodeRow(const OrderRow& row, const LinePlace& place) {
  Encoder encoder;
  CodePlace(encoder, place);
  CodeRow(encoder, row);
  EncodeKinds(encoder, row.line);
  return encoder.Take();
}

bool DecodeRow(absl::string_view bytes, OrderRow& row, LinePlace& place) {
  Decoder decoder(bytes);
  CodePlace(decoder, place);
  CodeRow(decoder, row);
  DecodeKinds(decoder, row.line);
  return decoder.done();
}

std::string EncodeOrder(const FileOrder& order) {
  Encoder encoder;
  CodeOrderHead(encoder, order);
  encoder(static_cast<int64_t>(order.order.lines.size()));
  for (size_t i = 0; i < order.order.lines.size(); ++i) {
    CodePlace(encoder, order.places[i]);
    CodeLine(encoder, order.order.lines[i]);
    EncodeKinds(encoder, order.order.lines[i]);
  }
  return encoder.Take();
}

bool DecodeOrder(absl::string_view bytes, FileOrder& order) {
  Decoder decoder(bytes);
  order = FileOrder();
  CodeOrderHead(decoder, order);
  int64_t lines = 0;
  decoder(lines);
  if (lines < 0 || static_cast<size_t>(lines) > kMaxOrderLines) return false;
  order.order.lines.resize(static_cast<size_t>(lines));
  order.places.resize(static_cast<size_t>(lines));
  for (size_t i = 0; i < order.places.size(); ++i) {
    CodePlace(decoder, order.places[i]);
    CodeLine(decoder, order.order.lines[i]);
    DecodeKinds(decoder, order.order.lines[i]);
  }
  return decoder.done();
}

std::string EncodeRefusal(const Refusal& refusal) {
  Encoder encoder;
  CodeRefusal(encoder, refusal);
  return encoder.Take();
}

bool DecodeRefusal(absl::string_view bytes, Refusal& refusal) {
  Decoder decoder(bytes);
  CodeRefusal(decoder, refusal);
  return decoder.done();
}

}  // namespace regulars::customer
