// Any bytes at all: no crash, and reading in small pieces or from a record's position gives what
// reading at once gives. The first byte chooses charset and limits.
#include <cstdint>
#include <string>
#include <vector>

#include "chassis/base/check.h"
#include "chassis/base/text.h"
#include "chassis/csv/reader.h"
#include "chassis/csv/small_pieces.h"

namespace regulars::csv {
namespace {

struct Seen {
  Position position;
  std::vector<std::string> fields;
  bool error = false;

  friend bool operator==(const Seen&, const Seen&) = default;
};

std::vector<Seen> ReadOn(Reader& reader) {
  std::vector<Seen> all;
  for (;;) {
    const absl::StatusOr<const Record*> record = reader.Next();
    CHECK(record.ok());  // A buffer never fails.
    if (*record == nullptr) return all;
    for (const absl::string_view field : (*record)->fields) {
      CHECK(IsValidUtf8(field) && field.find('\0') == absl::string_view::npos);
    }
    all.push_back({(*record)->position,
                   {(*record)->fields.begin(), (*record)->fields.end()},
                   (*record)->error.has_value()});
  }
}

void Check(absl::string_view bytes, const Options& options) {
  auto whole = Reader::Open(std::make_unique<SmallPieces>(bytes, bytes.size() + 1), options);
  auto pieces = Reader::Open(std::make_unique<SmallPieces>(bytes, 3), options);
  CHECK(whole.status() == pieces.status());
  if (!whole.ok()) return;
  CHECK((*whole)->header() == (*pieces)->header());
  const std::vector<Seen> all = ReadOn(**whole);
  CHECK(ReadOn(**pieces) == all);
  if (all.empty()) return;
  const size_t middle = all.size() / 2;
  CHECK((*pieces)->Seek(all[middle].position).ok());
  CHECK(ReadOn(**pieces) == std::vector<Seen>(all.begin() + middle, all.end()));
}

}  // namespace
}  // namespace regulars::csv

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  regulars::csv::Options options;
  options.charset = static_cast<regulars::csv::Charset>(data[0] & 3);
  options.max_record_bytes =
      4096;  // What the fuzzer writes is not longer; smaller buffers are faster.
  if ((data[0] & 4) != 0) {
    options.max_record_bytes = 32;
    options.max_field_bytes = 8;
    options.max_columns = 4;
  }
  regulars::csv::Check({reinterpret_cast<const char*>(data) + 1, size - 1}, options);
  return 0;
}
