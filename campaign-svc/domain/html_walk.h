// Where in a page of HTML one is, going through it from the beginning: to see where values may
// stand.
//
//   HtmlWalk walk;
//   walk.Over("<a href=\"");
//   walk.place();   // HtmlPlace::kQuoted
//
// Pure.
#ifndef CAMPAIGN_SVC_DOMAIN_HTML_WALK_H_
#define CAMPAIGN_SVC_DOMAIN_HTML_WALK_H_

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
};

class HtmlWalk {
 public:
  void Over(absl::string_view html);
  HtmlPlace place() const;

 private:
  enum State { kText, kOpened, kName, kInTag, kValueBegins, kInQuotes, kInValue, kComment, kBang };
  void Step(char c);

  State state_ = kText;
  char quote_ = 0;
  // The last characters of a declaration or a comment.
  std::string seen_;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_HTML_WALK_H_
