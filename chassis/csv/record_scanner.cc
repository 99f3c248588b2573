#include "chassis/csv/record_scanner.h"

namespace regulars::csv {
namespace {

constexpr char kQuote = '"';

bool IsBlank(absl::string_view text) {
  return text.find_first_not_of(" \t") == absl::string_view::npos;
}

}  // namespace

int64_t CountLineEnds(absl::string_view text) {
  int64_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      count += i == 0 || text[i - 1] != '\r';
    } else if (text[i] == '\r') {
      ++count;
    }
  }
  return count;
}

RecordScanner::RecordScanner(char delimiter, size_t max_columns)
    : delimiter_(delimiter), max_columns_(max_columns) {
  for (const char c : {delimiter, '\r', '\n'}) ends_field_[static_cast<unsigned char>(c)] = true;
}

size_t RecordScanner::FindFieldEnd(absl::string_view text, size_t from) const {
  const char* const end = text.data() + text.size();
  const char* p = text.data() + from;
  while (p < end && !ends_field_[static_cast<unsigned char>(*p)]) ++p;
  return static_cast<size_t>(p - text.data());
}

void RecordScanner::Push(FieldSpan field, ScannedRecord* out) const {
  if (++out->columns <= max_columns_) out->fields.push_back(field);
}

// Scans the field whose opening quote is at `*pos`, up to the delimiter or line end behind it.
bool RecordScanner::ScanQuoted(absl::string_view text, bool is_last, size_t* pos,
                               ScannedRecord* out) const {
  FieldSpan field = {.begin = *pos + 1};
  size_t quote = field.begin;
  for (;;) {
    quote = text.find(kQuote, quote);
    if (quote == absl::string_view::npos) {
      if (!is_last) return false;
      out->flaw = ScannedRecord::Flaw::kUnterminatedQuote;
      out->flawed_column = out->columns;
      out->flaw_lines = out->line_ends;
      quote = text.size();
      break;
    }
    if (quote + 1 == text.size() || text[quote + 1] != kQuote) break;
    field.has_doubled_quotes = true;
    quote += 2;
  }
  field.size = quote - field.begin;
  const size_t closed = quote < text.size() ? quote + 1 : quote;
  *pos = FindFieldEnd(text, closed);
  // Blanks after a closing quote are padding. Anything else shows that a quote within the field
  // was not doubled, and what the field was meant to hold is a guess.
  if (out->flaw == ScannedRecord::Flaw::kNone && !IsBlank(text.substr(closed, *pos - closed))) {
    out->flaw = ScannedRecord::Flaw::kTextAfterQuote;
    out->flawed_column = out->columns;
    out->flaw_lines = out->line_ends;
  }
  out->line_ends += CountLineEnds(text.substr(field.begin, field.size));
  Push(field, out);
  return true;
}

bool RecordScanner::Scan(absl::string_view text, bool is_last, ScannedRecord* out) const {
  out->fields.clear();
  out->columns = 0;
  out->line_ends = 0;
  out->flaw = ScannedRecord::Flaw::kNone;
  for (size_t pos = 0;; ++pos) {
    if (pos < text.size() && text[pos] == kQuote) {
      if (!ScanQuoted(text, is_last, &pos, out)) return false;
    } else {
      const size_t begin = pos;
      pos = FindFieldEnd(text, begin);
      Push({.begin = begin, .size = pos - begin}, out);
    }
    if (pos == text.size()) {
      if (!is_last) return false;
      out->size = out->size_with_end = pos;
      return true;
    }
    if (text[pos] == delimiter_) continue;
    if (text[pos] == '\r' && pos + 1 == text.size() && !is_last) return false;
    const bool two_bytes = text[pos] == '\r' && pos + 1 < text.size() && text[pos + 1] == '\n';
    out->size = pos;
    out->size_with_end = pos + (two_bytes ? 2 : 1);
    ++out->line_ends;
    return true;
  }
}

}  // namespace regulars::csv
