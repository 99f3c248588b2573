// Asks the other services about the people who are written to: may we, where, and what the template
// wants to say of them. In batches, and only what the template names.
//
//   People people({.customer = peer, …});
//   ABSL_ASSIGN_OR_RETURN(std::vector<Person> asked, people.Ask(origin, question, customers));
//
// A service that is down or not installed is not waited for more than kBlockTimeout: its values are
// missing then, and the template's fallbacks stand. Only without customer-svc nothing can be sent.
//
// Calls block. Thread-safe.
#ifndef CAMPAIGN_SVC_DELIVERY_PEOPLE_H_
#define CAMPAIGN_SVC_DELIVERY_PEOPLE_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "campaign-svc/delivery/source_troubles.h"
#include "campaign-svc/domain/render.h"
#include "campaign-svc/domain/template.h"
#include "chassis/peers/peer.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign {

// The services that are asked; null where not installed.
struct Upstreams {
  Peer* customer = nullptr;
  Peer* loyalty = nullptr;
  Peer* recommend = nullptr;
};

struct Question {
  Purpose purpose = Purpose::kMarketing;
  // "" for transactional messages.
  std::string topic;
  TemplateUse use;
};

// What is known of one customer.
struct Person {
  std::string customer;
  bool allowed = false;
  // Why not: a reason of Message.reason.
  std::string reason;
  std::string address;
  std::string display_name;
  // "customer", "loyalty", "recommendations": only what is known.
  Values values = Values::object();
};

struct Answer {
  // One per customer, in the same order.
  std::vector<Person> people;
  // Sources that could not be asked.
  std::set<std::string> unavailable;
};

class People {
 public:
  // Customers in one question at most.
  static constexpr size_t kMaxCustomers = 500;
  // Recommended items for each.
  static constexpr int kRecommendations = 5;
  static constexpr absl::Duration kBlockTimeout = absl::Seconds(3);

  explicit People(Upstreams upstreams) : upstreams_(upstreams) {}

  // `customers` are ids. Both with CUSTOMERS_UNAVAILABLE: UNAVAILABLE when customer-svc cannot be
  // asked, FAILED_PRECONDITION when it has no answer to this question.
  absl::StatusOr<Answer> Ask(const Origin& origin, const Question& question,
                             const std::vector<std::string>& customers) const;

  // Of those services that are installed.
  const std::shared_ptr<SourceTroubles>& troubles() const { return troubles_; }

 private:
  absl::Status AddContacts(const Origin& origin, const Question& question,
                           const std::vector<std::string>& customers, Answer& answer) const;
  void AddLoyalty(const Origin& origin, Answer& answer) const;
  void AddRecommendations(const Origin& origin, Answer& answer) const;

  const Upstreams upstreams_;
  const std::shared_ptr<SourceTroubles> troubles_ = std::make_shared<SourceTroubles>();
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_PEOPLE_H_
