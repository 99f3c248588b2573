#include "gateway/json/printer.h"

#include "absl/strings/str_cat.h"
#include "gateway/json/quote.h"

namespace regulars::gateway::json {

Printer& Printer::Key(absl::string_view key) {
  BeforeValue();
  AppendQuoted(key, out_);
  *out_ += ": ";
  after_key_ = true;
  return *this;
}

Printer& Printer::String(absl::string_view value) {
  BeforeValue();
  AppendQuoted(value, out_);
  return *this;
}

Printer& Printer::Int(int64_t value) {
  BeforeValue();
  absl::StrAppend(out_, value);
  return *this;
}

Printer& Printer::Bool(bool value) {
  BeforeValue();
  *out_ += value ? "true" : "false";
  return *this;
}

Printer& Printer::Raw(absl::string_view json) {
  BeforeValue();
  absl::StrAppend(out_, json);
  return *this;
}

Printer& Printer::Open(char bracket) {
  BeforeValue();
  *out_ += bracket;
  ++depth_;
  first_ = true;
  return *this;
}

Printer& Printer::Close(char bracket) {
  --depth_;
  if (!first_) NewLine();
  *out_ += bracket;
  first_ = false;
  return *this;
}

void Printer::BeforeValue() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (depth_ == 0) return;
  if (!first_) *out_ += ',';
  first_ = false;
  NewLine();
}

void Printer::NewLine() {
  *out_ += '\n';
  out_->append(2 * depth_, ' ');
}

}  // namespace regulars::gateway::json
