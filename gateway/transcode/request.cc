#include "gateway/transcode/request.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/json/quote.h"
#include "gateway/json/utf8.h"
#include "gateway/transcode/bindings.h"
#include "gateway/transcode/json_reader.h"
#include "gateway/transcode/query.h"
#include "gateway/transcode/scalar.h"

namespace regulars::gateway {
namespace {

// Fields of httpbody.proto.
constexpr uint32_t kContentType = wire::Tag(1, wire::kLengthDelimited);
constexpr uint32_t kData = wire::Tag(2, wire::kLengthDelimited);

// What a message that the reader wrote, where each field stands once, says of a field.
struct InBody {
  std::optional<absl::string_view> value;  // As on the wire, after its tag.
  bool another_of_oneof = false;
};

InBody Find(const Field& wanted, absl::string_view message) {
  InBody found;
  wire::Cursor in(message);
  uint32_t tag = 0;
  while (!in.AtEnd() && in.ReadTag(&tag)) {
    const char* const begin = in.position();
    if (!in.Skip(tag)) break;
    if (tag == wanted.tag) {
      found.value = absl::string_view(begin, in.position() - begin);
    } else if (wanted.oneof >= 0) {
      const auto* other = wanted.descriptor->containing_type()->FindFieldByNumber(
          static_cast<int>(wire::NumberOf(tag)));
      found.another_of_oneof |= other->containing_oneof() == wanted.descriptor->containing_oneof();
    }
  }
  return found;
}

bool IsZero(absl::string_view value) {
  return value.find_first_not_of('\0') == absl::string_view::npos;
}

// Refuses a body that says something else than the path about a field of the request.
absl::Status CheckAgreement(const FieldChain& chain, absl::string_view message,
                            absl::string_view text) {
  for (size_t i = 0; i < chain.size(); ++i) {
    const Field& field = *chain[i];
    const InBody found = Find(field, message);
    if (found.another_of_oneof) {
      return FieldError(ChainName(chain), "ONEOF_CONFLICT",
                        "is given by the path and cannot be given together with what the body has");
    }
    if (!found.value) return absl::OkStatus();
    if (i + 1 < chain.size()) {
      wire::Cursor in(*found.value);
      in.ReadBytes(&message);
      continue;
    }
    std::string expected;
    const bool valid = AppendScalar(field, text, &expected).empty();
    const bool agrees = *found.value == expected || (!field.presence && IsZero(*found.value));
    // What is no value at all is told when it is bound.
    if (valid && !agrees) {
      return FieldError(ChainName(chain), "PATH_MISMATCH",
                        "is not the same in the path and the body");
    }
  }
  return absl::OkStatus();
}

void AppendHttpBody(absl::string_view content_type, absl::string_view data, std::string* out) {
  // A header may hold any bytes, a string field only UTF-8: what is not is no content type.
  if (!content_type.empty() && json::IsValidUtf8(content_type)) {
    wire::AppendBytes(kContentType, content_type, out);
  }
  if (!data.empty()) wire::AppendBytes(kData, data, out);
}

void AppendRawBody(const Route& route, const RequestParts& parts, std::string* out) {
  if (route.body == Route::Body::kWhole) {
    AppendHttpBody(parts.content_type, parts.body, out);
    return;
  }
  wire::AppendVarint(route.body_field->tag, out);
  const size_t start = wire::BeginLength(out);
  AppendHttpBody(parts.content_type, parts.body, out);
  wire::EndLength(start, out);
}

absl::Status AppendBody(const Schema& schema, const Route& route, const RequestParts& parts,
                        std::string* out) {
  if (route.body == Route::Body::kNone) {
    if (parts.body.empty()) return absl::OkStatus();
    return InvalidArgument("UNEXPECTED_BODY", "this method takes no body");
  }
  if (route.raw_body) {
    AppendRawBody(route, parts, out);
    return absl::OkStatus();
  }
  if (parts.body.empty()) return absl::OkStatus();
  if (route.body == Route::Body::kWhole) {
    return ReadJsonMessage(schema, *route.method.request, parts.body, {}, out);
  }
  const FieldPath path{.name = route.body_field->name};
  return ReadJsonField(schema, *route.body_field, parts.body, path, out);
}

absl::Status AppendBindings(const Route& route, const RequestParts& parts, Bindings* bindings) {
  for (size_t i = 0; i < route.variables.size(); ++i) {
    ABSL_RETURN_IF_ERROR(bindings->AddVariable(route.variables[i], parts.values[i]));
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<QueryParameter> parameters, ParseQuery(parts.query));
  for (const QueryParameter& parameter : parameters) {
    if (parameter.name.empty()) {
      return InvalidArgument("UNKNOWN_PARAMETER", "the query has a parameter without a name");
    }
    if (route.body == Route::Body::kWhole) {
      return FieldError(json::Excerpt(parameter.name), "UNKNOWN_PARAMETER",
                        "is no parameter: this method takes all from its path and body");
    }
    ABSL_RETURN_IF_ERROR(
        bindings->AddParameter(*route.method.request, parameter.name, parameter.value));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> BuildRequest(const Schema& schema, const Route& route,
                                         const RequestParts& parts) {
  // The matcher gives a value for each variable.
  CHECK(parts.values.size() == route.variables.size());
  std::string out;
  ABSL_RETURN_IF_ERROR(AppendBody(schema, route, parts, &out));
  if (!out.empty() && !route.raw_body) {
    for (size_t i = 0; i < route.variables.size(); ++i) {
      ABSL_RETURN_IF_ERROR(CheckAgreement(route.variables[i], out, parts.values[i]));
    }
  }
  Bindings bindings(&out);
  if (route.body_field != nullptr) bindings.SetBodyField(*route.body_field, !out.empty());
  ABSL_RETURN_IF_ERROR(AppendBindings(route, parts, &bindings));
  return out;
}

absl::StatusOr<std::string> BuildUpload(const Route& route, const RequestParts& parts) {
  CHECK(parts.values.size() == route.variables.size());  // As above.
  std::string out;
  Bindings bindings(&out);
  bindings.SetBodyField(*route.body_field, /*given=*/true);
  ABSL_RETURN_IF_ERROR(AppendBindings(route, parts, &bindings));
  return out;
}

std::string UploadPrefix(const Route& route, absl::string_view content_type, size_t piece_size) {
  std::string inner;
  AppendHttpBody(content_type, {}, &inner);
  wire::AppendVarint(kData, &inner);
  wire::AppendVarint(piece_size, &inner);
  std::string out;
  wire::AppendVarint(route.body_field->tag, &out);
  wire::AppendVarint(inner.size() + piece_size, &out);
  return out + inner;
}

}  // namespace regulars::gateway
