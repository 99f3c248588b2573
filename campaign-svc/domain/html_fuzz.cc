// Whatever HTML holds: it is gone through, escaping goes both ways, and nobody guesses a signature.
#include "campaign-svc/domain/html_text.h"
#include "campaign-svc/domain/html_walk.h"
#include "campaign-svc/domain/link_token.h"
#include "chassis/base/check.h"

namespace regulars::campaign {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view html(reinterpret_cast<const char*>(data), size);
  static_cast<void>(TextOfHtml(html));
  CHECK(UnescapeHtml(EscapeHtml(html)) == html);
  CHECK(AppendToBody(html, "+").size() == html.size() + 1);
  // What is added to a page that leaves nothing open is seen.
  HtmlWalk walk;
  walk.Over(html, 0, html.size());
  CHECK(!walk.Unclosed().empty() ||
        ShowsLink(AppendToBody(html, "<a href=\"https://x.example/u\">u</a>"),
                  "https://x.example/u"));
  const std::string kept = ReplaceLinks(html, [](const std::string& url) { return url; });
  // Only what is written otherwise than it must be is longer: entities, and quotes within links.
  CHECK(kept.size() <= 6 * html.size());
  const LinkSigner signer({{1, std::string(LinkSigner::kSecretBytes, 's')}});
  CHECK(!signer.Verify(html, LinkKind::kClick));
  return 0;
}

}  // namespace regulars::campaign
