// One of so many places, given back at the end of whoever took it.
#ifndef CHASSIS_RPC_PLACE_H_
#define CHASSIS_RPC_PLACE_H_

#include <atomic>

namespace regulars::rpc {

class Place {
 public:
  explicit Place(std::atomic<int>& taken) : taken_(taken) {}
  ~Place() {
    if (mine_) --taken_;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // Takes one of `places`; false when none is free. Called once.
  bool Take(int places) {
    mine_ = ++taken_ <= places;
    if (!mine_) --taken_;
    return mine_;
  }

 private:
  std::atomic<int>& taken_;
  bool mine_ = false;
};

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_PLACE_H_
