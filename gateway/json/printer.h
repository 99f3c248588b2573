// Writes JSON piece by piece, indented. Commas and line breaks are its business; that a key comes
// before each value of an object is the caller's.
//
// Used by one thread at a time; `out` must outlive it.
//
//   Printer json(&text);
//   json.BeginObject().Key("openapi").String("3.1.0").Key("tags").BeginArray().EndArray().EndObject();
#ifndef GATEWAY_JSON_PRINTER_H_
#define GATEWAY_JSON_PRINTER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway::json {

class Printer {
 public:
  explicit Printer(std::string* out) : out_(out) {}

  Printer& BeginObject() { return Open('{'); }
  Printer& EndObject() { return Close('}'); }
  Printer& BeginArray() { return Open('['); }
  Printer& EndArray() { return Close(']'); }
  Printer& Key(absl::string_view key);
  Printer& String(absl::string_view value);
  Printer& Int(int64_t value);
  Printer& Bool(bool value);
  // A value that is JSON already.
  Printer& Raw(absl::string_view json);

  // A key and its value.
  Printer& Text(absl::string_view key, absl::string_view value) { return Key(key).String(value); }

 private:
  Printer& Open(char bracket);
  Printer& Close(char bracket);
  void BeforeValue();
  void NewLine();

  std::string* out_;
  int depth_ = 0;
  bool first_ = true;       // Nothing was written yet inside the innermost bracket.
  bool after_key_ = false;  // The next value belongs to a key just written.
};

}  // namespace regulars::gateway::json

#endif  // GATEWAY_JSON_PRINTER_H_
