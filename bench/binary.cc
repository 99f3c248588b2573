#include "bench/binary.h"

#include <arpa/inet.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/http_load.h"
#include "chassis/auth/key_set.h"
#include "chassis/auth/signing_key.h"
#include "chassis/auth/token.h"
#include "chassis/base/check.h"
#include "chassis/server/version.h"

namespace regulars::bench {
namespace {

constexpr absl::Duration kReadyTime = absl::Seconds(30);
constexpr absl::Duration kLookInterval = absl::Milliseconds(2);

int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

void SendAll(int fd, const std::string& bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t n = write(fd, bytes.data() + sent, bytes.size() - sent);
    CHECK(n > 0);  // The servers are ours and up.
    sent += static_cast<size_t>(n);
  }
}

// Everything until the other side closes; "" if nobody listens.
std::string GetFromAdminPort(int port, const std::string& path) {
  const int fd = Connect(port);
  if (fd < 0) return "";
  SendAll(fd, absl::StrCat("GET ", path, " HTTP/1.0\r\n\r\n"));
  std::string answer;
  char piece[4096];
  for (ssize_t n; (n = read(fd, piece, sizeof piece)) > 0;) {
    answer.append(piece, static_cast<size_t>(n));
  }
  close(fd);
  return answer;
}

bool IsReady(int port) {
  return absl::StrContains(GetFromAdminPort(port, "/readyz").substr(0, 16), " 200");
}

// The number after `key` in a file of the process, which must be there.
double ProcNumber(pid_t pid, const std::string& file, const std::string& key) {
  std::ifstream in(absl::StrCat("/proc/", pid, "/", file));
  for (std::string word; in >> word;) {
    if (double number = 0; word == key && in >> number) return number;
  }
  CHECK(false);  // 0 would meet every target that is a most.
}

}  // namespace

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

Binary::Binary(const std::string& name, const std::vector<std::string>& arguments, int port)
    : port_(port), admin_port_(FreePort()) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::vector<std::string> words = {(folder / name).string(), absl::StrCat("--listen=", address()),
                                    absl::StrCat("--admin-listen=127.0.0.1:", admin_port_)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const absl::Time start = absl::Now();
  pid_ = fork();
  CHECK(pid_ >= 0);
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // It must not outlive a benchmark that is broken off.
    // What it logs is of no interest unless it fails, and then it says so by its exit.
    CHECK(freopen("/dev/null", "w", stderr) != nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  while (!IsReady(admin_port_)) {
    // A program that cannot start has no figures.
    CHECK(absl::Now() < start + kReadyTime && waitpid(pid_, nullptr, WNOHANG) == 0);
    absl::SleepFor(kLookInterval);
  }
  ready_after_ = absl::Now() - start;
}

Binary::~Binary() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

std::string Binary::address() const { return absl::StrCat("127.0.0.1:", port_); }
double Binary::PssMb() const { return ProcNumber(pid_, "smaps_rollup", "Pss:") / 1024; }
double Binary::PeakRssMb() const { return ProcNumber(pid_, "status", "VmHWM:") / 1024; }

double Binary::Metric(const std::string& name) const {
  std::istringstream text(GetFromAdminPort(admin_port_, "/metrics"));
  for (std::string line; std::getline(text, line);) {
    if (absl::StartsWith(line, name + " ")) return std::stod(line.substr(name.size()));
  }
  CHECK(false);  // As above.
}

std::string HttpCall(int port, const std::string& head, const std::string& body) {
  const int fd = Connect(port);
  CHECK(fd >= 0);
  SendAll(fd, head);
  SendAll(fd, body);
  std::string answer;
  size_t size = 0;
  char piece[64 << 10];
  while (size == 0) {
    const ssize_t n = read(fd, piece, sizeof piece);
    CHECK(n > 0);
    answer.append(piece, static_cast<size_t>(n));
    size = AnswerSize(answer);
  }
  close(fd);
  const bool good = answer[9] == '2';
  if (!good) std::fprintf(stderr, "%s%s\n", head.c_str(), answer.c_str());
  CHECK(good);
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

TokenMint::TokenMint(const std::string& folder) : key_file_(folder + "/keys.json") {
  const auth::SigningKey key = auth::SigningKey::Generate();
  std::ofstream(key_file_) << auth::KeySet({key.public_key()}).ToJwks();
  const auth::Caller caller{.principal = "services/bench", .scopes = {"*.*"}};
  const auto token =
      auth::IssueToken(caller, {kTokenIssuer, kTokenAudience}, key, absl::Now(), absl::Hours(1));
  CHECK(token.ok());
  header_ = absl::StrCat("Bearer ", *token);
}

}  // namespace regulars::bench
