#include "chassis/filter/lexer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/source.h"

namespace regulars::filter {
namespace {

constexpr char kInvalidFilter[] = "INVALID_FILTER";
constexpr int kUnicodeEscapeDigits = 4;

class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<Token>> Run() {
    while (true) {
      SkipSpace();
      Token token;
      token.begin = position_;
      ABSL_RETURN_IF_ERROR(Scan(token));
      token.end = position_;
      const bool done = token.kind == TokenKind::kEnd;
      tokens_.push_back(std::move(token));
      if (done) return std::move(tokens_);
    }
  }

 private:
  absl::string_view Rest() const { return text_.substr(position_); }
  char Peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  absl::Status Fail(size_t offset, absl::string_view message) const {
    return ErrorAt(text_, offset, kInvalidFilter, message);
  }

  // The bytes of white space at the position. A no-break space comes along when text is pasted.
  size_t SpaceLength() const {
    const absl::string_view rest = Rest();
    if (rest.empty()) return 0;
    if (rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r') return 1;
    return absl::StartsWith(rest, "\xC2\xA0") ? 2 : 0;
  }
  void SkipSpace() {
    while (const size_t length = SpaceLength()) position_ += length;
  }

  // Whether a literal is expected here: right of a comparator or among a call's arguments.
  bool InValue() const {
    if (tokens_.empty()) return false;
    const TokenKind before = tokens_.back().kind;
    return before == TokenKind::kComparator || before == TokenKind::kCallParen ||
           before == TokenKind::kComma;
  }

  bool EndsWord(bool in_value) const {
    const absl::string_view stops = in_value ? "(),\"'=<>!\\" : "(),\"'=<>!\\.:";
    const char c = Peek();
    return position_ == text_.size() || static_cast<unsigned char>(c) < 0x20 || c == 0x7F ||
           absl::StrContains(stops, c) || SpaceLength() > 0;
  }

  absl::Status Scan(Token& token) {
    if (position_ == text_.size()) return absl::OkStatus();
    const char c = Peek();
    if (c == '"' || c == '\'') return ScanString(token);
    if (c == '(') return Single(IsCall() ? TokenKind::kCallParen : TokenKind::kLeftParen, token);
    if (c == ')') return Single(TokenKind::kRightParen, token);
    if (c == ',') return Single(TokenKind::kComma, token);
    if (ScanComparator(token)) return absl::OkStatus();
    if (c == '.' && !InValue()) return Single(TokenKind::kDot, token);
    if (c == '-' && !InValue()) return Single(TokenKind::kMinus, token);
    return ScanWord(token);
  }

  absl::Status Single(TokenKind kind, Token& token) {
    token.kind = kind;
    ++position_;
    return absl::OkStatus();
  }

  // A parenthesis that touches the word before it: `orders("90d")`, but neither `a (b)` nor
  // `NOT(a)`.
  bool IsCall() const {
    if (tokens_.empty()) return false;
    const Token& before = tokens_.back();
    return before.kind == TokenKind::kWord && before.end == position_ && !IsKeyword(before.text);
  }

  bool ScanComparator(Token& token) {
    static constexpr std::pair<absl::string_view, Comparator> kComparators[] = {
        {"<=", Comparator::kLessEqual}, {">=", Comparator::kGreaterEqual},
        {"!=", Comparator::kNotEqual},  {"<", Comparator::kLess},
        {">", Comparator::kGreater},    {"=", Comparator::kEqual},
        {":", Comparator::kHas},
    };
    for (const auto& [text, comparator] : kComparators) {
      if (!absl::StartsWith(Rest(), text)) continue;
      if (comparator == Comparator::kHas && InValue()) continue;
      token.kind = TokenKind::kComparator;
      token.comparator = comparator;
      position_ += text.size();
      return true;
    }
    return false;
  }

  absl::Status ScanWord(Token& token) {
    // The marks that word processors put in place of ' and ".
    for (const absl::string_view mark : {"“", "”", "„", "‘", "’", "«", "»"}) {
      if (absl::StartsWith(Rest(), mark)) {
        return Fail(position_, "this is a typographic quotation mark; use the plain \" instead");
      }
    }
    token.kind = TokenKind::kWord;
    const bool in_value = InValue();
    while (!EndsWord(in_value)) {
      if (Peek() == '*') token.stars.push_back(token.text.size());
      token.text += text_[position_++];
    }
    const char stop = Peek();
    if (stop == '"' || stop == '\'' || stop == '\\') {
      return Fail(position_, absl::StrCat("a ", std::string(1, stop),
                                          " cannot follow a word directly; put the whole text in "
                                          "double quotes"));
    }
    if (!token.text.empty()) return absl::OkStatus();
    if (stop == '!') return Fail(position_, "'!' means nothing by itself; write NOT, or !=");
    return Fail(position_, "a control character cannot stand here");
  }

  absl::Status ScanString(Token& token) {
    token.kind = TokenKind::kString;
    const char quote = text_[position_++];
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == quote) {
        ++position_;
        return absl::OkStatus();
      }
      if (c == '\\') {
        ABSL_RETURN_IF_ERROR(ScanEscape(token.text));
        continue;
      }
      if (c == '*') token.stars.push_back(token.text.size());
      token.text += c;
      ++position_;
    }
    return Fail(token.begin, absl::StrCat("this quotation mark is never closed; add a ",
                                          std::string(1, quote), " where the text ends"));
  }

  absl::Status ScanEscape(std::string& out) {
    static constexpr std::pair<char, char> kEscapes[] = {
        {'"', '"'}, {'\'', '\''}, {'\\', '\\'}, {'*', '*'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'},
    };
    const absl::string_view rest = Rest();
    const char letter = rest.size() > 1 ? rest[1] : '\0';
    for (const auto& [written, meant] : kEscapes) {
      if (letter != written) continue;
      out += meant;
      position_ += 2;
      return absl::OkStatus();
    }
    if (letter == 'u') return ScanUnicodeEscape(out);
    return Fail(position_,
                "after a backslash one of \" ' \\ * n r t u is expected; for a backslash itself "
                "write two");
  }

  absl::Status ScanUnicodeEscape(std::string& out) {
    const absl::string_view digits = Rest().substr(2, kUnicodeEscapeDigits);
    const bool complete = digits.size() == kUnicodeEscapeDigits &&
                          std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit);
    uint32_t code_point = 0;
    const bool surrogate = complete && absl::SimpleHexAtoi(digits, &code_point) &&
                           code_point >= 0xD800 && code_point <= 0xDFFF;
    if (!complete || surrogate) {
      return Fail(position_, "after \\u the four hexadecimal digits of a character are expected");
    }
    AppendUtf8(code_point, out);
    position_ += 2 + kUnicodeEscapeDigits;
    return absl::OkStatus();
  }

  const absl::string_view text_;
  size_t position_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

absl::string_view ComparatorText(Comparator comparator) {
  switch (comparator) {
    case Comparator::kEqual:
      return "=";
    case Comparator::kNotEqual:
      return "!=";
    case Comparator::kLess:
      return "<";
    case Comparator::kLessEqual:
      return "<=";
    case Comparator::kGreater:
      return ">";
    case Comparator::kGreaterEqual:
      return ">=";
    case Comparator::kHas:
      return ":";
  }
  return "";
}

bool IsKeyword(absl::string_view word) { return word == "AND" || word == "OR" || word == "NOT"; }

absl::StatusOr<std::vector<Token>> Tokenize(absl::string_view text) { return Scanner(text).Run(); }

}  // namespace regulars::filter
