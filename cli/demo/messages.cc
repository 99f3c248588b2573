#include "cli/demo/messages.h"

#include <utility>

#include "absl/time/time.h"
#include "chassis/base/money.h"
#include "cli/demo/shop.h"

namespace regulars::demo {
namespace {

using cli::Json;

Json ToLine(const Receipt& receipt, const Line& line) {
  Json json = {{"lineId", line.line_id},
               {"type", line.returns ? "TYPE_RETURN" : "TYPE_SALE"},
               {"kind", line.is_charge ? "KIND_CHARGE" : "KIND_PRODUCT"},
               {"item", line.item},
               {"description", line.description},
               {"quantityMicros", line.pieces * kMicrosPerUnit},
               {"unitPriceMicros", line.unit_price_micros},
               {"discountMicros", line.discount_micros},
               {"taxMicros", line.tax_micros}};
  if (line.returns) {
    json["returnOf"] = {{"source", receipt.source},
                        {"receiptNumber", line.returns->receipt_number},
                        {"lineId", line.returns->line_id}};
  }
  return json;
}

void PutText(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

std::string ToText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

Json IdentifierOf(const std::string& buyer) {
  return {{"externalId", {{"system", kSystem}, {"id", buyer}}}};
}

}  // namespace

Json ToUpsert(const Buyer& buyer) {
  Json customer = {
      {"externalIds", Json::array({{{"system", kSystem}, {"id", buyer.external_id}}})},
      {"givenName", buyer.given_name},
      {"familyName", buyer.family_name},
      {"kind", buyer.company.empty() ? "KIND_PERSON" : "KIND_COMPANY"},
      {"country", buyer.country},
      {"language", buyer.language},
      {"timeZone", buyer.time_zone},
      {"emails",
       Json::array(
           {{{"address", buyer.email}, {"primary", true}, {"verified", buyer.email_verified}}})},
      {"addresses", Json::array({{{"label", "delivery"},
                                  {"lines", {buyer.address_line}},
                                  {"locality", buyer.town},
                                  {"postalCode", buyer.postal_code},
                                  {"country", buyer.country},
                                  {"primary", true}}})}};
  PutText(customer, "company", buyer.company);
  PutText(customer, "birthday", buyer.birthday);
  PutText(customer, "homeStore", buyer.home_store);
  if (!buyer.phone.empty()) {
    customer["phones"] =
        Json::array({{{"number", buyer.phone}, {"label", "mobile"}, {"primary", true}}});
  }
  if (!buyer.tags.empty()) customer["tags"] = buyer.tags;
  Json& attributes = customer["attributes"];
  attributes[kFavouriteCategory] = {{"enumValue", buyer.favourite_category}};
  if (buyer.shoe_size) attributes[kShoeSize] = {{"integerValue", *buyer.shoe_size}};
  return {{"customer", std::move(customer)}};
}

Json ToOrder(const Receipt& receipt) {
  Json order = {{"source", receipt.source},
                {"receiptNumber", receipt.number},
                {"orderTime", ToText(receipt.time)},
                {"channel", receipt.channel},
                {"country", receipt.country},
                {"currencyCode", receipt.currency},
                {"taxIncluded", true}};
  PutText(order, "store", receipt.store);
  PutText(order, "till", receipt.till);
  PutText(order, "staff", receipt.staff);
  if (!receipt.buyer.empty()) {
    order["customerIdentifier"] = IdentifierOf(receipt.buyer);
  }
  Json& lines = order["lines"] = Json::array();
  for (const Line& line : receipt.lines) lines.push_back(ToLine(receipt, line));
  return order;
}

Json ToEvent(const Visit& visit) {
  return {{"source", "shop"},
          {"messageId", visit.message_id},
          {"customerIdentifier", IdentifierOf(visit.buyer)},
          {"eventName", visit.event_name},
          {"item", visit.item},
          {"eventTime", ToText(visit.time)}};
}

Json ToConsent(const ConsentWord& word) {
  return {{"customerIdentifier", IdentifierOf(word.buyer)},
          {"channel", word.channel},
          {"topic", word.topic},
          {"state", word.granted ? "STATE_GRANTED" : "STATE_WITHDRAWN"},
          {"source", word.granted ? "checkout" : "unsubscribe-link"},
          {"changeTime", ToText(word.time)}};
}

Json ToAttribute(const Attribute& attribute) {
  Json json = {{"displayName", attribute.display_name}, {"type", attribute.type}};
  if (!attribute.enum_values.empty()) json["enumValues"] = attribute.enum_values;
  return json;
}

Json ToRate(const DayRate& rate) {
  return {{"currencyCode", rate.currency}, {"date", rate.day}, {"rate", rate.rate}};
}

Json ToSegment(const ReadySegment& segment) {
  return {{"displayName", segment.display_name},
          {"description", segment.description},
          {"filter", segment.filter}};
}

}  // namespace regulars::demo
