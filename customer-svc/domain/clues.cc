#include "customer-svc/domain/clues.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace regulars::customer {
namespace {

void AddClue(absl::string_view clue, std::vector<std::string>& clues) {
  clues.push_back(absl::AsciiStrToLower(clue));
}

}  // namespace

std::vector<std::string> CluesOf(const Customer& customer) {
  std::vector<std::string> clues;
  for (const Email& email : customer.emails) {
    AddClue(email.address, clues);
    AddClue(email.folded, clues);
  }
  for (const Phone& phone : customer.phones) AddClue(phone.number, clues);
  for (const ExternalId& id : customer.external_ids) {
    if (id.id.size() >= kMinClueLength) AddClue(id.id, clues);
  }
  if (!customer.given_name.empty() && !customer.family_name.empty()) {
    AddClue(absl::StrCat(customer.given_name, "\n", customer.family_name), clues);
  }
  std::sort(clues.begin(), clues.end());
  clues.erase(std::unique(clues.begin(), clues.end()), clues.end());
  return clues;
}

bool IsAbout(absl::string_view text, const std::vector<std::string>& clues) {
  const std::string folded = absl::AsciiStrToLower(text);
  return std::any_of(clues.begin(), clues.end(), [&](const std::string& clue) {
    const std::vector<absl::string_view> words = absl::StrSplit(clue, '\n');
    return std::all_of(words.begin(), words.end(),
                       [&](absl::string_view word) { return absl::StrContains(folded, word); });
  });
}

}  // namespace regulars::customer
