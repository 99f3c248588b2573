// Watches whether this process's own gRPC server takes connections: one that has once run out of
// files never does again, and serves those that it has as if nothing were wrong.
//
//   ListenerWatch watch({.address = "0.0.0.0:7101", .port = 7101, .lost = [] { RequestEnd(); }});
//   watch.Status()  →  OK, or why not
//
// It connects and waits for the server's first bytes, on a thread of its own. A server that it has
// never reached, as behind a firewall, is not watched. Thread-safe.
#ifndef CHASSIS_SERVER_LISTENER_WATCH_H_
#define CHASSIS_SERVER_LISTENER_WATCH_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace regulars {

class ListenerWatch {
 public:
  // So many failures in a row, and the server is lost.
  static constexpr int kLostAfter = 3;

  struct Options {
    // host:port that the server was told to listen on, and the port that it took.
    std::string address;
    int port = 0;
    // Whether it speaks TLS.
    bool tls = false;
    absl::Duration interval = absl::Seconds(10);
    // How long one attempt waits for an answer.
    absl::Duration patience = absl::Seconds(10);
    // Called once, on the watch's thread.
    std::function<void()> lost;
  };

  explicit ListenerWatch(Options options);
  ~ListenerWatch();  // Stop().

  // Ends an attempt under way, too.
  void Stop();

  // OK, or UNAVAILABLE with NO_CONNECTIONS while the last attempt failed.
  absl::Status Status() const;

 private:
  // Where the server listens, as for connect().
  struct Place {
    int family = 0;
    std::string address;
  };

  void Run();
  bool Pause();
  absl::Status Try() const;
  absl::Status TryAt(const Place& place) const;
  absl::Status Await(int socket, short events, absl::Duration end) const;  // NOLINT: as poll().
  void Note(const absl::Status& tried);

  const Options options_;
  std::string greeting_;
  std::vector<Place> places_;
  int stop_event_ = -1;   // Readable once Stop() was called.
  bool reached_ = false;  // The thread's alone, as the next.
  int failures_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // Guarded by mutex_, as the next.
  absl::Status status_;
  std::thread thread_;
};

}  // namespace regulars

#endif  // CHASSIS_SERVER_LISTENER_WATCH_H_
