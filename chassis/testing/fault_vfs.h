// A file system in memory that loses what was not synced, for proving durability.
//
// It keeps every file of a store (database, write-ahead log) as 512-byte sectors, each with its
// synced and its latest content, and the folder likewise: a file that was made is there for good
// once it has been synced. Crash() makes of this what a power cut leaves: of each unsynced sector,
// at random, the old or the new content, so that long writes tear; of each unsynced change of size
// or name, the old or the new state: a log that was cut off is there as a whole, or gone. (SQLite
// relies on that: the first half of a log that has been copied back would undo what came after.)
// Besides, reads, writes and syncs can be made to fail.
//
// One object is one machine: register it, open stores with its name(), crash it, open the store
// again. Thread-safe; several connections (writer and readers) may have a file open.
//
//   FaultVfs disk(seed);
//   {
//     auto store = Store::Open({.path = path, .vfs = disk.name(), …});
//     …
//     disk.StopAfter(17);   // The power fails at the 17th write from now.
//     …
//   }
//   disk.Crash();
//   auto store = Store::Open(…);  // What was acknowledged must be there.
#ifndef CHASSIS_TESTING_FAULT_VFS_H_
#define CHASSIS_TESTING_FAULT_VFS_H_

#include <cstdint>
#include <memory>
#include <string>

namespace regulars::testing {

class FaultVfs {
 public:
  explicit FaultVfs(uint64_t seed);
  ~FaultVfs();  // No connection may be open.
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const std::string& name() const;

  // The power fails at the `writes`-th write, sync, truncation or deletion from now: it and all
  // that come later fail and change nothing.
  void StopAfter(int64_t writes);
  bool stopped() const;

  // Turns the latest state into what the power cut left, and the power on again.
  void Crash();

  // From now on the disk is full: writes that would make a file longer fail. Or it has room again.
  void SetFull(bool full);
  // One in `one_in` reads, writes and syncs fails with an I/O error; 0: none.
  void SetErrorRate(int one_in);

  // Writes and syncs so far.
  int64_t writes() const;
  // How many writes a full disk has refused, and how many I/O errors SetErrorRate() has made.
  int64_t refused() const;
  int64_t errors() const;

  struct Disk;

 private:
  std::unique_ptr<Disk> disk_;
};

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_FAULT_VFS_H_
