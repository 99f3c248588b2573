// What the project asks of text: whether it is UTF-8, how long it is, and a folded copy under which
// people find each other's names.
//
//   Fold("  MÜLLER \t Straße ")  →  "muller strasse"
//
// Every function is pure and thread-safe.
#ifndef CHASSIS_BASE_TEXT_H_
#define CHASSIS_BASE_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars {

// How much of a text EscapeForLog keeps unless told otherwise.
inline constexpr size_t kMaxLogBytes = 256;

// Whether `text` is well-formed UTF-8 (Unicode table 3-7: no surrogates, no overlong forms).
bool IsValidUtf8(absl::string_view text);

// Whether a text holds control characters (C0, DEL, C1), or, in prose, others than tabs and line
// ends.
bool HasControls(absl::string_view text);
bool HasControlsInProse(absl::string_view text);

// The number of code points of a valid UTF-8 text.
size_t CodePointCount(absl::string_view text);

// The longest beginning of `text` that has at most `max_bytes` and cuts no code point in two.
absl::string_view TruncateUtf8(absl::string_view text, size_t max_bytes);

// The form under which text is searched: compatibility forms made plain, upper and lower case made
// one, accents and other optional marks dropped, letters with strokes and ligatures spelled out (ø
// → o, æ → ae), typographic quotes and dashes made plain, white space trimmed and collapsed. Marks
// that make another letter stay: kana voicing, Indic vowels, nukta and virama, Thai and Lao vowels.
// Folding twice changes nothing. Bytes that are not UTF-8 become U+FFFD.
std::string Fold(absl::string_view text);

// One line that is safe in a log or a terminal: control characters, direction marks, backslashes
// and invalid bytes are escaped; beyond `max_bytes` of input the text is cut and ends in "…".
std::string EscapeForLog(absl::string_view text, size_t max_bytes = kMaxLogBytes);

}  // namespace regulars

#endif  // CHASSIS_BASE_TEXT_H_
