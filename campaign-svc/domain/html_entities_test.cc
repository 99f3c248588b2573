#include "campaign-svc/domain/html_entities.h"

#include <gtest/gtest.h>

namespace regulars::campaign {
namespace {

// HTML 4.01, 24 (names), and HTML 5, 13.2.5.80 (numbers).
TEST(HtmlEntities, WhatReferencesStandFor) {
  const struct {
    const char* text;
    const char* character;
    const char* rest;
  } rows[] = {
      // The first and the last name of the table, those beside a change of case, the longest.
      {"&AElig;", "\u00c6", ""},
      {"&zwnj;", "\u200c", ""},
      {"&Zeta;", "\u0396", ""},
      {"&aacute;", "\u00e1", ""},
      {"&thetasym;", "\u03d1", ""},
      {"&amp;amp;", "&", "amp;"},
      {"&apos;", "'", ""},
      {"&euro;5", "\u20ac", "5"},
      {"&Uuml;", "\u00dc", ""},
      {"&uuml;", "\u00fc", ""},
      {"&ndash;", "\u2013", ""},
      {"&hellip;", "\u2026", ""},
      {"&bdquo;", "\u201e", ""},
      {"&there4;", "\u2234", ""},
      {"&sup1;", "\u00b9", ""},
      {"&colon;", ":", ""},
      {"&#252;", "\u00fc", ""},
      {"&#XFC;", "\u00fc", ""},
      {"&#x1F600;", "\U0001F600", ""},
      {"&#252", "\u00fc", ""},
      {"&#106a", "j", "a"},
      // As Windows-1252.
      {"&#128;", "\u20ac", ""},
      {"&#x96;", "\u2013", ""},
      {"&#159;", "\u0178", ""},
      // What no character has.
      {"&#0;", "\ufffd", ""},
      {"&#xd800;", "\ufffd", ""},
      {"&#xdfff;", "\ufffd", ""},
      {"&#x110000;", "\ufffd", ""},
      {"&#99999999999999999999;", "\ufffd", ""},
  };
  for (const auto& row : rows) {
    absl::string_view text = row.text;
    std::string out;
    EXPECT_TRUE(ConsumeReference(text, out)) << row.text;
    EXPECT_EQ(out, row.character) << row.text;
    EXPECT_EQ(text, row.rest) << row.text;
  }
}

TEST(HtmlEntities, WhatIsNone) {
  for (const char* row : {"", "x", "&", "&;", "&#", "&#;", "&#x", "&#xg;", "&#-1;", "&uuml",
                          "&UUML;", "&nosuch;", "& uuml;", "&thetasymthetasym;"}) {
    absl::string_view text = row;
    std::string out;
    EXPECT_FALSE(ConsumeReference(text, out)) << row;
    EXPECT_EQ(out, "");
    EXPECT_EQ(text, row);
  }
}

}  // namespace
}  // namespace regulars::campaign
