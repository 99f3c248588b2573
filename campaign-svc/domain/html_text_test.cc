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
      // What editors write for other letters, and what hides a scheme.
      {"<a href=\"https://shop.example/f&uuml;r?a=1\">",
       "<a href=\"[https://shop.example/f\u00fcr?a=1]\">"},
      {"<a href=\"\thttps://x.ex\nample/a&#32;\">", "<a href=\"[https://x.example/a]\">"},
      {"<a href=\"javascript&colon;alert(1)\">", "<a href=\"#\">"},
      {"<a href=\"java&Tab;script&#58;alert(1)\">", "<a href=\"#\">"},
      {"<a href=\"&#106avascript:alert(1)\">", "<a href=\"#\">"},
      // Where tags, comments and elements without tags end.
      {"<p \"><a href=\"https://x.example\">", "<p \"><a href=\"[https://x.example]\">"},
      {"<p =\"a>b\"><a href=\"https://x.example\">",
       "<p =\"a>b\"><a href=\"[https://x.example]\">"},
      {"<!--><a href=\"https://x.example\">", "<!--><a href=\"[https://x.example]\">"},
      {"<!-- --!><a href=\"https://x.example\">", "<!-- --!><a href=\"[https://x.example]\">"},
      {"<!a \"><a href=\"https://x.example\">", "<!a \"><a href=\"[https://x.example]\">"},
      {"<script>'<a href=\"https://x.example\">'</script>",
       "<script>'<a href=\"https://x.example\">'</script>"},
      {"<script src=\"javascript:x\"></script>", "<script src=\"#\"></script>"},
      {"<", "<"},
      {"</", "</"},
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
      {"<script>'</body>'</script>a</body>", "<script>'</body>'</script>a+</body>"},
      {"<style>p</style >a</html>", "<style>p</style >a+</html>"},
  };
  for (const auto& row : rows) EXPECT_EQ(AppendToBody(row.html, "+"), row.expected);
}

TEST(Html, WhereALinkIsSeen) {
  const struct {
    const char* html;
    bool shown;
  } rows[] = {
      {"<a href=\"https://x.example/u?a=1&amp;b=2\">out</a>", true},
      {"<a class=b href=' https://x.example/u?a=1&amp;b=2#c'>out</a>", true},
      {"<area href=\"https://x.example/u?a=1&amp;b=2\">", true},
      {"<p>Leave at https://x.example/u?a=1&amp;b=2.</p>", true},
      {"", false},
      {"<p>Hi <!-- https://x.example/u?a=1&amp;b=2 --> there</p>", false},
      {"<!-- <a href=\"https://x.example/u?a=1&amp;b=2\">out</a>", false},
      {"<!--[if mso]><a href=\"https://x.example/u?a=1&amp;b=2\">out</a><![endif]-->", false},
      {"<style>/* https://x.example/u?a=1&amp;b=2 */</style>", false},
      {"<script>'https://x.example/u?a=1&amp;b=2'</script>", false},
      {"<head><title>https://x.example/u?a=1&amp;b=2</title></head>", false},
      {"<head><link href=\"https://x.example/u?a=1&amp;b=2\"></head>", false},
      {"<img alt=\"https://x.example/u?a=1&amp;b=2\">", false},
      {"<a href=\"https://x.example/u\">out</a>", false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ShowsLink(row.html, "https://x.example/u?a=1&b=2"), row.shown) << row.html;
  }
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
      {"a &lt;b&gt; &amp;amp; &#252;&#xfc; &copy; &nbsp;c", "a <b> &amp; üü © c\n"},
      {"F&uuml;r Sie &euro;&nbsp;5 &ndash;", "Für Sie € 5 –\n"},
      {"a\n  b", "a b\n"},
      {"<a href=\" https://x.example/a \">x</a>", "x (https://x.example/a)\n"},
      {"<table><tr><td>1</td><td>2</td></tr><tr><th>3<th>4</table>", "1 2\n\n3 4\n"},
      // A head may go without its end tag.
      {"<html><head><meta charset=utf-8><title>t</title><body>a", "a\n"},
      {"<head><style>p{}</style><p>a</p>", "a\n"},
      {"<script>if (a<b) \"</script>c", "c\n"},
      {"<title>a", ""},
      {"a<!-- b", "a\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(TextOfHtml(row.html), row.expected) << row.html;
}

TEST(Html, EscapingGoesBothWays) {
  const std::string text = "<a href=\"x\">'&amp;' ü</a>";
  EXPECT_EQ(EscapeHtml(text), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39; ü&lt;/a&gt;");
  EXPECT_EQ(UnescapeHtml(EscapeHtml(text)), text);
  for (const char* bad : {"&", "&;", "&#;", "&#x;", "&#a;", "&nosuch;", "&amp", "& amp;"}) {
    EXPECT_EQ(UnescapeHtml(bad), bad);
  }
}

}  // namespace
}  // namespace regulars::campaign
