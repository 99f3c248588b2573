// Which lines of a file speak of the same customers: those that share an identifier, and those that
// share one with a line that does, and so on. What is needed for it lies in scratch files, so that
// memory does not grow with the file.
//
//   ABSL_ASSIGN_OR_RETURN(auto groups, LineGroups::Make(folder));
//   ABSL_RETURN_IF_ERROR(groups->AddIdentifier(fingerprint, row));   // all identifiers, all lines
//   ABSL_RETURN_IF_ERROR(groups->Join());
//   ABSL_RETURN_IF_ERROR(groups->AddLine(place));                    // all lines, in order
//   ABSL_RETURN_IF_ERROR(groups->Finish());
//   while (…) { ABSL_ASSIGN_OR_RETURN(auto group, groups->Next()); … }
//
// A line that shares nothing is in no group. Groups come in the order of their first lines, lines
// in that of the file. Thread-compatible.
#ifndef CUSTOMER_SVC_STORE_LINE_GROUPS_H_
#define CUSTOMER_SVC_STORE_LINE_GROUPS_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/base/fingerprint.h"
#include "chassis/storage/scratch.h"
#include "customer-svc/store/order_codec.h"

namespace regulars::customer {

class LineGroups {
 public:
  // What a group may have at most; it is held in memory.
  static constexpr size_t kMaxLines = 10'000;
  static constexpr int64_t kMaxBytes = 4 << 20;

  // `folder` takes the scratch files.
  static absl::StatusOr<std::unique_ptr<LineGroups>> Make(const std::string& folder);

  absl::Status AddIdentifier(uint64_t fingerprint, int64_t row);
  // No identifier is added after this.
  absl::Status Join();
  // Whether any line is in a group; if not, none need be added.
  bool any() const { return any_; }
  // Whether the line is in one.
  absl::StatusOr<bool> Has(int64_t row) const;

  absl::Status AddLine(const LinePlace& place);
  // No line is added after this.
  absl::Status Finish();
  // A number that differs if the groups do.
  int64_t fingerprint() const { return fingerprint_; }

  struct Group {
    std::vector<LinePlace> lines;
    // It has more than a group may have: this is one piece of it, and all of them are so marked.
    bool too_large = false;
  };
  // The next group, or the next piece of one that is too large; nullopt at the end.
  absl::StatusOr<std::optional<Group>> Next();

 private:
  explicit LineGroups(std::unique_ptr<ScratchNumbers> parents, const std::string& folder);

  absl::StatusOr<int64_t> FirstOf(int64_t row);
  absl::Status Unite(int64_t a, int64_t b);
  absl::Status Advance();
  absl::StatusOr<LinePlace> TakeLine();

  // Identifier and row.
  Sorter identifiers_;
  // Row → one before it in its group, or itself; each plus one, so that 0 is in no group.
  const std::unique_ptr<ScratchNumbers> parents_;
  bool any_ = false;
  // First row of the group, and row → place.
  Sorter lines_;
  Fingerprint print_;
  int64_t fingerprint_ = 0;
  bool on_line_ = false;
  // First row of the group that is too large, and those of its lines that were held.
  std::string too_large_;
  std::deque<LinePlace> held_;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_STORE_LINE_GROUPS_H_
