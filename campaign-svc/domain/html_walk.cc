#include "campaign-svc/domain/html_walk.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace regulars::campaign {
namespace {

constexpr std::array<absl::string_view, 8> kNoTags = {"iframe", "noembed",  "noframes", "script",
                                                      "style",  "textarea", "title",    "xmp"};

// Whether a comment ends with `c`; `seen` holds what stood before within it, as far as it matters.
bool EndsComment(std::string& seen, char c) {
  constexpr size_t kLongestEnd = 4;
  seen += c;
  if (seen.size() > kLongestEnd) seen.erase(0, 1);
  return absl::EndsWith(seen, "-->") || seen == "--!>";
}

bool EndsName(char c) { return absl::ascii_isspace(c) || c == '/' || c == '>'; }

}  // namespace

bool HoldsNoTags(absl::string_view element) {
  return std::find(kNoTags.begin(), kNoTags.end(), element) != kNoTags.end();
}

void HtmlWalk::Over(absl::string_view page, size_t begin, size_t end) {
  for (size_t at = begin; at < end; ++at) Step(page[at], at);
}

void HtmlWalk::Step(char c, size_t at) {
  if (conditional_ && LeavesCondition(c)) return;
  switch (state_) {
    case kText:
      if (c != '<') return;
      state_ = kOpened;
      if (!conditional_) opened_at_ = at;
      return;
    case kOpened:
      seen_ = c == '?' ? "?" : "";
      name_ = absl::ascii_tolower(c);
      if (c == '<' && !conditional_) opened_at_ = at;
      state_ = c == '!' || c == '?'     ? kBang
               : c == '/'               ? kEndOpened
               : c == '<'               ? kOpened
               : absl::ascii_isalpha(c) ? kName
                                        : kText;
      return;
    case kEndOpened:
      // "</>" is nothing, and "</ " begins a comment up to '>'.
      seen_ = "/";
      name_ += absl::ascii_tolower(c);
      state_ = c == '>' ? kText : absl::ascii_isalpha(c) ? kName : kBang;
      return;
    case kBang:
      return StepInBang(c);
    case kComment:
      if (EndsComment(seen_, c)) state_ = kText;
      return;
    case kRaw:
      return StepInRaw(c);
    default:
      return StepInTag(c);
  }
}

void HtmlWalk::StepInTag(char c) {
  // Quotes and '=' mean something only where a value is expected.
  const bool in_value = state_ == kInQuotes || state_ == kInValue;
  if (c == '>' && state_ != kInQuotes) return EndTag();
  if ((absl::ascii_isspace(c) || c == '/') && !in_value && state_ != kValueBegins) {
    const bool named = state_ == kAttribute || state_ == kAfterAttribute;
    state_ = named && c != '/' ? kAfterAttribute : kBeforeAttribute;
    return;
  }
  switch (state_) {
    case kName:
      name_ += absl::ascii_tolower(c);
      return;
    case kBeforeAttribute:
      attribute_ = absl::ascii_tolower(c);
      state_ = kAttribute;
      return;
    case kAttribute:
    case kAfterAttribute:
      if (c == '=') {
        state_ = kValueBegins;
        return;
      }
      if (state_ == kAfterAttribute) attribute_.clear();
      attribute_ += absl::ascii_tolower(c);
      state_ = kAttribute;
      return;
    case kValueBegins:
      if (absl::ascii_isspace(c)) return;
      quote_ = c;
      state_ = c == '"' || c == '\'' ? kInQuotes : kInValue;
      return;
    case kInQuotes:
      if (c == quote_) state_ = kBeforeAttribute;
      return;
    case kInValue:
      if (absl::ascii_isspace(c)) state_ = kBeforeAttribute;
      return;
    default:
      return;
  }
}

void HtmlWalk::EndTag() {
  state_ = kText;
  if (!HoldsNoTags(name_)) return;
  raw_ = name_;
  seen_.clear();
  state_ = kRaw;
}

void HtmlWalk::StepInRaw(char c) {
  if (c == '<') {
    seen_ = c;
    return;
  }
  if (seen_.empty()) return;
  const std::string end = absl::StrCat("</", raw_);
  if (seen_.size() == end.size() && EndsName(c)) {
    name_ = absl::StrCat("/", raw_);
    raw_.clear();
    state_ = kBeforeAttribute;
    return StepInTag(c);
  }
  seen_ += absl::ascii_tolower(c);
  if (!absl::StartsWith(end, seen_)) seen_.clear();
}

void HtmlWalk::StepInBang(char c) {
  seen_ += c;
  if (c == '>') {
    state_ = kText;  // "<!-->" and "<!--->" are whole comments.
  } else if (absl::StartsWith(seen_, "--") && seen_ != "--" && seen_ != "---") {
    // "<!--[if mso]>" opens a piece that one mail program reads: what follows is a page to it.
    if (seen_ == "--[" && !conditional_) {
      conditional_ = true;
      condition_.clear();
    } else {
      state_ = kComment;
    }
    seen_.erase(0, 2);
  }
}

// A browser has seen a comment so far, to whom its end is one wherever it stands.
bool HtmlWalk::LeavesCondition(char c) {
  if (!EndsComment(condition_, c)) return false;
  conditional_ = false;
  raw_.clear();
  state_ = kText;
  return true;
}

HtmlPlace HtmlWalk::place() const {
  switch (state_) {
    case kText:
    case kComment:
    case kBang:
      return HtmlPlace::kText;
    case kInQuotes:
      return HtmlPlace::kQuoted;
    case kValueBegins:
    case kInValue:
      return HtmlPlace::kUnquoted;
    case kRaw:
      return raw_ == "script" || raw_ == "style" ? HtmlPlace::kCode : HtmlPlace::kText;
    default:
      return HtmlPlace::kTag;
  }
}

std::string HtmlWalk::Unclosed() const {
  if (conditional_) return "a comment";
  switch (state_) {
    case kText:
    case kOpened:
      // A '<' at the end is a character like others.
      return "";
    case kComment:
    case kBang:
      return "a comment";
    case kRaw:
      return absl::StrCat("<", raw_, ">");
    default:
      return absl::StrCat("the tag <", name_, ">");
  }
}

}  // namespace regulars::campaign
