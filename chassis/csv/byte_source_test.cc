#include "chassis/csv/byte_source.h"

#include <gtest/gtest.h>

#include <fstream>

#include "chassis/testing/status_matchers.h"

namespace regulars::csv {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::IsOkAndHolds;

std::string ReadAll(ByteSource& source, size_t piece) {
  std::string all;
  std::string buffer(piece, '\0');
  for (;;) {
    const absl::StatusOr<size_t> got = source.Read(buffer.data(), piece);
    EXPECT_OK(got);
    if (!got.ok() || *got == 0) return all;
    all.append(buffer, 0, *got);
  }
}

void ExpectReadsAndSeeks(ByteSource& source, const std::string& contents) {
  EXPECT_EQ(ReadAll(source, 3), contents);
  ASSERT_OK(source.Seek(4));
  EXPECT_EQ(ReadAll(source, 100), contents.substr(4));
  ASSERT_OK(source.Seek(1'000'000));
  EXPECT_EQ(ReadAll(source, 100), "");
  EXPECT_THAT(source.Seek(-1), HasReason("OFFSET_NEGATIVE"));
}

TEST(ByteSource, BufferReadsAndSeeks) {
  const std::string contents("0123456789\0\xFF", 12);
  BufferSource source(contents);
  ExpectReadsAndSeeks(source, contents);
}

TEST(ByteSource, FileReadsAndSeeks) {
  const std::string path = ::testing::TempDir() + "/byte_source_test.csv";
  const std::string contents("0123456789\0\xFF", 12);
  std::ofstream(path) << contents;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<ByteSource> source, FileSource::Open(path));
  ExpectReadsAndSeeks(*source, contents);
}

TEST(ByteSource, WhatIsNoFileIsRefused) {
  EXPECT_THAT(FileSource::Open("/nowhere/at/all").status(), HasReason("FILE_UNREADABLE"));
  // A directory opens and cannot be read.
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<ByteSource> folder,
                       FileSource::Open(::testing::TempDir()));
  char byte;
  EXPECT_THAT(folder->Read(&byte, 1).status(), HasReason("FILE_UNREADABLE"));
}

}  // namespace
}  // namespace regulars::csv
