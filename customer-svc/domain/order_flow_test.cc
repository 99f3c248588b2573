#include "customer-svc/domain/order_flow.h"

#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;

absl::Time At(int64_t second) { return absl::FromUnixSeconds(second); }

OrderFlow GoodFlow() {
  return {.shipments = {{"s1", "dhl", "00340", At(300), At(100), At(200)}, {.id = "s2"}},
          .invoices = {{"2023-1", 2'500'000, At(100), At(200), At(900)}, {.number = "2023-2"}},
          .payments = {{"p1", "card", 2'500'000, "2023-1", At(200), At(150)},
                       {.id = "p2", .amount_micros = -500'000}}};
}

absl::Status Check(const OrderFlow& flow) {
  Faults faults;
  CheckFlow(flow, faults);
  return faults.ToStatus();
}

TEST(OrderFlowTest, GoodFlowsPass) {
  EXPECT_OK(Check({}));
  EXPECT_OK(Check(GoodFlow()));
}

TEST(OrderFlowTest, RefusesWhatIsNone) {
  struct Case {
    const char* reason;
    const char* field;
    void (*spoil)(OrderFlow&);
  };
  const std::vector<Case> cases = {
      {"INVALID_SHIPMENT_ID", "shipments[0].shipment_id",
       [](OrderFlow& f) { f.shipments[0].id = ""; }},
      {"DUPLICATE_SHIPMENT_ID", "shipments[1].shipment_id",
       [](OrderFlow& f) { f.shipments[1].id = "s1"; }},
      {"INVALID_CARRIER", "shipments[0].carrier",
       [](OrderFlow& f) { f.shipments[0].carrier = "DHL!"; }},
      {"INVALID_TEXT", "shipments[0].tracking_number",
       [](OrderFlow& f) { f.shipments[0].tracking_number = std::string(101, '1'); }},
      {"FLOW_TIME_OUT_OF_RANGE", "shipments[0].promise_time",
       [](OrderFlow& f) { f.shipments[0].promise_time = At(-1); }},
      {"FLOW_TIME_OUT_OF_RANGE", "shipments[0].deliver_time",
       [](OrderFlow& f) { f.shipments[0].deliver_time = At(99); }},
      {"TOO_MANY_SHIPMENTS", "shipments", [](OrderFlow& f) { f.shipments.resize(101); }},
      {"INVALID_INVOICE_NUMBER", "invoices[1].invoice_number",
       [](OrderFlow& f) { f.invoices[1].number = "a\nb"; }},
      {"DUPLICATE_INVOICE_NUMBER", "invoices[1].invoice_number",
       [](OrderFlow& f) { f.invoices[1].number = "2023-1"; }},
      {"FLOW_TIME_OUT_OF_RANGE", "invoices[0].due_time",
       [](OrderFlow& f) { f.invoices[0].due_time = At(99); }},
      {"TOO_MANY_INVOICES", "invoices", [](OrderFlow& f) { f.invoices.resize(101); }},
      {"DUPLICATE_PAYMENT_ID", "payments[1].payment_id",
       [](OrderFlow& f) { f.payments[1].id = "p1"; }},
      {"INVALID_METHOD", "payments[0].method", [](OrderFlow& f) { f.payments[0].method = "Card"; }},
      {"INVALID_AMOUNT", "payments[0].amount_micros",
       [](OrderFlow& f) { f.payments[0].amount_micros = 0; }},
      {"INVALID_TEXT", "payments[0].invoice_number",
       [](OrderFlow& f) { f.payments[0].invoice_number = "\xff"; }},
      {"TOO_MANY_PAYMENTS", "payments", [](OrderFlow& f) { f.payments.resize(101); }},
  };
  for (const Case& c : cases) {
    OrderFlow flow = GoodFlow();
    c.spoil(flow);
    const absl::Status status = Check(flow);
    EXPECT_THAT(status, HasReason(c.reason)) << c.field;
    EXPECT_EQ(GetErrorDetails(status).violations.at(0).field, c.field);
  }
}

TEST(OrderFlowTest, ListsThatNothingIsSaidOfStay) {
  const OrderFlow before = GoodFlow();
  OrderFlow after;
  KeepFlow(before, after);
  EXPECT_EQ(after, before);
  OrderFlow other{.shipments = {{.id = "s9"}}};
  KeepFlow(before, other);
  EXPECT_EQ(other.shipments.size(), 1u);
  EXPECT_EQ(other.payments, before.payments);
}

}  // namespace
}  // namespace regulars::customer
