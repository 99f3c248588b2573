// Compares the reader with a slow parser that follows the rules character by character, on random
// texts that the source cuts at random places.
#include <gtest/gtest.h>
#include <unicode/utf8.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "chassis/base/ids.h"
#include "chassis/csv/reader.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::csv {
namespace {

constexpr char kHeader[] = "h1,h2,h3\n";
constexpr size_t kHeaderColumns = 3;
constexpr Options kSmall = {
    .delimiter = ',', .max_record_bytes = 24, .max_field_bytes = 10, .max_columns = 5};

// A record as text: "record 1, line 2, byte 9: a|b" or "…! REASON at line 3".
std::string Describe(const Position& position, const std::vector<std::string>& fields,
                     std::optional<std::pair<Reason, int64_t>> error) {
  std::string out = absl::StrCat("record ", position.record, ", line ", position.line, ", byte ",
                                 position.offset);
  if (error) {
    absl::StrAppend(&out, "! ", ReasonName(error->first), " at line ", error->second);
  } else {
    absl::StrAppend(&out, ": ", absl::CHexEscape(absl::StrJoin(fields, "|")));
  }
  return out;
}

bool SlowIsUtf8(const std::string& text) {
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT(text.data(), i, size, c);
    if (c < 0) return false;
  }
  return true;
}

class SlowParser {
 public:
  explicit SlowParser(const std::string& text) : text_(text) {}

  std::vector<std::string> Records() {
    std::vector<std::string> records;
    int64_t number = -1;  // The header is record 0.
    for (;;) {
      while (LineEndAt(at_) > 0) {
        at_ += LineEndAt(at_);
        ++line_;
      }
      if (at_ == text_.size()) return records;
      const std::string record = OneRecord(++number);
      if (number > 0) records.push_back(record);
    }
  }

 private:
  size_t LineEndAt(size_t i) const {
    if (text_.compare(i, 2, "\r\n") == 0) return 2;
    return i < text_.size() && (text_[i] == '\r' || text_[i] == '\n') ? 1 : 0;
  }

  std::string OneRecord(int64_t number) {
    const Position begin = {number, line_, static_cast<int64_t>(at_)};
    std::vector<std::string> fields;
    std::string field;
    size_t raw_field_size = 0;
    size_t longest_field = 0;
    std::optional<int64_t> unterminated;
    std::optional<int64_t> text_after_quote;
    int64_t field_line = line_;
    enum { kStart, kUnquoted, kQuoted, kAfterQuote } state = kStart;
    size_t i = at_;
    const auto end_field = [&] {
      fields.push_back(field);
      longest_field = std::max(longest_field, raw_field_size);
      field.clear();
      raw_field_size = 0;
    };
    for (;; ++i) {
      if (state == kQuoted) {
        if (i == text_.size()) {
          unterminated = field_line;
          break;
        }
        if (text_[i] == '"' && i + 1 < text_.size() && text_[i + 1] == '"') {
          field += '"';
          raw_field_size += 2;
          ++i;
        } else if (text_[i] == '"') {
          state = kAfterQuote;
        } else {
          // A CR LF counts at its LF.
          if (LineEndAt(i) == 1) ++line_;
          field += text_[i];
          ++raw_field_size;
        }
        continue;
      }
      if (i == text_.size() || LineEndAt(i) > 0) break;
      if (text_[i] == ',') {
        end_field();
        state = kStart;
        field_line = line_;
      } else if (state == kStart && text_[i] == '"') {
        state = kQuoted;
      } else if (state == kAfterQuote) {
        if (text_[i] != ' ' && text_[i] != '\t' && !text_after_quote) text_after_quote = field_line;
      } else {
        state = kUnquoted;
        field += text_[i];
        ++raw_field_size;
      }
    }
    end_field();
    const std::string raw = text_.substr(at_, i - at_);
    if (raw.size() > kSmall.max_record_bytes) {
      Resynchronise(begin);
      return Describe(begin, {}, {{Reason::kRecordTooLong, begin.line}});
    }
    at_ = i;
    std::optional<std::pair<Reason, int64_t>> error;
    if (unterminated) {
      error = {Reason::kUnterminatedQuote, *unterminated};
    } else if (text_after_quote) {
      error = {Reason::kTextAfterQuote, *text_after_quote};
    } else if (fields.size() > kSmall.max_columns) {
      error = {Reason::kTooManyColumns, begin.line};
    } else if (longest_field > kSmall.max_field_bytes) {
      error = {Reason::kFieldTooLong, begin.line};
    } else if (raw.find('\0') != std::string::npos) {
      error = {Reason::kNul, begin.line};
    } else if (!SlowIsUtf8(raw)) {
      error = {Reason::kNotInCharset, begin.line};
    } else if (fields.size() != kHeaderColumns) {
      const bool few = fields.size() < kHeaderColumns;
      error = {few ? Reason::kTooFewFields : Reason::kTooManyFields, begin.line};
    }
    return Describe(begin, fields, error);
  }

