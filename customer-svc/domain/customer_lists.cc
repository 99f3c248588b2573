#include "customer-svc/domain/customer_lists.h"

#include <algorithm>

namespace regulars::customer {
namespace {

// Adds items, `same` telling which is which and `take` what one that is there takes on.
template <typename T, typename Same, typename Take>
void AddItems(const std::vector<T>& from, std::vector<T>& to, Same same, Take take) {
  for (const T& item : from) {
    const auto there =
        std::find_if(to.begin(), to.end(), [&](const T& other) { return same(item, other); });
    if (there == to.end()) {
      to.push_back(item);
    } else {
      take(item, *there);
    }
  }
}

template <typename T>
void MarkPrimary(const std::vector<T>& from, std::vector<T>& to, bool (*same)(const T&, const T&)) {
  const auto is_primary = [](const T& item) { return item.primary; };
  const auto wanted = std::find_if(from.begin(), from.end(), is_primary);
  if (wanted != from.end()) {
    bool marked = false;
    for (T& item : to) {
      item.primary = !marked && same(*wanted, item);
      marked = marked || item.primary;
    }
  }
  if (!to.empty() && std::none_of(to.begin(), to.end(), is_primary)) to.front().primary = true;
}

// E-mails and phones alike.
template <typename T>
void AddContacts(const std::vector<T>& from, std::vector<T>& to, bool (*same)(const T&, const T&)) {
  AddItems(from, to, same, [](const T& item, T& there) {
    if (!item.label.empty()) there.label = item.label;
    there.verified = there.verified || item.verified;
  });
  MarkPrimary(from, to, same);
}

template <typename T>
void Nothing(const T&, T&) {}

}  // namespace

void AddEmails(const std::vector<Email>& from, std::vector<Email>& to) {
  AddContacts<Email>(from, to, [](const Email& a, const Email& b) { return a.folded == b.folded; });
}

void AddPhones(const std::vector<Phone>& from, std::vector<Phone>& to) {
  AddContacts<Phone>(from, to, [](const Phone& a, const Phone& b) { return a.number == b.number; });
}

void AddExternalIds(const std::vector<ExternalId>& from, std::vector<ExternalId>& to) {
  AddItems(from, to, std::equal_to<ExternalId>(), Nothing<ExternalId>);
}

void AddTags(const std::vector<std::string>& from, std::vector<std::string>& to) {
  AddItems(from, to, std::equal_to<std::string>(), Nothing<std::string>);
}

void AddAttributes(const std::map<std::string, AttributeValue>& from,
                   std::map<std::string, AttributeValue>& to) {
  for (const auto& [id, value] : from) to[id] = value;
}

void AddAddresses(const std::vector<PostalAddress>& from, std::vector<PostalAddress>& to) {
  bool (*const same)(const PostalAddress&, const PostalAddress&) = [](const PostalAddress& a,
                                                                      const PostalAddress& b) {
    PostalAddress marked_alike = a;
    marked_alike.primary = b.primary;
    return marked_alike == b;
  };
  AddItems(from, to, same, Nothing<PostalAddress>);
  MarkPrimary(from, to, same);
}

}  // namespace regulars::customer
