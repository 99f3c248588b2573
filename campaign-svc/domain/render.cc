#include "campaign-svc/domain/render.h"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <streambuf>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "campaign-svc/domain/html_text.h"
#include "campaign-svc/domain/text_rules.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"

namespace regulars::campaign {
namespace {

namespace mustache = kainjow::mustache;

// As mustache sees a value; nullopt for what counts as missing.
std::optional<mustache::data> ToData(const Values& value) {
  switch (value.type()) {
    case Values::value_t::string:
      if (value.get_ref<const std::string&>().empty()) return std::nullopt;
      return mustache::data(value.get_ref<const std::string&>());
    case Values::value_t::boolean:
      return mustache::data(value.get<bool>());
    case Values::value_t::array: {
      mustache::data list(mustache::data::type::list);
      for (const Values& item : value) {
        if (auto data = ToData(item)) list.push_back(*data);
      }
      if (list.is_empty_list()) return std::nullopt;
      return list;
    }
    case Values::value_t::object: {
      mustache::data object(mustache::data::type::object);
      for (const auto& [name, item] : value.items()) {
        if (auto data = ToData(item)) object.set(name, *data);
      }
      return object;
    }
    case Values::value_t::number_integer:
    case Values::value_t::number_unsigned:
    case Values::value_t::number_float:
      return mustache::data(value.dump());
    default:
      return std::nullopt;
  }
}

bool IsMissing(const Values& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         (value.is_array() && value.empty());
}

// The value of a dotted name, or null.
const Values* Find(const Values& values, absl::string_view name) {
  const Values* at = &values;
  for (const absl::string_view part : absl::StrSplit(name, '.')) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(std::string(part));
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return IsMissing(*at) ? nullptr : at;
}

// Empty text and lists are what their sender says; null says nothing.
bool IsSent(const Values& values, const std::string& name) {
  const auto found = values.find(name);
  return found != values.end() && !found->is_null();
}

void Put(absl::string_view name, const std::string& text, Values& values) {
  Values* at = &values;
  for (const absl::string_view part : absl::StrSplit(name, '.')) {
    if (!at->is_object()) *at = Values::object();
    at = &(*at)[std::string(part)];
  }
  *at = text;
}

// Memory that the values of one part may take, and that its own words may, before what came out is
// looked at. Names of sections are looked up too, hence more than a part may have.
constexpr size_t kValueBytes = 2 * kMaxRenderedBytes;
constexpr size_t kRenderingBytes = size_t{16} << 20;
constexpr size_t kMinRounds = 200;

// What a template looks names up in. Sections may stand in one another, and a long value within a
// list, so a part could grow to any size while it is rendered: it counts how often a section is
// gone through and how long the values are, and gives up.
struct TooLarge {};
class BoundedContext : public mustache::context<std::string> {
 public:
  BoundedContext(const mustache::data* data, size_t rounds) : context(data), rounds_(rounds) {}

  void push(const mustache::data* data) override {
    if (rounds_-- == 0) throw TooLarge();
    context::push(data);
  }

  const mustache::data* get(const std::string& name) const override {
    const mustache::data* found = context::get(name);
    if (found != nullptr && found->is_string()) {
      const size_t size = found->string_value().size();
      if (size > bytes_) throw TooLarge();
      bytes_ -= size;
    }
    return found;
  }

 private:
  size_t rounds_;
  mutable size_t bytes_ = kValueBytes;
};

// What comes out, up to kMaxRenderedBytes.
class BoundedText : public std::streambuf {
 public:
  std::string Take() && { return std::move(text_); }

 protected:
  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    if (text_.size() + static_cast<size_t>(size) > kMaxRenderedBytes) throw TooLarge();
    text_.append(bytes, static_cast<size_t>(size));
    return size;
  }
  int_type overflow(int_type c) override {
    const char byte = traits_type::to_char_type(c);
    xsputn(&byte, 1);
    return c;
  }

 private:
  std::string text_;
};

absl::StatusOr<std::string> RenderPart(mustache::mustache& part, size_t size,
                                       const mustache::data& data) {
  const absl::Status too_large = InvalidArgument("RENDERING_FAILED", "a part grew beyond 2 MiB");
  try {
    BoundedContext context(&data, std::max(kMinRounds, kRenderingBytes / (size + 1)));
    BoundedText text;
    std::ostream out(&text);
    out.exceptions(std::ios::badbit);
    part.render(context, out);
    return std::move(text).Take();
  } catch (const TooLarge&) {
    return too_large;
  }
}

// Counts values and looks at their texts.
absl::Status CheckValue(const std::string& name, const Values& value, int depth, size_t& count) {
  const auto fault = [&](absl::string_view what) {
    return FieldError(absl::StrCat("variables.", name), "INVALID_VARIABLE", what);
  };
  if (depth > kMaxValueDepth) return fault("nests too deep");
  if (++count > kMaxValues) return fault("has too many values");
  if (value.is_string() && (!IsValidUtf8(value.get_ref<const std::string&>()) ||
                            HasControlsInProse(value.get_ref<const std::string&>()))) {
    return fault("holds control characters");
  }
  if (value.is_structured()) {
    for (const Values& item : value) {
      ABSL_RETURN_IF_ERROR(CheckValue(name, item, depth + 1, count));
    }
  }
  return absl::OkStatus();
}

}  // namespace

