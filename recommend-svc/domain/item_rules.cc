#include "recommend-svc/domain/item_rules.h"

#include <algorithm>
#include <array>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "chassis/base/errors.h"
#include "chassis/base/faults.h"
#include "chassis/base/text.h"
#include "recommend-svc/domain/text_rules.h"

namespace regulars::recommend {
namespace {

constexpr size_t kMaxTitleLength = 500;
constexpr size_t kMaxCategories = 20;
constexpr size_t kMaxTags = 50;
constexpr size_t kMaxAttributes = 50;
constexpr size_t kMaxValueLength = 1000;

void CheckTitle(const ItemTexts& texts, Faults& faults) {
  if (IsText(texts.title, kMaxTitleLength)) return;
  faults.Add("title", "INVALID_TITLE",
             "must be at most 500 characters, none of them a control character");
}

void CheckAddress(absl::string_view field, absl::string_view text, Faults& faults) {
  if (text.empty() || IsUrl(text)) return;
  faults.Add(field, "INVALID_URL", "must be a URL that begins with http:// or https://");
}

void CheckPrice(const ItemTexts& texts, Faults& faults) {
  if (!texts.price) return;
  if (!IsCurrency(texts.price->currency)) {
    faults.Add("price.currency_code", "INVALID_CURRENCY", "must be an ISO 4217 code");
  }
  if (texts.price->micros < 0) {
    faults.Add("price.micros", "INVALID_PRICE", "must not be negative");
  }
}

// Takes repeats away; the first of each stays.
void TakeRepeatsAway(std::vector<std::string>& list) {
  std::set<std::string> seen;
  list.erase(std::remove_if(list.begin(), list.end(),
                            [&](const std::string& text) { return !seen.insert(text).second; }),
             list.end());
}

void CheckCategories(ItemTexts& texts, Faults& faults) {
  for (size_t i = 0; i < texts.categories.size(); ++i) {
    if (IsCategory(texts.categories[i])) continue;
    faults.Add(absl::StrCat("categories[", i, "]"), "INVALID_CATEGORY",
               "must be 1 to 200 characters, with '/' between levels that are not empty");
  }
  TakeRepeatsAway(texts.categories);
  if (texts.categories.size() > kMaxCategories) {
    faults.Add("categories", "TOO_MANY_CATEGORIES", "must be at most 20");
  }
}

void CheckTags(ItemTexts& texts, Faults& faults) {
  for (size_t i = 0; i < texts.tags.size(); ++i) {
    if (IsTag(texts.tags[i])) continue;
    faults.Add(absl::StrCat("tags[", i, "]"), "INVALID_TAG",
               "must be 1 to 64 letters, digits, '-', '_', '.', ':'");
  }
  TakeRepeatsAway(texts.tags);
  if (texts.tags.size() > kMaxTags) faults.Add("tags", "TOO_MANY_TAGS", "must be at most 50");
}

void CheckAvailability(const ItemTexts& texts, Faults& faults) {
  if (texts.availability == Availability::kInStock ||
      texts.availability == Availability::kOutOfStock) {
    return;
  }
  faults.Add("availability", "INVALID_AVAILABILITY", "must be one of the declared values");
}

void CheckAttributes(const ItemTexts& texts, Faults& faults) {
  if (texts.attributes.size() > kMaxAttributes) {
    faults.Add("attributes", "TOO_MANY_ATTRIBUTES", "must be at most 50");
  }
  for (const auto& [key, value] : texts.attributes) {
    if (IsAttributeKey(key) && IsText(value, kMaxValueLength)) continue;
    faults.Add(absl::StrCat("attributes.", EscapeForLog(key)), "INVALID_ATTRIBUTE",
               "must have a key [a-z][a-z0-9_]{0,62} and at most 1000 characters, none of them a "
               "control character");
  }
}

// The fields that callers write: one row a field.
struct Field {
  absl::string_view path;
  bool (*same)(const ItemTexts&, const ItemTexts&);
  void (*copy)(const ItemTexts& from, ItemTexts& to);
  void (*check)(ItemTexts&, Faults&);
};

template <auto kMember>
constexpr Field MakeField(absl::string_view path, void (*check)(ItemTexts&, Faults&)) {
  return {path, [](const ItemTexts& a, const ItemTexts& b) { return a.*kMember == b.*kMember; },
          [](const ItemTexts& from, ItemTexts& to) { to.*kMember = from.*kMember; }, check};
}

constexpr std::array<Field, kItemFields> kTable = {
    MakeField<&ItemTexts::title>("title", [](ItemTexts& t, Faults& f) { CheckTitle(t, f); }),
    MakeField<&ItemTexts::url>("url",
                               [](ItemTexts& t, Faults& f) { CheckAddress("url", t.url, f); }),
    MakeField<&ItemTexts::image_url>(
        "image_url", [](ItemTexts& t, Faults& f) { CheckAddress("image_url", t.image_url, f); }),
    MakeField<&ItemTexts::price>("price", [](ItemTexts& t, Faults& f) { CheckPrice(t, f); }),
    MakeField<&ItemTexts::categories>("categories", CheckCategories),
    MakeField<&ItemTexts::tags>("tags", CheckTags),
    MakeField<&ItemTexts::availability>("availability",
                                        [](ItemTexts& t, Faults& f) { CheckAvailability(t, f); }),
    MakeField<&ItemTexts::sale_end_time>("sale_end_time", [](ItemTexts&, Faults&) {}),
    MakeField<&ItemTexts::attributes>("attributes",
                                      [](ItemTexts& t, Faults& f) { CheckAttributes(t, f); }),
};

bool IsOutput(absl::string_view path) {
  for (const absl::string_view output : {"name", "code", "origin", "statistics", "create_time",
                                         "update_time", "delete_time", "etag"}) {
    if (path == output) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<ItemMask> ParseItemMask(const std::vector<std::string>& paths) {
  ItemMask mask;
  for (const std::string& path : paths) {
    bool known = path == "*" || IsOutput(path);
    for (size_t i = 0; i < kItemFields; ++i) {
      if (path != "*" && path != kTable[i].path) continue;
      mask.set(i);
      known = true;
    }
    if (!known) {
      return FieldError(
          "update_mask", "INVALID_UPDATE_MASK",
          absl::StrCat("names '", EscapeForLog(path), "', which is no field of an item"));
    }
  }
  return mask;
}

ItemMask SetFields(const ItemTexts& texts, bool availability_said) {
  ItemMask mask;
  for (size_t i = 0; i < kItemFields; ++i) {
    mask[i] =
        kTable[i].path == "availability" ? availability_said : !kTable[i].same(texts, ItemTexts());
  }
  return mask;
}

std::vector<std::string> FieldPaths(const ItemMask& mask) {
  std::vector<std::string> paths;
  for (size_t i = 0; i < kItemFields; ++i) {
    if (mask[i]) paths.emplace_back(kTable[i].path);
  }
  return paths;
}

absl::Status CheckTexts(const ItemMask& mask, ItemTexts& texts) {
  Faults faults;
  for (size_t i = 0; i < kItemFields; ++i) {
    if (mask[i]) kTable[i].check(texts, faults);
  }
  return faults.ToStatus();
}

ItemMask ChangeTexts(const ItemMask& mask, const ItemTexts& from, ItemTexts& to) {
  ItemMask changed;
  for (size_t i = 0; i < kItemFields; ++i) {
    if (!mask[i] || kTable[i].same(from, to)) continue;
    kTable[i].copy(from, to);
    changed.set(i);
  }
  return changed;
}

bool IsInCategory(const std::vector<std::string>& categories, absl::string_view wanted) {
  return std::any_of(categories.begin(), categories.end(), [&](const std::string& category) {
    return absl::StartsWith(category, wanted) &&
           (category.size() == wanted.size() || category[wanted.size()] == '/');
  });
}

std::string ItemIdOf(absl::string_view code) {
  return absl::StrReplaceAll(code, {{"%", "%25"}, {"/", "%2F"}});
}

std::optional<std::string> CodeOfItemId(absl::string_view id) {
  std::string code = absl::StrReplaceAll(id, {{"%25", "%"}, {"%2F", "/"}});
  if (!IsCode(code) || ItemIdOf(code) != id) return std::nullopt;
  return code;
}

}  // namespace regulars::recommend
