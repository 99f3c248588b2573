// Spells names and texts so that the parser reads them back. Internal to this folder.
#ifndef CHASSIS_FILTER_PRINT_H_
#define CHASSIS_FILTER_PRINT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace regulars::filter {

// In double quotes, with escapes; each '*' is escaped too.
std::string PrintText(absl::string_view text);

// A name between dots: bare where that reads the same, else quoted.
std::string PrintName(absl::string_view name);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_PRINT_H_
