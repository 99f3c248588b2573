#include "gateway/transcode/request.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/testing/status_matchers.h"
#include "conformance.pb.h"
#include "gateway/testing/library_table.h"

namespace regulars::gateway {
namespace {

// What became of "METHOD /path?query" with a body: "GetBook name: \"x\"" or the error, as
// "REASON: message".
std::string Send(absl::string_view line, absl::string_view body = "",
                 absl::string_view content_type = "") {
  const std::pair<std::string, std::string> request = absl::StrSplit(line, ' ');
  const std::pair<std::string, std::string> target =
      absl::StrSplit(request.second, absl::MaxSplits('?', 1));
  const MethodTable::Match match = LibraryTable().Find(request.first, target.first);
  if (match.outcome != RouteMatch::Outcome::kFound) return "no route";
  const RequestParts parts{
      .values = match.values, .query = target.second, .body = body, .content_type = content_type};
  const Route& route = *match.route;
  const auto wire = route.is_upload() ? BuildUpload(route, parts)
                                      : BuildRequest(LibraryTable().schema(), route, parts);
  if (!wire.ok()) {
    EXPECT_EQ(wire.status().code(), absl::StatusCode::kInvalidArgument);
    return absl::StrCat(GetErrorDetails(wire.status()).reason, ": ", wire.status().message());
  }
  const auto* generated = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
      route.method.request->descriptor->full_name());
  const std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(generated)->New());
  EXPECT_TRUE(message->ParseFromString(*wire)) << line;
  return absl::StrCat(route.method.descriptor->name(), " ", message->ShortDebugString());
}

struct Row {
  const char* line;
  const char* body;
  const char* expected;
};

void ExpectAll(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    EXPECT_EQ(Send(row.line, row.body), row.expected) << row.line << " " << row.body;
}

#define V1 "/api/library/v1"

// http.proto, rules 1 and 3: without a body, all that the path does not bind comes by the query.
TEST(Request, PathAndQuery) {
  ExpectAll({
      {"GET " V1 "/shelves/1/books/2", "", "GetBook name: \"shelves/1/books/2\""},
      {"GET " V1 "/shelves/1/books/2?readMask=title,pageCount", "",
       "GetBook name: \"shelves/1/books/2\" read_mask { paths: \"title\" paths: \"page_count\" }"},
      {"GET " V1 "/shelves/1/books?page_size=10&pageToken=a%2Bb+c", "",
       "ListBooks parent: \"shelves/1\" page_size: 10 page_token: \"a+b c\""},
      {"GET " V1 "/books?parent=shelves/9", "", "ListBooks parent: \"shelves/9\""},
      {"GET " V1 "/books?bindings=HARDCOVER&bindings=2&bindings=-1", "",
       "ListBooks bindings: HARDCOVER bindings: PAPERBACK bindings: SCROLL"},
      {"GET " V1
       "/books?options.withPages=true&options.words=a&options.words=b&options.more.words=c",
       "",
       "ListBooks options { with_pages: true words: \"a\" words: \"b\" more { words: \"c\" } }"},
      {"GET " V1 "/books?options.more.more.with_pages=true&options.more.with_pages=true", "",
       "ListBooks options { more { with_pages: true more { with_pages: true } } }"},
      {"GET " V1 "/shelves/a%2Fb/books/caf%C3%A9%20x", "",
       "GetBook name: \"shelves/a%2Fb/books/caf\\303\\251 x\""},
      {"GET " V1 "/pixels/a%2Fb%3Ac", "", "Pixel id: \"a/b:c\""},
      {"DELETE " V1 "/shelves/1/books/2", "", "DeleteBook name: \"shelves/1/books/2\""},
      {"HEAD " V1 "/checks/7?readMask=a", "",
       "Check name: \"checks/7\" read_mask { paths: \"a\" }"},
      {"GET " V1 "/anything", "", "Check name: \"anything\""},
  });
}

