#include "chassis/csv/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::csv {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<std::unique_ptr<Reader>> OpenText(absl::string_view text, Options options = {}) {
  return Reader::Open(std::make_unique<BufferSource>(text), options);
}

enum class ByteOrder { kLittle, kBig };

std::string Utf16(ByteOrder order, std::u16string_view text) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    bytes += order == ByteOrder::kLittle ? low : high;
    bytes += order == ByteOrder::kLittle ? high : low;
  }
  return bytes;
}

// Each record on a line of its own: "line: a|b" or "line! REASON at line".
std::string ReadAll(Reader& reader) {
  std::string out;
  for (;;) {
    const absl::StatusOr<const Record*> record = reader.Next();
    EXPECT_OK(record);
    if (!record.ok() || *record == nullptr) return out;
    const Record& r = **record;
    if (r.error) {
      EXPECT_TRUE(r.fields.empty());
      absl::StrAppend(&out, r.position.line, "! ", ReasonName(r.error->reason), " at ",
                      r.error->line, "\n");
    } else {
      absl::StrAppend(&out, r.position.line, ": ", absl::StrJoin(r.fields, "|"), "\n");
    }
  }
}

struct ReadCase {
  const char* name;
  std::string text;
  std::string records;
  Options options;
};

TEST(Reader, TakesWhatShopsSend) {
  const ReadCase cases[] = {
      {"plain", "a,b\n1,2\n3,4\n", "2: 1|2\n3: 3|4\n"},
      {"header alone", "a,b", ""},
      {"no line end at the end", "a,b\n1,2", "2: 1|2\n"},
      {"last field empty, no line end", "a,b\n1,", "2: 1|\n"},
      {"CR LF", "a,b\r\n1,2\r\n", "2: 1|2\n"},
      {"CR", "a,b\r1,2\r3,4\r", "2: 1|2\n3: 3|4\n"},
      {"line ends of all kinds", "a,b\n1,2\r\n3,4\r5,6\n\r7,8", "2: 1|2\n3: 3|4\n4: 5|6\n6: 7|8\n"},
      {"empty lines", "\n\na,b\n\n\r\n1,2\n\n\n", "6: 1|2\n"},
      {"quotes", "a,b\n\"1\",\"2\"\n", "2: 1|2\n"},
      {"quoted delimiter", "a,b\n\"x,y\",2\n", "2: x,y|2\n"},
      {"doubled quotes", "a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n", "2: say \"hi\"|\"\n"},
      {"empty quoted", "a,b\n\"\",\"\"\n", "2: |\n"},
      {"line ends in quotes", "a,b\n\"1\n2\r\n3\r4\",5\n6,7\n", "2: 1\n2\r\n3\r4|5\n6: 6|7\n"},
      {"quote inside an unquoted field", "a,b\n5\" pipe,say \"x\"\n", "2: 5\" pipe|say \"x\"\n"},
      {"blanks around stay", "a,b\n 1 ,\t2\n", "2:  1 |\t2\n"},
      {"blanks after a closing quote go", "a,b\n\"1\" ,\"2\"\t\n", "2: 1|2\n"},
      {"quoted field ends the file", "a,b\n1,\"2\"", "2: 1|2\n"},
      {"only empty fields", "a,b\n,\n", "2: |\n"},
      {"one column", "a\n1\n\"\"\n\n2\n", "2: 1\n3: \n5: 2\n"},
      {"semicolons", "a;b\n1,5;2\n", "2: 1,5|2\n"},
      {"sep line", "sep=;\r\na;b\r\n1;2\r\n", "3: 1|2\n"},
      {"given delimiter", "a;b,c\n1;2,3\n", "2: 1;2|3\n", {.delimiter = ','}},
      {"given delimiter beside a sep line",
       "sep=;\na,b;c\n1,2;3\n",
       "3: 1|2;3\n",
       {.delimiter = ','}},
      {"unusual delimiter",
       "a\x01"
       "b\n1\x01"
       "2\n",
       "2: 1|2\n",
       {.delimiter = '\x01'}},
      {"byte order mark",
       "\xEF\xBB\xBF"
       "a,b\n1,2\n",
       "2: 1|2\n"},
      {"byte order mark before a quote", "\xEF\xBB\xBF\"a\",b\n1,2\n", "2: 1|2\n"},
      {"UTF-8", "a,b\nZoë,日本\n", "2: Zoë|日本\n"},
      {"windows-1252", "a,b\nZo\xEB,\x80 5\n", "2: Zoë|€ 5\n", {.charset = Charset::kWindows1252}},
      {"mark overrules the charset",
       "\xEF\xBB\xBF"
       "a,b\nZoë,2\n",
       "2: Zoë|2\n",
       {.charset = Charset::kWindows1252}},
      {"UTF-16 LE", Utf16(ByteOrder::kLittle, u"\uFEFFa,b\né,2\r\n"), "2: é|2\n"},
      {"UTF-16 BE", Utf16(ByteOrder::kBig, u"\uFEFFa,b\n😀,2"), "2: 😀|2\n"},
      {"UTF-16 declared",
       Utf16(ByteOrder::kLittle, u"a,b\n1,2"),
       "2: 1|2\n",
       {.charset = Charset::kUtf16LittleEndian}},
      {"ends between CR and LF", "a,b\n1,2\r", "2: 1|2\n"},
  };
  for (const ReadCase& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Reader> reader, OpenText(c.text, c.options));
    EXPECT_EQ(ReadAll(*reader), c.records);
  }
}

