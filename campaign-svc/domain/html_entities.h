// The characters that HTML names: "&uuml;", "&#252;", "&#xfc;".
//
// Pure.
#ifndef CAMPAIGN_SVC_DOMAIN_HTML_ENTITIES_H_
#define CAMPAIGN_SVC_DOMAIN_HTML_ENTITIES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace regulars::campaign {

// Takes the reference that `text` begins with, its '&' and all, off it, and appends the character
// to `out` in UTF-8. Names are those of HTML 4, &apos;, and of HTML 5 what addresses may hide
// behind (&colon; &Tab; &NewLine;). Numbers need no ';', as in browsers; one that no character has
// becomes U+FFFD. False, and nothing is taken, for what is no reference.
bool ConsumeReference(absl::string_view& text, std::string& out);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_HTML_ENTITIES_H_
