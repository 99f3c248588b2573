#include "customer-svc/rpc/reply_texts.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <vector>

namespace regulars::customer {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using Predicate = std::function<bool(absl::string_view)>;

// No reply nests deeper than this.
constexpr int kMaxDepth = 32;

bool IsText(absl::string_view bytes) {
  return std::none_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
}

// The contents of the fields of a message that have a length; false if it is none.
bool ReadFields(absl::string_view message, std::vector<absl::string_view>& fields) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(message.data()),
                      static_cast<int>(message.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == 0) return false;
    uint32_t size = 0;
    uint64_t number = 0;
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        if (!in.ReadVarint64(&number)) return false;
        break;
      case WireFormatLite::WIRETYPE_FIXED64:
        if (!in.ReadLittleEndian64(&number)) return false;
        break;
      case WireFormatLite::WIRETYPE_FIXED32:
        if (!in.ReadLittleEndian32(&size)) return false;
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        if (!in.ReadVarint32(&size)) return false;
        const auto begin = static_cast<size_t>(in.CurrentPosition());
        if (size > message.size() - begin) return false;
        fields.push_back(message.substr(begin, size));
        if (!in.Skip(static_cast<int>(size))) return false;
        break;
      }
      default:
        return false;
    }
  }
  return in.ConsumedEntireMessage();
}

bool AnyTextIn(absl::string_view bytes, int depth, const Predicate& predicate) {
  const bool text = IsText(bytes);
  if (text && predicate(bytes)) return true;
  std::vector<absl::string_view> fields;
  if (depth == kMaxDepth || !ReadFields(bytes, fields)) return !text && predicate(bytes);
  return std::any_of(fields.begin(), fields.end(), [&](absl::string_view field) {
    return AnyTextIn(field, depth + 1, predicate);
  });
}

}  // namespace

bool AnyText(absl::string_view message, const Predicate& predicate) {
  return AnyTextIn(message, 0, predicate);
}

}  // namespace regulars::customer