  // To the first line end at or behind the limit; a CR just before the limit counts as behind it.
  void Resynchronise(const Position& begin) {
    line_ = begin.line;
    const size_t limit = at_ + kSmall.max_record_bytes;
    while (at_ < text_.size()) {
      const size_t line_end = LineEndAt(at_);
      if (line_end > 0 && (at_ >= limit || (at_ == limit - 1 && text_[at_] == '\r'))) return;
      line_ += line_end > 0;
      at_ += std::max<size_t>(line_end, 1);
    }
  }

  const std::string text_;
  size_t at_ = 0;
  int64_t line_ = 1;
};

// Gives a buffer's bytes in pieces of random sizes.
class CutSource : public ByteSource {
 public:
  CutSource(absl::string_view bytes, uint64_t seed, size_t max_piece)
      : buffer_(bytes), mixer_(seed), max_piece_(max_piece) {}
  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    return buffer_.Read(to, std::min<size_t>(size, 1 + mixer_.Next() % max_piece_));
  }
  absl::Status Seek(int64_t offset) override { return buffer_.Seek(offset); }

 private:
  BufferSource buffer_;
  Mixer mixer_;
  const size_t max_piece_;
};

std::string DescribeRecord(const Record& record) {
  std::optional<std::pair<Reason, int64_t>> error;
  if (record.error) error = {record.error->reason, record.error->line};
  return Describe(record.position, {record.fields.begin(), record.fields.end()}, error);
}

struct ReadThrough {
  std::vector<std::string> records;
  std::vector<Position> positions;
  std::unique_ptr<Reader> reader;
};

ReadThrough ReadAll(absl::string_view bytes, uint64_t seed, size_t max_piece) {
  ReadThrough run;
  auto reader = Reader::Open(std::make_unique<CutSource>(bytes, seed, max_piece), kSmall);
  EXPECT_OK(reader);
  if (!reader.ok()) return run;
  run.reader = *std::move(reader);
  for (;;) {
    const absl::StatusOr<const Record*> record = run.reader->Next();
    EXPECT_OK(record);
    if (!record.ok() || *record == nullptr) return run;
    run.records.push_back(DescribeRecord(**record));
    run.positions.push_back((*record)->position);
  }
}

std::string RandomText(Mixer& mixer, absl::Span<const std::string> pieces, int max_pieces) {
  std::string text;
  for (uint64_t count = mixer.Next() % max_pieces; count > 0; --count) {
    text += pieces[mixer.Next() % pieces.size()];
  }
  return text;
}

