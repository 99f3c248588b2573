// Fills templates with values: mustache, by kainjow's library.
//
//   ABSL_ASSIGN_OR_RETURN(auto compiled, CompiledTemplate::Compile(content));
//   const Rendered rendered = compiled->Render(values);
//
// A compiled template is immutable; any number of threads may render it.
#ifndef CAMPAIGN_SVC_DOMAIN_RENDER_H_
#define CAMPAIGN_SVC_DOMAIN_RENDER_H_

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "campaign-svc/domain/template.h"

namespace regulars::campaign {

// Values by name, as JSON has them: {"customer": {"given_name": "Ann"}, "order_number": "17"}.
// Empty texts, nulls and empty lists count as missing. Numbers are written as JSON writes them:
// whoever cares about their form sends text.
using Values = nlohmann::json;

// Deepest that values nest, and most of them.
inline constexpr int kMaxValueDepth = 8;
inline constexpr size_t kMaxValues = 2000;
// Largest part after rendering; a list may repeat what is within its section.
inline constexpr size_t kMaxRenderedBytes = size_t{2} << 20;

struct Rendered {
  std::string subject;
  std::string text;
  // Empty if the template has none.
  std::string html;
};

class CompiledTemplate {
 public:
  ~CompiledTemplate();
  // The errors of CheckContent.
  static absl::StatusOr<std::unique_ptr<CompiledTemplate>> Compile(const TemplateContent& content);

  const TemplateUse& use() const { return use_; }

  // INVALID_ARGUMENT with RENDERING_FAILED when a part grows beyond kMaxRenderedBytes. Values must
  // have passed CheckValues.
  absl::StatusOr<Rendered> Render(const Values& values) const;

  // Names that are used, and have neither a fallback nor a value.
  std::vector<std::string> Missing(const Values& values) const;

  // Whether `values` are what a sender may fill: declared names, bounded. INVALID_VARIABLE or
  // UNKNOWN_VARIABLE.
  absl::Status CheckValues(const Values& values) const;

  // The same, and whether nothing lacks: VARIABLE_MISSING for one that is used and has no fallback.
  absl::Status CheckVariables(const Values& values) const;

 private:
  struct Parts;
  CompiledTemplate();
  Values WithFallbacks(const Values& values) const;

  std::vector<TemplateVariable> variables_;
  TemplateUse use_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_RENDER_H_
