// What the demo shop consists of, as plain values.
#ifndef CLI_DEMO_MODEL_H_
#define CLI_DEMO_MODEL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace regulars::demo {

struct Buyer {
  // In the system kSystem.
  std::string external_id;
  std::string given_name;
  std::string family_name;
  // Empty for people.
  std::string company;
  std::string country;
  std::string language;
  std::string time_zone;
  std::string email;
  bool email_verified = false;
  // E.164, or "".
  std::string phone;
  std::string address_line;
  std::string town;
  std::string postal_code;
  // "1985-06-30", or "".
  std::string birthday;
  std::string home_store;
  std::vector<std::string> tags;
  std::string favourite_category;
  std::optional<int64_t> shoe_size;

  friend bool operator==(const Buyer&, const Buyer&) = default;
};

// The sold line that a return takes back.
struct SoldLine {
  std::string receipt_number;
  std::string line_id;

  friend bool operator==(const SoldLine&, const SoldLine&) = default;
};

struct Line {
  std::string line_id;
  // Postage, not goods.
  bool is_charge = false;
  std::string item;
  std::string description;
  int64_t pieces = 1;
  // Millionths of the currency.
  int64_t unit_price_micros = 0;
  int64_t discount_micros = 0;
  int64_t tax_micros = 0;
  // Set: the line takes back.
  std::optional<SoldLine> returns;

  int64_t amount_micros() const { return pieces * unit_price_micros - discount_micros; }
  friend bool operator==(const Line&, const Line&) = default;
};

struct Receipt {
  std::string source;
  std::string number;
  // External id of the customer; "" if nobody knows.
  std::string buyer;
  absl::Time time;
  std::string store;
  std::string till;
  std::string staff;
  std::string channel;
  std::string country;
  std::string currency;
  std::vector<Line> lines;

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

// Something that a customer did in the web shop.
struct Visit {
  std::string message_id;
  std::string buyer;
  std::string event_name;
  std::string item;
  absl::Time time;

  friend bool operator==(const Visit&, const Visit&) = default;
};

// What a customer has said about being written to.
struct ConsentWord {
  std::string buyer;
  std::string channel;
  std::string topic;
  bool granted = true;
  absl::Time time;

  friend bool operator==(const ConsentWord&, const ConsentWord&) = default;
};

}  // namespace regulars::demo

#endif  // CLI_DEMO_MODEL_H_