// Gives one byte at a time.
class SlowSource : public ByteSource {
 public:
  explicit SlowSource(absl::string_view bytes) : buffer_(bytes) {}
  absl::StatusOr<size_t> Read(char* to, size_t) override { return buffer_.Read(to, 1); }
  absl::Status Seek(int64_t offset) override { return buffer_.Seek(offset); }

 private:
  BufferSource buffer_;
};

TEST(Reader, TellsTheDelimiterHoweverTheSourceCutsItsBytes) {
  for (const std::string text : {"sep=;\na,x;b\n1;2\n", "a,x;b\n1;2\n3;4\n"}) {
    ASSERT_OK_AND_ASSIGN(const auto reader, Reader::Open(std::make_unique<SlowSource>(text)));
    EXPECT_EQ(reader->delimiter(), ';') << text;
    EXPECT_THAT(reader->header(), ElementsAre("a,x", "b")) << text;
  }
}

TEST(Reader, RefusesARecordAndGoesOn) {
  const std::string long_text(30, 'x');
  const Options small = {.max_record_bytes = 20, .max_field_bytes = 8, .max_columns = 3};
  const ReadCase cases[] = {
      {"too few fields", "a,b\n1\n2,3\n", "2! TOO_FEW_FIELDS at 2\n3: 2|3\n"},
      {"too many fields", "a,b\n1,2,\n2,3\n", "2! TOO_MANY_FIELDS at 2\n3: 2|3\n"},
      {"blank line", "a,b\n  \n1,2\n", "2! TOO_FEW_FIELDS at 2\n3: 1|2\n"},
      {"text after a quote", "a,b\n\"5\" pipe\",1\n1,2\n", "2! TEXT_AFTER_QUOTE at 2\n3: 1|2\n"},
      {"text after a quote, after a quoted line end", "a,b\n\"x\ny\",\"z\"w\n1,2\n",
       "2! TEXT_AFTER_QUOTE at 3\n4: 1|2\n"},
      {"unterminated quote", "a,b\n1,2\n3,\"4\n5,6\n", "2: 1|2\n3! UNTERMINATED_QUOTE at 3\n"},
      {"unterminated quote in the record's second line", "a,b\n\"x\ny\",\"4\n5,6",
       "2! UNTERMINATED_QUOTE at 3\n"},
      {"quote opens at the very end", "a,b\n1,\"", "2! UNTERMINATED_QUOTE at 2\n"},
      {"doubled quote at the very end", "a,b\n1,\"\"\"", "2! UNTERMINATED_QUOTE at 2\n"},
      {"NUL", std::string("a,b\n1,\0\n2,3\n", 12), "2! NUL_CHARACTER at 2\n3: 2|3\n"},
      {"invalid UTF-8", "a,b\nZo\xEB,1\n2,3\n", "2! NOT_IN_CHARSET at 2\n3: 2|3\n"},
      {"invalid UTF-8 behind a quote", "a,b\n\"1\"\xFF,2\n2,3\n",
       "2! TEXT_AFTER_QUOTE at 2\n3: 2|3\n"},
      {"undefined in windows-1252",
       "a,b\n\x81,1\n2,3\n",
       "2! NOT_IN_CHARSET at 2\n3: 2|3\n",
       {.charset = Charset::kWindows1252}},
      {"lone surrogate",
       Utf16(ByteOrder::kLittle, u"\uFEFFa,b\n") + std::string("\x00\xD8", 2) +
           Utf16(ByteOrder::kLittle, u",2\n1,2"),
       "2! NOT_IN_CHARSET at 2\n3: 1|2\n"},
      {"half a unit at the end", Utf16(ByteOrder::kBig, u"\uFEFFa,b\n1,2") + "x",
       "2! NOT_IN_CHARSET at 2\n"},
      {"record too long", "a,b\n" + long_text + ",1\n2,3\n", "2! RECORD_TOO_LONG at 2\n3: 2|3\n",
       small},
      {"record too long ends the file", "a,b\n" + long_text, "2! RECORD_TOO_LONG at 2\n", small},
      {"quote never closed, resynchronised at the next line end",
       "a,b\n\"1,2\n3,4\n5,6\n7,8\n9,0\n1,2\n3,4\n", "2! RECORD_TOO_LONG at 2\n7: 1|2\n8: 3|4\n",
       small},
      {"record at its limit", "a,b\n" + std::string(16, ' ') + "\"x\"y\n2,3\n",
       "2! FIELD_TOO_LONG at 2\n3: 2|3\n", small},
      {"field too long", "a,b\n123456789,2\n2,3\n", "2! FIELD_TOO_LONG at 2\n3: 2|3\n", small},
      {"field at its limit", "a,b\n12345678,2\n", "2: 12345678|2\n", small},
      {"too many columns", "a,b\n1,2,3,4\n2,3\n", "2! TOO_MANY_COLUMNS at 2\n3: 2|3\n", small},
  };
  for (const ReadCase& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Reader> reader, OpenText(c.text, c.options));
    EXPECT_EQ(ReadAll(*reader), c.records);
  }
}

