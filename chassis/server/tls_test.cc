#include "chassis/server/tls.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars {
namespace {

// Two authorities, each with a certificate for "localhost", made by the openssl command.
class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { dir = new testing::TempDir(); }
  static void TearDownTestSuite() { delete dir; }

  void SetUp() override {
    if (std::system("command -v openssl >/dev/null 2>&1") != 0) GTEST_SKIP() << "needs openssl";
    for (const char* name : {"ours", "theirs"}) {
      if (std::system(absl::StrCat("test -f ", File(name, "key")).c_str()) == 0) continue;
      ASSERT_EQ(
          std::system(absl::StrCat("openssl req -x509 -newkey ec -pkeyopt "
                                   "ec_paramgen_curve:P-256 -nodes -days 2 -subj "
                                   "/CN=localhost -addext subjectAltName=DNS:localhost "
                                   "-keyout ",
                                   File(name, "key"), " -out ", File(name, "pem"), " 2>/dev/null")
                          .c_str()),
          0);
    }
  }

  static std::string File(const std::string& name, const std::string& suffix) {
    return dir->File(name + "." + suffix);
  }

  // What a call by `caller` meets at a server with `server`: UNIMPLEMENTED, as it has no method,
  // when they come together; UNAVAILABLE when they do not.
  grpc::StatusCode Meet(const TlsFiles& server, const TlsFiles& caller) {
    auto accepts = ServerCredentials(server);
    auto shows = ChannelCredentials(caller);
    EXPECT_OK(accepts);
    EXPECT_OK(shows);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", *accepts, &port);
    grpc::CallbackGenericService service;  // Answers UNIMPLEMENTED to everything.
    builder.RegisterCallbackGenericService(&service);
    auto listening = builder.BuildAndStart();
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("localhost");
    auto channel = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port), *shows, arguments);
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    const grpc::Slice nothing;
    grpc::ByteBuffer request(&nothing, 1);
    grpc::ByteBuffer reply;
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<grpc::StatusCode> code;
    stub.UnaryCall(&context, "/x/Y", grpc::StubOptions(), &request, &reply,
                   [&](const grpc::Status& status) {
                     std::lock_guard lock(mutex);
                     code = status.error_code();
                     changed.notify_one();
                   });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return code.has_value(); });
    lock.unlock();
    listening->Shutdown();
    return *code;
  }

  static testing::TempDir* dir;
};

testing::TempDir* TlsTest::dir = nullptr;

TEST_F(TlsTest, LetsInThoseWhoAreMeantToBe) {
  const std::string ours = File("ours", "pem"), our_key = File("ours", "key");
  const std::string theirs = File("theirs", "pem"), their_key = File("theirs", "key");
  const TlsFiles plain, with_tls{ours, our_key, ""}, mutual{ours, our_key, ours};
  constexpr auto kMet = grpc::StatusCode::UNIMPLEMENTED;
  constexpr auto kApart = grpc::StatusCode::UNAVAILABLE;
  struct Case {
    const char* name;
    TlsFiles server, caller;
    grpc::StatusCode want;
  };
  const Case cases[] = {
      {"plain text", plain, plain, kMet},
      {"TLS", with_tls, {"", "", ours}, kMet},
      {"TLS server, caller in plain text", with_tls, plain, kApart},
      {"another authority's server", with_tls, {"", "", theirs}, kApart},
      {"mutual", mutual, {ours, our_key, ours}, kMet},
      {"mutual, without a certificate", mutual, {"", "", ours}, kApart},
      {"mutual, with a stranger's", mutual, {theirs, their_key, ours}, kApart},
  };
  for (const Case& c : cases) EXPECT_EQ(Meet(c.server, c.caller), c.want) << c.name;
}

TEST_F(TlsTest, NamesTheFileItCannotRead) {
  EXPECT_THAT(ServerCredentials({"/nowhere/a.pem", "/nowhere/a.key", ""}).status(),
              testing::HasReason("FILE_UNREADABLE"));
  EXPECT_THAT(ChannelCredentials({"", "", "/nowhere/ca.pem"}).status(),
              testing::HasReason("FILE_UNREADABLE"));
}

TEST_F(TlsTest, RefusesAKeyThatIsNotTheCertificates) {
  const std::string ours = File("ours", "pem"), our_key = File("ours", "key");
  const std::string their_key = File("theirs", "key"), rsa_key = File("rsa", "key");
  ASSERT_EQ(std::system(absl::StrCat("openssl genrsa -out ", rsa_key, " 2048 2>/dev/null").c_str()),
            0);
  EXPECT_OK(CheckCertificate(ours, our_key));
  struct Case {
    const char* name;
    std::string certificate, key, names;
  };
  const Case cases[] = {
      {"another's key", ours, their_key, their_key},
      {"a key of another kind", ours, rsa_key, rsa_key},
      {"a certificate for a key", ours, ours, ours},
      {"a key for a certificate", our_key, our_key, our_key},
  };
  for (const Case& c : cases) {
    for (const absl::Status& said : {CheckCertificate(c.certificate, c.key),
                                     ServerCredentials({c.certificate, c.key, ""}).status(),
                                     ChannelCredentials({c.certificate, c.key, ours}).status()}) {
      EXPECT_THAT(said, testing::HasReason("TLS_UNUSABLE")) << c.name;
      EXPECT_THAT(said.message(), ::testing::HasSubstr(c.names)) << c.name;
    }
  }
}

}  // namespace
}  // namespace regulars
