#include "chassis/base/text.h"

#include <gtest/gtest.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "chassis/base/ids.h"

namespace regulars {
namespace {

std::string Utf8(UChar32 c) {
  char bytes[U8_MAX_LENGTH];
  int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, c);
  return std::string(bytes, length);
}

TEST(Utf8, EveryCodePointButSurrogatesIsValid) {
  for (UChar32 c = 0; c <= 0x10FFFF; ++c) {
    EXPECT_EQ(IsValidUtf8(Utf8(c)), !U_IS_SURROGATE(c)) << std::hex << c;
  }
}

struct BytesCase {
  const char* name;
  std::string bytes;
};

TEST(Utf8, RefusesWhatTable37LeavesOut) {
  const BytesCase cases[] = {
      {"lone continuation", "\x80"},
      {"overlong slash, two bytes", "\xC0\xAF"},
      {"overlong slash, three bytes", "\xE0\x80\xAF"},
      {"overlong slash, four bytes", "\xF0\x80\x80\xAF"},
      {"overlong NUL", std::string("\xC1\x80")},
      {"lowest surrogate", "\xED\xA0\x80"},
      {"highest surrogate", "\xED\xBF\xBF"},
      {"beyond U+10FFFF", "\xF4\x90\x80\x80"},
      {"five-byte form", "\xF8\x88\x80\x80\x80"},
      {"0xFE", "\xFE"},
      {"0xFF", "\xFF"},
      {"cut after the lead", "\xC3"},
      {"cut in a three-byte form", "\xE2\x82"},
      {"cut in a four-byte form", "\xF0\x9F\x98"},
      {"lead, then ASCII", "\xE2\x28\xA1"},
  };
  for (const BytesCase& c : cases) {
    EXPECT_FALSE(IsValidUtf8(c.bytes)) << c.name;
    // Wherever it stands relative to the eight-byte steps.
    for (size_t lead = 0; lead < 17; ++lead) {
      EXPECT_FALSE(IsValidUtf8(std::string(lead, 'a') + c.bytes + "zzzzzzzzz")) << c.name << lead;
    }
  }
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8(absl::string_view("a\0b", 3)));
}

TEST(CodePointCount, CountsCharactersNotBytes) {
  EXPECT_EQ(CodePointCount(""), 0u);
  EXPECT_EQ(CodePointCount("abc"), 3u);
  EXPECT_EQ(CodePointCount("Zoë"), 3u);
  EXPECT_EQ(CodePointCount("日本語"), 3u);
  EXPECT_EQ(CodePointCount("😀"), 1u);
}

TEST(TruncateUtf8, NeverCutsACharacter) {
  const std::string text = "aé€😀";  // 1, 2, 3 and 4 bytes.
  const absl::string_view expected[] = {"",    "a",   "a",   "aé",  "aé",   "aé",
                                        "aé€", "aé€", "aé€", "aé€", "aé€😀", "aé€😀"};
  for (size_t max = 0; max < std::size(expected); ++max) {
    EXPECT_EQ(TruncateUtf8(text, max), expected[max]) << max;
  }
}

struct FoldCase {
  const char* name;
  std::string text;
  std::string folded;
};

