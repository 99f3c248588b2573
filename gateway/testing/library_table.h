// The method table of conformance.proto, with google.longrunning.Operations mounted beside it, as
// the gateway builds its own from the compiled protos.
#ifndef GATEWAY_TESTING_LIBRARY_TABLE_H_
#define GATEWAY_TESTING_LIBRARY_TABLE_H_

#include <google/protobuf/text_format.h>

#include <memory>

#include "absl/strings/string_view.h"
#include "chassis/base/check.h"
#include "gateway/transcode/method_table.h"

extern "C" const char regulars_conformance_protoset[];
extern "C" const char regulars_conformance_protoset_end[];

namespace regulars::gateway {

inline const Descriptors& LibraryDescriptors() {
  static const Descriptors* const descriptors =
      Descriptors::Parse(
          {regulars_conformance_protoset,
           static_cast<size_t>(regulars_conformance_protoset_end - regulars_conformance_protoset)})
          .value()
          .release();
  return *descriptors;
}

inline google::api::HttpRule Rule(const std::string& text) {
  google::api::HttpRule rule;
  CHECK(google::protobuf::TextFormat::ParseFromString(text, &rule));
  return rule;
}

inline MethodTable::Config LibraryConfig() {
  const std::string prefix = "google.longrunning.Operations.";
  return {
      .packages = {{"regulars.conformance.v1", "library"}},
      .mounts = {{prefix + "GetOperation", "library",
                  Rule("get: '/api/library/v1/{name=operations/*}'")},
                 {prefix + "CancelOperation", "library",
                  Rule("post: '/api/library/v1/{name=operations/*}:cancel' body: '*'")}},
  };
}

inline const MethodTable& LibraryTable() {
  static const MethodTable* const table =
      MethodTable::Build(LibraryDescriptors(), LibraryConfig()).value().release();
  return *table;
}

}  // namespace regulars::gateway

#endif  // GATEWAY_TESTING_LIBRARY_TABLE_H_
