// What a person is known by in free text: lines of files that were refused, remembered replies.
// Pure.
#ifndef CUSTOMER_SVC_DOMAIN_CLUES_H_
#define CUSTOMER_SVC_DOMAIN_CLUES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "customer-svc/domain/customer.h"

namespace regulars::customer {

// Shorter external ids are in too many texts to mean anybody.
inline constexpr size_t kMinClueLength = 4;

// Each is a line of words, joined by line feeds, in lower case: an e-mail address, a phone number,
// an external id; given and family name together.
std::vector<std::string> CluesOf(const Customer& customer);

// Whether the text holds all words of one of the clues, whatever the case of its ASCII letters.
bool IsAbout(absl::string_view text, const std::vector<std::string>& clues);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_CLUES_H_
