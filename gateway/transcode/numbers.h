// Numbers between text and memory, as proto3's JSON mapping has them. Pure functions; safe from any
// thread.
#ifndef GATEWAY_TRANSCODE_NUMBERS_H_
#define GATEWAY_TRANSCODE_NUMBERS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway {

// A JSON number whose value is an integer that fits: "12", "-3", "1.50e2". False for all else, also
// where a sign, a space or a leading zero is not JSON's.
bool ParseInteger(absl::string_view text, int64_t* value);
bool ParseInteger(absl::string_view text, uint64_t* value);

// A JSON number within range, or "NaN", "Infinity", "-Infinity".
bool ParseReal(absl::string_view text, double* value);
bool ParseReal(absl::string_view text, float* value);

// The shortest text that reads back as the same value; NaN and infinities as quoted words.
void AppendReal(double value, std::string* out);
void AppendReal(float value, std::string* out);

template <typename T>
void AppendInteger(T value, std::string* out);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_NUMBERS_H_
