#include "chassis/csv/text_decoder.h"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include <string>
#include <vector>

#include "chassis/base/ids.h"
#include "chassis/base/text.h"

namespace regulars::csv {
namespace {

// Decodes `bytes` cut at random places (at none with `mixer` null).
std::string Decode(Charset charset, absl::string_view bytes, Mixer* mixer) {
  TextDecoder decoder(charset);
  std::string out;
  std::vector<char> room(TextDecoder::kMaxGrowth * (bytes.size() + 3));
  while (!bytes.empty()) {
    const size_t size = mixer == nullptr ? bytes.size() : 1 + mixer->Next() % bytes.size();
    out.append(room.data(), decoder.Decode(bytes.substr(0, size), room.data()));
    bytes.remove_prefix(size);
  }
  out.append(room.data(), decoder.Finish(room.data()));
  return out;
}

// What ICU makes of `bytes`.
std::string IcuDecode(const char* charset, const std::string& bytes) {
  std::string out(bytes.size() * 3 + 1, '\0');
  UErrorCode error = U_ZERO_ERROR;
  const int32_t size = ucnv_convert("UTF-8", charset, out.data(), static_cast<int32_t>(out.size()),
                                    bytes.data(), static_cast<int32_t>(bytes.size()), &error);
  EXPECT_TRUE(U_SUCCESS(error)) << charset;
  out.resize(size);
  return out;
}

TEST(TextDecoder, Windows1252IsWhatIcuMakesOfIt) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(1, static_cast<char>(byte));
    const std::string decoded = Decode(Charset::kWindows1252, bytes, nullptr);
    if (byte == 0x81 || byte == 0x8D || byte == 0x8F || byte == 0x90 || byte == 0x9D) {
      EXPECT_EQ(decoded, "\xFF") << byte;
    } else {
      EXPECT_EQ(decoded, IcuDecode("windows-1252", bytes)) << byte;
    }
    EXPECT_EQ(TextDecoder(Charset::kWindows1252).SizeInFile(decoded), 1u) << byte;
  }
}

// UTF-16 of random code points, plain and supplementary.
std::string RandomUtf16(bool little_endian, Mixer& mixer) {
  std::string bytes;
  const auto add = [&](uint32_t unit) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    bytes += little_endian ? low : high;
    bytes += little_endian ? high : low;
  };
  for (uint64_t length = mixer.Next() % 20; length > 0; --length) {
    switch (mixer.Next() % 4) {
      case 0:
        add(mixer.Next() % 128);
        break;
      case 1:
        add(mixer.Next() % 0xD800);
        break;
      case 2:
        add(0xE000 + mixer.Next() % 0x2000);
        break;
      case 3:
        add(0xD800 + mixer.Next() % 0x400);
        add(0xDC00 + mixer.Next() % 0x400);
        break;
    }
  }
  return bytes;
}

TEST(TextDecoder, Utf16IsWhatIcuMakesOfItHoweverItIsCut) {
  Mixer mixer(3);
  for (int round = 0; round < 5'000; ++round) {
    const bool little = round % 2 == 0;
    const Charset charset = little ? Charset::kUtf16LittleEndian : Charset::kUtf16BigEndian;
    const std::string bytes = RandomUtf16(little, mixer);
    const std::string decoded = Decode(charset, bytes, &mixer);
    ASSERT_EQ(decoded, IcuDecode(little ? "UTF-16LE" : "UTF-16BE", bytes)) << round;
    ASSERT_EQ(TextDecoder(charset).SizeInFile(decoded), bytes.size()) << round;
  }
}

struct BrokenCase {
  const char* name;
  std::string bytes;  // UTF-16, little-endian.
  std::string decoded;
};

TEST(TextDecoder, BrokenUtf16BecomesInvalidUtf8OfTheSameSize) {
  const BrokenCase cases[] = {
      {"odd byte at the end", std::string("a\0b", 3), "a\xFF"},
      {"high surrogate at the end", std::string("a\0\x3D\xD8", 4), "a\xED\xA0\xBD"},
      {"high surrogate and a byte", std::string("\x3D\xD8\x00", 3), "\xED\xA0\xBD\xFF"},
      {"high surrogate, then a letter", std::string("\x3D\xD8z\0", 4), "\xED\xA0\xBDz"},
      {"low surrogate alone", std::string("\x00\xDEz\0", 4), "\xED\xB8\x80z"},
      {"two high surrogates, then a low", std::string("\x3D\xD8\x3D\xD8\x00\xDE", 6),
       "\xED\xA0\xBD\U0001F600"},
  };
  Mixer mixer(5);
  for (const BrokenCase& c : cases) {
    for (int round = 0; round < 20; ++round) {
      const std::string decoded =
          Decode(Charset::kUtf16LittleEndian, c.bytes, round == 0 ? nullptr : &mixer);
      EXPECT_EQ(decoded, c.decoded) << c.name;
      EXPECT_FALSE(IsValidUtf8(decoded)) << c.name;
      EXPECT_EQ(TextDecoder(Charset::kUtf16LittleEndian).SizeInFile(decoded), c.bytes.size())
          << c.name;
    }
  }
}

TEST(FindByteOrderMark, KnowsThree) {
  EXPECT_EQ(FindByteOrderMark("\xEF\xBB\xBFx").size, 3u);
  EXPECT_EQ(FindByteOrderMark("\xEF\xBB\xBFx").charset, Charset::kUtf8);
  EXPECT_EQ(FindByteOrderMark("\xFF\xFEx").charset, Charset::kUtf16LittleEndian);
  EXPECT_EQ(FindByteOrderMark("\xFE\xFF").charset, Charset::kUtf16BigEndian);
  EXPECT_EQ(FindByteOrderMark("\xFE\xFF").size, 2u);
  EXPECT_EQ(FindByteOrderMark("\xEF\xBB").size, 0u);
  EXPECT_EQ(FindByteOrderMark("").size, 0u);
}

}  // namespace
}  // namespace regulars::csv
