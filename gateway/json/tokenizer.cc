#include "gateway/json/tokenizer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chassis/base/errors.h"
#include "gateway/json/utf8.h"

namespace regulars::gateway::json {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string DescribeByte(const char* p, const char* end) {
  if (p == end) return "the end of the text";
  const auto c = static_cast<unsigned char>(*p);
  if (c > 0x20 && c < 0x7F) return absl::StrCat("'", absl::string_view(p, 1), "'");
  return absl::StrFormat("byte 0x%02X", c);
}

}  // namespace

absl::string_view Describe(TokenKind kind) {
  switch (kind) {
    case TokenKind::kBeginObject:
      return "an object";
    case TokenKind::kBeginArray:
      return "an array";
    case TokenKind::kKey:
    case TokenKind::kString:
      return "a string";
    case TokenKind::kNumber:
      return "a number";
    case TokenKind::kTrue:
      return "true";
    case TokenKind::kFalse:
      return "false";
    case TokenKind::kNull:
      return "null";
    case TokenKind::kEndObject:
      return "'}'";
    case TokenKind::kEndArray:
      return "']'";
    case TokenKind::kEnd:
    case TokenKind::kError:
      break;
  }
  return "nothing";
}

absl::Status ErrorAt(absl::string_view text, size_t offset, absl::string_view reason,
                     absl::string_view what) {
  const absl::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t newline = before.rfind('\n');
  const absl::string_view same_line =
      newline == absl::string_view::npos ? before : before.substr(newline + 1);
  // A character is counted by its first byte, so bytes that continue one are left out.
  const auto column = 1 + std::count_if(same_line.begin(), same_line.end(),
                                        [](unsigned char c) { return (c & 0xC0) != 0x80; });
  return Error(absl::StatusCode::kInvalidArgument,
               absl::StrCat("malformed JSON at line ", line, ", column ", column, " (byte ", offset,
                            "): ", what),
               {.reason = std::string(reason),
                .metadata = {{"byte", absl::StrCat(offset)},
                             {"line", absl::StrCat(line)},
                             {"column", absl::StrCat(column)}}});
}

const char* EndOfNumber(const char* p, const char* end) {
  const auto digits = [&] {
    const char* start = p;
    while (p < end && IsDigit(*p)) ++p;
    return p != start;
  };
  if (p < end && *p == '-') ++p;
  if (p < end && *p == '0') {
    ++p;
  } else if (!digits()) {
    return nullptr;
  }
  if (p < end && *p == '.') {
    ++p;
    if (!digits()) return nullptr;
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p < end && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return nullptr;
  }
  return p;
}

Tokenizer::Tokenizer(absl::string_view text)
    : begin_(text.data()), end_(text.data() + text.size()), p_(begin_) {
  in_object_[0] = false;
}

Token Tokenizer::Next() {
  SkipSpace();
  switch (state_) {
    case State::kAfterValue:
      return NextAfterValue();
    case State::kFirstKey:
      if (p_ < end_ && *p_ == '}') return Close(TokenKind::kEndObject);
      return NextKey();
    case State::kKey:
      return NextKey();
    case State::kFirstElement:
      if (p_ < end_ && *p_ == ']') return Close(TokenKind::kEndArray);
      return NextValue();
    case State::kValue:
      return NextValue();
    case State::kFailed:
      break;
  }
  return {TokenKind::kError};
}

bool Tokenizer::Skip(const Token& token) {
  int open = 0;
  for (Token next = token;; next = Next()) {
    switch (next.kind) {
      case TokenKind::kBeginObject:
      case TokenKind::kBeginArray:
        ++open;
        break;
      case TokenKind::kEndObject:
      case TokenKind::kEndArray:
        --open;
        break;
      case TokenKind::kError:
        return false;
      default:
        break;
    }
    if (open == 0) return true;
  }
}

Token Tokenizer::Fail(const char* at, absl::string_view reason) {
  state_ = State::kFailed;
  const size_t offset = at - begin_;
  status_ = ErrorAt({begin_, static_cast<size_t>(end_ - begin_)}, offset, "MALFORMED_JSON", reason);
  return {TokenKind::kError, {}, offset};
}

