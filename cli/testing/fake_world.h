// A world for tests: a server that gives the answers it was told, a clock that stands, output in
// strings, settings in a temporary folder.
//
//   FakeWorld world;
//   world.SignIn();
//   world.server.Answer("GET /api/customer/v1/customers", R"({"customers": []})");
//   EXPECT_EQ(world.Run({"customer", "list"}), 0);
//   EXPECT_THAT(world.out(), HasSubstr("…"));
#ifndef CLI_TESTING_FAKE_WORLD_H_
#define CLI_TESTING_FAKE_WORLD_H_

#include <deque>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/clock.h"
#include "chassis/base/errors.h"
#include "chassis/testing/temp_dir.h"
#include "cli/config.h"
#include "cli/output.h"
#include "cli/program.h"

namespace regulars::cli {

inline constexpr char kFakeServer[] = "https://crm.example.com";

class FakeServer {
 public:
  struct Seen {
    std::string call;   // "GET /api/customer/v1/customers"
    std::string query;  // "pageSize=50", as it was sent.
    std::string body;
    std::string token;
  };

  // Answers are used up in turn; the last one of a call stays.
  void Answer(const std::string& call, const HttpReply& reply) { answers_[call].push_back(reply); }
  void Answer(const std::string& call, const std::string& json) {
    Answer(call, HttpReply{.status = 200, .body = json});
  }
  // An error in Google's form.
  void Refuse(const std::string& call, int status, const std::string& reason,
              const std::string& code = "INVALID_ARGUMENT", const std::string& more = "") {
    Answer(call, HttpReply{.status = status,
                           .body = absl::StrCat(
                               R"({"error":{"code":)", status, R"(,"message":"no","status":")",
                               code, R"(","details":[{"@type":"x/google.rpc.ErrorInfo","reason":")",
                               reason, "\"}", more, "]}}")});
  }
  // A connection that breaks.
  void Break(const std::string& call, const char* reason) {
    answers_[call].push_back(Error(absl::StatusCode::kUnavailable, "broken", {.reason = reason}));
  }

  absl::StatusOr<HttpReply> Take(const HttpRequest& request) {
    std::string path = request.url.substr(std::min(request.url.find('/', 8), request.url.size()));
    Seen seen{.query = ""};
    if (const size_t question = path.find('?'); question != std::string::npos) {
      seen.query = path.substr(question + 1);
      path.resize(question);
    }
    seen.call = absl::StrCat(request.method, " ", path);
    seen.body = request.body;
    if (request.upload != nullptr) {
      char piece[1024];
      while (true) {
        const absl::StatusOr<size_t> got = request.upload->Read(piece, sizeof piece);
        if (!got.ok() || *got == 0) break;
        seen.body.append(piece, *got);
      }
    }
    for (const auto& [name, value] : request.headers) {
      if (name == "Authorization") seen.token = std::string(absl::StripPrefix(value, "Bearer "));
    }
    this->seen.push_back(seen);
    auto& answers = answers_[seen.call];
    if (answers.empty()) return HttpReply{.status = 500, .body = "not expected: " + seen.call};
    absl::StatusOr<HttpReply> answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    if (answer.ok() && answer->status == 200 && request.on_data) {
      request.on_data(answer->body);
      answer->body.clear();
    }
    return answer;
  }

  std::vector<Seen> seen;

 private:
  std::map<std::string, std::deque<absl::StatusOr<HttpReply>>> answers_;
};

class FakeTransport : public Transport {
 public:
  explicit FakeTransport(FakeServer& server) : server_(server) {}
  absl::StatusOr<HttpReply> Send(const HttpRequest& request) override {
    return server_.Take(request);
  }

 private:
  FakeServer& server_;
};

class FakeWorld {
 public:
  FakeWorld() { env["XDG_CONFIG_HOME"] = folder.path(); }

  // The profile "default", with a token that lives.
  void SignIn() {
    Profile profile{.server = kFakeServer,
                    .account = "ada@example.com",
                    .access_token = "token-1",
                    .expire_time = clock.Now() + absl::Minutes(15),
                    .refresh_token = "refresh-1"};
    Save(profile);
  }
  void Save(const Profile& profile) {
    const absl::Status saved = config().Change([&](Config& config) {
      config.profiles["default"] = profile;
      return absl::OkStatus();
    });
    CHECK(saved.ok());  // A temporary folder can be written.
  }
  ConfigFile config() const { return ConfigFile(folder.File("regulars/config.json")); }

  int Run(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    OutputBuffer buffer(output == nullptr ? *out_.rdbuf() : *output);
    std::ostream out(&buffer);
    World world{.out = out,
                .err = err_,
                .getenv = [this](const char* name) { return env[name]; },
                .clock = clock,
                .zone = absl::FixedTimeZone(2 * 60 * 60),
                .out_width = 0,
                .err_is_terminal = false,
                .ask = [this](absl::string_view question, bool) -> absl::StatusOr<std::string> {
                  asked.push_back(std::string(question));
                  if (typed.empty()) return FailedPrecondition("NO_TERMINAL", "no terminal");
                  std::string answer = typed.front();
                  typed.pop_front();
                  return answer;
                },
                .make_transport =
                    [this](const std::string&) { return std::make_unique<FakeTransport>(server); },
                .wait_for =
                    [this](absl::Duration time) {
                      clock.Advance(time);
                      return absl::OkStatus();
                    },
                .out_error = [&buffer] { return buffer.error(); }};
    return cli::Run(arguments, world);
  }

  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  testing::TempDir folder;
  FakeServer server;
  FakeClock clock{absl::FromUnixSeconds(1'774'958'709)};  // 2026-03-31T12:05:09Z
  std::map<std::string, std::string> env;
  std::deque<std::string> typed;  // What is answered to questions, in turn.
  std::vector<std::string> asked;
  std::streambuf* output = nullptr;  // Takes what is printed, instead of out().

 private:
  std::ostringstream out_;
  std::ostringstream err_;
};

}  // namespace regulars::cli

#endif  // CLI_TESTING_FAKE_WORLD_H_