TEST(Request, ParametersOfEveryType) {
  ExpectAll({
      {"GET " V1 "/books?scalars.doubleValue=1.5&scalars.floatValue=-Infinity", "",
       "ListBooks scalars { double_value: 1.5 float_value: -inf }"},
      {"GET " V1 "/books?scalars.int64Value=-9223372036854775808&scalars.uint64_value=7", "",
       "ListBooks scalars { int64_value: -9223372036854775808 uint64_value: 7 }"},
      {"GET " V1 "/books?scalars.bytesValue=_-8&scalars.bytesList=/%2B8%3D", "",
       "ListBooks scalars { bytes_value: \"\\377\\357\" bytes_list: \"\\377\\357\" }"},
      {"GET " V1 "/books?scalars.sint32Value=-1&scalars.fixed64Value=2&scalars.sfixed32s=-3&"
       "scalars.sfixed32s=4",
       "", "ListBooks scalars { sint32_value: -1 fixed64_value: 2 sfixed32s: -3 sfixed32s: 4 }"},
      {"GET " V1
       "/books?scalars.unpacked=1&scalars.unpacked=2&scalars.doubles=1&scalars.doubles=2e3",
       "", "ListBooks scalars { doubles: 1 doubles: 2000 unpacked: 1 unpacked: 2 }"},
      {"GET " V1 "/books?scalars.optionalString=&scalars.optional_int32=0&scalars.@other=x", "",
       "ListBooks scalars { optional_int32: 0 optional_string: \"\" renamed: \"x\" }"},
      {"GET " V1 "/books?scalars.renamed=x", "", "ListBooks scalars { renamed: \"x\" }"},
      {"GET " V1 "/books?wellKnown.timestamp=1970-01-01T00:00:01Z&wellKnown.duration=1.5s", "",
       "ListBooks well_known { timestamp { seconds: 1 } duration { seconds: 1 nanos: 500000000 } "
       "}"},
      {"GET " V1
       "/books?wellKnown.boolWrapper=false&wellKnown.int64Wrapper=5&wellKnown.stringWrapper=",
       "",
       "ListBooks well_known { bool_wrapper { } int64_wrapper { value: 5 } string_wrapper { } }"},
      {"GET " V1 "/books?wellKnown.int64Wrappers=1&wellKnown.int64Wrappers=2&wellKnown.fieldMask=*",
       "",
       "ListBooks well_known { field_mask { paths: \"*\" } int64_wrappers { value: 1 } "
       "int64_wrappers { value: 2 } }"},
      {"GET " V1 "/books?nest.choiceInt64=5&nest.child.choiceString=a", "",
       "ListBooks nest { child { choice_string: \"a\" } choice_int64: 5 }"},
  });
}

