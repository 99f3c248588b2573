#include "campaign-svc/domain/template.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "campaign-svc/domain/html_walk.h"
#include "campaign-svc/domain/template_tags.h"
#include "campaign-svc/domain/text_rules.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"

namespace regulars::campaign {
namespace {

constexpr size_t kMaxSubject = 500;
constexpr size_t kMaxText = 100'000;
constexpr size_t kMaxHtml = 300'000;
constexpr size_t kMaxVariables = 100;
constexpr size_t kMaxFallback = 500;
constexpr size_t kMaxNesting = 10;
constexpr size_t kMaxVariableName = 63;
constexpr size_t kMaxShownName = 60;

constexpr char kAttributes[] = "customer.attributes.";
constexpr char kRecommendations[] = "recommendations";

// Names that are always there, but for attributes and the list of recommendations.
constexpr std::array<absl::string_view, 14> kBuiltIn = {
    "company.name",          "company.postal_address",
    "customer.company",      "customer.country",
    "customer.display_name", "customer.email",
    "customer.family_name",  "customer.given_name",
    "customer.language",     "customer.time_zone",
    "links.unsubscribe",     "loyalty.balance",
    "loyalty.member",        "loyalty.tier"};
constexpr std::array<absl::string_view, 6> kRecommendation = {"image_url", "item",  "price",
                                                              "reason",    "title", "url"};

absl::Status Invalid(absl::string_view field, absl::string_view description) {
  return FieldError(field, "INVALID_TEMPLATE", description);
}

bool IsAttribute(absl::string_view name) {
  return absl::ConsumePrefix(&name, kAttributes) && !name.empty() && !absl::StrContains(name, '.');
}

bool IsBuiltIn(absl::string_view name) {
  return IsAttribute(name) || std::find(kBuiltIn.begin(), kBuiltIn.end(), name) != kBuiltIn.end();
}

bool IsVariableName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxVariableName && absl::ascii_islower(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

// The first part of a declared name: "order" of "order.number".
absl::string_view Root(absl::string_view name) { return name.substr(0, name.find('.')); }

// Whether browsers read what the attribute holds as code or as a page.
bool IsCode(absl::string_view attribute) {
  return absl::StartsWith(attribute, "on") || attribute == "style" || attribute == "srcdoc";
}

// Walks the tags of one part and looks at each name from where it stands.
class PartChecker {
 public:
  PartChecker(const TemplateContent& content, TemplateUse& use) : content_(content), use_(use) {}

  absl::Status Check(absl::string_view text, bool html) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<Tag> tags, ReadTags(text));
    HtmlWalk walk;
    size_t at = 0;
    for (const Tag& tag : tags) {
      ABSL_RETURN_IF_ERROR(CheckTag(tag, html));
      if (!html) continue;
      walk.Over(text, at, tag.begin);
      at = tag.end;
      if (tag.kind == Tag::kValue) ABSL_RETURN_IF_ERROR(CheckPlace(tag, walk));
    }
    if (!open_.empty()) {
      return Fault(open_.back(),
                   absl::StrCat("the section '", open_.back().name, "' is not closed"));
    }
    if (!html) return absl::OkStatus();
    walk.Over(text, at, text.size());
    return CheckEnd(text, walk);
  }

 private:
  static absl::Status Fault(const Tag& tag, absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("line ", tag.line, ": ", what));
  }

  // What is added at the end of a page, a link to unsubscribe, must be seen there.
  static absl::Status CheckEnd(absl::string_view page, const HtmlWalk& walk) {
    const std::string unclosed = walk.Unclosed();
    if (unclosed.empty()) return absl::OkStatus();
    const auto line = 1 + std::count(page.begin(), page.begin() + walk.opened_at(), '\n');
    return absl::InvalidArgumentError(
        absl::StrCat("line ", line, ": ", unclosed, " is not closed"));
  }

  // Escaping keeps a value within quotes, and within text; not where a space ends it, nor where
  // code is made of what was unescaped.
  static absl::Status CheckPlace(const Tag& tag, const HtmlWalk& walk) {
    switch (walk.place()) {
      case HtmlPlace::kText:
        return absl::OkStatus();
      case HtmlPlace::kQuoted:
        if (!IsCode(walk.attribute())) return absl::OkStatus();
        return Fault(tag, absl::StrCat("'", tag.name, "' cannot stand in the attribute '",
                                       EscapeForLog(walk.attribute(), kMaxShownName),
                                       "': escaping does not hold there"));
      case HtmlPlace::kCode:
        return Fault(tag, absl::StrCat("'", tag.name, "' cannot stand within <", walk.element(),
                                       ">: escaping does not hold there"));
      case HtmlPlace::kUnquoted:
        return Fault(tag, absl::StrCat("the attribute that holds '", tag.name, "' needs quotes"));
      case HtmlPlace::kTag:
        break;
    }
    return Fault(tag, absl::StrCat("'", tag.name, "' cannot stand for an attribute"));
  }

