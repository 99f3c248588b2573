#include "gateway/http/spawn.h"

#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/time/time.h"
#include "chassis/observe/log.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;

// What throws at once again must not take the loop from everybody else.
constexpr absl::Duration kRest = absl::Milliseconds(50);

}  // namespace

void Spawn(asio::io_context& io, std::string complaint, asio::awaitable<void> coroutine) {
  asio::co_spawn(io, std::move(coroutine),
                 [complaint = std::move(complaint)](const std::exception_ptr& thrown) {
                   Complain(complaint, thrown);
                 });
}

void SpawnAgain(asio::io_context& io, std::string complaint,
                std::function<asio::awaitable<void>()> make) {
  asio::awaitable<void> coroutine = make();
  asio::co_spawn(io, std::move(coroutine),
                 [&io, complaint = std::move(complaint),
                  make = std::move(make)](const std::exception_ptr& thrown) {
                   if (!Complain(complaint, thrown)) return;
                   const auto rest = std::make_shared<asio::steady_timer>(io);
                   rest->expires_after(absl::ToChronoMilliseconds(kRest));
                   rest->async_wait([&io, complaint, make, rest](boost::system::error_code) {
                     SpawnAgain(io, complaint, make);
                   });
                 });
}

bool Complain(absl::string_view complaint, const std::exception_ptr& thrown) {
  if (thrown == nullptr) return false;
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    LogWarning(complaint, {{"why", error.what()}});
  } catch (...) {
    LogWarning(complaint, {{"why", "no standard exception"}});
  }
  return true;
}

}  // namespace regulars::gateway
