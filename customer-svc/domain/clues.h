// What a person is known by in free text: lines of files that were refused, remembered replies.
// Pure.
//
//   const Clues clues(CluesOf(customer));
//   if (clues.AreIn("4711;Zoë;Fitz;London")) …
#ifndef CUSTOMER_SVC_DOMAIN_CLUES_H_
#define CUSTOMER_SVC_DOMAIN_CLUES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "customer-svc/domain/customer.h"

namespace regulars::customer {

// Shorter external ids are in too many texts to mean anybody, and so are shorter names, given and
// family name together. In bytes.
inline constexpr size_t kMinClueLength = 4;
inline constexpr size_t kMinNameLength = 6;

// Each is a line of words, joined by line feeds, in lower case: an e-mail address, a phone number,
// an external id; given and family name together.
std::vector<std::string> CluesOf(const Customer& customer);

// Clues, ready to be looked for in many texts. Read only.
class Clues {
 public:
  explicit Clues(const std::vector<std::string>& lines);

  // Whether the text names the person by one of them, whatever the case of its ASCII letters: as a
  // word of its own, not as part of a longer one; names next to each other, in either order.
  bool AreIn(absl::string_view text) const;

 private:
  struct Clue {
    std::string word;
    // Of a name; otherwise "".
    std::string next;
  };
  std::vector<Clue> clues_;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_CLUES_H_