TEST(Request, RefusesParameters) {
  ExpectAll({
      {"GET " V1 "/books?nope=1", "",
       "UNKNOWN_PARAMETER: nope is no parameter of this method: "
       "regulars.conformance.v1.ListBooksRequest has no such field"},
      {"GET " V1 "/books?options.nope=1", "",
       "UNKNOWN_PARAMETER: options.nope is no parameter of this method: "
       "regulars.conformance.v1.ListBooksRequest has no such field"},
      {"GET " V1 "/books?pageSize.x=1", "",
       "UNKNOWN_PARAMETER: pageSize.x is no parameter of this method: "
       "regulars.conformance.v1.ListBooksRequest has no such field"},
      {"GET " V1 "/books?wellKnown.timestamp.seconds=1", "",
       "UNKNOWN_PARAMETER: wellKnown.timestamp.seconds is no parameter of this method: "
       "regulars.conformance.v1.ListBooksRequest has no such field"},
      {"GET " V1 "/books?nest.children.label=1", "",
       "UNKNOWN_PARAMETER: nest.children.label is no parameter of this method: "
       "regulars.conformance.v1.ListBooksRequest has no such field"},
      {"GET " V1 "/books?=1", "", "UNKNOWN_PARAMETER: the query has a parameter without a name"},
      {"GET " V1 "/books?pageSize=1&=", "",
       "UNKNOWN_PARAMETER: the query has a parameter without a name"},
      {"GET " V1 "/books?options.=1", "",
       "UNKNOWN_PARAMETER: options. is no parameter of this method: "
       "regulars.conformance.v1.ListBooksRequest has no such field"},
      {"GET " V1 "/books?options=1", "",
       "INVALID_PARAMETER: options is a message: give its fields, such as \"field.part=value\""},
      {"GET " V1 "/books?nest.children=1", "",
       "INVALID_PARAMETER: nest.children is a message: give its fields, such as "
       "\"field.part=value\""},
      {"GET " V1 "/books?wellKnown.struct=1", "",
       "INVALID_PARAMETER: well_known.struct is a message: give its fields, such as "
       "\"field.part=value\""},
      {"GET " V1 "/books?nest.stringsByString=1", "",
       "INVALID_PARAMETER: nest.strings_by_string is a map, which a query cannot hold"},
      {"GET " V1 "/books?pageSize=1&page_size=1", "", "DUPLICATE_FIELD: page_size is given twice"},
      {"GET " V1 "/books?page_size=1&pageSize=1", "", "DUPLICATE_FIELD: page_size is given twice"},
      {"GET " V1 "/books?pageSize=1&pageSize=1", "", "DUPLICATE_FIELD: page_size is given twice"},
      {"GET " V1 "/shelves/1/books?parent=shelves/1", "",
       "INVALID_PARAMETER: parent is given by the path already"},
      {"GET " V1 "/books?nest.choiceInt64=5&nest.choice_string=a", "",
       "ONEOF_CONFLICT: nest.choice_string cannot be given together with 'choice_int64'"},
      {"GET " V1 "/books?nest.choiceNest.label=x&nest.choiceNest.child.label=y&nest.choiceBytes=",
       "", "ONEOF_CONFLICT: nest.choice_bytes cannot be given together with 'choice_nest'"},
      {"GET " V1 "/books?pageSize=x", "",
       "INVALID_VALUE: page_size must be an integer from -2147483648 to 2147483647"},
      {"GET " V1 "/books?pageSize=", "",
       "INVALID_VALUE: page_size must be an integer from -2147483648 to 2147483647"},
      {"GET " V1 "/books?options.withPages=1", "",
       "INVALID_VALUE: options.with_pages must be true or false"},
      {"GET " V1 "/books?options.withPages", "",
       "INVALID_VALUE: options.with_pages must be true or false"},
      {"GET " V1 "/books?bindings=HARD", "",
       "INVALID_VALUE: bindings must be one of SCROLL, BINDING_UNSPECIFIED, HARDCOVER, PAPERBACK"},
      {"GET " V1 "/books?pageToken=%FF", "", "INVALID_VALUE: page_token must be UTF-8 without NUL"},
      {"GET " V1 "/books?pageToken=a%00b", "",
       "INVALID_VALUE: page_token must be UTF-8 without NUL"},
      {"GET " V1 "/books?pageToken=%4", "",
       "MALFORMED_QUERY: the query parameter \"pageToken=%4\" has a '%' that two hexadecimal "
       "digits "
       "do not follow"},
      {"GET " V1 "/pixels/%FF", "", "INVALID_VALUE: id must be UTF-8 without NUL"},
      {"GET " V1 "/pixels/%00", "", "INVALID_VALUE: id must be UTF-8 without NUL"},
      {"GET " V1 "/books", "{}", "UNEXPECTED_BODY: this method takes no body"},
      {"DELETE " V1 "/shelves/1/books/2", " ", "UNEXPECTED_BODY: this method takes no body"},
  });
  std::string deep = "options";
  for (int i = 0; i < 40; ++i) deep += ".more";
  EXPECT_THAT(Send(absl::StrCat("GET " V1 "/books?", deep, ".withPages=true")),
              ::testing::StartsWith("UNKNOWN_PARAMETER: options.more.more"));
}

