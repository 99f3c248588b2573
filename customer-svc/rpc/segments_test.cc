// Segments over the wire: their life, their members, who may see them.
#include "customer-svc/testing/segment_fixture.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(SegmentsTest, ANewSegmentFindsItsMembersAndKeepsThem) {
  const std::string ann = Customer("GB");
  const std::string bea = Customer("FR");
  ASSERT_OK_AND_ASSIGN(const v1::Segment made, Create("gb", "country = GB"));
  EXPECT_EQ(made.name(), "segments/gb");
  EXPECT_EQ(made.display_name(), "gb");
  EXPECT_EQ(made.state(), v1::Segment::STATE_COMPUTING);
  EXPECT_EQ(made.member_count(), 0);
  EXPECT_FALSE(made.has_ready_time());
  Settle();
  ASSERT_OK_AND_ASSIGN(const v1::Segment ready, Get("gb"));
  EXPECT_EQ(ready.state(), v1::Segment::STATE_READY);
  EXPECT_EQ(ready.member_count(), 1);
  EXPECT_TRUE(ready.has_ready_time());
  EXPECT_EQ(ready.etag(), made.etag()) << "callers have changed nothing";
  EXPECT_THAT(Feed(), ElementsAre("updated gb", "+gb " + ann, "ready gb 1"));

  Move(bea, "GB");
  const std::string cat = Customer("GB");
  Move(ann, "FR");
  EXPECT_THAT(Members("gb"), UnorderedElementsAre(bea, cat));
  EXPECT_THAT(Feed(), ElementsAre("+gb " + bea, "+gb " + cat, "-gb " + ann));
  EXPECT_EQ(Get("gb")->member_count(), 2);
  Move(ann, "DE");
  EXPECT_THAT(Feed(), IsEmpty());
}

TEST_F(SegmentsTest, ANewFilterTellsOnlyTheDifferences) {
  std::vector<std::string> names;
  for (const char* country : {"GB", "GB", "FR", "DE"}) names.push_back(Customer(country));
  CreateAndSettle("s", "country = GB OR country = FR");
  const auto stays = GetMember("s", names[2]);
  server_.clock().Advance(absl::Hours(1));
  Feed();
  Refilter("s", "country = FR OR country = DE");
  Settle();
  EXPECT_THAT(Feed(),
              ::testing::UnorderedElementsAre("updated s", "-s " + names[0], "-s " + names[1],
                                              "+s " + names[3], "ready s 2"));
  EXPECT_THAT(Members("s"), UnorderedElementsAre(names[2], names[3]));
  EXPECT_EQ(GetMember("s", names[2])->enter_time().seconds(), stays->enter_time().seconds());
  EXPECT_EQ(GetMember("s", names[3])->enter_time().seconds(), stays->enter_time().seconds() + 3600);
  EXPECT_EQ(Count("segment_set"), 1) << "what is not needed is deleted";
  EXPECT_EQ(Count("segment_member"), 2);
}

