#include "customer-svc/domain/clues.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace regulars::customer {
namespace {

// Characters that lie between two parts of a name in a file: `Zoë;Fitz`, `"Fitz", "Zoë"`.
constexpr size_t kMaxApart = 4;

void AddClue(absl::string_view clue, std::vector<std::string>& clues) {
  clues.push_back(absl::AsciiStrToLower(clue));
}

bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) > 127;
}

// Whether `word` at `at` begins a word. What stands before an address may be part of a longer one.
bool Begins(absl::string_view text, size_t at, absl::string_view word) {
  if (at == 0) return true;
  const char before = text[at - 1];
  if (absl::StrContains(word, '@') && absl::StrContains("._%+-", before)) return false;
  return !IsWordByte(before) || !IsWordByte(word.front());
}

// Whether `word`, up to `end`, ends a word: so it does before the full stop of a sentence, but not
// before that of a longer domain.
bool Ends(absl::string_view text, size_t end, absl::string_view word) {
  if (end == text.size()) return true;
  const bool goes_on = end + 1 < text.size() && IsWordByte(text[end + 1]);
  if (absl::StrContains(word, '@') && absl::StrContains(".-", text[end]) && goes_on) return false;
  return !IsWordByte(text[end]) || !IsWordByte(word.back());
}

bool HoldsWord(absl::string_view text, absl::string_view word) {
  for (size_t at = text.find(word); at != absl::string_view::npos; at = text.find(word, at + 1)) {
    if (Begins(text, at, word) && Ends(text, at + word.size(), word)) return true;
  }
  return false;
}

// Where what comes behind the first part of a name begins; nothing is between the parts only in
// scripts that put no spaces between words.
size_t NextPart(absl::string_view text, size_t end, absl::string_view first) {
  size_t at = end;
  while (at < text.size() && at < end + kMaxApart && !IsWordByte(text[at])) ++at;
  const bool runs_on = at == end && absl::ascii_isascii(static_cast<unsigned char>(first.back()));
  return runs_on ? text.size() : at;
}

bool HoldsName(absl::string_view text, absl::string_view first, absl::string_view second) {
  for (size_t at = text.find(first); at != absl::string_view::npos; at = text.find(first, at + 1)) {
    if (!Begins(text, at, first)) continue;
    const size_t next = NextPart(text, at + first.size(), first);
    if (absl::StartsWith(text.substr(next), second) && Ends(text, next + second.size(), second)) {
      return true;
    }
  }
  return false;
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
  if (!customer.given_name.empty() && !customer.family_name.empty() &&
      customer.given_name.size() + customer.family_name.size() >= kMinNameLength) {
    AddClue(absl::StrCat(customer.given_name, "\n", customer.family_name), clues);
  }
  std::sort(clues.begin(), clues.end());
  clues.erase(std::unique(clues.begin(), clues.end()), clues.end());
  return clues;
}

Clues::Clues(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits('\n', 1));
    if (parts.first.empty()) continue;
    clues_.push_back({std::string(parts.first), std::string(parts.second)});
  }
}

bool Clues::AreIn(absl::string_view text) const {
  const std::string folded = absl::AsciiStrToLower(text);
  return std::any_of(clues_.begin(), clues_.end(), [&](const Clue& clue) {
    if (clue.next.empty()) return HoldsWord(folded, clue.word);
    return HoldsName(folded, clue.word, clue.next) || HoldsName(folded, clue.next, clue.word);
  });
}

}  // namespace regulars::customer
