// Returns over gRPC: what they take back, what follows from it, and what followers are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/store/orders.h"
#include "customer-svc/testing/order_server.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int64_t kMillion = 1'000'000;

class OrderReturnsTest : public OrderServiceTest {
 protected:
  // An order of Ann's of that day of January 2023, with the given lines: "sale cup 5", "return cup
  // 2".
  v1::Order Send(const std::string& receipt, int day, const std::string& lines,
                 const std::string& more = "") {
    auto order = Parse<v1::Order>(more);
    order.set_source("till");
    order.set_receipt_number(receipt);
    order.set_currency_code("EUR");
    order.mutable_order_time()->set_seconds(1672531200 + (day - 1) * 86400);
    if (!order.has_customer_identifier() && more.find("no customer") == std::string::npos) {
      order.set_customer(ann_.name());
    }
    for (const absl::string_view text : absl::StrSplit(lines, ", ")) {
      const std::vector<std::string> words = absl::StrSplit(text, ' ');
      v1::OrderLine& line = *order.add_lines();
      line.set_line_id(absl::StrCat(receipt, order.lines_size()));
      line.set_type(words[0] == "sale" ? v1::OrderLine::TYPE_SALE : v1::OrderLine::TYPE_RETURN);
      line.set_item(words[1]);
      line.set_quantity_micros(std::stoi(words[2]) * kMillion);
      line.set_unit_price_micros(2 * kMillion);
      if (words.size() > 3) line.mutable_return_of()->set_receipt_number(words[3]);
      if (words.size() > 4) line.mutable_return_of()->set_line_id(words[4]);
    }
    const auto sent = Upsert(order);
    EXPECT_OK(sent);
    return sent.ok() ? sent->order() : order;
  }

  // The links of an order as it stands: "b1<-a1x2", and "b1?1" for what is unlinked.
  std::string Links(const v1::Order& order) {
    const auto now = Get(order.name());
    EXPECT_OK(now);
    std::vector<std::string> links;
    for (const v1::OrderLine& line : now->lines()) {
      for (const v1::ReturnLink& link : line.return_links()) {
        links.push_back(absl::StrCat(line.line_id(), "<-", link.line_id(), "x",
                                     link.quantity_micros() / kMillion));
      }
      if (line.unlinked_quantity_micros() != 0) {
        links.push_back(
            absl::StrCat(line.line_id(), "?", line.unlinked_quantity_micros() / kMillion));
      }
    }
    return absl::StrJoin(links, " ");
  }

  int64_t TakenBack(const v1::Order& order, int line) {
    const auto now = Get(order.name());
    EXPECT_OK(now);
    return now->lines(line).returned_quantity_micros() / kMillion;
  }

  const v1::Customer ann_ = MakeCustomer(R"(given_name: "Ann")");
};

TEST_F(OrderReturnsTest, TakeTheMostRecentEarlierLines) {
  const v1::Order a = Send("a", 1, "sale cup 5, sale jug 1");
  const v1::Order b = Send("b", 2, "sale cup 3");
  const v1::Order c = Send("c", 3, "return cup 4, return pot 1");
  EXPECT_EQ(Links(c), "c1<-b1x3 c1<-a1x1 c2?1");
  EXPECT_EQ(TakenBack(a, 0), 1);
  EXPECT_EQ(TakenBack(a, 1), 0);
  EXPECT_EQ(TakenBack(b, 0), 3);
  // An exchange: what is sold with a return is not what it takes back.
  const v1::Order d = Send("d", 4, "return cup 1, sale cup 1");
  EXPECT_EQ(Links(d), "d1<-a1x1");
  EXPECT_EQ(Links(Send("e", 5, "return cup 2")), "e1<-d2x1 e1<-a1x1");
}

TEST_F(OrderReturnsTest, ASaleThatArrivesLateIsLinkedThen) {
  const v1::Order c = Send("c", 3, "return cup 4");
  EXPECT_EQ(Links(c), "c1?4");
  const int64_t position = Position();
  const v1::Order a = Send("a", 1, "sale cup 5");
  EXPECT_EQ(Links(c), "c1<-a1x4");
  EXPECT_THAT(server_.EventsAfter(position),
              ElementsAre("order_recorded " + ann_.name(), "order_changed " + ann_.name()));
  const auto changed = server_.NewestEvent<v1::OrderChanged>();
  EXPECT_EQ(changed.order().order(), c.name());
  EXPECT_EQ(changed.previous_customer(), ann_.name());
  ASSERT_EQ(changed.order().lines(0).return_links_size(), 1);
  EXPECT_EQ(changed.order().lines(0).return_links(0).order(), a.name());
  Send("b", 2, "sale cup 3");
  EXPECT_EQ(Links(c), "c1<-b1x3 c1<-a1x1");
  // Later than the return, or of something else: nothing to tell.
  const int64_t quiet = Position();
  Send("d", 4, "sale cup 3, sale jug 1");
  Send("e", 1, "sale jug 1");
  EXPECT_THAT(server_.EventsAfter(quiet),
              ElementsAre("order_recorded " + ann_.name(), "order_recorded " + ann_.name()));
}