struct CompiledTemplate::Parts {
  explicit Parts(const TemplateContent& content)
      : subject(content.subject),
        text(content.text),
        html(content.html),
        subject_size(content.subject.size()),
        text_size(content.text.size()),
        html_size(content.html.size()) {
    const auto as_is = [](const std::string& value) { return value; };
    subject.set_custom_escape(as_is);
    text.set_custom_escape(as_is);
  }
  // Rendering writes to these objects only where lambdas or partials fail, which ReadTags() lets
  // none of in; so threads share them.
  mustache::mustache subject;
  mustache::mustache text;
  mustache::mustache html;
  // Bytes of each, as written.
  const size_t subject_size;
  const size_t text_size;
  const size_t html_size;
};

CompiledTemplate::CompiledTemplate() = default;
CompiledTemplate::~CompiledTemplate() = default;

absl::StatusOr<std::unique_ptr<CompiledTemplate>> CompiledTemplate::Compile(
    const TemplateContent& content) {
  std::unique_ptr<CompiledTemplate> compiled(new CompiledTemplate());
  ABSL_ASSIGN_OR_RETURN(compiled->use_, CheckContent(content));
  compiled->variables_ = content.variables;
  compiled->parts_ = std::make_unique<Parts>(content);
  for (const auto* part :
       {&compiled->parts_->subject, &compiled->parts_->text, &compiled->parts_->html}) {
    if (part->is_valid()) continue;
    return InvalidArgument("INVALID_TEMPLATE", part->error_message());
  }
  return compiled;
}

Values CompiledTemplate::WithFallbacks(const Values& values) const {
  Values filled = values;
  for (const TemplateVariable& variable : variables_) {
    if (variable.fallback && !variable.fallback->empty() &&
        Find(values, variable.name) == nullptr) {
      Put(variable.name, *variable.fallback, filled);
    }
  }
  return filled;
}

absl::StatusOr<Rendered> CompiledTemplate::Render(const Values& values) const {
  const mustache::data data =
      ToData(WithFallbacks(values)).value_or(mustache::data(mustache::data::type::object));
  Rendered rendered;
  ABSL_ASSIGN_OR_RETURN(const std::string subject,
                        RenderPart(parts_->subject, parts_->subject_size, data));
  rendered.subject = OneLine(subject);
  ABSL_ASSIGN_OR_RETURN(rendered.text, RenderPart(parts_->text, parts_->text_size, data));
  ABSL_ASSIGN_OR_RETURN(rendered.html, RenderPart(parts_->html, parts_->html_size, data));
  if (rendered.text.empty()) rendered.text = TextOfHtml(rendered.html);
  return rendered;
}

std::vector<std::string> CompiledTemplate::Missing(const Values& values) const {
  const Values filled = WithFallbacks(values);
  std::vector<std::string> missing;
  for (const std::string& name : use_.names) {
    if (Find(filled, name) == nullptr) missing.push_back(name);
  }
  return missing;
}

absl::Status CompiledTemplate::CheckValues(const Values& values) const {
  size_t count = 0;
  for (const auto& [name, value] : values.items()) {
    const bool known = IsDeclared(name) && std::any_of(variables_.begin(), variables_.end(),
                                                       [&name = name](const TemplateVariable& v) {
                                                         return v.name == name;
                                                       });
    if (!known) {
      return FieldError(
          "variables", "UNKNOWN_VARIABLE",
          absl::StrCat("names '", EscapeForLog(name), "', which the template does not declare"));
    }
    ABSL_RETURN_IF_ERROR(CheckValue(name, value, 1, count));
  }
  return absl::OkStatus();
}

absl::Status CompiledTemplate::CheckVariables(const Values& values) const {
  ABSL_RETURN_IF_ERROR(CheckValues(values));
  for (const TemplateVariable& variable : variables_) {
    if (variable.fallback || !IsDeclared(variable.name) || !use_.names.contains(variable.name) ||
        IsSent(values, variable.name)) {
      continue;
    }
    return FieldError("variables", "VARIABLE_MISSING", absl::StrCat("lacks '", variable.name, "'"));
  }
  return absl::OkStatus();
}

}  // namespace regulars::campaign