TEST(ReaderOnRandomText, ReadsWhatTheSlowParserReads) {
  const std::vector<std::string> pieces = {",",
                                           ",",
                                           ",",
                                           "\"",
                                           "\"",
                                           "\"\"",
                                           ",\"",
                                           "\",",
                                           "\n",
                                           "\n",
                                           "\r",
                                           "\r\n",
                                           "\"\n",
                                           "a",
                                           "bc",
                                           " ",
                                           "é",
                                           "😀",
                                           "\xFF",
                                           "\xED\xA0\x80",
                                           "\t",
                                           "a,b,c\n",
                                           "\"x\",y,\"z\"\r\n",
                                           "0123456789",
                                           std::string("\0", 1)};
  Mixer mixer(2024);
  for (int round = 0; round < 40'000; ++round) {
    const std::string text = kHeader + RandomText(mixer, pieces, 60);
    const ReadThrough run = ReadAll(text, mixer.Next(), 1 + mixer.Next() % 40);
    ASSERT_EQ(run.records, SlowParser(text).Records())
        << "round " << round << ": " << absl::CHexEscape(text);
    if (run.records.empty()) continue;
    // Reading again at any record's position goes on the same way, wherever the reader was.
    const size_t from = mixer.Next() % run.records.size();
    ASSERT_OK(run.reader->Seek(run.positions[mixer.Next() % run.records.size()]));
    ASSERT_OK(run.reader->Next());
    ASSERT_OK(run.reader->Seek(run.positions[from]));
    for (size_t i = from; i < run.records.size(); ++i) {
      ASSERT_OK_AND_ASSIGN(const Record* record, run.reader->Next());
      ASSERT_NE(record, nullptr);
      ASSERT_EQ(DescribeRecord(*record), run.records[i]) << round;
    }
  }
}

// UTF-16 with a mark, and for each byte of the UTF-8 text where its character is in it.
std::pair<std::string, std::vector<int64_t>> ToUtf16(const std::string& text, bool little) {
  std::string bytes = little ? "\xFF\xFE" : "\xFE\xFF";
  std::vector<int64_t> offsets;
  const auto add = [&](uint32_t unit) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    bytes += little ? low : high;
    bytes += little ? high : low;
  };
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    const int32_t begin = i;
    UChar32 c;
    U8_NEXT(text.data(), i, size, c);
    offsets.insert(offsets.end(), i - begin, static_cast<int64_t>(bytes.size()));
    if (c >= 0x10000) {
      add(0xD800 + ((c - 0x10000) >> 10));
      add(0xDC00 + ((c - 0x10000) & 0x3FF));
    } else {
      add(c);
    }
  }
  return {bytes, offsets};
}

TEST(ReaderOnRandomText, ReadsUtf16AsItReadsTheSameTextInUtf8) {
  const std::vector<std::string> pieces = {",",  ",",  "\"",   "\"\"", ",\"",
                                           "\n", "\r", "\r\n", "\"\n", "a",
                                           "é",  "€",  "😀",    "日本", "a,b,c\n"};
  Mixer mixer(99);
  for (int round = 0; round < 10'000; ++round) {
    const std::string text = kHeader + RandomText(mixer, pieces, 60);
    const auto [bytes, offsets] = ToUtf16(text, round % 2 == 0);
    const ReadThrough expected = ReadAll(text, mixer.Next(), 1000);
    const ReadThrough run = ReadAll(bytes, mixer.Next(), 1 + mixer.Next() % 40);
    ASSERT_EQ(run.records.size(), expected.records.size()) << absl::CHexEscape(text);
    for (size_t i = 0; i < run.records.size(); ++i) {
      ASSERT_EQ(run.positions[i].offset, offsets[expected.positions[i].offset]);
      const auto tail = [](const std::string& s) { return s.substr(s.find_first_of(":!")); };
      ASSERT_EQ(tail(run.records[i]), tail(expected.records[i])) << absl::CHexEscape(text);
    }
    if (run.records.empty()) continue;
    const size_t from = mixer.Next() % run.records.size();
    ASSERT_OK(run.reader->Seek(run.positions[mixer.Next() % run.records.size()]));
    ASSERT_OK(run.reader->Next());
    ASSERT_OK(run.reader->Seek(run.positions[from]));
    ASSERT_OK_AND_ASSIGN(const Record* record, run.reader->Next());
    ASSERT_EQ(DescribeRecord(*record), run.records[from]);
  }
}

}  // namespace
}  // namespace regulars::csv
