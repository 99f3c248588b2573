// The errors of the document: one schema for all (Google's form, AIP-193), one response for each
// usual HTTP status, and which of them an operation may answer. Pure functions.
#ifndef GATEWAY_OPENAPI_ERRORS_H_
#define GATEWAY_OPENAPI_ERRORS_H_

#include <set>

#include "gateway/json/printer.h"

namespace regulars::gateway {

struct ErrorReplies {
  bool is_public;          // Needs no token.
  bool names_something;    // A resource that may not exist.
  bool changes_something;  // And may collide with another change.
  bool has_body;
  std::set<int> named;  // HTTP statuses that its documentation names, whatever else is true.
};

// Members of an operation's "responses".
void WriteErrorReplies(const ErrorReplies& replies, json::Printer* json);

// Members of components/responses, and the schema "Error" of components/schemas.
void WriteErrorResponses(json::Printer* json);
void WriteErrorSchema(json::Printer* json);

}  // namespace regulars::gateway

#endif  // GATEWAY_OPENAPI_ERRORS_H_
