#include "chassis/csv/reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/csv/delimiter.h"

namespace regulars::csv {
namespace {

// How much is asked of the source at once.
constexpr size_t kReadBytes = 64 << 10;

// How much of a column's name an error message shows.
constexpr size_t kMaxLabelBytes = 64;

absl::Status BadHeader(absl::string_view reason, int64_t line, absl::string_view what) {
  return InvalidArgument(reason, absl::StrCat("line ", line, ": ", what));
}

absl::StatusOr<ByteOrderMark> ReadByteOrderMark(ByteSource& source) {
  char beginning[3];
  size_t size = 0;
  while (size < sizeof beginning) {
    ABSL_ASSIGN_OR_RETURN(const size_t got, source.Read(beginning + size, sizeof beginning - size));
    if (got == 0) break;
    size += got;
  }
  return FindByteOrderMark(absl::string_view(beginning, size));
}

}  // namespace

absl::string_view ReasonName(Reason reason) {
  switch (reason) {
    case Reason::kRecordTooLong:
      return "RECORD_TOO_LONG";
    case Reason::kUnterminatedQuote:
      return "UNTERMINATED_QUOTE";
    case Reason::kTextAfterQuote:
      return "TEXT_AFTER_QUOTE";
    case Reason::kTooManyColumns:
      return "TOO_MANY_COLUMNS";
    case Reason::kFieldTooLong:
      return "FIELD_TOO_LONG";
    case Reason::kNul:
      return "NUL_CHARACTER";
    case Reason::kNotInCharset:
      return "NOT_IN_CHARSET";
    case Reason::kTooFewFields:
      return "TOO_FEW_FIELDS";
    case Reason::kTooManyFields:
      return "TOO_MANY_FIELDS";
  }
  return "";
}

absl::StatusOr<std::unique_ptr<Reader>> Reader::Open(std::unique_ptr<ByteSource> source,
                                                     Options options) {
  // Programmers choose these; no input reaches them.
  CHECK(options.max_record_bytes <= kMaxRecordBytes && options.max_columns <= kMaxColumns);
  CHECK(!options.delimiter || std::strchr("\"\r\n", *options.delimiter) == nullptr);
  ABSL_ASSIGN_OR_RETURN(const ByteOrderMark mark, ReadByteOrderMark(*source));
  if (mark.size > 0) options.charset = mark.charset;
  std::unique_ptr<Reader> reader(new Reader(std::move(source), options, mark));
  ABSL_RETURN_IF_ERROR(reader->Start());
  ABSL_RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

Reader::Reader(std::unique_ptr<ByteSource> source, Options options, ByteOrderMark mark)
    : source_(std::move(source)),
      options_(options),
      mark_size_(mark.size),
      // A record at its limit with a line end behind it, and a decoded read.
      capacity_(options.max_record_bytes + 2 + TextDecoder::kMaxGrowth * (kReadBytes + 3)),
      decoder_(options.charset),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)),
      undecoded_(std::make_unique_for_overwrite<char[]>(kReadBytes)) {}

absl::Status Reader::Start() {
  position_.offset = static_cast<int64_t>(mark_size_);
  ABSL_RETURN_IF_ERROR(source_->Seek(position_.offset));
  while (Unread().size() < kDetectBytes && !source_ended_) ABSL_RETURN_IF_ERROR(Fill());
  const absl::string_view sample = Unread().substr(0, kDetectBytes);
  const absl::string_view line = sample.substr(0, sample.find_first_of("\r\n"));
  delimiter_ = DelimiterOfSepLine(line);
  if (delimiter_ != '\0') {
    Consume(line.size());  // What is left of the line is empty and skipped like any such line.
  } else {
    delimiter_ = DetectDelimiter(sample, source_ended_ && Unread().size() == sample.size());
  }
  if (options_.delimiter) delimiter_ = *options_.delimiter;
  scanner_.emplace(delimiter_, options_.max_columns);
  return absl::OkStatus();
}

absl::Status Reader::ReadHeader() {
  ABSL_ASSIGN_OR_RETURN(const bool found, ReadRecord());
  if (!found) return InvalidArgument("CSV_EMPTY", "the file is empty: it needs a header line");
  const int64_t line = record_.position.line;
  if (record_.error) {
    const Reason reason = record_.error->reason;
    const bool is_text = reason != Reason::kNul && reason != Reason::kNotInCharset;
    return BadHeader(is_text ? "CSV_HEADER_INVALID" : "CSV_HEADER_NOT_TEXT", record_.error->line,
                     record_.error->message);
  }
  absl::flat_hash_set<std::string> seen;
  for (const absl::string_view field : record_.fields) {
    std::string name(absl::StripAsciiWhitespace(field));
    if (!name.empty() && !seen.insert(name).second) {
      return BadHeader(
          "CSV_COLUMN_REPEATED", line,
          absl::StrCat("two columns are named '", EscapeForLog(name, kMaxLabelBytes), "'"));
    }
    header_.push_back(std::move(name));
  }
  if (seen.empty()) return BadHeader("CSV_HEADER_INVALID", line, "no column has a name");
  position_.record = 1;
  header_end_ = position_.offset;
  return absl::OkStatus();
}

