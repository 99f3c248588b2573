// Whether the disk has room again. A store whose disk is full can often be written to a little, in
// what its log has left, and that says nothing.
#ifndef CHASSIS_STORAGE_ROOM_H_
#define CHASSIS_STORAGE_ROOM_H_

#include "absl/status/status.h"
#include "chassis/storage/statement.h"

namespace regulars {

// Writes a file of 1 MiB beside the store and takes it away again. RESOURCE_EXHAUSTED with
// STORE_FULL, UNAVAILABLE with STORE_IO.
absl::Status CheckRoom(const ConnectionOptions& store);

}  // namespace regulars

#endif  // CHASSIS_STORAGE_ROOM_H_
