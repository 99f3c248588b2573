// Reads a CSV file record by record in bounded memory: RFC 4180, and what shops really send.
//
//   ABSL_ASSIGN_OR_RETURN(auto source, csv::FileSource::Open(path));
//   ABSL_ASSIGN_OR_RETURN(auto reader, csv::Reader::Open(std::move(source)));
//   for (;;) {
//     ABSL_ASSIGN_OR_RETURN(const csv::Record* record, reader->Next());
//     if (record == nullptr) break;
//     if (record->error) { Refuse(*record->error); continue; }
//     Use(record->fields[email_column]);
//   }
//
// Taken as they come: , ; tab or | (told from the first records, or from a first line "sep=;"),
// line ends LF, CR LF and CR in any mixture, line ends and doubled quotes within quotes, quotes
// inside unquoted fields, blanks after a closing quote, a last line without an end, empty lines
// (skipped), byte order marks, UTF-16 with one, windows-1252 when declared.
//
// Refused record by record, each with its line and a reason, while reading goes on behind it: bytes
// that are not text, too few or too many fields, text after a closing quote, records beyond the
// limits. Only a header that cannot be used and a source that cannot be read end the whole.
//
// Thread-compatible. The reader owns its source; fields live until the next call.
#ifndef CHASSIS_CSV_READER_H_
#define CHASSIS_CSV_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/csv/byte_source.h"
#include "chassis/csv/record_scanner.h"
#include "chassis/csv/text_decoder.h"

namespace regulars::csv {

// Lengths are of the UTF-8 text. A record's counts its quotes and not its line end.
inline constexpr size_t kMaxRecordBytes = 1 << 20;
inline constexpr size_t kMaxFieldBytes = 64 << 10;
inline constexpr size_t kMaxColumns = 1024;

struct Options {
  // Not given: detected. Never a quote or a line end.
  std::optional<char> delimiter;
  // A byte order mark overrules it.
  Charset charset = Charset::kUtf8;
  // The text was made UTF-8 of another charset that was declared (transcode.h): who is told of what
  // is no text in it need not be asked for the charset.
  bool transcoded = false;
  // Lower limits for tests and for callers that need less. Never higher than the constants.
  size_t max_record_bytes = kMaxRecordBytes;
  size_t max_field_bytes = kMaxFieldBytes;
  size_t max_columns = kMaxColumns;
};

// A place in the file where a record begins; reading can start again there.
struct Position {
  int64_t record = 1;  // Records after the header count from 1, the refused too.
  int64_t line = 1;    // Physical lines count from 1.
  int64_t offset = 0;  // Bytes from the beginning of the file.

  friend bool operator==(const Position&, const Position&) = default;
};

// Why a record is refused. When several hold, the first in this order is reported.
enum class Reason {
  kRecordTooLong,  // Reading goes on at the first line end behind the limit.
  kUnterminatedQuote,
  kTextAfterQuote,
  kTooManyColumns,
  kFieldTooLong,
  kNul,
  kNotInCharset,
  kTooFewFields,
  kTooManyFields,
};

// "RECORD_TOO_LONG".
absl::string_view ReasonName(Reason reason);

struct RecordError {
  int64_t line = 0;  // Where the trouble begins: for an unterminated quote the line that opens it.
  Reason reason = Reason::kRecordTooLong;
  std::string message;  // A sentence for the file's owner; holds nothing of the file's contents.
  std::string column;   // Name of the column at fault; empty if none is, or if it has no name.
};

struct Record {
  Position position;
  // One a column, unquoted. Empty when there is an error.
  std::vector<absl::string_view> fields;
  std::optional<RecordError> error;
};

class Reader {
 public:
  // Reads up to and with the header, the first line that is not empty. INVALID_ARGUMENT CSV_EMPTY
  // if the file is empty, CSV_HEADER_NOT_TEXT, CSV_HEADER_INVALID or CSV_COLUMN_REPEATED if its
  // header is not a record of text with unique names.
  static absl::StatusOr<std::unique_ptr<Reader>> Open(std::unique_ptr<ByteSource> source,
                                                      Options options = {});

  // The names of the columns, trimmed. Columns may lack a name; names that are there differ.
  const std::vector<std::string>& header() const { return header_; }
  char delimiter() const { return delimiter_; }
  // The declared one, or that of the byte order mark.
  Charset charset() const { return options_.charset; }

  // The next record, or null at the end. An error of the source is not a record's: reading ends.
  absl::StatusOr<const Record*> Next();

  // Where the next record begins, or empty lines before it.
  const Position& position() const { return position_; }

  // Goes on reading at a position that this file gave before.
  absl::Status Seek(const Position& position);

 private:
  Reader(std::unique_ptr<ByteSource> source, Options options, ByteOrderMark mark);

  absl::Status Start();
  absl::Status ReadHeader();
  absl::Status SkipEmptyLines();
  // Reads the next record into record_ whatever its number of columns; false at the end.
  absl::StatusOr<bool> ReadRecord();
  absl::Status SkipTooLongRecord();
  void CheckFlaws(absl::string_view text);
  void CheckText(absl::string_view text);
  void CheckColumns();
  void Unquote(char* text);
  void Refuse(int64_t line, Reason reason, std::string message);
  // Says behind the column's name what is wrong with it; without one it is the record.
  void RefuseColumn(int64_t line, Reason reason, std::optional<size_t> column,
                    absl::string_view what);
  std::string ColumnLabel(size_t column) const;

  absl::string_view Unread() const { return {buffer_.get() + begin_, end_ - begin_}; }
  // Reads until the unread text has doubled, the buffer is full or the source has ended.
  absl::Status Fill();
  // Moves on by `size` bytes of the unread text, which must not have been changed.
  void Consume(size_t size);

  const std::unique_ptr<ByteSource> source_;
  const Options options_;
  const size_t mark_size_;
  const size_t capacity_;
  TextDecoder decoder_;
  char delimiter_ = ',';
  std::vector<std::string> header_;
  int64_t header_end_ = 0;

  // Decoded text; [begin_, end_) is unread.
  const std::unique_ptr<char[]> buffer_;
  const std::unique_ptr<char[]> undecoded_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool source_ended_ = false;

  Position position_;
  ScannedRecord scanned_;
  std::optional<RecordScanner> scanner_;
  Record record_;
};

}  // namespace regulars::csv

#endif  // CHASSIS_CSV_READER_H_
