// Keeps threads of a pool busy, for tests: what is queued meanwhile waits.
//
//   ThreadGate gate;
//   for (int i = 0; i < kThreads; ++i) gate.Hold([&](auto wait) { EXPECT_OK(pool.Post(wait)); });
//   …  // Post tasks; none runs.
//   gate.Release();
//
// Belongs to one thread. Its end releases too.
#ifndef CHASSIS_TESTING_THREAD_GATE_H_
#define CHASSIS_TESTING_THREAD_GATE_H_

#include <future>
#include <memory>
#include <utility>

namespace regulars::testing {

class ThreadGate {
 public:
  // Returns once the thread that `post` hands its argument to, a void(), is in it, or at once where
  // nobody took it.
  template <typename Post>
  void Hold(Post post) {
    auto entered = std::make_shared<std::promise<void>>();
    const std::future<void> held = entered->get_future();
    post([entered = std::move(entered), open = open_] {
      entered->set_value();
      open.wait();
    });
    held.wait();
  }
  void Release() { opened_.set_value(); }

 private:
  std::promise<void> opened_;
  const std::shared_future<void> open_ = opened_.get_future().share();
};

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_THREAD_GATE_H_
