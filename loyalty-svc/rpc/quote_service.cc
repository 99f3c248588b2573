#include "loyalty-svc/rpc/quote_service.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "loyalty-svc/domain/quote.h"
#include "loyalty-svc/rpc/member_service.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/programmes.h"
#include "regulars/loyalty/v1/quote_service.grpc.pb.h"

namespace regulars::loyalty {
namespace {

constexpr int kMaxLines = 2000;
constexpr size_t kMaxItemCharacters = 100;
// So that the lines of a basket add up within 64 bits.
constexpr int64_t kMaxAmountMicros = 1'000'000'000'000'000;

absl::StatusOr<BasketLine> ReadLine(const v1::BasketLine& line) {
  if (!v1::BasketLine::Kind_IsValid(line.kind())) {
    return FieldError("kind", "INVALID_KIND", "is no Kind");
  }
  if (!IsValidUtf8(line.item()) || HasControls(line.item()) ||
      CodePointCount(line.item()) > kMaxItemCharacters) {
    return FieldError("item", "INVALID_ITEM",
                      "must be at most 100 characters, none of them a control character");
  }
  if (line.quantity_micros() < 0) {
    return FieldError("quantity_micros", "INVALID_QUANTITY", "must not be negative");
  }
  const bool is_charge = line.kind() == v1::BasketLine::KIND_CHARGE;
  if (line.amount_micros() > kMaxAmountMicros || line.amount_micros() < -kMaxAmountMicros) {
    return FieldError("amount_micros", "AMOUNT_OVERFLOW", "must be at most 10^15 either way");
  }
  if (line.amount_micros() < 0 && !is_charge) {
    return FieldError("amount_micros", "INVALID_AMOUNT", "may be negative for charges only");
  }
  return BasketLine{is_charge ? LineKind::kCharge : LineKind::kProduct, line.amount_micros()};
}

absl::StatusOr<std::vector<BasketLine>> ReadBasket(const v1::QuoteBasketRequest& request) {
  if (request.lines().empty()) return FieldError("lines", "NO_LINES", "must be at least one");
  if (request.lines_size() > kMaxLines) {
    return FieldError("lines", "TOO_MANY_LINES", "must be at most 2000");
  }
  std::vector<BasketLine> basket;
  for (int i = 0; i < request.lines_size(); ++i) {
    const absl::StatusOr<BasketLine> line = ReadLine(request.lines(i));
    if (!line.ok()) return PrefixFields(line.status(), absl::StrCat("lines[", i, "]."));
    basket.push_back(*line);
  }
  return basket;
}

absl::Status CheckCurrency(const v1::QuoteBasketRequest& request, const Programme& programme) {
  if (!IsCurrency(request.currency_code())) {
    return FieldError("currency_code", "INVALID_CURRENCY", "must be an ISO 4217 code");
  }
  if (programme.base_currency.empty()) {
    return FailedPrecondition("BASE_CURRENCY_UNKNOWN",
                              "customer-svc has not told the base currency yet");
  }
  if (programme.base_currency != request.currency_code()) {
    return FieldError("currency_code", "CURRENCY_NOT_BASE",
                      absl::StrCat("must be the base currency, ", programme.base_currency));
  }
  return absl::OkStatus();
}

// The member that the basket is for, if anybody.
absl::StatusOr<std::optional<Member>> FindPayer(Snapshot& db,
                                                const v1::QuoteBasketRequest& request) {
  if (!request.member().empty() && !request.customer().empty()) {
    return FieldError("customer", "MEMBER_AND_CUSTOMER", "must be empty if member is set");
  }
  if (!request.member().empty()) {
    ABSL_ASSIGN_OR_RETURN(Member member, FindMember(db, request.member(), "member"));
    return std::optional<Member>(std::move(member));
  }
  if (request.customer().empty()) return std::optional<Member>();
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        rpc::ParseName("customers", request.customer(), "customer"));
  return members::FindByCustomer(db, customer);
}

v1::QuoteBasketResponse WriteQuote(const Quote& quote, const Programme& programme,
                                   const std::string& currency) {
  v1::QuoteBasketResponse response;
  const auto set = [&](int64_t micros, type::v1::Money& money) {
    money.set_currency_code(currency);
    money.set_micros(micros);
  };
  response.set_points_to_earn(quote.points_to_earn);
  response.set_earning(static_cast<v1::QuoteBasketResponse::Earning>(quote.earning));
  set(quote.eligible_micros, *response.mutable_eligible_amount());
  set(quote.missing_micros, *response.mutable_missing_to_minimum());
  set(quote.basket_micros, *response.mutable_basket_amount());
  response.set_max_points_payable(quote.max_points_payable);
  set(quote.max_payable_micros, *response.mutable_max_payable_amount());
  response.set_payment_limit(static_cast<v1::QuoteBasketResponse::PaymentLimit>(quote.limit));
  set(programme.payment.point_value_micros, *response.mutable_point_value());
  return response;
}

absl::StatusOr<v1::QuoteBasketResponse> QuoteBasket(Snapshot& db,
                                                    const v1::QuoteBasketRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Programme programme, programmes::Load(db));
  ABSL_RETURN_IF_ERROR(CheckCurrency(request, programme));
  ABSL_ASSIGN_OR_RETURN(const auto basket, ReadBasket(request));
  absl::Time time = db.now();
  if (request.has_order_time()) {
    ABSL_ASSIGN_OR_RETURN(time, rpc::FromTimestamp(request.order_time(), "order_time"));
  }
  ABSL_ASSIGN_OR_RETURN(const auto member, FindPayer(db, request));
  ABSL_ASSIGN_OR_RETURN(const RuleRevision revision, programmes::RuleAt(db, time));
  Payer payer;
  if (member) {
    payer = {.points = member->balance.points,
             .is_closed = !member->is_active(),
             .counted_from = member->counted_from.value_or(absl::InfinitePast())};
  }
  const Quote quote = MakeQuote(programme, revision.rule, basket, payer, time);
  v1::QuoteBasketResponse response = WriteQuote(quote, programme, request.currency_code());
  if (member) response.set_member(MemberName(member->id));
  response.set_balance(payer.points);
  return response;
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterQuotes(const rpc::Environment& environment) {
  auto service = std::make_unique<rpc::Service>(environment, v1::QuoteService::service_full_name());
  service->Read("QuoteBasket", QuoteBasket);
  service->Finish();
  return service;
}

}  // namespace regulars::loyalty