  absl::Status CheckTag(const Tag& tag, bool html) {
    switch (tag.kind) {
      case Tag::kComment:
        return absl::OkStatus();
      case Tag::kEnd:
        if (open_.empty() || open_.back().name != tag.name) {
          return Fault(tag, absl::StrCat("the section '", tag.name, "' is not the one to close"));
        }
        open_.pop_back();
        return absl::OkStatus();
      case Tag::kUnescaped:
        if (html) return Fault(tag, "values cannot stand unescaped in HTML");
        return CheckName(tag);
      case Tag::kValue:
        return CheckName(tag);
      case Tag::kSection:
      case Tag::kInverted:
        ABSL_RETURN_IF_ERROR(CheckName(tag));
        if (open_.size() == kMaxNesting) return Fault(tag, "sections are nested more than 10 deep");
        open_.push_back(tag);
        return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  // Within a section over what a sender fills, the names are the sender's.
  bool WithinDeclared() const {
    return std::any_of(open_.begin(), open_.end(), [this](const Tag& tag) {
      return tag.kind == Tag::kSection && FindDeclared(Root(tag.name));
    });
  }
  bool WithinRecommendations() const {
    return std::any_of(open_.begin(), open_.end(), [](const Tag& tag) {
      return tag.kind == Tag::kSection && tag.name == kRecommendations;
    });
  }
  bool FindDeclared(absl::string_view name) const {
    return std::any_of(content_.variables.begin(), content_.variables.end(),
                       [&](const TemplateVariable& variable) { return variable.name == name; });
  }

  absl::Status CheckName(const Tag& tag) {
    const absl::string_view name = tag.name;
    const bool section = tag.kind == Tag::kSection || tag.kind == Tag::kInverted;
    if (name == kRecommendations ? section : IsBuiltIn(name)) {
      use_.names.emplace(name);
      return absl::OkStatus();
    }
    if (FindDeclared(Root(name)) && IsDeclared(name)) {
      use_.names.emplace(Root(name));
      return absl::OkStatus();
    }
    if (WithinRecommendations() &&
        std::find(kRecommendation.begin(), kRecommendation.end(), name) != kRecommendation.end()) {
      return absl::OkStatus();
    }
    if (WithinDeclared()) return absl::OkStatus();
    if (name == kRecommendations) return Fault(tag, "'recommendations' is a list: open a section");
    return Fault(tag, absl::StrCat("nobody fills '", name, "'"));
  }

  const TemplateContent& content_;
  TemplateUse& use_;
  std::vector<Tag> open_;
};

absl::Status CheckVariables(const std::vector<TemplateVariable>& variables) {
  if (variables.size() > kMaxVariables) return Invalid("variables", "must be at most 100");
  std::set<absl::string_view> seen;
  for (size_t i = 0; i < variables.size(); ++i) {
    const TemplateVariable& variable = variables[i];
    const std::string field = absl::StrCat("variables[", i, "]");
    if (!IsBuiltIn(variable.name) &&
        (!IsVariableName(variable.name) || !IsDeclared(variable.name))) {
      return Invalid(field + ".name",
                     "must be [a-z][a-z0-9_]{0,62}, or a name that is always there");
    }
    if (!seen.insert(variable.name).second) {
      return Invalid(field + ".name", "is there already");
    }
    ABSL_RETURN_IF_ERROR(
        CheckText(field + ".fallback", variable.fallback.value_or(""), kMaxFallback));
    ABSL_RETURN_IF_ERROR(CheckText(field + ".description", variable.description, kMaxFallback));
  }
  return absl::OkStatus();
}

absl::Status CheckPart(absl::string_view field, const TemplateContent& content,
                       absl::string_view text, TemplateUse& use) {
  const absl::Status status = PartChecker(content, use).Check(text, field == "html");
  if (status.ok()) return status;
  return Invalid(field, std::string(status.message()));
}

}  // namespace

bool TemplateUse::Uses(absl::string_view source) const {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return Root(name) == source; });
}

std::vector<std::string> TemplateUse::Attributes() const {
  std::vector<std::string> ids;
  for (absl::string_view name : names) {
    if (absl::ConsumePrefix(&name, kAttributes)) ids.emplace_back(name);
  }
  return ids;
}

bool IsDeclared(absl::string_view name) {
  const absl::string_view root = Root(name);
  return root != "customer" && root != "loyalty" && root != "company" && root != "links" &&
         root != kRecommendations;
}

absl::StatusOr<TemplateUse> CheckContent(const TemplateContent& content) {
  if (OneLine(content.subject).empty()) return Invalid("subject", "must not be empty");
  ABSL_RETURN_IF_ERROR(CheckText("subject", content.subject, kMaxSubject));
  ABSL_RETURN_IF_ERROR(CheckProse("text", content.text, kMaxText));
  ABSL_RETURN_IF_ERROR(CheckProse("html", content.html, kMaxHtml));
  if (content.text.empty() && content.html.empty()) {
    return Invalid("text", "must not be empty where there is no html");
  }
  ABSL_RETURN_IF_ERROR(CheckVariables(content.variables));
  TemplateUse use;
  ABSL_RETURN_IF_ERROR(CheckPart("subject", content, content.subject, use));
  ABSL_RETURN_IF_ERROR(CheckPart("text", content, content.text, use));
  ABSL_RETURN_IF_ERROR(CheckPart("html", content, content.html, use));
  return use;
}

}  // namespace regulars::campaign
