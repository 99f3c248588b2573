#include "gateway/json/printer.h"

#include <gtest/gtest.h>

namespace regulars::gateway::json {
namespace {

TEST(Printer, PutsCommasAndIndents) {
  std::string out;
  Printer json(&out);
  json.BeginObject().Text("a", "x\"y").Key("b").BeginArray().Int(-1).Bool(true);
  json.BeginObject().EndObject().Raw("1.5").EndArray().Key("c").BeginArray().EndArray();
  json.EndObject();
  EXPECT_EQ(out,
            "{\n"
            "  \"a\": \"x\\\"y\",\n"
            "  \"b\": [\n"
            "    -1,\n"
            "    true,\n"
            "    {},\n"
            "    1.5\n"
            "  ],\n"
            "  \"c\": []\n"
            "}");
}

}  // namespace
}  // namespace regulars::gateway::json