TEST_F(OrderReturnsTest, WhatACancelledReturnHadTakenIsFreeAgain) {
  Send("a", 1, "sale cup 2");
  const v1::Order b = Send("b", 2, "return cup 2");
  const v1::Order c = Send("c", 3, "return cup 1");
  EXPECT_EQ(Links(c), "c1?1");
  ASSERT_OK(Cancel(b.name()));
  EXPECT_EQ(Links(c), "c1<-a1x1");
  EXPECT_EQ(Links(b), "b1?2");
}

TEST_F(OrderReturnsTest, TheEventOfACancellationTellsWhatNoLongerCounts) {
  Send("a", 1, "sale cup 2");
  const v1::Order b = Send("b", 2, "return cup 2");
  ASSERT_OK(Cancel(b.name()));
  const auto cancelled = server_.NewestEvent<v1::OrderCancelled>();
  EXPECT_EQ(cancelled.order().lines(0).return_links_size(), 1);
  EXPECT_EQ(cancelled.order().totals().returned_amount().micros(), 4 * kMillion);
}

TEST_F(OrderReturnsTest, TheSoldLineMayBeNamed) {
  const v1::Order c = Send("c", 3, "return cup 3 a a1");
  EXPECT_EQ(Links(c), "c1?3") << "an order not known is no error";
  const v1::Order a = Send("a", 1, "sale cup 2, sale cup 5");
  EXPECT_EQ(Links(c), "c1<-a1x2 c1?1") << "no more than the line has";
  // Those who name a line are served before those who name none, whenever they come.
  const v1::Order b = Send("b", 2, "return cup 6");
  EXPECT_EQ(Links(b), "b1<-a2x5 b1?1");
  const v1::Order d = Send("d", 9, "return cup 4 a");
  EXPECT_EQ(Links(d), "d1<-a2x4") << "of the lines of its item, in their order";
  EXPECT_EQ(Links(b), "b1<-a2x1 b1?5");
  // By the order's name, and without a customer.
  auto named = Parse<v1::Order>(R"(source: "shop" receipt_number: "1" currency_code: "EUR"
      order_time { seconds: 1674000000 }
      lines { type: TYPE_RETURN item: "cup" quantity_micros: 9000000 })");
  named.mutable_lines(0)->mutable_return_of()->set_order(a.name());
  ASSERT_OK_AND_ASSIGN(const auto sent, Upsert(named));
  EXPECT_EQ(sent.order().lines(0).return_links(0).quantity_micros(), kMillion);
  EXPECT_EQ(sent.order().lines(0).return_of().order(), a.name());
  EXPECT_EQ(Links(b), "b1?6");
}

TEST_F(OrderReturnsTest, ALinkTellsTheSoldLinesItem) {
  Send("a", 1, "sale kite 1");
  const v1::Order b = Send("b", 2, "return kite-2 1 a a1");
  ASSERT_EQ(b.lines(0).return_links_size(), 1);
  EXPECT_EQ(b.lines(0).return_links(0).item(), "kite");
  EXPECT_EQ(server_.NewestEvent<v1::OrderRecorded>().order().lines(0).return_links(0).item(),
            "kite");
}

TEST_F(OrderReturnsTest, ReturnsWithoutACustomerAreLinkedOnceClaimed) {
  Send("a", 1, "sale cup 2");
  auto order = Parse<v1::Order>(R"(source: "till" receipt_number: "b" currency_code: "EUR"
      order_time { seconds: 1672700000 }
      lines { line_id: "b1" type: TYPE_RETURN item: "cup" quantity_micros: 1000000 })");
  ASSERT_OK_AND_ASSIGN(const auto sent, Upsert(order));
  EXPECT_EQ(Links(sent.order()), "b1?1");
  EXPECT_EQ(server_.NewestEvent<v1::OrderRecorded>().order().customer(), "");
  const int64_t version = server_.NewestEvent<v1::OrderRecorded>().order().version();
  EXPECT_GT(version, 0);
  order.set_name(sent.order().name());
  order.set_customer(ann_.name());
  ASSERT_OK(Update(order, {"customer"}));
  EXPECT_EQ(Links(sent.order()), "b1<-a1x1");
  EXPECT_EQ(server_.NewestEvent<v1::OrderChanged>().previous_customer(), "");
  EXPECT_GT(server_.NewestEvent<v1::OrderChanged>().order().version(), version);
}