TEST(Reader, TheNamedLimitsHold) {
  const auto read = [](const std::string& record) {
    const std::string text = "a,b\n" + record + "\n1,2\n";
    const auto reader = OpenText(text);
    EXPECT_OK(reader);
    return ReadAll(**reader);
  };
  EXPECT_EQ(read(std::string(kMaxFieldBytes, 'x') + ",1").substr(0, 4), "2: x");
  EXPECT_EQ(read(std::string(kMaxFieldBytes + 1, 'x') + ",1"), "2! FIELD_TOO_LONG at 2\n3: 1|2\n");
  EXPECT_EQ(read(std::string(kMaxColumns - 1, ',')), "2! TOO_MANY_FIELDS at 2\n3: 1|2\n");
  EXPECT_EQ(read(std::string(kMaxColumns, ',')), "2! TOO_MANY_COLUMNS at 2\n3: 1|2\n");
  EXPECT_EQ(read(std::string(kMaxRecordBytes, 'x')), "2! FIELD_TOO_LONG at 2\n3: 1|2\n");
  EXPECT_EQ(read(std::string(kMaxRecordBytes + 1, 'x')), "2! RECORD_TOO_LONG at 2\n3: 1|2\n");
}

TEST(Reader, ErrorsSayWhereAndWhatToDoAndQuoteNothing) {
  const std::string text =
      "name,note\n"
      "Zo\xEB Secret,1\n"
      "\"Secret\" x,1\n"
      "Secret\n"
      "a,\"Secret\n";
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Reader> reader, OpenText(text));
  std::vector<std::string> messages;
  std::vector<std::string> columns;
  for (;;) {
    ASSERT_OK_AND_ASSIGN(const Record* record, reader->Next());
    if (record == nullptr) break;
    ASSERT_TRUE(record->error.has_value());
    messages.push_back(record->error->message);
    columns.push_back(record->error->column);
  }
  EXPECT_THAT(columns, ElementsAre("name", "name", "", "note"));
  EXPECT_THAT(messages,
              ElementsAre("column 1 ('name') is not UTF-8: is the file in windows-1252?",
                          "column 1 ('name') goes on after its closing quote: a quote inside a "
                          "quoted field is written twice",
                          "the record has 1 field and the header has 2",
                          "column 2 ('note') opens a quote in line 5 that is never closed"));
}

TEST(Reader, ADeclaredCharsetIsNotAskedFor) {
  const std::pair<std::string, const char*> cases[] = {
      {"a,b\nZo\xEB,1\n", "column 1 ('a') holds what the file's charset does not have"},
      {std::string("a,b\n1,\0\n", 8), "column 2 ('b') holds a NUL character"},
  };
  for (const auto& [text, message] : cases) {
    ASSERT_OK_AND_ASSIGN(const auto reader, OpenText(text, {.transcoded = true}));
    ASSERT_OK_AND_ASSIGN(const Record* record, reader->Next());
    ASSERT_NE(record, nullptr);
    ASSERT_TRUE(record->error.has_value());
    EXPECT_EQ(record->error->message, message);
  }
}

struct HeaderCase {
  const char* name;
  std::string text;
  std::string reason;
  std::string message;
};

TEST(Reader, HeaderNamesAreTrimmedAndMayBeMissing) {
  ASSERT_OK_AND_ASSIGN(const auto reader, OpenText(" id ,\"na,me\",, Zoë\t,\n1,2,3,4,5\n"));
  EXPECT_THAT(reader->header(), ElementsAre("id", "na,me", "", "Zoë", ""));
  EXPECT_EQ(ReadAll(*reader), "2: 1|2|3|4|5\n");
}