absl::StatusOr<const Record*> Reader::Next() {
  ABSL_ASSIGN_OR_RETURN(const bool found, ReadRecord());
  if (!found) return nullptr;
  if (!record_.error) CheckColumns();
  if (record_.error) record_.fields.clear();
  return &record_;
}

absl::Status Reader::Seek(const Position& position) {
  if (position.offset < header_end_ || position.line < 1 || position.record < 1) {
    return OutOfRange("CSV_POSITION_INVALID", "no record of this file begins there");
  }
  ABSL_RETURN_IF_ERROR(source_->Seek(position.offset));
  decoder_.Reset();
  begin_ = end_ = 0;
  source_ended_ = false;
  position_ = position;
  return absl::OkStatus();
}

absl::Status Reader::SkipEmptyLines() {
  for (;;) {
    if (begin_ == end_) {
      if (source_ended_) return absl::OkStatus();
      ABSL_RETURN_IF_ERROR(Fill());
      continue;
    }
    const char c = buffer_[begin_];
    if (c != '\r' && c != '\n') return absl::OkStatus();
    if (c == '\r' && end_ - begin_ == 1 && !source_ended_) {
      ABSL_RETURN_IF_ERROR(Fill());  // An LF may follow.
      continue;
    }
    const bool two_bytes = c == '\r' && end_ - begin_ > 1 && buffer_[begin_ + 1] == '\n';
    Consume(two_bytes ? 2 : 1);
    ++position_.line;
  }
}

absl::StatusOr<bool> Reader::ReadRecord() {
  ABSL_RETURN_IF_ERROR(SkipEmptyLines());
  if (begin_ == end_) return false;
  record_.position = position_;
  record_.fields.clear();
  record_.error.reset();
  // What the scanner sees never depends on how the source cuts its bytes: a record at its limit
  // and its line end fit, and nothing behind them matters.
  const size_t window = options_.max_record_bytes + 2;
  bool complete;
  for (;;) {
    const absl::string_view text = Unread().substr(0, window);
    complete = scanner_->Scan(text, source_ended_ && Unread().size() <= window, &scanned_);
    if (complete || text.size() == window || source_ended_) break;
    ABSL_RETURN_IF_ERROR(Fill());
  }
  ++position_.record;
  if (!complete || scanned_.size > options_.max_record_bytes) {
    ABSL_RETURN_IF_ERROR(SkipTooLongRecord());
    return true;
  }
  char* const text = buffer_.get() + begin_;
  Consume(scanned_.size_with_end);
  position_.line += scanned_.line_ends;
  CheckFlaws({text, scanned_.size});
  if (!record_.error) Unquote(text);
  return true;
}

absl::Status Reader::SkipTooLongRecord() {
  const int64_t first_line = record_.position.line;
  // The record has at least this much text. A CR LF that lies across the limit stays whole.
  size_t skipped = options_.max_record_bytes;
  if (buffer_[begin_ + skipped - 1] == '\r') --skipped;
  position_.line += CountLineEnds(Unread().substr(0, skipped));
  Consume(skipped);
  for (;;) {
    const size_t line_end = Unread().find_first_of("\r\n");
    if (line_end != absl::string_view::npos) {
      Consume(line_end);
      break;
    }
    Consume(Unread().size());
    if (source_ended_) break;
    ABSL_RETURN_IF_ERROR(Fill());
  }
  std::string message =
      absl::StrCat("the record is longer than ", options_.max_record_bytes, " bytes");
  if (position_.line > first_line) {
    absl::StrAppend(&message, "; lines ", first_line, " to ", position_.line,
                    " were skipped: is a quote not closed?");
  }
  Refuse(first_line, Reason::kRecordTooLong, std::move(message));
  return absl::OkStatus();
}

void Reader::CheckFlaws(absl::string_view text) {
  const int64_t line = record_.position.line + scanned_.flaw_lines;
  switch (scanned_.flaw) {
    case ScannedRecord::Flaw::kNone:
      break;
    case ScannedRecord::Flaw::kUnterminatedQuote:
      RefuseColumn(line, Reason::kUnterminatedQuote, scanned_.flawed_column,
                   absl::StrCat("opens a quote in line ", line, " that is never closed"));
      return;
    case ScannedRecord::Flaw::kTextAfterQuote:
      RefuseColumn(line, Reason::kTextAfterQuote, scanned_.flawed_column,
                   "goes on after its closing quote: a quote inside a quoted field is written "
                   "twice");
      return;
  }
  if (scanned_.columns > options_.max_columns) {
    Refuse(record_.position.line, Reason::kTooManyColumns,
           absl::StrCat("the record has ", scanned_.columns, " fields; at most ",
                        options_.max_columns, " are allowed"));
    return;
  }
  CheckText(text);
}

