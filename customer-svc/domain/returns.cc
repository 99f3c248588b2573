#include "customer-svc/domain/returns.h"

#include <algorithm>
#include <map>
#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars::customer {
namespace {

constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();

// Sales and returns in one line of time: of equal times all returns come before all sales, since
// only strictly earlier sales are theirs. Read from front to back, sales lie on a stack whose top
// is the most recent one that has something left, and returns take from the top.
struct Moment {
  LineRank sales_behind;
  LineRank returns_behind;

  static Moment OfSale(const LineRank& sale) {
    return {sale, {sale.order_time, kHighest, kHighest}};
  }
  static Moment OfReturn(const LineRank& back) {
    return {{back.order_time, kLowest, kLowest}, back};
  }
};

struct LatestFirst {
  bool operator()(const LineRank& a, const LineRank& b) const { return b < a; }
};
// Parts of sales that have no taker, or none any more.
using Pool = std::map<LineRank, int64_t, LatestFirst>;
// What returns lack that they had, or have come for.
using Demands = std::map<LineRank, int64_t>;
using Taken = std::map<LineRank, int64_t>;

// Behind a sale of which something is left, no return has taken from one before it, or lacks
// anything: there is no need to look further.
absl::StatusOr<absl::Time> EndOfReach(ReturnBook& book, const LineRank& sales_behind) {
  ABSL_ASSIGN_OR_RETURN(const auto left, book.FirstLeftBehind(sales_behind));
  return left ? left->rank.order_time : absl::InfiniteFuture();
}

absl::StatusOr<Taken> TakenBy(ReturnBook& book, const LineRank& back) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<RankedQuantity> links, book.TakenBy(back));
  Taken taken;
  for (const RankedQuantity& link : links) taken[link.rank] = link.quantity_micros;
  return taken;
}

absl::Status WriteTaken(ReturnBook& book, const LineRank& back, const Taken& before,
                        const Taken& after) {
  for (const auto& [sale, quantity] : before) {
    const auto now = after.find(sale);
    const int64_t left = now == after.end() ? 0 : now->second;
    if (left != quantity) ABSL_RETURN_IF_ERROR(book.SetLink(back, sale, quantity, left));
  }
  for (const auto& [sale, quantity] : after) {
    if (!before.contains(sale)) ABSL_RETURN_IF_ERROR(book.SetLink(back, sale, 0, quantity));
  }
  return absl::OkStatus();
}

// Lets a return choose anew among what it has and the pool, which gets what it leaves.
absl::Status ChooseAnew(ReturnBook& book, const RankedQuantity& back, Pool& pool) {
  ABSL_ASSIGN_OR_RETURN(const Taken before, TakenBy(book, back.rank));
  int64_t wanted = back.quantity_micros;
  for (const auto& [sale, quantity] : before) {
    pool[sale] += quantity;
    wanted += quantity;
  }
  Taken after;
  while (wanted > 0 && !pool.empty()) {
    const auto latest = pool.begin();
    const int64_t taken = std::min(wanted, latest->second);
    after[latest->first] = taken;
    wanted -= taken;
    latest->second -= taken;
    if (latest->second == 0) pool.erase(latest);
  }
  ABSL_RETURN_IF_ERROR(WriteTaken(book, back.rank, before, after));
  const int64_t found = back.quantity_micros - wanted;
  return found == 0 ? absl::OkStatus() : book.AddMissing(back.rank, -found);
}

// Offers the pool to the returns behind `moment`, each in its turn. Those that took later sales
// only, and found all, would not look at it.
absl::Status Offer(ReturnBook& book, Pool pool, Moment moment) {
  while (!pool.empty()) {
    ABSL_ASSIGN_OR_RETURN(const absl::Time until, EndOfReach(book, moment.sales_behind));
    const absl::Time latest = pool.begin()->first.order_time;
    ABSL_ASSIGN_OR_RETURN(const auto back,
                          book.FirstReturn({.behind = moment.returns_behind,
                                            .until = until,
                                            .reach = latest + absl::Microseconds(1),
                                            .or_short = true}));
    if (!back) break;
    ABSL_RETURN_IF_ERROR(ChooseAnew(book, *back, pool));
    moment = Moment::OfReturn(back->rank);
  }
  for (const auto& [sale, quantity] : pool) {
    ABSL_RETURN_IF_ERROR(book.AddLeft(sale, quantity));
  }
  return absl::OkStatus();
}

// The latest sale before a return that returns behind it have taken from. They took in turn, so the
// first of them that reaches back before it has it.
absl::StatusOr<std::optional<LineRank>> LatestHeld(ReturnBook& book, const LineRank& back) {
  const Moment moment = Moment::OfReturn(back);
  ABSL_ASSIGN_OR_RETURN(const absl::Time until, EndOfReach(book, moment.sales_behind));
  ABSL_ASSIGN_OR_RETURN(const auto holder, book.FirstReturn({.behind = moment.returns_behind,
                                                             .until = until,
                                                             .reach = back.order_time}));
  std::optional<LineRank> latest;
  if (!holder) return latest;
  ABSL_ASSIGN_OR_RETURN(const Taken taken, TakenBy(book, holder->rank));
  for (const auto& [sale, quantity] : taken) {
    if (sale.order_time < back.order_time) latest = sale;
  }
  return latest;
}