Token Tokenizer::Unexpected(absl::string_view wanted) {
  const absl::string_view rest(p_, end_ - p_);
  if (p_ == begin_ && rest.substr(0, 3) == kByteOrderMark) {
    return Fail(p_, "a byte order mark is not allowed");
  }
  return Fail(p_, absl::StrCat("expected ", wanted, ", found ", DescribeByte(p_, end_)));
}

void Tokenizer::SkipSpace() {
  while (p_ < end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
}

Token Tokenizer::NextAfterValue() {
  if (depth_ == 0) {
    if (p_ == end_) return {TokenKind::kEnd, {}, static_cast<size_t>(p_ - begin_)};
    return Unexpected("the end of the text");
  }
  const bool in_object = in_object_[depth_];
  if (p_ < end_ && *p_ == (in_object ? '}' : ']')) {
    return Close(in_object ? TokenKind::kEndObject : TokenKind::kEndArray);
  }
  if (p_ == end_ || *p_ != ',') return Unexpected(in_object ? "',' or '}'" : "',' or ']'");
  ++p_;
  SkipSpace();
  return in_object ? NextKey() : NextValue();
}

Token Tokenizer::NextKey() {
  if (p_ == end_ || *p_ != '"') {
    return Unexpected(state_ == State::kFirstKey ? "a key in double quotes or '}'"
                                                 : "a key in double quotes");
  }
  Token key = String(TokenKind::kKey);
  if (key.kind == TokenKind::kError) return key;
  SkipSpace();
  if (p_ == end_ || *p_ != ':') return Unexpected("':'");
  ++p_;
  state_ = State::kValue;
  return key;
}

Token Tokenizer::NextValue() {
  if (p_ == end_) return Unexpected("a value");
  switch (*p_) {
    case '{':
      return Open(TokenKind::kBeginObject, State::kFirstKey);
    case '[':
      return Open(TokenKind::kBeginArray, State::kFirstElement);
    case '"':
      return String(TokenKind::kString);
    case 't':
      return Word("true", TokenKind::kTrue);
    case 'f':
      return Word("false", TokenKind::kFalse);
    case 'n':
      return Word("null", TokenKind::kNull);
    default:
      break;
  }
  if (*p_ == '-' || IsDigit(*p_)) return Number();
  return Unexpected(state_ == State::kFirstElement ? "a value or ']'" : "a value");
}

Token Tokenizer::Open(TokenKind kind, State inside) {
  if (depth_ == kMaxDepth) {
    return Fail(p_, absl::StrCat("objects and arrays nest more than ", kMaxDepth, " deep"));
  }
  in_object_[++depth_] = kind == TokenKind::kBeginObject;
  state_ = inside;
  return {kind, {}, static_cast<size_t>(p_++ - begin_)};
}

Token Tokenizer::Close(TokenKind kind) {
  --depth_;
  state_ = State::kAfterValue;
  return {kind, {}, static_cast<size_t>(p_++ - begin_)};
}

Token Tokenizer::Word(absl::string_view word, TokenKind kind) {
  const absl::string_view rest(p_, end_ - p_);
  if (rest.substr(0, word.size()) != word) {
    return Fail(p_, absl::StrCat("expected '", word, "'"));
  }
  const size_t offset = p_ - begin_;
  p_ += word.size();
  state_ = State::kAfterValue;
  return {kind, {}, offset};
}

Token Tokenizer::Number() {
  const char* const start = p_;
  const char* const end = EndOfNumber(p_, end_);
  if (end == nullptr) return Fail(start, "this is not a number");
  // "01" is a number and then a digit: say so here, where it is clear what was meant.
  if (end < end_ && (IsDigit(*end) || *end == '.')) return Fail(start, "this is not a number");
  p_ = end;
  state_ = State::kAfterValue;
  return {TokenKind::kNumber,
          {start, static_cast<size_t>(end - start)},
          static_cast<size_t>(start - begin_)};
}

Token Tokenizer::String(TokenKind kind) {
  const size_t offset = p_ - begin_;
  const char* const start = ++p_;
  while (true) {
    p_ = SkipPlainText(p_, end_);
    if (p_ == end_) return Fail(begin_ + offset, "this string has no closing quote");
    if (*p_ == '"') break;
    if (*p_ == '\\') {
      if (!Escaped(start)) return {TokenKind::kError};
      state_ = State::kAfterValue;
      return {kind, unescaped_, offset, true};
    }
    const size_t length = static_cast<unsigned char>(*p_) < 0x20 ? 0 : Utf8Length(p_, end_);
    if (length == 0) {
      return Fail(p_, static_cast<unsigned char>(*p_) < 0x20
                          ? "a control character inside a string must be escaped"
                          : "this is not UTF-8");
    }
    p_ += length;
  }
  const absl::string_view text(start, p_ - start);
  ++p_;
  state_ = State::kAfterValue;
  return {kind, text, offset};
}

// Reads the rest of a string whose first escape is at p_ into unescaped_.
bool Tokenizer::Escaped(const char* start) {
  unescaped_.assign(start, p_);
  while (true) {
    const char* const run = p_;
    p_ = SkipPlainText(p_, end_);
    unescaped_.append(run, p_);
    if (p_ == end_) {
      Fail(start - 1, "this string has no closing quote");
      return false;
    }
    const auto c = static_cast<unsigned char>(*p_);
    if (c == '"') {
      ++p_;
      return true;
    }
    if (c == '\\') {
      if (!Escape()) return false;
      continue;
    }
    if (c < 0x20) {
      Fail(p_, "a control character inside a string must be escaped");
      return false;
    }
    const size_t length = Utf8Length(p_, end_);
    if (length == 0) {
      Fail(p_, "this is not UTF-8");
      return false;
    }
    unescaped_.append(p_, length);
    p_ += length;
  }
}

bool Tokenizer::Escape() {
  const char* const at = p_++;
  switch (p_ < end_ ? *p_++ : '\0') {
    case '"':
      unescaped_ += '"';
      return true;
    case '\\':
      unescaped_ += '\\';
      return true;
    case '/':
      unescaped_ += '/';
      return true;
    case 'b':
      unescaped_ += '\b';
      return true;
    case 'f':
      unescaped_ += '\f';
      return true;
    case 'n':
      unescaped_ += '\n';
      return true;
    case 'r':
      unescaped_ += '\r';
      return true;
    case 't':
      unescaped_ += '\t';
      return true;
    case 'u':
      return UnicodeEscape();
    default:
      Fail(at, "unknown escape");
      return false;
  }
}

bool Tokenizer::UnicodeEscape() {
  const char* const at = p_ - 2;
  uint32_t code = 0;
  if (!FourHexDigits(&code)) {
    Fail(at, "\\u needs four hexadecimal digits");
    return false;
  }
  if (code == 0) {
    Fail(at, "the character NUL is not allowed");
    return false;
  }
  if (code >= 0xD800 && code <= 0xDFFF) {
    uint32_t low = 0;
    const bool is_pair = code <= 0xDBFF && end_ - p_ >= 2 && p_[0] == '\\' && p_[1] == 'u' &&
                         (p_ += 2, FourHexDigits(&low)) && low >= 0xDC00 && low <= 0xDFFF;
    if (!is_pair) {
      Fail(at, "half of a surrogate pair");
      return false;
    }
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  AppendUtf8(code, &unescaped_);
  return true;
}

bool Tokenizer::FourHexDigits(uint32_t* value) {
  if (end_ - p_ < 4) return false;
  for (const char* const stop = p_ + 4; p_ < stop; ++p_) {
    const char c = absl::ascii_tolower(*p_);
    if (IsDigit(c)) {
      *value = *value * 16 + (c - '0');
    } else if (c >= 'a' && c <= 'f') {
      *value = *value * 16 + (c - 'a' + 10);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace regulars::gateway::json