// Looks at the whole record first: fields are looked at one by one only to name the one at fault.
void Reader::CheckText(absl::string_view text) {
  const int64_t line = record_.position.line;
  const bool has_nul = std::memchr(text.data(), '\0', text.size()) != nullptr;
  const bool is_text = IsValidUtf8(text);
  if (text.size() <= options_.max_field_bytes && !has_nul && is_text) return;
  const auto find = [&](auto&& is_bad) -> std::optional<size_t> {
    for (size_t column = 0; column < scanned_.fields.size(); ++column) {
      const FieldSpan& span = scanned_.fields[column];
      if (is_bad(text.substr(span.begin, span.size))) return column;
    }
    return std::nullopt;  // Between a closing quote and the delimiter.
  };
  for (size_t column = 0; column < scanned_.fields.size(); ++column) {
    if (scanned_.fields[column].size > options_.max_field_bytes) {
      RefuseColumn(line, Reason::kFieldTooLong, column,
                   absl::StrCat("is longer than ", options_.max_field_bytes, " bytes"));
      return;
    }
  }
  const bool utf8 = options_.charset == Charset::kUtf8 && !options_.transcoded;
  if (has_nul) {
    RefuseColumn(line, Reason::kNul, find([](absl::string_view field) {
                   return std::memchr(field.data(), '\0', field.size()) != nullptr;
                 }),
                 utf8 ? "holds a NUL character: is the file in utf-16le or utf-16be, without a "
                        "byte order mark?"
                      : "holds a NUL character");
  } else if (!is_text) {
    RefuseColumn(line, Reason::kNotInCharset,
                 find([](absl::string_view field) { return !IsValidUtf8(field); }),
                 utf8 ? "is not UTF-8: is the file in windows-1252?"
                      : "holds what the file's charset does not have");
  }
}

void Reader::CheckColumns() {
  const size_t found = record_.fields.size();
  if (found == header_.size()) return;
  const bool few = found < header_.size();
  Refuse(record_.position.line, few ? Reason::kTooFewFields : Reason::kTooManyFields,
         absl::StrCat("the record has ", found, found == 1 ? " field" : " fields",
                      " and the header has ", header_.size()));
}

// Makes the fields of the record at `text`. Doubled quotes become single ones in place.
void Reader::Unquote(char* text) {
  for (const FieldSpan& span : scanned_.fields) {
    char* const begin = text + span.begin;
    size_t size = span.size;
    if (span.has_doubled_quotes) {
      char* to = begin;
      for (const char* from = begin; from < begin + span.size; ++from) {
        *to++ = *from;
        if (*from == '"') ++from;  // The scanner saw that a second one follows.
      }
      size = static_cast<size_t>(to - begin);
    }
    record_.fields.emplace_back(begin, size);
  }
}

void Reader::Refuse(int64_t line, Reason reason, std::string message) {
  record_.error = RecordError{.line = line, .reason = reason, .message = std::move(message)};
}

void Reader::RefuseColumn(int64_t line, Reason reason, std::optional<size_t> column,
                          absl::string_view what) {
  Refuse(line, reason, absl::StrCat(column ? ColumnLabel(*column) : "the record", " ", what));
  if (column && *column < header_.size()) record_.error->column = header_[*column];
}

std::string Reader::ColumnLabel(size_t column) const {
  if (column >= header_.size() || header_[column].empty()) {
    return absl::StrCat("column ", column + 1);
  }
  return absl::StrCat("column ", column + 1, " ('", EscapeForLog(header_[column], kMaxLabelBytes),
                      "')");
}

absl::Status Reader::Fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // Scanning starts over after each Fill; doubling keeps that linear however little the source
  // gives at once.
  const size_t wanted = std::max<size_t>(2 * end_, 1);
  while (end_ < wanted && !source_ended_) {
    const size_t room = (capacity_ - end_) / TextDecoder::kMaxGrowth;
    if (room <= 3) break;
    const bool is_utf8 = options_.charset == Charset::kUtf8;
    char* const to = is_utf8 ? buffer_.get() + end_ : undecoded_.get();
    ABSL_ASSIGN_OR_RETURN(const size_t got, source_->Read(to, std::min(room - 3, kReadBytes)));
    if (got == 0) {
      source_ended_ = true;
      end_ += decoder_.Finish(buffer_.get() + end_);
    } else {
      end_ += is_utf8 ? got : decoder_.Decode({to, got}, buffer_.get() + end_);
    }
  }
  return absl::OkStatus();
}

void Reader::Consume(size_t size) {
  position_.offset += static_cast<int64_t>(decoder_.SizeInFile(Unread().substr(0, size)));
  begin_ += size;
}

}  // namespace regulars::csv
