// The schema of conformance.proto and all it imports, made from the generated code.
#ifndef GATEWAY_TESTING_CONFORMANCE_SCHEMA_H_
#define GATEWAY_TESTING_CONFORMANCE_SCHEMA_H_

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <memory>
#include <set>
#include <vector>

#include "conformance.pb.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

inline void AddWithImports(const google::protobuf::FileDescriptor* file,
                           std::set<const google::protobuf::FileDescriptor*>* files) {
  if (!files->insert(file).second) return;
  for (int i = 0; i < file->dependency_count(); ++i) AddWithImports(file->dependency(i), files);
}

inline const Schema& ConformanceSchema() {
  static const Schema* const schema = [] {
    std::set<const google::protobuf::FileDescriptor*> files;
    AddWithImports(conformance::v1::Book::descriptor()->file(), &files);
    AddWithImports(google::rpc::ErrorInfo::descriptor()->file(), &files);
    AddWithImports(google::rpc::Status::descriptor()->file(), &files);
    return Schema::Build({files.begin(), files.end()}).release();
  }();
  return *schema;
}

template <typename Message>
const MessageType& TypeOf() {
  return *ConformanceSchema().FindMessage(Message::descriptor());
}

}  // namespace regulars::gateway

#endif  // GATEWAY_TESTING_CONFORMANCE_SCHEMA_H_
