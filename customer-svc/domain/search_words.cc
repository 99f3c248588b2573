#include "customer-svc/domain/search_words.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "chassis/base/text.h"

namespace regulars::customer {
namespace {

bool IsWordCharacter(UChar32 c) {
  return u_isalnum(c) || (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_MC_MASK)) != 0;
}

void AddWord(absl::string_view word, std::vector<std::string>& words) {
  word = TruncateUtf8(word, kMaxSearchWordBytes);
  if (word.empty() || words.size() == kMaxSearchWords) return;
  if (std::find(words.begin(), words.end(), word) == words.end()) words.emplace_back(word);
}

// The words from `first` on, and round to the one before it.
std::string From(absl::Span<const absl::string_view> words, size_t first) {
  return absl::StrJoin(words.subspan(first), " ") + (first == 0 ? "" : " ") +
         absl::StrJoin(words.subspan(0, first), " ");
}

}  // namespace

std::string DisplayName(const Customer& customer) {
  return customer.display_name.empty() ? DefaultName(customer) : customer.display_name;
}

std::string DefaultName(const Customer& customer) {
  if (customer.given_name.empty() && customer.family_name.empty()) return customer.company;
  const bool both = !customer.given_name.empty() && !customer.family_name.empty();
  return absl::StrCat(customer.given_name, both ? " " : "", customer.family_name);
}

std::vector<std::string> SearchWords(absl::string_view text) {
  const std::string folded = Fold(text);
  std::vector<std::string> words;
  std::string word;
  const auto size = static_cast<int32_t>(folded.size());
  for (int32_t i = 0; i < size;) {
    const int32_t start = i;
    UChar32 c;
    U8_NEXT_UNSAFE(folded.data(), i, c);
    if (IsWordCharacter(c)) {
      word.append(folded, static_cast<size_t>(start), static_cast<size_t>(i - start));
    } else if (c != '\'') {
      AddWord(word, words);
      word.clear();
    }
  }
  AddWord(word, words);
  return words;
}

std::vector<std::string> NameEntries(const Customer& customer) {
  const std::vector<std::string> words =
      SearchWords(absl::StrCat(customer.display_name, " ", customer.given_name, " ",
                               customer.family_name, " ", customer.company));
  const std::vector<absl::string_view> views(words.begin(), words.end());
  std::vector<std::string> entries;
  for (size_t i = 0; i < views.size(); ++i) entries.push_back(From(views, i));
  return entries;
}

bool FindsBy(absl::string_view entry, const std::vector<std::string>& typed, size_t driver) {
  const std::vector<absl::string_view> words = absl::StrSplit(entry, ' ');
  for (const std::string& beginning : typed) {
    const bool found = std::any_of(words.begin(), words.end(), [&](absl::string_view word) {
      return absl::StartsWith(word, beginning);
    });
    if (!found) return false;
  }
  for (size_t i = 1; i < words.size(); ++i) {
    if (absl::StartsWith(words[i], typed[driver]) && From(words, i) < entry) return false;
  }
  return absl::StartsWith(words[0], typed[driver]);
}

size_t ChooseDriver(const std::vector<std::string>& typed) {
  const auto longer = [](const std::string& a, const std::string& b) {
    return a.size() < b.size();
  };
  return static_cast<size_t>(std::max_element(typed.begin(), typed.end(), longer) - typed.begin());
}

}  // namespace regulars::customer
