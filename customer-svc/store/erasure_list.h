// The list of erasures beside the store ("customer.db.erasures"). A backup that is older than an
// erasure still holds the person; a store that is made of it finds here whom it must forget again.
//
//   ErasureList list(store.path());
//   ABSL_RETURN_IF_ERROR(list.Append({{erasure.id, erasure.customer}}));   // On disk when it
//   returns.
//
// Lines of "<erasure> <customer>", both opaque ids; the same line twice is one. Not thread-safe.
#ifndef CUSTOMER_SVC_STORE_ERASURE_LIST_H_
#define CUSTOMER_SVC_STORE_ERASURE_LIST_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace regulars::customer {

struct ListedErasure {
  std::string id;
  // The id that the customer had.
  std::string customer;
  friend bool operator==(const ListedErasure&, const ListedErasure&) = default;
};

class ErasureList {
 public:
  explicit ErasureList(const std::string& store_path) : path_(store_path + ".erasures") {}

  const std::string& path() const { return path_; }

  // Whether there is a file, or may be one that cannot be looked at.
  bool Exists() const;

  // In the order of their first mention; none if there is no file. What no line of the list is,
  // such as the end of one that a crash cut off, is skipped. UNAVAILABLE if it cannot be read.
  absl::StatusOr<std::vector<ListedErasure>> Read() const;

  // Makes the file, also for none. UNAVAILABLE ERASURE_LIST_UNWRITABLE if it did not come to the
  // disk.
  absl::Status Append(const std::vector<ListedErasure>& erasures) const;

 private:
  const std::string path_;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_STORE_ERASURE_LIST_H_
