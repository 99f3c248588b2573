#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "chassis/csv/reader.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::csv {
namespace {

constexpr int64_t kMemoryAllowed = 8 << 20;
constexpr int64_t kSampleEvery = 1 << 18;  // Records.

int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  statm >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// A header, then `text` again and again until `size` bytes: a file that is never stored.
class EndlessSource : public ByteSource {
 public:
  EndlessSource(std::string header, std::string text, int64_t size)
      : header_(std::move(header)), text_(std::move(text)), size_(size) {}

  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    size_t written = 0;
    while (written < size && at_ < size_) {
      const auto header_size = static_cast<int64_t>(header_.size());
      const absl::string_view rest =
          at_ < header_size ? absl::string_view(header_).substr(at_)
                            : absl::string_view(text_).substr((at_ - header_size) % text_.size());
      const size_t count =
          std::min({size - written, rest.size(), static_cast<size_t>(size_ - at_)});
      std::copy_n(rest.data(), count, to + written);
      written += count;
      at_ += static_cast<int64_t>(count);
    }
    return written;
  }
  absl::Status Seek(int64_t offset) override {
    at_ = offset;
    return absl::OkStatus();
  }

 private:
  const std::string header_;
  const std::string text_;
  const int64_t size_;
  int64_t at_ = 0;
};

struct Totals {
  int64_t records = 0;
  int64_t errors = 0;
};

void ExpectConstantMemory(std::unique_ptr<ByteSource> source, Totals expected) {
  const int64_t before = ResidentBytes();
  int64_t peak = 0;
  ASSERT_OK_AND_ASSIGN(const auto reader, Reader::Open(std::move(source)));
  Totals totals;
  for (;;) {
    // Plain code: matchers allocate, and a sanitizer keeps for a while what was freed.
    const absl::StatusOr<const Record*> next = reader->Next();
    if (!next.ok()) FAIL() << next.status();
    const Record* const record = *next;
    if (record == nullptr) break;
    ++totals.records;
    totals.errors += record->error.has_value();
    if (totals.records % kSampleEvery == 0 || record->error) peak = std::max(peak, ResidentBytes());
  }
  peak = std::max(peak, ResidentBytes());
  EXPECT_EQ(totals.records, expected.records);
  EXPECT_EQ(totals.errors, expected.errors);
  EXPECT_LT(peak - before, kMemoryAllowed);
}

TEST(ReaderMemory, DoesNotGrowWithTheFile) {
  // 128 bytes a record, 2³⁰ bytes of them.
  const std::string start = "\"a \"\"b\"\"\nc\",12345,2020-01-01,";
  const std::string record = start + std::string(127 - start.size(), 'x') + "\n";
  const std::string header = "a,b,c,d\n";
  ExpectConstantMemory(
      std::make_unique<EndlessSource>(header, record, (int64_t{1} << 30) + header.size()),
      {.records = 1 << 23});
}

TEST(ReaderMemory, DoesNotGrowWithALineThatNeverEnds) {
  ExpectConstantMemory(std::make_unique<EndlessSource>("a,b\n", "xxxxxxxx", int64_t{256} << 20),
                       {.records = 1, .errors = 1});
}

TEST(ReaderMemory, DoesNotGrowWithAQuoteThatNeverCloses) {
  // One opening quote, and lines of 16 bytes without any: the records behind the limit are read.
  const int64_t size = int64_t{64} << 20;
  const int64_t lines_in_limit = (kMaxRecordBytes + 15) / 16;
  ExpectConstantMemory(std::make_unique<EndlessSource>("a,b\n\"", "1234567,1234567\n", size + 5),
                       {.records = size / 16 - lines_in_limit + 1, .errors = 1});
}

}  // namespace
}  // namespace regulars::csv
