#include "gateway/transcode/bindings.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/json/quote.h"
#include "gateway/json/utf8.h"
#include "gateway/transcode/scalar.h"

namespace regulars::gateway {
namespace {

// Appends the value of the chain's last field with its tag, wrapped in the messages before it.
Problem AppendWrapped(const FieldChain& chain, absl::string_view text, std::string* out) {
  std::vector<size_t> starts;
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    wire::AppendVarint(chain[i]->tag, out);
    starts.push_back(wire::BeginLength(out));
  }
  const Field& leaf = *chain.back();
  wire::AppendVarint(leaf.tag, out);
  Problem problem;
  if (leaf.message == nullptr) {
    problem = AppendScalar(leaf, text, out);
  } else {
    const size_t start = wire::BeginLength(out);
    problem = AppendTextMessage(*leaf.message, text, out);
    wire::EndLength(start, out);
  }
  for (; !starts.empty(); starts.pop_back()) wire::EndLength(starts.back(), out);
  return problem;
}

}  // namespace

std::string ChainName(const FieldChain& chain) {
  std::string name;
  for (const Field* field : chain) absl::StrAppend(&name, name.empty() ? "" : ".", field->name);
  return name;
}

void Bindings::SetBodyField(const Field& field, bool given) {
  body_field_ = &field;
  // The first claim cannot fail.
  if (given) ClaimOneofs({&field}).IgnoreError();
}

absl::Status Bindings::AddVariable(const FieldChain& chain, absl::string_view text) {
  variables_.insert(ChainName(chain));
  return Append(chain, text);
}

absl::Status Bindings::AddParameter(const MessageType& request, absl::string_view name,
                                    absl::string_view text) {
  FieldChain chain;
  ABSL_RETURN_IF_ERROR(Resolve(request, name, &chain));
  const Field& leaf = *chain.back();
  // Errors have one spelling, whichever the request has.
  const std::string full_name = ChainName(chain);
  if (leaf.is_map || (leaf.message != nullptr && !HasTextForm(*leaf.message))) {
    return FieldError(full_name, "INVALID_PARAMETER",
                      leaf.is_map ? "is a map, which a query cannot hold"
                                  : "is a message: give its fields, such as \"field.part=value\"");
  }
  if (chain.front() == body_field_) {
    return FieldError(full_name, "INVALID_PARAMETER", "belongs to the body");
  }
  if (variables_.contains(full_name)) {
    return FieldError(full_name, "INVALID_PARAMETER", "is given by the path already");
  }
  if (!leaf.repeated && !lone_parameters_.insert(full_name).second) {
    return FieldError(full_name, "DUPLICATE_FIELD", "is given twice");
  }
  return Append(chain, text);
}

absl::Status Bindings::Resolve(const MessageType& request, absl::string_view name,
                               FieldChain* chain) const {
  const MessageType* type = &request;
  for (absl::string_view part : absl::StrSplit(name, '.')) {
    const Field* const field = type == nullptr ? nullptr : type->FindField(part);
    if (field == nullptr || chain->size() == kMaxParameterDepth) {
      return FieldError(json::Excerpt(name), "UNKNOWN_PARAMETER",
                        absl::StrCat("is no parameter of this method: ", request.full_name,
                                     " has no such field"));
    }
    chain->push_back(field);
    // Parts of a list or of a type with a JSON of its own cannot be named.
    const bool has_parts = field->message != nullptr && !field->repeated &&
                           field->message->special == SpecialJson::kNone;
    type = has_parts ? field->message : nullptr;
  }
  return absl::OkStatus();
}

absl::Status Bindings::ClaimOneofs(const FieldChain& chain) {
  for (size_t i = 0; i < chain.size(); ++i) {
    const Field& field = *chain[i];
    if (field.oneof < 0) continue;
    const auto* oneof = field.descriptor->containing_oneof();
    const FieldChain before(chain.begin(), chain.begin() + i);
    const auto [claim, is_new] =
        oneofs_.try_emplace(absl::StrCat(ChainName(before), "|", oneof->full_name()), &field);
    if (!is_new && claim->second != &field) {
      return FieldError(ChainName(chain), "ONEOF_CONFLICT",
                        absl::StrCat("cannot be given together with '", claim->second->name, "'"));
    }
  }
  return absl::OkStatus();
}

absl::Status Bindings::Append(const FieldChain& chain, absl::string_view text) {
  ABSL_RETURN_IF_ERROR(ClaimOneofs(chain));
  if (!json::IsValidUtf8(text) || text.find('\0') != absl::string_view::npos) {
    return FieldError(ChainName(chain), "INVALID_VALUE", "must be UTF-8 without NUL");
  }
  if (const Problem problem = AppendWrapped(chain, text, out_); !problem.empty()) {
    return FieldError(ChainName(chain), "INVALID_VALUE", problem);
  }
  return absl::OkStatus();
}

}  // namespace regulars::gateway