TEST_F(SegmentsTest, UpdateChangesWhatItNames) {
  CreateAndSettle("s", "country = GB");
  ASSERT_OK_AND_ASSIGN(v1::Segment segment, Get("s"));
  Feed();
  v1::Segment change;
  change.set_name("segments/s");
  change.set_display_name("British");
  change.set_description("Those of the islands");
  ASSERT_OK_AND_ASSIGN(const v1::Segment named, Update(change));
  EXPECT_EQ(named.display_name(), "British");
  EXPECT_EQ(named.description(), "Those of the islands");
  EXPECT_EQ(named.filter(), "country = GB");
  EXPECT_EQ(named.state(), v1::Segment::STATE_READY) << "texts do not look for members";
  EXPECT_NE(named.etag(), segment.etag());
  EXPECT_THAT(Feed(), ElementsAre("updated s"));
  EXPECT_OK(Update(change));
  EXPECT_THAT(Feed(), IsEmpty()) << "nothing changed";

  segment.set_display_name("x");
  EXPECT_THAT(Update(segment, {"*"}), HasReason("ETAG_MISMATCH"));
  segment.set_etag(named.etag());
  segment.clear_description();
  ASSERT_OK_AND_ASSIGN(const v1::Segment all, Update(segment, {"*"}));
  EXPECT_EQ(all.description(), "");
  EXPECT_THAT(Update(change, {"nonsense"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_OK(Update(change, {"member_count", "state"}));
  change.set_name("segments/new");
  EXPECT_THAT(Update(change), HasReason("SEGMENT_NOT_FOUND"));
  change.set_filter("country = FR");
  EXPECT_OK(Update(change, {}, /*allow_missing=*/true));
  EXPECT_OK(Get("new"));
}

TEST_F(SegmentsTest, BadSegmentsAreRefused) {
  EXPECT_THAT(Create("gb", "contry = GB"), HasReason("INVALID_FILTER"));
  EXPECT_THAT(Create("gb", " "), HasReason("INVALID_FILTER"));
  for (const std::string& id :
       std::vector<std::string>{"GB", "1gb", "gb-", "g_b", std::string(64, 'g')}) {
    EXPECT_THAT(Create(id, "country = GB"), HasReason("INVALID_SEGMENT_ID")) << id;
  }
  EXPECT_OK(Create(std::string(63, 'g'), "country = GB"));
  EXPECT_THAT(Create(std::string(63, 'g'), "country = GB"), HasReason("SEGMENT_EXISTS"));
  v1::CreateSegmentRequest request;
  request.mutable_segment()->set_filter("country = GB");
  request.mutable_segment()->set_display_name(std::string(201, 'x'));
  EXPECT_THAT(Call(*segments_, &Stub::CreateSegment, request), HasReason("INVALID_TEXT"));
  request.mutable_segment()->set_display_name("x");
  request.mutable_segment()->set_description(std::string(2001, 'x'));
  EXPECT_THAT(Call(*segments_, &Stub::CreateSegment, request), HasReason("INVALID_TEXT"));
  request.mutable_segment()->set_description("");
  request.mutable_segment()->set_name("segments/x");
  EXPECT_THAT(Call(*segments_, &Stub::CreateSegment, request), HasReason("INVALID_NAME"));
  request.mutable_segment()->clear_name();
  ASSERT_OK_AND_ASSIGN(const v1::Segment named, Call(*segments_, &Stub::CreateSegment, request));
  EXPECT_THAT(named.name(), ::testing::MatchesRegex("segments/s[0-9a-z]{26}"));
  EXPECT_THAT(Get("none"), HasReason("SEGMENT_NOT_FOUND"));
}

TEST_F(SegmentsTest, AtMostAThousand) {
  ASSERT_OK(server_.store().Write([](Transaction& tx) {
    return tx
        .Sql(
            "INSERT INTO segment (id, display_name, description, filter, state, error_code, "
            "error_reason, error_message, version, create_time, update_time) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) "
            "SELECT 'a' || i, '', '', 'country = GB', 2, 0, '', '', 1, 0, 0 FROM n")
        .Run();
  }));
  EXPECT_OK(Create("last", "country = GB"));
  EXPECT_THAT(Create("more", "country = GB"), HasReason("TOO_MANY_SEGMENTS"));
  v1::ListSegmentsRequest request;
  request.set_page_size(300);
  std::vector<std::string> names;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Call(*segments_, &Stub::ListSegments, request));
    for (const v1::Segment& segment : page.segments()) names.push_back(segment.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(names.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST_F(SegmentsTest, ValidateOnlyAndRepeatsChangeNothingMore) {
  v1::CreateSegmentRequest request;
  request.set_segment_id("gb");
  request.mutable_segment()->set_filter("country = GB");
  request.set_validate_only(true);
  EXPECT_OK(Call(*segments_, &Stub::CreateSegment, request));
  EXPECT_EQ(Count("segment") + Count("segment_set") + Count("feed"), 0);
  // A plan that was compiled and rolled back is not used for the next, which is another.
  request.mutable_segment()->set_filter("country = FR");
  request.set_validate_only(false);
  request.set_request_id("once");
  ASSERT_OK_AND_ASSIGN(const v1::Segment first, Call(*segments_, &Stub::CreateSegment, request));
  ASSERT_OK_AND_ASSIGN(const v1::Segment again, Call(*segments_, &Stub::CreateSegment, request));
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  Settle();
  const std::string bea = Customer("FR");
  Customer("GB");
  EXPECT_THAT(Members("gb"), ElementsAre(bea));
}

TEST_F(SegmentsTest, DeletingASegmentTakesItAway) {
  const std::string ann = Customer("GB");
  CreateAndSettle("gb", "country = GB AND create_time > ago(\"90d\")");
  CreateAndSettle("other", "country = GB");
  Feed();
  EXPECT_EQ(Count("segment_timer"), 1);
  EXPECT_OK(Delete("gb"));
  EXPECT_THAT(Feed(), ElementsAre("deleted gb"));
  EXPECT_THAT(Get("gb"), HasReason("SEGMENT_NOT_FOUND"));
  EXPECT_THAT(SegmentsOf(ann), IsOkAndHolds(ElementsAre("segments/other")));
  Settle();
  EXPECT_EQ(Count("segment_set"), 1);
  EXPECT_EQ(Count("segment_member"), 1);
  EXPECT_EQ(Count("segment_timer"), 0);
  EXPECT_THAT(Delete("gb"), HasReason("SEGMENT_NOT_FOUND"));
  // The id is free again.
  CreateAndSettle("gb", "country = FR");
  EXPECT_EQ(Get("gb")->member_count(), 0);
}

TEST_F(SegmentsTest, MembersAreListedInPagesById) {
  std::vector<std::string> names;
  for (int i = 0; i < 25; ++i) names.push_back(Customer(i % 2 == 0 ? "GB" : "FR"));
  CreateAndSettle("gb", "country = GB");
  const std::vector<std::string> all = Members("gb");
  EXPECT_EQ(all.size(), 13u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(Members("gb", 4), all);
  EXPECT_EQ(Members("gb", 13), all);
  EXPECT_EQ(Export("gb"), all);
  v1::ListSegmentMembersRequest request;
  request.set_parent("segments/gb");
  request.set_page_size(-1);
  EXPECT_THAT(Call(*segments_, &Stub::ListSegmentMembers, request), HasReason("INVALID_PAGE_SIZE"));
  request.set_parent("segments/none");
  request.set_page_size(1);
  EXPECT_THAT(Call(*segments_, &Stub::ListSegmentMembers, request), HasReason("SEGMENT_NOT_FOUND"));
  EXPECT_THAT(GetMember("gb", names[1]), HasReason("SEGMENT_MEMBER_NOT_FOUND"));
  EXPECT_THAT(GetMember("none", names[0]), HasReason("SEGMENT_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const v1::SegmentMember member, GetMember("gb", names[0]));
  EXPECT_EQ(member.name(), "segments/gb/members/" + names[0].substr(sizeof "customers"));
  EXPECT_EQ(member.customer(), names[0]);
}

TEST_F(SegmentsTest, ACustomersSegments) {
  const std::string ann = Customer("GB", "", {"vip"});
  for (const auto& [id, filter] : std::map<std::string, std::string>{
           {"c", "country = GB"}, {"a", "tags:vip"}, {"b", "tags:new"}, {"d", "NOT tags:new"}}) {
    CreateAndSettle(id, filter);
  }
  EXPECT_THAT(SegmentsOf(ann), IsOkAndHolds(ElementsAre("segments/a", "segments/c", "segments/d")));
  EXPECT_THAT(SegmentsOf("customers/none"), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(SegmentsOf(""), HasReason("NAME_MISSING"));
}

TEST_F(SegmentsTest, CallersLimitedToStoresSeeTheirOwn) {
  const std::string ann = Customer("GB", "s1");
  const std::string bea = Customer("GB", "s2");
  const std::string cat = Customer("GB");
  CreateAndSettle("gb", "country = GB");
  EXPECT_THAT(Members("gb", 1, kOfStore1), ElementsAre(ann));
  EXPECT_THAT(Export("gb", kOfStore1), ElementsAre(ann));
  EXPECT_OK(GetMember("gb", ann, kOfStore1));
  EXPECT_THAT(GetMember("gb", bea, kOfStore1), HasReason("SEGMENT_MEMBER_NOT_FOUND"));
  EXPECT_OK(SegmentsOf(ann, kOfStore1));
  EXPECT_THAT(SegmentsOf(bea, kOfStore1), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_FALSE(Get("gb", kOfStore1)->has_member_count());
  EXPECT_TRUE(Get("gb")->has_member_count());
  EXPECT_THAT(Create("x", "country = GB", kOfStore1), HasReason("STORE_LIMITED"));
  v1::Segment segment;
  segment.set_name("segments/gb");
  segment.set_display_name("x");
  EXPECT_THAT(Update(segment, {}, false, kOfStore1), HasReason("STORE_LIMITED"));
  EXPECT_THAT(Delete("gb", kOfStore1), HasReason("STORE_LIMITED"));
  EXPECT_THAT(Compute(v1::RFM_DAY_TODAY, kOfStore1), HasReason("STORE_LIMITED"));
  EXPECT_THAT(Table(kOfStore1), HasReason("STORE_LIMITED"));
  ASSERT_OK_AND_ASSIGN(const auto preview, Preview("country = GB", 5, kOfStore1));
  EXPECT_EQ(preview.customer_count(), 1);
  EXPECT_EQ(preview.estimated_count(), 1);
  ASSERT_EQ(preview.sample_size(), 1);
  EXPECT_EQ(preview.sample(0).name(), ann);
  EXPECT_EQ(Count("feed WHERE realm = 's1' AND type LIKE '%segment_entered%'"), 1);
}

}  // namespace
}  // namespace regulars::customer
