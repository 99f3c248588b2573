#include "customer-svc/domain/returns.h"

#include <algorithm>

namespace regulars::customer {
namespace {

constexpr auto kByPlace = [](const auto& a, const auto& b) { return a.place < b.place; };

// Moves what both have from `left` to a link.
void Take(int64_t return_line, int64_t sale_line, int64_t& wanted, int64_t& left,
          std::vector<Link>& links) {
  const int64_t taken = std::min(wanted, left);
  if (taken <= 0) return;
  wanted -= taken;
  left -= taken;
  links.push_back({return_line, sale_line, taken});
}

}  // namespace

std::vector<Link> MatchReturns(std::vector<PlacedQuantity> sold,
                               std::vector<PlacedQuantity> returned) {
  std::sort(sold.begin(), sold.end(), kByPlace);
  std::sort(returned.begin(), returned.end(), kByPlace);
  std::vector<Link> links;
  // Returns come in order of time, so the sold lines earlier than one are those passed so far. They
  // lie on a stack whose top is the most recent one that has something left.
  std::vector<PlacedQuantity> stack;
  size_t passed = 0;
  for (const PlacedQuantity& back : returned) {
    while (passed < sold.size() && sold[passed].place.order_time < back.place.order_time) {
      stack.push_back(sold[passed++]);
    }
    int64_t wanted = back.quantity_micros;
    while (wanted > 0 && !stack.empty()) {
      PlacedQuantity& top = stack.back();
      Take(back.place.line, top.place.line, wanted, top.quantity_micros, links);
      if (top.quantity_micros <= 0) stack.pop_back();
    }
  }
  return links;
}

std::vector<Link> MatchNamedReturns(std::vector<NamedSale> sold,
                                    std::vector<NamingReturn> returned) {
  std::sort(returned.begin(), returned.end(), kByPlace);
  std::vector<Link> links;
  for (const NamingReturn& back : returned) {
    int64_t wanted = back.quantity_micros;
    for (NamedSale& line : sold) {
      const bool meant =
          back.line_id.empty() ? line.item == back.item : line.line_id == back.line_id;
      if (meant) Take(back.place.line, line.line, wanted, line.quantity_micros, links);
    }
  }
  return links;
}

}  // namespace regulars::customer
