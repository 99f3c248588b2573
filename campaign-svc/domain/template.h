// Templates: what they say, whether it can be rendered, and which values it asks for.
//
// Pure and thread-safe.
#ifndef CAMPAIGN_SVC_DOMAIN_TEMPLATE_H_
#define CAMPAIGN_SVC_DOMAIN_TEMPLATE_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::campaign {

enum class Channel { kEmail = 1 };
enum class Purpose { kMarketing = 1, kTransactional = 2 };

// See TemplateVariable in template.proto.
struct TemplateVariable {
  std::string name;
  std::optional<std::string> fallback;
  std::string description;
  friend bool operator==(const TemplateVariable&, const TemplateVariable&) = default;
};

struct TemplateContent {
  std::string subject;
  std::string text;
  std::string html;
  std::vector<TemplateVariable> variables;
  friend bool operator==(const TemplateContent&, const TemplateContent&) = default;
};

struct Template {
  int64_t key = 0;
  std::string id;
  std::string display_name;
  Channel channel = Channel::kEmail;
  Purpose purpose = Purpose::kMarketing;
  // What its readers consent to; "" for transactional ones.
  std::string topic;
  // Number of the newest content.
  int64_t number = 0;
  // Counts the changes of the resource.
  int64_t version = 1;
  absl::Time create_time;
  absl::Time update_time;
};

// Which values a content asks for.
struct TemplateUse {
  // Names in full: "customer.given_name", "order_number", "recommendations". Names within a section
  // over a list are the list's own, and not among them.
  std::set<std::string> names;

  // Whether any name begins with `source` or is it: "loyalty".
  bool Uses(absl::string_view source) const;
  // The ids of the customers' own attributes among them.
  std::vector<std::string> Attributes() const;
};

// Checks a whole content: sizes, characters, syntax, names. INVALID_ARGUMENT with INVALID_TEMPLATE,
// FIELD_TOO_LONG or INVALID_TEXT, and the field at fault ("subject", "variables[2].name").
absl::StatusOr<TemplateUse> CheckContent(const TemplateContent& content);

// Whether senders fill this name themselves: it is none of those that are always there.
bool IsDeclared(absl::string_view name);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_TEMPLATE_H_
