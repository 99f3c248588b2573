#include "campaign-svc/delivery/people.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "campaign-svc/domain/message.h"
#include "chassis/base/currency.h"
#include "chassis/base/errors.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "regulars/customer/v1/consent_service.grpc.pb.h"
#include "regulars/loyalty/v1/member_service.grpc.pb.h"
#include "regulars/recommend/v1/recommend_service.grpc.pb.h"

namespace regulars::campaign {
namespace {

constexpr char kEmail[] = "email";

// Where days begin.
struct Zones {
  absl::TimeZone company;
  absl::TimeZone reader;
};

absl::TimeZone ZoneOr(const std::string& name, absl::TimeZone otherwise) {
  absl::TimeZone zone;
  return !name.empty() && absl::LoadTimeZone(name, &zone) ? zone : otherwise;
}

// A date is kept as its beginning where the company is, and is the same date to all; any other time
// falls on the reader's day.
std::string DateOf(absl::Time time, const Zones& zones) {
  const auto day = absl::ToCivilDay(time, zones.company);
  const bool is_date = absl::FromCivil(day, zones.company) == time;
  return absl::FormatTime("%Y-%m-%d", time, is_date ? zones.company : zones.reader);
}

std::string TextOf(const customer::v1::AttributeValue& value, const Zones& zones) {
  using Value = customer::v1::AttributeValue;
  switch (value.value_case()) {
    case Value::kBoolValue:
      return value.bool_value() ? "true" : "";
    case Value::kIntegerValue:
      return absl::StrCat(value.integer_value());
    case Value::kDecimalMicros:
      return FormatMicros(value.decimal_micros());
    case Value::kTextValue:
      return value.text_value();
    case Value::kTimeValue: {
      const auto time = rpc::FromTimestamp(value.time_value(), "value");
      return time.ok() ? DateOf(*time, zones) : "";
    }
    case Value::kEnumValue:
      return value.enum_value();
    case Value::VALUE_NOT_SET:
      break;
  }
  return "";
}

std::string ReasonOf(customer::v1::ContactVerdict verdict) {
  switch (verdict) {
    case customer::v1::CONTACT_VERDICT_CUSTOMER_UNKNOWN:
      return kCustomerGone;
    case customer::v1::CONTACT_VERDICT_NO_ADDRESS:
      return "NO_ADDRESS";
    case customer::v1::CONTACT_VERDICT_WITHDRAWN:
      return "UNSUBSCRIBED";
    case customer::v1::CONTACT_VERDICT_PENDING:
      return "CONSENT_PENDING";
    default:
      return "NO_CONSENT";
  }
}

Person ToPerson(const std::string& customer, const customer::v1::Contact& contact,
                absl::TimeZone company) {
  Person person{.customer = customer};
  person.allowed = contact.allowed();
  if (!person.allowed) person.reason = ReasonOf(contact.verdict());
  // Previews show who has no address, too.
  if (!person.allowed && contact.verdict() != customer::v1::CONTACT_VERDICT_NO_ADDRESS) {
    return person;
  }
  person.address = contact.address();
  person.display_name = contact.display_name();
  Values& values = person.values["customer"];
  values = {{"email", contact.address()},           {"given_name", contact.given_name()},
            {"family_name", contact.family_name()}, {"display_name", contact.display_name()},
            {"company", contact.company()},         {"language", contact.language()},
            {"time_zone", contact.time_zone()},     {"country", contact.country()}};
  const Zones zones{company, ZoneOr(contact.time_zone(), company)};
  for (const auto& [id, value] : contact.attributes()) {
    values["attributes"][id] = TextOf(value, zones);
  }
  return person;
}

// "12.50 GBP", "1500 JPY".
std::string PriceOf(const type::v1::Money& money) {
  return absl::StrCat(FormatAmount(money.micros(), money.currency_code()), " ",
                      money.currency_code());
}

// Names of those of whom there is something to say, and who they are: nobody else needs to be asked
// about.
template <typename Request>
Request RequestFor(Answer& answer, std::map<std::string, Person*>& by_name) {
  Request request;
  for (Person& person : answer.people) {
    if (person.values.empty()) continue;
    const std::string name = rpc::Name("customers", person.customer);
    if (by_name.emplace(name, &person).second) request.add_customers(name);
  }
  return request;
}

// What is wrong with one question need not be wrong with others, so nobody waits for it but those
// it is about.
absl::Status CannotAsk(const absl::Status& why) {
  const std::string text = absl::StrCat("customer-svc: ", why.ToString());
  switch (why.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnknown:
      return FailedPrecondition("CUSTOMERS_UNAVAILABLE", text);
    default:
      return Unavailable("CUSTOMERS_UNAVAILABLE", text, absl::Seconds(30));
  }
}

customer::v1::BatchGetContactsRequest QuestionFor(const Question& question) {
  customer::v1::BatchGetContactsRequest request;
  request.set_channel(kEmail);
  request.set_topic(question.topic);
  request.set_purpose(question.purpose == Purpose::kMarketing
                          ? customer::v1::CONTACT_PURPOSE_MARKETING
                          : customer::v1::CONTACT_PURPOSE_SERVICE);
  for (std::string& id : question.use.Attributes()) {
    request.mutable_attributes()->add_ids(std::move(id));
  }
  request.mutable_attributes();  // None is an answer too.
  return request;
}

constexpr char kFromLoyalty[] = "loyalty";
constexpr char kFromRecommend[] = "recommendations";

// Whether a source has answered; what it is asked for is missing otherwise.
bool Note(SourceTroubles& troubles, const std::string& source, const absl::Status& asked,
          Answer& answer) {
  if (asked.ok()) {
    troubles.Answered(source);
  } else {
    troubles.Failed(source, asked);
    answer.unavailable.insert(source);
  }
  return asked.ok();
}

}  // namespace

absl::StatusOr<Answer> People::Ask(const Origin& origin, const Question& question,
                                   const std::vector<std::string>& customers) const {
  Answer answer;
  if (customers.empty()) return answer;
  if (upstreams_.customer == nullptr) {
    return Unavailable("CUSTOMERS_UNAVAILABLE", "customer-svc is not connected", absl::Minutes(1));
  }
  if (const absl::Status added = AddContacts(origin, question, customers, answer); !added.ok()) {
    return CannotAsk(added);
  }
  if (question.use.Uses("loyalty")) AddLoyalty(origin, answer);
  if (question.use.Uses("recommendations")) AddRecommendations(origin, answer);
  return answer;
}

// As many at once as fit into one reply.
absl::Status People::AddContacts(const Origin& origin, const Question& question,
                                 const std::vector<std::string>& customers, Answer& answer) const {
  auto request = QuestionFor(question);
  size_t at_once = customers.size();
  while (answer.people.size() < customers.size()) {
    const size_t begin = answer.people.size();
    const size_t end = std::min(begin + at_once, customers.size());
    request.clear_customers();
    for (size_t i = begin; i < end; ++i) {
      request.add_customers(rpc::Name("customers", customers[i]));
    }
    const auto reply = upstreams_.customer->Call(
        origin, &customer::v1::ConsentService::Stub::BatchGetContacts, request);
    if (GetErrorDetails(reply.status()).reason == "REPLY_TOO_LARGE" && at_once > 1) {
      at_once = (at_once + 1) / 2;
      continue;
    }
    if (!reply.ok()) return reply.status();
    if (reply->contacts_size() != request.customers_size()) {
      return absl::InternalError("a reply of another size");
    }
    const absl::TimeZone company = ZoneOr(reply->company_time_zone(), absl::UTCTimeZone());
    for (size_t i = begin; i < end; ++i) {
      answer.people.push_back(
          ToPerson(customers[i], reply->contacts(static_cast<int>(i - begin)), company));
    }
  }
  return absl::OkStatus();
}

void People::AddLoyalty(const Origin& origin, Answer& answer) const {
  std::map<std::string, Person*> by_name;
  const auto request = RequestFor<loyalty::v1::BatchGetMembersRequest>(answer, by_name);
  if (by_name.empty()) return;
  if (upstreams_.loyalty == nullptr) {
    answer.unavailable.insert(kFromLoyalty);
    return;
  }
  const auto members = upstreams_.loyalty->Call(
      origin, &loyalty::v1::MemberService::Stub::BatchGetMembers, request, kBlockTimeout);
  if (!Note(*troubles_, kFromLoyalty, members.status(), answer)) return;
  for (const auto& result : members->results()) {
    const auto person = by_name.find(result.customer());
    if (person == by_name.end() || !result.has_member()) continue;
    person->second->values["loyalty"] = {{"member", result.member().name()},
                                         {"balance", absl::StrCat(result.member().balance())},
                                         {"tier", result.member().tier()}};
  }
}

void People::AddRecommendations(const Origin& origin, Answer& answer) const {
  std::map<std::string, Person*> by_name;
  auto request = RequestFor<recommend::v1::BatchRecommendRequest>(answer, by_name);
  if (by_name.empty()) return;
  if (upstreams_.recommend == nullptr) {
    answer.unavailable.insert(kFromRecommend);
    return;
  }
  request.set_count(kRecommendations);
  const auto replies = upstreams_.recommend->Call(
      origin, &recommend::v1::RecommendService::Stub::BatchRecommend, request, kBlockTimeout);
  if (!Note(*troubles_, kFromRecommend, replies.status(), answer)) return;
  for (const auto& reply : replies->responses()) {
    const auto person = by_name.find(reply.customer());
    if (person == by_name.end()) continue;
    Values list = Values::array();
    for (const auto& item : reply.recommendations()) {
      Values one = {{"item", item.item()},
                    {"title", item.title().empty() ? item.item() : item.title()},
                    {"url", item.url()},
                    {"image_url", item.image_url()},
                    {"reason", item.reason().text()}};
      if (item.has_price()) one["price"] = PriceOf(item.price());
      list.push_back(std::move(one));
    }
    person->second->values["recommendations"] = std::move(list);
  }
}

}  // namespace regulars::campaign