TEST(Reader, BadHeadersAreRefused) {
  const HeaderCase cases[] = {
      {"empty file", "", "CSV_EMPTY", "empty"},
      {"only line ends", "\n\r\n\n", "CSV_EMPTY", "empty"},
      {"only a mark", "\xEF\xBB\xBF", "CSV_EMPTY", "empty"},
      {"only a sep line", "sep=;\n", "CSV_EMPTY", "empty"},
      {"no names", "\n,,\n1,2,3\n", "CSV_HEADER_INVALID", "line 2: no column has a name"},
      {"repeated", "id,name, id\n", "CSV_COLUMN_REPEATED", "line 1: two columns are named 'id'"},
      {"invalid UTF-8", "a,\xFF\n", "CSV_HEADER_NOT_TEXT", "line 1: column 2 is not UTF-8"},
      {"unterminated", "a\n\n\"b,c\n", "", ""},
      {"unterminated quote", "\"a,b\n1,2\n", "CSV_HEADER_INVALID", "never closed"},
      {"UTF-16 without a mark", Utf16(ByteOrder::kLittle, u"a,b\n"), "CSV_HEADER_NOT_TEXT",
       "utf-16le"},
      {"too long", std::string(kMaxRecordBytes + 1, 'x'), "CSV_HEADER_INVALID", "longer than"},
      {"too many", std::string(kMaxColumns, ','), "CSV_HEADER_INVALID", "1025 fields"},
  };
  for (const HeaderCase& c : cases) {
    SCOPED_TRACE(c.name);
    const auto reader = OpenText(c.text);
    if (c.reason.empty()) {
      EXPECT_OK(reader);
      continue;
    }
    EXPECT_THAT(reader.status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)));
    EXPECT_THAT(reader.status(), HasReason(c.reason));
  }
}

TEST(Reader, PositionsCountRecordsLinesAndBytes) {
  const std::string text =
      "\xEF\xBB\xBF"
      "a,b\r\n1,2\r\n\r\n\"x\ny\",é\nbad\n3,4\n";
  ASSERT_OK_AND_ASSIGN(const auto reader, OpenText(text));
  const Position expected[] = {{1, 2, 8}, {2, 4, 15}, {3, 6, 24}, {4, 7, 28}};
  for (const Position& position : expected) {
    ASSERT_OK_AND_ASSIGN(const Record* record, reader->Next());
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->position.record, position.record);
    EXPECT_EQ(record->position.line, position.line);
    EXPECT_EQ(record->position.offset, position.offset);
  }
  EXPECT_EQ(reader->position().offset, static_cast<int64_t>(text.size()));
}

TEST(Reader, SeekRefusesWhatCannotBeAPosition) {
  ASSERT_OK_AND_ASSIGN(const auto reader, OpenText("a,b\n1,2\n"));
  EXPECT_THAT(reader->Seek({1, 2, 0}), HasReason("CSV_POSITION_INVALID"));
  EXPECT_THAT(reader->Seek({1, 2, -7}), HasReason("CSV_POSITION_INVALID"));
  EXPECT_THAT(reader->Seek({0, 2, 4}), HasReason("CSV_POSITION_INVALID"));
  EXPECT_THAT(reader->Seek({1, 0, 4}), HasReason("CSV_POSITION_INVALID"));
  // Past the end there is nothing, as in a file that was cut.
  ASSERT_OK(reader->Seek({9, 9, 1'000'000}));
  ASSERT_OK_AND_ASSIGN(const Record* record, reader->Next());
  EXPECT_EQ(record, nullptr);
}

// Fails from its `good`-th byte on.
class FailingSource : public ByteSource {
 public:
  explicit FailingSource(std::string good) : good_(std::move(good)), buffer_(good_) {}
  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    const absl::StatusOr<size_t> got = buffer_.Read(to, size);
    if (*got == 0) return absl::DataLossError("bad sector");
    return got;
  }
  absl::Status Seek(int64_t offset) override { return buffer_.Seek(offset); }

 private:
  const std::string good_;
  BufferSource buffer_;
};

TEST(Reader, AnUnreadableSourceIsNotAnEnd) {
  const std::string rows(100'000, '\n');
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       Reader::Open(std::make_unique<FailingSource>("a,b\n" + rows + "1,2\n")));
  absl::StatusOr<const Record*> record = reader->Next();
  ASSERT_OK(record);
  EXPECT_EQ((*record)->position.line, 100'002);
  EXPECT_THAT(reader->Next(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Reader::Open(std::make_unique<FailingSource>("")),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace regulars::csv
