// The writer behind json_writer.h: fields and messages in json_writer.cc, the types with a JSON of
// their own in json_writer_special.cc. One writer writes one message on one thread.
#ifndef GATEWAY_TRANSCODE_JSON_WRITER_IMPL_H_
#define GATEWAY_TRANSCODE_JSON_WRITER_IMPL_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/transcode/schema.h"
#include "gateway/transcode/wire.h"

namespace regulars::gateway {

class JsonWriter {
 public:
  JsonWriter(const Schema& schema, std::string* out) : schema_(schema), out_(out) {}

  absl::Status WriteMessage(const MessageType& type, absl::string_view bytes);
  absl::Status WriteOneField(const MessageType& type, const Field& field, absl::string_view bytes);

 private:
  // Where a field occurs in a message.
  struct Found {
    // A lone field: the last value, after its tag. A list: from the first tag to the end of the
    // last value, other fields perhaps in between.
    absl::string_view bytes;
    uint32_t count = 0;
  };
  struct MapEntry {
    std::string key;          // As JSON.
    absl::string_view value;  // After its tag.
    bool has_value;
  };

  // Finds every known field of the message; `found` has one element for each.
  absl::Status Scan(const MessageType& type, absl::string_view bytes, Found* found) const;
  absl::Status WriteFields(const MessageType& type, absl::string_view bytes, bool after_another);
  absl::Status WriteFound(const Field& field, const Found& found, absl::string_view message);
  absl::Status WriteList(const Field& field, const Found& found);
  absl::Status WriteMap(const Field& field, const Found& found);
  absl::Status ReadEntry(const Field& field, absl::string_view bytes, MapEntry* entry);
  absl::Status WriteKey(const Field& key, absl::string_view bytes);
  // One value from after its tag. Without a value: the type's zero.
  absl::Status WriteElement(const Field& field, wire::Cursor* in);
  absl::Status WriteScalar(const Field& field, wire::Cursor* in);
  template <typename T>
  void WriteQuoted(T value);
  void WriteVarint(const Field& field, uint64_t value);
  void WriteFixed64(const Field& field, uint64_t value);
  void WriteFixed32(const Field& field, uint32_t value);
  void WriteText(const Field& field, absl::string_view value);
  void WriteEnum(const Field& field, int32_t number);
  absl::Status WriteZero(const Field& field);

  absl::Status WriteSpecial(const MessageType& type, absl::string_view bytes);
  absl::Status WriteTime(const MessageType& type, absl::string_view bytes);
  absl::Status WriteMask(const MessageType& type, absl::string_view bytes);
  absl::Status WriteValue(const MessageType& type, absl::string_view bytes);
  absl::Status WriteAny(const MessageType& type, absl::string_view bytes);

  const Schema& schema_;
  std::string* const out_;
  int depth_ = 0;
};

// INTERNAL: an upstream sent what is not the message it should be.
absl::Status BadMessage(absl::string_view type_name);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_JSON_WRITER_IMPL_H_
