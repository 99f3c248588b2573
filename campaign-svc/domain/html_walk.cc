#include "campaign-svc/domain/html_walk.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace regulars::campaign {

void HtmlWalk::Over(absl::string_view html) {
  for (const char c : html) Step(c);
}

void HtmlWalk::Step(char c) {
  switch (state_) {
    case kText:
      if (c == '<') state_ = kOpened;
      return;
    case kOpened:
      seen_.clear();
      state_ = c == '!' || c == '?'                 ? kBang
               : absl::ascii_isalpha(c) || c == '/' ? kName
               : c == '<'                           ? kOpened
                                                    : kText;
      return;
    case kName:
    case kInTag:
      state_ = c == '>' ? kText : c == '=' && state_ == kInTag ? kValueBegins : state_;
      if (state_ == kName && (absl::ascii_isspace(c) || c == '/')) state_ = kInTag;
      return;
    case kValueBegins:
      if (absl::ascii_isspace(c)) return;
      quote_ = c;
      state_ = c == '"' || c == '\'' ? kInQuotes : c == '>' ? kText : kInValue;
      return;
    case kInQuotes:
      if (c == quote_) state_ = kInTag;
      return;
    case kInValue:
      state_ = c == '>' ? kText : absl::ascii_isspace(c) ? kInTag : kInValue;
      return;
    case kBang:
      // "<!--[if mso]>" opens a piece that one mail program reads: what follows is a page to it.
      seen_ += c;
      if (c == '>') {
        state_ = kText;
      } else if (seen_.size() == 3 && absl::StartsWith(seen_, "--") && c != '[') {
        state_ = kComment;
      }
      return;
    case kComment:
      seen_ = absl::StrCat(seen_.substr(seen_.size() - 2), std::string(1, c));
      if (seen_ == "-->") state_ = kText;
      return;
  }
}

HtmlPlace HtmlWalk::place() const {
  switch (state_) {
    case kText:
    case kComment:
    case kBang:
      return HtmlPlace::kText;
    case kOpened:
    case kName:
    case kInTag:
      return HtmlPlace::kTag;
    case kInQuotes:
      return HtmlPlace::kQuoted;
    case kValueBegins:
    case kInValue:
      return HtmlPlace::kUnquoted;
  }
  return HtmlPlace::kText;
}

}  // namespace regulars::campaign
