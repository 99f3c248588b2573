// One route as an OpenAPI operation: parameters from its path and query, body, replies, errors,
// security. Used by one thread.
#ifndef GATEWAY_OPENAPI_OPERATIONS_H_
#define GATEWAY_OPENAPI_OPERATIONS_H_

#include <set>
#include <string>

#include "gateway/json/printer.h"
#include "gateway/openapi/path_names.h"
#include "gateway/openapi/schemas.h"
#include "gateway/transcode/route.h"

namespace regulars::gateway {

// The tag of a route's service: "Library", or "Operations (customer)" for one that is shared.
std::string TagOf(const Route& route);

class Operations {
 public:
  Operations(Schemas* schemas, json::Printer* json) : schemas_(*schemas), json_(*json) {}

  void Write(const Route& route, const NamedPath& path);

 private:
  void WriteSummary(const Route& route);
  void WriteParameters(const Route& route, const NamedPath& path);
  void WritePathParameter(const Route& route, const NamedPath& path,
                          const PathParameter& parameter);
  // A field as query parameters: one for a scalar or list, one for each part of a message.
  void WriteQueryParameters(const Route& route, FieldChain* chain);
  void WriteQueryParameter(const FieldChain& chain);
  void WriteBody(const Route& route);
  void WriteReplies(const Route& route, const NamedPath& path);
  void WriteReply(const Route& route);
  void WriteReplySchema(const Route& route);
  void WriteOperationSchema(const Route& route);
  void WriteSecurity(const Route& route);
  std::string OperationId(const Route& route);

  Schemas& schemas_;
  json::Printer& json_;
  std::set<std::string> operation_ids_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_OPENAPI_OPERATIONS_H_
