// Appends the fields that a URL binds to a request on the wire. Protobuf merges what comes twice:
// fields of a message that stands in pieces come together and lists go on, so each binding is
// written by itself, wrapped in the messages that it is in, after whatever the body brought. What
// the merge would hide is refused: a field given twice, two members of a oneof.
//
// Used by one thread at a time, for one request; `out` must outlive it.
//
//   Bindings bindings(&wire);
//   ABSL_RETURN_IF_ERROR(bindings.AddVariable({customer, name}, "customers/7"));
//   ABSL_RETURN_IF_ERROR(bindings.AddParameter(request_type, "updateMask", "displayName"));
#ifndef GATEWAY_TRANSCODE_BINDINGS_H_
#define GATEWAY_TRANSCODE_BINDINGS_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/transcode/route.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

// Fields that the name of a query parameter may be long.
inline constexpr size_t kMaxParameterDepth = 32;

// "customer.name".
std::string ChainName(const FieldChain& chain);

class Bindings {
 public:
  explicit Bindings(std::string* out) : out_(out) {}

  // The field belongs to the body, so no parameter may name it or what is in it. `given`: the body
  // has set it.
  void SetBodyField(const Field& field, bool given);

  // A variable of the path.
  absl::Status AddVariable(const FieldChain& chain, absl::string_view text);

  // A query parameter, by its name in the request.
  absl::Status AddParameter(const MessageType& request, absl::string_view name,
                            absl::string_view text);

 private:
  absl::Status Resolve(const MessageType& request, absl::string_view name, FieldChain* chain) const;
  // Notes the oneofs on the way; an error if another member was given.
  absl::Status ClaimOneofs(const FieldChain& chain);
  absl::Status Append(const FieldChain& chain, absl::string_view text);

  std::string* const out_;
  const Field* body_field_ = nullptr;
  // By ChainName().
  absl::flat_hash_set<std::string> variables_;
  absl::flat_hash_set<std::string> lone_parameters_;
  // By the oneof's full name and the message it is in, "book|library.v1.Book.place".
  absl::flat_hash_map<std::string, const Field*> oneofs_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_BINDINGS_H_