TEST_F(OrderReturnsTest, OrdersOfADeletedCustomerStayWithout) {
  const v1::Order a = Send("a", 1, "sale cup 2");
  const v1::Order b = Send("b", 2, "return cup 2");
  const int64_t position = Position();
  v1::DeleteCustomerRequest request;
  request.set_name(ann_.name());
  request.set_force(true);
  ASSERT_OK(server_.Call(&Customers::DeleteCustomer, request));
  EXPECT_THAT(server_.EventsAfter(position), ElementsAre("customer_deleted " + ann_.name()));
  EXPECT_EQ(Links(b), "b1<-a1x2") << "followers were told of it, and are told nothing else";
  EXPECT_EQ(TakenBack(a, 0), 2);
  ASSERT_OK_AND_ASSIGN(const v1::Order now, Get(a.name()));
  EXPECT_EQ(now.customer(), "");
  EXPECT_NE(now.etag(), a.etag());
  EXPECT_EQ(server_.Count("purchase_summary") + server_.Count("purchase_day"), 0);
  // A task takes the key off them, however far it has come by now; nobody sees a difference.
  EXPECT_OK(server_.server().store().Write([](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto departed,
                          tx.Sql("SELECT customer FROM departed_customer").First<int64_t>());
    for (bool more = departed.has_value(); more;) {
      ABSL_ASSIGN_OR_RETURN(more, orders::DetachNext(tx, *departed));
    }
    return absl::OkStatus();
  }));
  EXPECT_EQ(server_.Count("customer_order WHERE customer IS NOT NULL"), 0);
  for (const char* table : {"open_sale", "unnamed_return", "departed_customer"}) {
    EXPECT_EQ(server_.Count(table), 0) << table;
  }
  ASSERT_OK_AND_ASSIGN(const v1::Order then, Get(a.name()));
  EXPECT_EQ(then.SerializeAsString(), now.SerializeAsString());
  EXPECT_EQ(Links(b), "b1<-a1x2");
}

TEST_F(OrderReturnsTest, LinksOfADeletedCustomerGoWithTheirLines) {
  const v1::Order a = Send("a", 1, "sale cup 3, sale jug 1, sale pot 2");
  const v1::Order b = Send("b", 2, "return cup 2, return jug 1, return pot 1");
  EXPECT_EQ(Links(b), "b1<-a1x2 b2<-a2x1 b3<-a3x1");
  v1::DeleteCustomerRequest request;
  request.set_name(ann_.name());
  request.set_force(true);
  ASSERT_OK(server_.Call(&Customers::DeleteCustomer, request));
  // A return that names the line comes before those that do not.
  const v1::Order c = Send("c", 3, "return cup 2 a a1", "till: 'no customer'");
  EXPECT_EQ(Links(c), "c1<-a1x2");
  EXPECT_EQ(Links(b), "b1<-a1x1 b1?1 b2<-a2x1 b3<-a3x1");
  EXPECT_EQ(server_.NewestEvent<v1::OrderChanged>().order().order(), b.name());
  // A line that is another one now.
  Send("a", 1, "sale cup 3, sale mug 1, sale pot 2", "till: 'no customer'");
  EXPECT_EQ(Links(b), "b1<-a1x1 b1?1 b2?1 b3<-a3x1");
  ASSERT_OK(Cancel(a.name()));
  EXPECT_EQ(Links(b), "b1?2 b2?1 b3?1");
  EXPECT_EQ(server_.Count("return_link"), 0);
}

TEST_F(OrderReturnsTest, FollowersAreToldAllButPersons) {
  Send("a", 1, "sale cup 3");
  const v1::Order order =
      Send("b", 2, "return cup 1, sale jug 2", "store: 'bath' till: '7' staff: '12' country: 'GB'");
  ASSERT_EQ(server_.Count("feed WHERE type = 'regulars.customer.order_recorded.v1' AND "
                          "realm = 'bath'"),
            1);
  // The country moved with the order: that is told after it.
  EXPECT_THAT(server_.EventsAfter(Position() - 1), ElementsAre("customer_updated " + ann_.name()));
  EXPECT_THAT(server_.NewestEvent<v1::CustomerUpdated>().changed_fields().paths(),
              ElementsAre("country"));
  ASSERT_OK(Cancel(order.name()));
  EXPECT_EQ(GetCustomer(ann_.name()).country(), "");
}

TEST_F(OrderReturnsTest, TheCountryIsThatOfTheLatestOrderThatSaysOne) {
  const auto country = [&] { return GetCustomer(ann_.name()).country(); };
  Send("r", 9, "return cup 1", "country: 'DE'");
  EXPECT_EQ(country(), "DE") << "for who only returned, the latest return";
  const v1::Order a = Send("a", 2, "sale cup 1", "country: 'GB'");
  EXPECT_EQ(country(), "GB");
  Send("b", 1, "sale cup 1", "country: 'FR'");
  EXPECT_EQ(country(), "GB") << "an earlier order";
  Send("c", 3, "sale cup 1");
  EXPECT_EQ(country(), "GB") << "a later one that says none";
  const v1::Order d = Send("d", 2, "sale cup 1", "country: 'IT'");
  EXPECT_EQ(country(), "IT") << "of the same time the later arrival";
  ASSERT_OK(Cancel(d.name()));
  EXPECT_EQ(country(), "GB");
  v1::UpdateCustomerRequest update;
  update.mutable_customer()->set_name(ann_.name());
  update.mutable_customer()->set_country("US");
  ASSERT_OK(server_.Call(&Customers::UpdateCustomer, update));
  const int64_t position = Position();
  Send("e", 5, "sale jug 1", "country: 'FR'");
  EXPECT_EQ(country(), "US") << "a caller has set it";
  EXPECT_THAT(server_.EventsAfter(position), ElementsAre("order_recorded " + ann_.name()));
}

}  // namespace
}  // namespace regulars::customer
