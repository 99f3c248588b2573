// customer-svc as campaign-svc sees it, within a test: members of segments, and who may be written
// to. Thread-safe.
//
//   FakeCustomers customers;
//   customers.AddMembers("best", 100);          // c0001 … c0100, who consented.
//   Peer* peer = customers.peer();
#ifndef CAMPAIGN_SVC_TESTING_FAKE_CUSTOMERS_H_
#define CAMPAIGN_SVC_TESTING_FAKE_CUSTOMERS_H_

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/peers/peer.h"
#include "chassis/rpc/status_proto.h"
#include "regulars/customer/v1/consent_service.grpc.pb.h"
#include "regulars/customer/v1/erasure_service.grpc.pb.h"
#include "regulars/customer/v1/segment_service.grpc.pb.h"

namespace regulars::campaign {

// Ids as customer-svc makes them.
inline constexpr char kMadeCustomer[] = "06g1x7k3vq8s5e0h4m2n9p1r3t";
inline constexpr char kOtherCustomer[] = "06g1x7k3vq8s5e0h4m2n9p1r3v";

class FakeCustomers : public customer::v1::ConsentService::Service {
 public:
  FakeCustomers() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    builder.RegisterService(&segments_);
    builder.RegisterService(&erasures_);
    server_ = builder.BuildAndStart();
    CHECK(server_ != nullptr);  // There is always a free port.
    address_ = absl::StrCat("127.0.0.1:", port);
    peer_ = std::make_unique<Peer>(
        "customer", grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()),
        [] { return std::string("token"); });
  }
  ~FakeCustomers() override { server_->Shutdown(); }

  Peer* peer() { return peer_.get(); }
  // host:port, for a process.
  const std::string& address() const { return address_; }

  // Members c0001 … of a segment, with addresses "c0001@x.example". The segment is there from then
  // on, with none too.
  void AddMembers(const std::string& segment, int count) {
    std::lock_guard lock(mutex_);
    members_[segment];
    for (int i = 1; i <= count; ++i) {
      const std::string id = absl::StrFormat("c%06d", i);
      members_[segment].push_back(id);
      contacts_[id] = MakeContact(id, absl::StrCat(id, "@x.example"));
    }
  }
  // One more of them, whose id the test chose.
  void AddMember(const std::string& segment, const std::string& id) {
    std::lock_guard lock(mutex_);
    members_[segment].push_back(id);
    contacts_[id] = MakeContact(id, absl::StrCat(id, "@x.example"));
  }
  void TakeSegment(const std::string& segment) {
    std::lock_guard lock(mutex_);
    members_.erase(segment);
  }
  // Sets a customer's address.
  void Put(const std::string& id, const std::string& address) {
    std::lock_guard lock(mutex_);
    contacts_[id] = MakeContact(id, address);
  }
  // Changes what is known of a customer.
  void Edit(const std::string& id, const std::function<void(customer::v1::Contact&)>& change) {
    std::lock_guard lock(mutex_);
    change(contacts_[id]);
  }
  void SetCompanyZone(const std::string& zone) {
    std::lock_guard lock(mutex_);
    company_zone_ = zone;
  }
  // More customers than these do not fit into one reply.
  void SetMostAtOnce(int most) {
    std::lock_guard lock(mutex_);
    most_at_once_ = most;
  }
  void Refuse(const std::string& id, customer::v1::ContactVerdict verdict) {
    std::lock_guard lock(mutex_);
    customer::v1::Contact& contact = contacts_[id];
    contact.Clear();
    // Who has no address is introduced all the same.
    if (verdict == customer::v1::CONTACT_VERDICT_NO_ADDRESS) contact = MakeContact(id, "");
    contact.set_allowed(false);
    contact.set_verdict(verdict);
  }
  // What a customer said about a topic, by e-mail; `known` is when customer-svc heard of it.
  void Consents(const std::string& id, const std::string& topic, customer::v1::Consent::State state,
                absl::Time said, std::optional<absl::Time> known = std::nullopt) {
    std::lock_guard lock(mutex_);
    customer::v1::Consent& consent = consents_[id].emplace_back();
    consent.set_customer(absl::StrCat("customers/", id));
    consent.set_channel("email");
    consent.set_topic(topic);
    consent.set_state(state);
    consent.mutable_change_time()->set_seconds(absl::ToUnixSeconds(said));
    consent.mutable_create_time()->set_seconds(absl::ToUnixSeconds(known.value_or(said)));
  }
  // Whether the members of segments are still being found.
  void SetComputing(bool computing) {
    std::lock_guard lock(mutex_);
    computing_ = computing;
  }
  // Whoever asks for a segment from now on waits until they give up.
  void Stall() { stalls_ = true; }
  // Whether somebody does.
  bool stalled() const { return stalled_; }
  // How often contacts were asked for.
  int64_t asked() const { return asked_; }
  // Every call fails so from now on; OK ends it.
  void Fail(grpc::Status status) {
    std::lock_guard lock(mutex_);
    failure_ = std::move(status);
  }

 private:
  class Segments : public customer::v1::SegmentService::Service {
   public:
    explicit Segments(FakeCustomers& owner) : owner_(owner) {}
    grpc::Status ListSegmentMembers(grpc::ServerContext*,
                                    const customer::v1::ListSegmentMembersRequest* request,
                                    customer::v1::ListSegmentMembersResponse* reply) override {
      return owner_.List(*request, *reply);
    }
    grpc::Status GetSegment(grpc::ServerContext* context,
                            const customer::v1::GetSegmentRequest* request,
                            customer::v1::Segment* reply) override {
      if (owner_.stalls_) {
        owner_.stalled_ = true;
        while (!context->IsCancelled()) absl::SleepFor(absl::Milliseconds(1));
      }
      return owner_.Get(*request, *reply);
    }

   private:
    FakeCustomers& owner_;
  };

  // One person was erased, ever.
  class Erasures : public customer::v1::ErasureService::Service {
    grpc::Status ListErasures(grpc::ServerContext*, const customer::v1::ListErasuresRequest*,
                              customer::v1::ListErasuresResponse* reply) override {
      customer::v1::Erasure& erasure = *reply->add_erasures();
      erasure.set_name("erasures/e1");
      erasure.set_customer("customers/erased");
      return grpc::Status::OK;
    }
  };

  static grpc::Status NoSegment() { return ToGrpc(NotFound("SEGMENT_NOT_FOUND", "no segment")); }

  static customer::v1::Contact MakeContact(const std::string& id, const std::string& address) {
    customer::v1::Contact contact;
    contact.set_allowed(true);
    contact.set_verdict(customer::v1::CONTACT_VERDICT_ALLOWED);
    contact.set_address(address);
    contact.set_given_name(absl::StrCat("Name ", id));
    contact.set_display_name(absl::StrCat("Display ", id));
    return contact;
  }

  grpc::Status BatchGetContacts(grpc::ServerContext*,
                                const customer::v1::BatchGetContactsRequest* request,
                                customer::v1::BatchGetContactsResponse* reply) override {
    ++asked_;
    std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    if (request->customers_size() > most_at_once_) {
      return ToGrpc(FieldError("customers", "REPLY_TOO_LARGE", "ask for too many"));
    }
    reply->set_company_time_zone(company_zone_);
    for (const std::string& name : request->customers()) {
      customer::v1::Contact& contact = *reply->add_contacts();
      const auto found = contacts_.find(name.substr(name.find('/') + 1));
      if (found != contacts_.end()) {
        contact = found->second;
      } else {
        contact.set_verdict(customer::v1::CONTACT_VERDICT_CUSTOMER_UNKNOWN);
      }
      contact.set_customer(name);
      if (request->has_attributes()) KeepAttributes(request->attributes().ids(), contact);
    }
    return grpc::Status::OK;
  }

  template <typename Ids>
  static void KeepAttributes(const Ids& ids, customer::v1::Contact& contact) {
    auto attributes = contact.attributes();
    for (const std::string& id : ids) attributes.erase(id);
    for (const auto& [id, value] : attributes) contact.mutable_attributes()->erase(id);
  }

  grpc::Status ListConsents(grpc::ServerContext*, const customer::v1::ListConsentsRequest* request,
                            customer::v1::ListConsentsResponse* reply) override {
    std::lock_guard lock(mutex_);
    const std::string& name = request->customer();
    const auto found = consents_.find(name.substr(name.find('/') + 1));
    if (found == consents_.end()) return {grpc::StatusCode::NOT_FOUND, "no customer"};
    for (const auto& consent : found->second) *reply->add_consents() = consent;
    return grpc::Status::OK;
  }

  grpc::Status Get(const customer::v1::GetSegmentRequest& request, customer::v1::Segment& reply) {
    std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    const std::string id = request.name().substr(request.name().find('/') + 1);
    if (!members_.contains(id)) return NoSegment();
    reply.set_state(computing_ ? customer::v1::Segment::STATE_COMPUTING
                               : customer::v1::Segment::STATE_READY);
    return grpc::Status::OK;
  }

  grpc::Status List(const customer::v1::ListSegmentMembersRequest& request,
                    customer::v1::ListSegmentMembersResponse& reply) {
    std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    const auto found = members_.find(request.parent().substr(request.parent().find('/') + 1));
    if (found == members_.end()) return NoSegment();
    size_t at = 0;
    if (!request.page_token().empty()) CHECK(absl::SimpleAtoi(request.page_token(), &at));
    const size_t end =
        std::min(found->second.size(), at + static_cast<size_t>(request.page_size()));
    for (; at < end; ++at) {
      reply.add_members()->set_customer(absl::StrCat("customers/", found->second[at]));
    }
    if (end < found->second.size()) reply.set_next_page_token(absl::StrCat(end));
    return grpc::Status::OK;
  }

  std::atomic<int64_t> asked_{0};
  std::atomic<bool> stalls_{false};
  std::atomic<bool> stalled_{false};
  Segments segments_{*this};
  Erasures erasures_;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> members_;  // Guarded by mutex_, as all below.
  std::map<std::string, customer::v1::Contact> contacts_;
  std::map<std::string, std::vector<customer::v1::Consent>> consents_;
  grpc::Status failure_;
  std::string company_zone_ = "UTC";
  int most_at_once_ = 1000;
  bool computing_ = false;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::unique_ptr<Peer> peer_;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_TESTING_FAKE_CUSTOMERS_H_
