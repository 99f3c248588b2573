#include "campaign-svc/domain/html_text.h"

#include <gtest/gtest.h>

namespace regulars::campaign {
namespace {

TEST(Html, LinksAreReplaced) {
  const struct {
    const char* html;
    const char* expected;
  } rows[] = {
      {"<a href=\"https://x.example/a\">x</a>", "<a href=\"[https://x.example/a]\">x</a>"},
      {"<A class='b' HREF='http://x.example'>x</A>",
       "<A class='b' HREF='[http://x.example]'>x</A>"},
      {"<a href=https://x.example/a>x</a>", "<a href=[https://x.example/a]>x</a>"},
      {"<a href = \" https://x.example/?a=1&amp;b=2 \">",
       "<a href = \"[https://x.example/?a=1&amp;b=2]\">"},
      {"<area href=\"https://x.example\"/>", "<area href=\"[https://x.example]\"/>"},
      {"<a href=\"mailto:a@b.example\">", "<a href=\"mailto:a@b.example\">"},
      {"<a href=\"#top\">", "<a href=\"#top\">"},
      {"<a href=\"/pots\">", "<a href=\"/pots\">"},
      {"<a name=\"x\">", "<a name=\"x\">"},
      {"<a title=\"href=https://x.example\">", "<a title=\"href=https://x.example\">"},
      {"<abbr href=\"https://x.example\">", "<abbr href=\"https://x.example\">"},
      {"<img src=\"https://x.example\">", "<img src=\"https://x.example\">"},
      {"<!-- <a href=\"https://x.example\"> -->", "<!-- <a href=\"https://x.example\"> -->"},
      {"a < b <a href=\"https://x.example\">", "a < b <a href=\"[https://x.example]\">"},
      {"<a title=\"a>b\" href=\"https://x.example\">",
       "<a title=\"a>b\" href=\"[https://x.example]\">"},
      {"<a href=\"javascript:alert(1)\">", "<a href=\"#\">"},
      {"<a href=\"java\nscript:alert(1)\">", "<a href=\"#\">"},
      {"<a href=\"&#106;avascript:alert(1)\">", "<a href=\"#\">"},
      {"<a href=\" data:text/html,x\">", "<a href=\"#\">"},
      // Wherever an address stands; pictures may be data where they are shown.
      {"<img src=\"javascript:x\" alt=\"a\">", "<img src=\"#\" alt=\"a\">"},
      {"<form action='vbscript:x' method='post'>", "<form action='#' method='post'>"},
      {"<td BACKGROUND=\"javascript:x\">", "<td BACKGROUND=\"#\">"},
      {"<iframe src=\"data:text/html,x\">", "<iframe src=\"#\">"},
      {"<img src=\"data:image/png;base64,aa\">", "<img src=\"data:image/png;base64,aa\">"},
      {"<a href=\"data:image/svg+xml,x\">", "<a href=\"#\">"},
      {"<p title=\"javascript:x\">", "<p title=\"javascript:x\">"},
      {"<a href", "<a href"},
      {"<a href=", "<a href="},
      {"<a href=\"https://x.example", "<a href=\"[https://x.example]"},
      {"<", "<"},
      {"", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ReplaceLinks(row.html, [](const std::string& url) { return "[" + url + "]"; }),
              row.expected);
  }
}

TEST(Html, AppendsToTheBody) {
  const struct {
    const char* html;
    const char* expected;
  } rows[] = {
      {"<p>a</p>", "<p>a</p>+"},
      {"<html><body>a</body></html>", "<html><body>a+</body></html>"},
      {"<BODY>a</BODY>", "<BODY>a+</BODY>"},
      {"<html>a</html>", "<html>a+</html>"},
      {"<!-- </body> -->a", "<!-- </body> -->a+"},
  };
  for (const auto& row : rows) EXPECT_EQ(AppendToBody(row.html, "+"), row.expected);
}

TEST(Html, AsText) {
  const struct {
    const char* html;
    const char* expected;
  } rows[] = {
      {"", ""},
      {"<p>a</p>\n<p>b</p>", "a\n\nb\n"},
      {"a<br>b<br/>c", "a\nb\nc\n"},
      {"<ul><li>a</li><li>b</li></ul>", "- a\n\n- b\n"},
      {"<a href=\"https://x.example/?a=1&amp;b=2\">x</a>", "x (https://x.example/?a=1&b=2)\n"},
      {"<a href=\"mailto:a@b.example\">x</a>", "x\n"},
      {"<head><title>t</title><style>p{}</style></head>a<script>b</script>", "a\n"},
      {"a &lt;b&gt; &amp;amp; &#252;&#xfc; &copy; &nbsp;c", "a <b> &amp; üü &copy; c\n"},
      {"a\n  b", "a b\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(TextOfHtml(row.html), row.expected) << row.html;
}

TEST(Html, EscapingGoesBothWays) {
  const std::string text = "<a href=\"x\">'&amp;' ü</a>";
  EXPECT_EQ(EscapeHtml(text), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39; ü&lt;/a&gt;");
  EXPECT_EQ(UnescapeHtml(EscapeHtml(text)), text);
  for (const char* bad : {"&", "&;", "&#;", "&#x;", "&#xd800;", "&#1114112;", "&nosuch;", "&amp"}) {
    EXPECT_EQ(UnescapeHtml(bad), bad);
  }
}

}  // namespace
}  // namespace regulars::campaign
