// What a mail is made from: a template or one of its versions, as people name it.
#ifndef CLI_TEMPLATE_SOURCE_H_
#define CLI_TEMPLATE_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::cli {

inline constexpr char kTemplateSourceHelp[] =
    "Id or name of the template, or of a version: hello/versions/2";

// A template, its newest version being meant, or one of its versions.
struct TemplateSource {
  std::string name;  // "templates/hello", "templates/hello/versions/2"
  std::string path;
};

// Of "hello", "templates/hello", each with "/versions/2" or without; else a usage error.
absl::StatusOr<TemplateSource> TemplateSourceOf(absl::string_view id);

}  // namespace regulars::cli

#endif  // CLI_TEMPLATE_SOURCE_H_
