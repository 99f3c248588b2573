// What is done to the HTML of a message once it is rendered. A small tokenizer, not a browser: it
// knows tags, comments and attributes, which is what the links of mails are made of.
//
// Pure and thread-safe.
#ifndef CAMPAIGN_SVC_DOMAIN_HTML_TEXT_H_
#define CAMPAIGN_SVC_DOMAIN_HTML_TEXT_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::campaign {

// The HTML with each http or https address of <a> and <area> replaced by what `replace` answers.
// Addresses in any attribute that would run something (javascript:, vbscript:, data: that is no
// picture) become "#".
std::string ReplaceLinks(absl::string_view html,
                         const std::function<std::string(const std::string& url)>& replace);

// Puts `piece` before the end of the body, or at the end.
std::string AppendToBody(absl::string_view html, absl::string_view piece);

// Whether readers see the address: an <a> or <area> leads there, or a text says it; not one in a
// comment, a script, a title and the like.
bool ShowsLink(absl::string_view html, absl::string_view url);

// The text of a page, for programs that show no HTML: blocks become lines, links are followed by
// their addresses.
std::string TextOfHtml(absl::string_view html);

std::string EscapeHtml(absl::string_view text);
// Each reference that ConsumeReference knows as the character that it names; what is unknown stays.
std::string UnescapeHtml(absl::string_view text);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_HTML_TEXT_H_
