// Where in a page of HTML one is, going through it from the beginning as a browser does: to see
// where values may stand, and what is not closed.
//
//   HtmlWalk walk;
//   walk.Over(page, 0, page.find("{{"));
//   walk.place();       // HtmlPlace::kQuoted in "<a href=\"{{"
//   walk.attribute();   // "href"
//
// Pure.
#ifndef CAMPAIGN_SVC_DOMAIN_HTML_WALK_H_
#define CAMPAIGN_SVC_DOMAIN_HTML_WALK_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::campaign {

enum class HtmlPlace {
  // Between tags, or in a comment.
  kText,
  // In a tag, where its name or those of attributes stand.
  kTag,
  // In the value of an attribute, or where one begins: with and without quotes.
  kQuoted,
  kUnquoted,
  // Within a script or a style sheet.
  kCode,
};

// Whether what stands up to the end tag of `element`, named in lower case, holds no tags: "script".
bool HoldsNoTags(absl::string_view element);

class HtmlWalk {
 public:
  // On over page[begin, end). What is left out between two calls counts as nothing.
  void Over(absl::string_view page, size_t begin, size_t end);

  HtmlPlace place() const;
  // The attribute whose value this is, in lower case; only in kQuoted and kUnquoted.
  const std::string& attribute() const { return attribute_; }
  // The element of kCode.
  const std::string& element() const { return raw_; }

  // What is open here and hides from readers what follows, as words for a message: "a comment",
  // "the tag <a>", "<style>"; "" between tags.
  std::string Unclosed() const;
  // Where that began.
  size_t opened_at() const { return opened_at_; }

 private:
  enum State {
    kText,
    kOpened,
    kEndOpened,
    kName,
    kBeforeAttribute,
    kAttribute,
    kAfterAttribute,
    kValueBegins,
    kInQuotes,
    kInValue,
    kComment,
    kBang,
    kRaw,
  };
  void Step(char c, size_t at);
  void StepInBang(char c);
  void StepInRaw(char c);
  void StepInTag(char c);
  bool LeavesCondition(char c);
  void EndTag();

  State state_ = kText;
  char quote_ = 0;
  // Of the tag, in lower case, with its '/': "a", "/p".
  std::string name_;
  std::string attribute_;
  // The element that holds no tags and is not closed; "".
  std::string raw_;
  // The last characters of a declaration, a comment, or of what may be the end tag of raw_.
  std::string seen_;
  size_t opened_at_ = 0;
  // Whether this is in a comment whose content one mail program reads as a page, and its last
  // characters.
  bool conditional_ = false;
  std::string condition_;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_HTML_WALK_H_
