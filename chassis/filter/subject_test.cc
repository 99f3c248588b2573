// Calls that count one thing among many: events("product_viewed", "30d").count.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/filter/check.h"
#include "chassis/filter/evaluate.h"
#include "chassis/filter/sql.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::filter {
namespace {

using regulars::testing::IsOk;

constexpr int64_t kCount = 1;

Schema EventSchema() {
  Schema schema;
  schema.Add(WindowCall{
      .name = "events",
      .fields = {{.name = "count",
                  .type = Type::kInt64,
                  .handle = kCount,
                  .window_sql = [](const Window& window) -> SqlFragment {
                    return {"SELECT n FROM seen WHERE what = ?", {window.subject}};
                  }}},
      .step = absl::Hours(24),
      .takes_subject =
          [](absl::string_view text) { return !text.empty() && absl::ascii_islower(text[0]); },
      .example_subject = "viewed"});
  return schema;
}

// Gives the length of the subject's name.
class NameLengths : public Record {
 public:
  Value Get(const FieldRef&) const override { return Value(); }
  WindowValue GetOver(const FieldRef& field, const Window& window) const override {
    EXPECT_EQ(field.key, window.subject);
    return {.value = static_cast<int64_t>(field.key.size())};
  }
};

bool Holds(const std::string& text) {
  const absl::StatusOr<Expression> expression = Compile(text, EventSchema());
  EXPECT_OK(expression) << text;
  return expression.ok() &&
         Evaluate(*expression, NameLengths(), absl::UnixEpoch(), absl::UTCTimeZone()).matches;
}

TEST(SubjectTest, RecordsAndSqlAreToldWhatIsCounted) {
  EXPECT_TRUE(Holds("events(\"viewed\", \"30d\").count = 6"));
  EXPECT_TRUE(Holds("events(added, 2w).count = 5"));
  EXPECT_FALSE(Holds("events(added, 2w).count = 6"));
  ASSERT_OK_AND_ASSIGN(const Expression expression,
                       Compile("events(viewed, 1d).count > 0", EventSchema()));
  const SqlFragment sql = ToSql(expression, absl::UnixEpoch(), absl::UTCTimeZone());
  ASSERT_EQ(sql.parameters.size(), 2u);
  EXPECT_EQ(std::get<std::string>(sql.parameters[0]), "viewed");
}

TEST(SubjectTest, TwoSubjectsAreTwoFieldsAndReadBackAsWritten) {
  const Schema schema = EventSchema();
  ASSERT_OK_AND_ASSIGN(const Expression expression,
                       Compile("events(a, 1d).count = 1 AND events(b, 1d).count = 1", schema));
  EXPECT_EQ(expression.Fields().size(), 2u);
  EXPECT_EQ(expression.ToText(),
            "events(\"a\", \"1d\").count = 1 AND events(\"b\", \"1d\").count = 1");
  ASSERT_OK_AND_ASSIGN(const Expression again, Compile(expression.ToText(), schema));
  EXPECT_EQ(again, expression);
}

TEST(SubjectTest, MistakesSayWhatToWrite) {
  struct Case {
    const char* text;
    const char* says;
  };
  const std::vector<Case> cases = {
      {"events(\"30d\").count = 1", "such as events(\"viewed\", \"30d\").count"},
      {"events().count = 1", "such as events(\"viewed\", \"30d\").count"},
      {"events(\"Viewed\", \"30d\").count = 1", "what it counts and one length of time"},
      {"events(viewed, 30d, 1d).count = 1", "what it counts and one length of time"},
      {"events(viewed, 36h).count = 1", "a multiple of 1d"},
      {"events(viewed, many).count = 1", "such as events(\"viewed\", \"30d\").count"},
      {"events.count = 1", "events(\"viewed\", \"30d\").count"},
      {"events(viewed, 1d) = 1", "say which figure"},
  };
  for (const Case& c : cases) {
    const absl::Status status = Compile(c.text, EventSchema()).status();
    EXPECT_THAT(status, ::testing::Not(IsOk())) << c.text;
    EXPECT_TRUE(absl::StrContains(status.message(), c.says)) << c.text << ": " << status.message();
  }
}

}  // namespace
}  // namespace regulars::filter