// Takes at most `wanted` of a sale away from returns behind `behind`, whose demands grow by it: the
// last in the row goes without first. How much it was.
absl::StatusOr<int64_t> TakeAway(ReturnBook& book, const LineRank& sale, const LineRank& behind,
                                 int64_t wanted, Demands& demands) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<RankedQuantity> given, book.GivenBy(sale, behind));
  int64_t taken = 0;
  for (const RankedQuantity& link : given) {
    const int64_t part = std::min(wanted - taken, link.quantity_micros);
    if (part == 0) break;
    ABSL_RETURN_IF_ERROR(
        book.SetLink(link.rank, sale, link.quantity_micros, link.quantity_micros - part));
    demands[link.rank] += part;
    taken += part;
  }
  return taken;
}

// Finds what a return wants, which may be what later ones have.
absl::Status Serve(ReturnBook& book, const LineRank& back, int64_t wanted, Demands& demands) {
  ABSL_ASSIGN_OR_RETURN(const Taken before, TakenBy(book, back));
  Taken after = before;
  while (wanted > 0) {
    ABSL_ASSIGN_OR_RETURN(const auto left, book.LastLeftBefore(back.order_time));
    ABSL_ASSIGN_OR_RETURN(const auto held, LatestHeld(book, back));
    if (!left && !held) break;
    int64_t taken = 0;
    if (left && !(held && left->rank < *held)) {
      taken = std::min(wanted, left->quantity_micros);
      ABSL_RETURN_IF_ERROR(book.SetLeft(left->rank, left->quantity_micros - taken));
      after[left->rank] += taken;
    } else {
      ABSL_ASSIGN_OR_RETURN(taken, TakeAway(book, *held, back, wanted, demands));
      after[*held] += taken;
    }
    wanted -= taken;
  }
  ABSL_RETURN_IF_ERROR(WriteTaken(book, back, before, after));
  return wanted == 0 ? absl::OkStatus() : book.AddMissing(back, wanted);
}

absl::Status ServeAll(ReturnBook& book, Demands demands) {
  while (!demands.empty()) {
    // The first of them: what it takes away is missed by later ones only.
    const auto [back, wanted] = *demands.begin();
    demands.erase(demands.begin());
    ABSL_RETURN_IF_ERROR(Serve(book, back, wanted, demands));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AddSale(ReturnBook& book, const LineRank& sale, int64_t quantity_micros) {
  Pool pool;
  if (quantity_micros > 0) pool[sale] = quantity_micros;
  return Offer(book, std::move(pool), Moment::OfSale(sale));
}

absl::Status RemoveSale(ReturnBook& book, const LineRank& sale, int64_t quantity_micros) {
  ABSL_ASSIGN_OR_RETURN(const int64_t left, book.LeftOf(sale));
  const int64_t untaken = std::min(left, quantity_micros);
  if (untaken > 0) ABSL_RETURN_IF_ERROR(book.SetLeft(sale, left - untaken));
  Demands demands;
  ABSL_RETURN_IF_ERROR(
      TakeAway(book, sale, Moment::OfSale(sale).returns_behind, quantity_micros - untaken, demands)
          .status());
  return ServeAll(book, std::move(demands));
}

absl::Status AddReturn(ReturnBook& book, const LineRank& back, int64_t quantity_micros) {
  ABSL_RETURN_IF_ERROR(book.InsertReturn(back));
  return ServeAll(book, {{back, quantity_micros}});
}

absl::Status RemoveReturn(ReturnBook& book, const LineRank& back) {
  ABSL_ASSIGN_OR_RETURN(const Taken taken, TakenBy(book, back));
  ABSL_RETURN_IF_ERROR(WriteTaken(book, back, taken, {}));
  ABSL_RETURN_IF_ERROR(book.DeleteReturn(back));
  return Offer(book, Pool(taken.begin(), taken.end()), Moment::OfReturn(back));
}

std::vector<Link> MatchNamedReturns(std::vector<NamedSale> sold,
                                    std::vector<NamingReturn> returned) {
  std::sort(returned.begin(), returned.end(),
            [](const NamingReturn& a, const NamingReturn& b) { return a.rank < b.rank; });
  std::vector<Link> links;
  for (const NamingReturn& back : returned) {
    int64_t wanted = back.quantity_micros;
    for (NamedSale& sale : sold) {
      const bool meant =
          back.line_id.empty() ? sale.item == back.item : sale.line_id == back.line_id;
      const int64_t taken = meant ? std::min(wanted, sale.quantity_micros) : 0;
      if (taken <= 0) continue;
      wanted -= taken;
      sale.quantity_micros -= taken;
      links.push_back({back.rank.line, sale.line, taken});
    }
  }
  return links;
}

}  // namespace regulars::customer
