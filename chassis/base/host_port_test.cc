#include "chassis/base/host_port.h"

#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars {
namespace {

TEST(HostPort, ReadsHostsAndPorts) {
  const struct {
    const char* text;
    const char* host;
    int port;
  } rows[] = {{"127.0.0.1:8080", "127.0.0.1", 8080},
              {"localhost:0", "localhost", 0},
              {"[::1]:65535", "::1", 65535},
              {"0.0.0.0:00080", "0.0.0.0", 80}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    ASSERT_OK_AND_ASSIGN(const HostPort parsed, ParseHostPort("--listen", row.text));
    EXPECT_EQ(parsed.host, row.host);
    EXPECT_EQ(parsed.port, row.port);
  }
}

TEST(HostPort, RefusesWhatIsNeither) {
  for (const char* text :
       {"", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:99999",
        "127.0.0.1:99999999999999999999", "127.0.0.1:-1", "127.0.0.1:+80", "127.0.0.1: 80",
        "127.0.0.1:80x", "::1:80", "[]:80", "[localhost]:80", "http://127.0.0.1:80"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ParseHostPort("--listen", text).status(), testing::HasReason("INVALID_FLAG"));
  }
}

}  // namespace
}  // namespace regulars