// A body that is one field: the rest may come by path and query.
TEST(Request, BodyOfOneField) {
  ExpectAll({
      {"POST " V1 "/shelves/1/books?bookId=emma&request_id=r1", "{\"title\": \"Emma\"}",
       "CreateBook parent: \"shelves/1\" book_id: \"emma\" book { title: \"Emma\" } request_id: "
       "\"r1\""},
      {"POST " V1 "/shelves/1/books", "{}", "CreateBook parent: \"shelves/1\" book { }"},
      {"POST " V1 "/shelves/1/books", "", "CreateBook parent: \"shelves/1\""},
      {"POST " V1 "/shelves/1/books", "null", "CreateBook parent: \"shelves/1\""},
      {"PATCH " V1 "/shelves/1/books/2?updateMask=title", "{\"title\": \"x\"}",
       "UpdateBook book { name: \"shelves/1/books/2\" title: \"x\" } update_mask { paths: "
       "\"title\" }"},
      {"PATCH " V1 "/shelves/1/books/2", "", "UpdateBook book { name: \"shelves/1/books/2\" }"},
      {"PATCH " V1 "/shelves/1/books/2", "null", "UpdateBook book { name: \"shelves/1/books/2\" }"},
      {"PUT " V1 "/books/3/labels", "{\"a\": \"b\"}",
       "SetLabels name: \"books/3\" labels { key: \"a\" value: \"b\" }"},
      {"PUT " V1 "/books/3/emails?flag=true", "[{\"address\": \"x\"}, {}]",
       "SetLabels name: \"books/3\" emails { address: \"x\" } emails { } flag: true"},
      {"PUT " V1 "/books/3/word", "\"w\"", "SetLabels name: \"books/3\" word: \"w\""},
      {"PUT " V1 "/books/3/amount", "\"-5\"", "SetLabels name: \"books/3\" amount: -5"},
      // Refused.
      {"POST " V1 "/shelves/1/books?book.title=x", "{}",
       "INVALID_PARAMETER: book.title belongs to the body"},
      {"POST " V1 "/shelves/1/books?book.title=x", "",
       "INVALID_PARAMETER: book.title belongs to the body"},
      {"POST " V1 "/shelves/1/books", "[]", "WRONG_TYPE: book must be an object, not an array"},
      {"POST " V1 "/shelves/1/books", "{\"authors\": [{\"emails\": [{\"address\": 5}]}]}",
       "WRONG_TYPE: book.authors[0].emails[0].address must be a string, not a number"},
      {"POST " V1 "/shelves/1/books", "{\"nope\": 5}",
       "UNKNOWN_FIELD: book.nope is not a field of regulars.conformance.v1.Book"},
      {"POST " V1 "/shelves/1/books", "{\"\": 5}",
       "UNKNOWN_FIELD: book has a field without a name"},
      {"PUT " V1 "/books/3/emails", "[{\"address\": true}]",
       "WRONG_TYPE: emails[0].address must be a string, not true"},
  });
}

// http.proto, rule 2: with "*" all comes by path and body.
TEST(Request, WholeBody) {
  ExpectAll({
      {"POST " V1 "/shelves/1/books/2:lend", "{\"borrower\": \"ann\", \"days\": 3}",
       "LendBook name: \"shelves/1/books/2\" borrower: \"ann\" days: 3"},
      {"POST " V1 "/shelves/1/books/2:lend", "", "LendBook name: \"shelves/1/books/2\""},
      {"POST " V1 "/shelves/1/books/2:lend?", "{}", "LendBook name: \"shelves/1/books/2\""},
      {"POST " V1 "/shelves/1/books/2:lend?days=3", "{}",
       "UNKNOWN_PARAMETER: days is no parameter: this method takes all from its path and body"},
      {"POST " V1 "/shelves/1/books/2:lend?=3", "{}",
       "UNKNOWN_PARAMETER: the query has a parameter without a name"},
      {"POST " V1 "/shelves/1/books/2:lend", "{\"\": 3}",
       "UNKNOWN_FIELD: the body has a field without a name"},
      {"POST " V1 "/shelves/1/books/2:lend", "{\"days\": \"x\"}",
       "INVALID_VALUE: days must be an integer from -2147483648 to 2147483647"},
      {"POST " V1 "/shelves/1/books/2:lend", "3",
       "WRONG_TYPE: the body must be an object, not a number"},
      {"POST " V1 "/operations/9:cancel", "{}", "CancelOperation name: \"operations/9\""},
  });
}