TEST(Fold, MakesOneFormOfWhatPeopleTypeForOneName) {
  const FoldCase cases[] = {
      {"empty", "", ""},
      {"only spaces", " \t\r\n\v\f ", ""},
      {"ASCII", "  John   O'Neil-SMITH ", "john o'neil-smith"},
      {"umlaut", "Müller", "muller"},
      {"umlaut, decomposed", "Mu\u0308ller", "muller"},
      {"sharp s", "STRAßE Straẞe", "strasse strasse"},
      {"French", "Éloïse Façade Œuvre", "eloise facade oeuvre"},
      {"Scandinavian", "Søren Ærø Åse", "soren aero ase"},
      {"Icelandic", "Þórður", "thordur"},
      {"Polish", "Łódź Żółć", "lodz zolc"},
      {"Croatian", "Đorđe", "dorde"},
      {"Turkish", "İSTANBUL Işık", "istanbul isik"},
      {"Vietnamese", "Nguyễn Thị Đường", "nguyen thi duong"},
      {"Greek, with final sigma", "Οδυσσεύς ΟΔΥΣΣΕΥΣ", "οδυσσευσ οδυσσευσ"},
      {"Russian", "Артём АРТЕМ", "артем артем"},
      {"Arabic, with vowel points", "مُحَمَّد", "محمد"},
      {"Hebrew, with points", "שָׁלוֹם", "שלום"},
      {"kana keep their voicing", "ガが", "ガが"},
      {"half-width kana", "ｶﾞ", "ガ"},
      {"full-width Latin", "ＡＢＣ　１２", "abc 12"},
      {"Hindi keeps its vowels and virama", "हिन्दी", "हिन्दी"},
      {"Thai keeps its vowels", "ที่", "ที่"},
      {"Hangul", "김", "김"},
      {"Hangul, decomposed", "\u1100\u1175\u11B7", "김"},
      {"ligature", "ﬁancé", "fiance"},
      {"no-break and wide spaces", "a\u00A0\u2003b\u3000", "a b"},
      {"soft hyphen and joiner vanish", "co\u00ADop\u200D", "coop"},
      {"typographic punctuation", "O’Brien – “x”", "o'brien - \"x\""},
      {"invalid bytes", "Ab\xFF", "ab\uFFFD"},
      {"NUL stays", std::string("A\0B", 3), std::string("a\0b", 3)},
  };
  for (const FoldCase& c : cases) {
    EXPECT_EQ(Fold(c.text), c.folded) << c.name;
    EXPECT_EQ(Fold(c.folded), c.folded) << c.name;
  }
}

TEST(Fold, TwiceIsOnceForEveryCodePoint) {
  for (UChar32 c = 0; c <= 0x10FFFF; ++c) {
    const std::string once = Fold(Utf8(c));
    ASSERT_EQ(Fold(once), once) << std::hex << c;
    ASSERT_TRUE(IsValidUtf8(once)) << std::hex << c;
  }
}

TEST(Fold, TwiceIsOnceForRandomTexts) {
  Mixer mixer(7);
  // Blocks where marks, letters that compose and ignorable characters live.
  const UChar32 blocks[] = {0x20,  0xC0,   0x300,  0x345,  0x1F80, 0x5B0,  0x600,  0x930,
                            0xE30, 0x1100, 0x1160, 0x2000, 0x3040, 0x3090, 0xAC00, 0x1D160};
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (uint64_t length = mixer.Next() % 6; length > 0; --length) {
      text += Utf8(blocks[mixer.Next() % std::size(blocks)] + mixer.Next() % 64);
    }
    const std::string once = Fold(text);
    ASSERT_EQ(Fold(once), once) << EscapeForLog(text);
  }
}

TEST(Fold, TheAsciiPathGivesWhatTheUnicodePathGives) {
  Mixer mixer(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (uint64_t length = mixer.Next() % 20; length > 0; --length) {
      text += static_cast<char>(mixer.Next() % 128);
    }
    // The sharp s forces the other path; what follows it is folded alone.
    ASSERT_EQ(Fold("ß" + text), Fold("ss" + text)) << EscapeForLog(text);
  }
}

TEST(EscapeForLog, LeavesOneHarmlessLine) {
  const FoldCase cases[] = {
      {"plain", "Zoë 日本", "Zoë 日本"},
      {"line ends", "a\r\nb", "a\\u{d}\\nb"},
      {"terminal escape", "\x1b[31m", "\\u{1b}[31m"},
      {"NUL", std::string("a\0", 2), "a\\u{0}"},
      {"backslash", "a\\n", "a\\\\n"},
      {"C1 control", "\u0085", "\\u{85}"},
      {"right-to-left override", "\u202Etxt", "\\u{202e}txt"},
      {"line separator", "\u2028", "\\u{2028}"},
      {"invalid", "a\xC3(\xFF", "a\\xc3(\\xff"},
  };
  for (const FoldCase& c : cases) EXPECT_EQ(EscapeForLog(c.text), c.folded) << c.name;
  EXPECT_EQ(EscapeForLog("abcdef", 3), "abc…");
  EXPECT_EQ(EscapeForLog("é", 1), "…");
  EXPECT_EQ(EscapeForLog(std::string(1000, 'x')).size(), kMaxLogBytes + 3);
}

}  // namespace
}  // namespace regulars
