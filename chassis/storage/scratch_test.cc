// Records come back sorted, whether memory holds them or not, and nothing stays in the folder.
#include "chassis/storage/scratch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "chassis/base/ids.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars {
namespace {

using Records = std::vector<std::pair<std::string, std::string>>;

struct Case {
  const char* name;
  size_t records;
  size_t longest_key;
  size_t longest_value;
  size_t memory_bytes;
};

const Case kCases[] = {
    {"none", 0, 1, 1, 1 << 20},
    {"one", 1, 1, 1, 1 << 20},
    {"all in memory", 1000, 20, 50, 1 << 20},
    {"a few runs", 5000, 20, 50, 64 << 10},
    {"a run each", 300, 30, 30, 1},
    {"keys of one letter", 3000, 1, 5, 4 << 10},
    {"records larger than what is read at once", 40, 100, 300'000, 1 << 20},
};

// Letters of all values, so that bytes above 127 are compared too.
std::string RandomText(Mixer& mixer, size_t longest) {
  std::string text(mixer.Next() % (longest + 1), '\0');
  for (char& c : text) c = static_cast<char>(mixer.Next());
  return text;
}

Records ReadAll(Sorter& sorter) {
  Records records;
  while (true) {
    const absl::StatusOr<bool> found = sorter.Next();
    EXPECT_OK(found);
    if (!found.ok() || !*found) return records;
    records.emplace_back(sorter.key(), sorter.value());
  }
}

TEST(SorterTest, SortsAsAVectorDoes) {
  for (const Case& test : kCases) {
    testing::TempDir folder;
    Mixer mixer(7);
    Records expected;
    Sorter sorter({.folder = folder.path(), .memory_bytes = test.memory_bytes});
    for (size_t i = 0; i < test.records; ++i) {
      // The number makes keys unique: the order of equal ones is nobody's promise.
      const std::string key = RandomText(mixer, test.longest_key) + absl::StrFormat("%06d", i);
      expected.emplace_back(key, RandomText(mixer, test.longest_value));
      ASSERT_OK(sorter.Add(key, expected.back().second)) << test.name;
    }
    ASSERT_OK(sorter.Finish()) << test.name;
    EXPECT_EQ(sorter.count(), static_cast<int64_t>(test.records)) << test.name;
    std::sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) {
      return std::lexicographical_compare(
          a.first.begin(), a.first.end(), b.first.begin(), b.first.end(), [](char x, char y) {
            return static_cast<unsigned char>(x) < static_cast<unsigned char>(y);
          });
    });
    EXPECT_TRUE(ReadAll(sorter) == expected) << test.name;
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << test.name;
  }
}

TEST(SorterTest, AFolderThatIsNotThereIsAnError) {
  Sorter sorter({.folder = "/nowhere/at/all", .memory_bytes = 1});
  ASSERT_OK(sorter.Add("a", "1"));
  EXPECT_THAT(sorter.Add("b", "2"), testing::HasReason("SCRATCH_IO"));
}

TEST(ScratchFileTest, ReadsBackAtAnyPlace) {
  testing::TempDir folder;
  ASSERT_OK_AND_ASSIGN(const auto file, ScratchFile::Make(folder.path()));
  std::string all;
  for (int i = 0; i < 100'000; ++i) {
    EXPECT_EQ(file->size(), static_cast<int64_t>(all.size()));
    const std::string text = std::to_string(i);
    ASSERT_OK(file->Append(text));
    all += text;
  }
  ASSERT_OK(file->Flush());
  std::string read(1000, '\0');
  ASSERT_OK(file->Read(200'000, read.size(), read.data()));
  EXPECT_EQ(read, all.substr(200'000, 1000));
  EXPECT_THAT(file->Read(static_cast<int64_t>(all.size()) - 1, 2, read.data()),
              testing::StatusIs(absl::StatusCode::kDataLoss));
}

TEST(ScratchNumbersTest, RememberWhatWasSetAndAreZeroElsewhere) {
  testing::TempDir folder;
  ASSERT_OK_AND_ASSIGN(const auto numbers, ScratchNumbers::Make(folder.path()));
  std::map<int64_t, int64_t> expected;
  Mixer mixer(3);
  for (int i = 0; i < 3000; ++i) {
    const auto index = static_cast<int64_t>(mixer.Next() % 5000);
    expected[index] = static_cast<int64_t>(mixer.Next());
    ASSERT_OK(numbers->Set(index, expected[index]));
  }
  for (int64_t index = 0; index < 5010; ++index) {
    EXPECT_THAT(numbers->Get(index), testing::IsOkAndHolds(expected[index])) << index;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace regulars