TEST(Request, PathAndBodyMustAgree) {
  ExpectAll({
      {"POST " V1 "/shelves/1/books/2:lend", "{\"name\": \"shelves/1/books/2\"}",
       "LendBook name: \"shelves/1/books/2\""},
      {"POST " V1 "/shelves/1/books/2:lend", "{\"name\": \"\"}",
       "LendBook name: \"shelves/1/books/2\""},
      {"POST " V1 "/shelves/1/books/2:lend", "{\"name\": null}",
       "LendBook name: \"shelves/1/books/2\""},
      {"POST " V1 "/shelves/1/books/2:lend", "{\"name\": \"shelves/1/books/3\"}",
       "PATH_MISMATCH: name is not the same in the path and the body"},
      {"PATCH " V1 "/shelves/1/books/2", "{\"name\": \"shelves/1/books/2\", \"title\": \"x\"}",
       "UpdateBook book { name: \"shelves/1/books/2\" title: \"x\" }"},
      {"PATCH " V1 "/shelves/1/books/2", "{\"title\": \"x\", \"name\": \"y\"}",
       "PATH_MISMATCH: book.name is not the same in the path and the body"},
      // A member of a oneof in the path, another in the body.
      {"POST " V1 "/shelves/1/books/2/holidays/may", "{\"days\": 1}",
       "LendBook name: \"shelves/1/books/2\" days: 1 holiday: \"may\""},
      {"POST " V1 "/shelves/1/books/2/holidays/may", "{\"holiday\": \"may\"}",
       "LendBook name: \"shelves/1/books/2\" holiday: \"may\""},
      {"POST " V1 "/shelves/1/books/2/holidays/may", "{\"holiday\": \"\"}",
       "PATH_MISMATCH: holiday is not the same in the path and the body"},
      {"POST " V1 "/shelves/1/books/2/holidays/may", "{\"season\": \"may\"}",
       "ONEOF_CONFLICT: holiday is given by the path and cannot be given together with what the "
       "body has"},
  });
}

TEST(Request, BodiesThatAreNotJson) {
  const std::string csv("a,b\n\0\xFF", 6);
  EXPECT_EQ(Send("POST " V1 "/shelves/1/scans?dryRun=true", csv, "text/csv"),
            "Scan parent: \"shelves/1\" file { content_type: \"text/csv\" data: "
            "\"a,b\\n\\000\\377\" } dry_run: true");
  EXPECT_EQ(Send("POST " V1 "/shelves/1/scans", "", ""), "Scan parent: \"shelves/1\" file { }");
  EXPECT_EQ(Send("POST " V1 "/shelves/1/scans", "x", "\xFF"),
            "Scan parent: \"shelves/1\" file { data: \"x\" }");
  EXPECT_EQ(Send("POST " V1 "/shelves/1/scans?file.data=eA", "x", ""),
            "INVALID_PARAMETER: file.data belongs to the body");
}

TEST(Request, UploadsInPieces) {
  EXPECT_EQ(Send("POST " V1 "/shelves/1/uploads?dryRun=true"),
            "Upload parent: \"shelves/1\" dry_run: true");
  EXPECT_EQ(Send("POST " V1 "/shelves/1/uploads?nope=1").substr(0, 22), "UNKNOWN_PARAMETER: nop");
  const MethodTable::Match match = LibraryTable().Find("POST", V1 "/shelves/1/uploads");
  for (const size_t size : {size_t{0}, size_t{1}, size_t{127}, size_t{128}, kUploadPieceBytes}) {
    const std::string piece(size, 'x');
    const RequestParts parts{.values = match.values};
    ASSERT_OK_AND_ASSIGN(const std::string bound, BuildUpload(*match.route, parts));
    conformance::v1::UploadRequest first;
    ASSERT_TRUE(first.ParseFromString(
        absl::StrCat(bound, UploadPrefix(*match.route, "text/csv", size), piece)));
    EXPECT_EQ(first.parent(), "shelves/1");
    EXPECT_EQ(first.file().content_type(), "text/csv");
    EXPECT_EQ(first.file().data(), piece);
    conformance::v1::UploadRequest next;
    ASSERT_TRUE(next.ParseFromString(absl::StrCat(UploadPrefix(*match.route, "", size), piece)));
    EXPECT_EQ(next.file().data(), piece);
    EXPECT_EQ(next.file().content_type(), "");
    EXPECT_EQ(next.parent(), "");
  }
}

}  // namespace
}  // namespace regulars::gateway
