// Splits a JSON text into tokens, and is the one place that says what JSON is here: RFC 8259
// without its liberties. Refused are invalid UTF-8, byte order marks, NUL (raw or as \u0000), lone
// surrogates, nesting above kMaxDepth and anything after the value. What it cannot see is a key
// given twice: that needs the keys (KeySet) or the message's fields. One pass, constant memory
// beyond the longest string that holds an escape.
//
// Used by one thread at a time; the text must outlive it.
//
//   Tokenizer tokens("{\"a\": 1}");
//   tokens.Next();  // kBeginObject, then kKey "a", kNumber "1", kEndObject, kEnd
#ifndef GATEWAY_JSON_TOKENIZER_H_
#define GATEWAY_JSON_TOKENIZER_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway::json {

// Objects and arrays inside each other.
inline constexpr size_t kMaxDepth = 100;

enum class TokenKind : uint8_t {
  kBeginObject,
  kEndObject,
  kBeginArray,
  kEndArray,
  kKey,
  kString,
  kNumber,
  kTrue,
  kFalse,
  kNull,
  kEnd,    // The value is complete and nothing follows it.
  kError,  // See status(); every later call gives the same.
};

// What a value of this kind is called in an error: "a string", "an object".
absl::string_view Describe(TokenKind kind);

struct Token {
  TokenKind kind;
  // kKey and kString: the text without escapes. kNumber: as written. Valid until the next token if
  // `unescaped`, else as long as the input.
  absl::string_view text;
  // Where the token begins in the input.
  size_t offset = 0;
  bool unescaped = false;
};

class Tokenizer {
 public:
  explicit Tokenizer(absl::string_view text);

  Token Next();

  // Reads past the value whose first token is `token`. False at an error.
  bool Skip(const Token& token);

  // INVALID_ARGUMENT, MALFORMED_JSON, after a kError.
  const absl::Status& status() const { return status_; }

 private:
  enum class State : uint8_t { kValue, kFirstKey, kKey, kFirstElement, kAfterValue, kFailed };

  Token Fail(const char* at, absl::string_view reason);
  Token Unexpected(absl::string_view wanted);
  void SkipSpace();
  Token NextAfterValue();
  Token NextKey();
  Token NextValue();
  Token Open(TokenKind kind, State inside);
  Token Close(TokenKind kind);
  Token Word(absl::string_view word, TokenKind kind);
  Token Number();
  Token String(TokenKind kind);
  bool Escaped(const char* start);
  bool Escape();
  bool UnicodeEscape();
  bool FourHexDigits(uint32_t* value);

  const char* const begin_;
  const char* const end_;
  const char* p_;
  State state_ = State::kValue;
  uint8_t depth_ = 0;
  std::array<bool, kMaxDepth + 1> in_object_;
  std::string unescaped_;
  absl::Status status_;
};

// The end of the number that begins at `p` by RFC 8259's grammar, or null if there is none.
const char* EndOfNumber(const char* p, const char* end);

// An error at a byte of the text, saying where in bytes, lines and columns (both from 1, columns in
// characters): "malformed JSON at line 2, column 7 (byte 12): …".
absl::Status ErrorAt(absl::string_view text, size_t offset, absl::string_view reason,
                     absl::string_view what);

}  // namespace regulars::gateway::json

#endif  // GATEWAY_JSON_TOKENIZER_H_
