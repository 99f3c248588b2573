#include "cli/demo/fill.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "cli/demo/browsing.h"
#include "cli/demo/messages.h"
#include "cli/demo/setup.h"
#include "cli/interrupt.h"

namespace regulars::demo {
namespace {

using cli::Client;
using cli::Json;

constexpr char kApi[] = "/api/customer/v1/";
// Customers, orders and rates in one request.
constexpr int64_t kChunk = 100;
constexpr size_t kOrdersPerBatch = 200;
constexpr size_t kItemsPerBatch = 500;
constexpr size_t kRatesPerBatch = 500;
constexpr absl::Duration kProgressPeriod = absl::Milliseconds(100);

constexpr char kTimeZone[] = "Europe/Berlin";
constexpr char kCountry[] = "DE";

std::string Path(absl::string_view rest) { return absl::StrCat(kApi, rest); }

bool IsReason(const absl::Status& status, absl::string_view reason) {
  return GetErrorDetails(status).reason == reason;
}

// Counts the results of a batch; a refused item is an error, since the shop sends nothing wrong.
absl::Status Count(const Json& reply, FillCounts& counts) {
  for (const Json& result : cli::Items(reply, "results")) {
    const std::string outcome = cli::Text(result, "outcome");
    if (outcome == "UPSERT_OUTCOME_CREATED" || outcome == "OUTCOME_RECORDED") {
      ++counts.created;
    } else if (outcome == "UPSERT_OUTCOME_UPDATED") {
      ++counts.updated;
    } else if (outcome == "UPSERT_OUTCOME_UNCHANGED" || outcome == "OUTCOME_DUPLICATE") {
      ++counts.unchanged;
    } else if (const Json* error = cli::Find(result, "error")) {
      return cli::ErrorOf(*error);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Filler::SetUp() {
  ABSL_RETURN_IF_ERROR(SetUpCompany());
  for (const Attribute& attribute : DemoAttributes()) {
    ABSL_RETURN_IF_ERROR(Declare(attribute));
  }
  return SetRates();
}

absl::Status Filler::SetUpCompany() {
  const std::string path = Path("companySettings");
  ABSL_ASSIGN_OR_RETURN(Json settings, client_.Get(path));
  if (cli::Text(settings, "updateTime").empty()) {
    const Json wanted = {{"timeZone", kTimeZone}, {"country", kCountry}};
    absl::StatusOr<Json> set = client_.Patch(path, wanted, {{"requestId", cli::NewRequestId()}});
    // With orders the time zone stays as it is, and serves as well.
    if (!set.ok() && !IsReason(set.status(), "TIME_ZONE_IN_USE")) return set.status();
    if (set.ok()) settings = *std::move(set);
  }
  base_currency_ = cli::Text(settings, "baseCurrency");
  if (base_currency_ == "EUR" || base_currency_ == "GBP") return absl::OkStatus();
  return FailedPrecondition("BASE_CURRENCY_UNSUITABLE",
                            "the demo shop sells in EUR and GBP: one of them must be the base "
                            "currency of the company");
}

absl::Status Filler::Declare(const Attribute& attribute) {
  const std::string path = Path("attributeDefinitions");
  absl::StatusOr<Json> declared =
      client_.Post(path, ToAttribute(attribute),
                   {{"attributeDefinitionId", attribute.id}, {"requestId", cli::NewRequestId()}});
  if (!declared.ok() && IsReason(declared.status(), "ATTRIBUTE_EXISTS")) {
    declared = client_.Get(absl::StrCat(path, "/", attribute.id));
  }
  ABSL_RETURN_IF_ERROR(declared.status());
  if (cli::Text(*declared, "type") != attribute.type) {
    return FailedPrecondition("ATTRIBUTE_TAKEN", absl::StrCat("the attribute '", attribute.id,
                                                              "' is declared otherwise"));
  }
  if (shop_) return absl::OkStatus();
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, cli::Text(*declared, "createTime"), &time, &error)) {
    return Error(absl::StatusCode::kInternal, "the server tells no time", {.reason = "NO_TIME"});
  }
  shop_.emplace(static_cast<uint64_t>(options_.seed), time);
  return absl::OkStatus();
}

absl::Status Filler::SetRates() {
  Json rates = Json::array();
  for (const DayRate& rate :
       DemoRates(static_cast<uint64_t>(options_.seed), base_currency_, shop_->now())) {
    rates.push_back(ToRate(rate));
    if (rates.size() < kRatesPerBatch) continue;
    ABSL_RETURN_IF_ERROR(SendRates(rates));
    rates.clear();
  }
  return rates.empty() ? absl::OkStatus() : SendRates(rates);
}

absl::Status Filler::SendRates(const Json& rates) {
  ABSL_ASSIGN_OR_RETURN(const Json reply, client_.Post(Path("currencyRates:batchUpsert"),
                                                       {{"currencyRates", rates},
                                                        {"requestId", cli::NewRequestId()}}));
  FillCounts counts;
  return Count(reply, counts);
}

absl::Status Filler::SendAll(const std::function<void(const FillSummary&)>& on_progress) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int64_t i = 0; i < options_.connections; ++i) {
    ABSL_ASSIGN_OR_RETURN(clients.emplace_back(), connect_());
  }
  std::vector<std::thread> threads;
  working_ = static_cast<int>(clients.size());
  for (const std::unique_ptr<Client>& client : clients) {
    threads.emplace_back([this, &client] {
      if (const absl::Status worked = Work(*client); !worked.ok()) Fail(worked);
      --working_;
    });
  }
  while (working_ > 0) {
    on_progress(summary());
    if (const absl::Status slept = cli::Sleep(kProgressPeriod); !slept.ok()) {
      Fail(slept);
      break;
    }
  }
  for (std::thread& thread : threads) thread.join();
  on_progress(summary());
  std::lock_guard lock(mutex_);
  return failure_;
}

void Filler::Fail(const absl::Status& status) {
  stopping_ = true;
  std::lock_guard lock(mutex_);
  failure_.Update(status);
}

absl::Status Filler::Work(Client& client) {
  while (!stopping_) {
    const int64_t begin = next_.fetch_add(kChunk);
    if (begin >= options_.customers) break;
    ABSL_RETURN_IF_ERROR(SendChunk(client, begin, std::min(begin + kChunk, options_.customers)));
  }
  return absl::OkStatus();
}

absl::Status Filler::SendChunk(Client& client, int64_t begin, int64_t end) {
  Json upserts = Json::array();
  for (int64_t i = begin; i < end; ++i) upserts.push_back(ToUpsert(shop_->MakeBuyer(i)));
  ABSL_ASSIGN_OR_RETURN(const Json reply, client.Post(Path("customers:batchUpsert"),
                                                      {{"upserts", std::move(upserts)},
                                                       {"requestId", cli::NewRequestId()}}));
  {
    std::lock_guard lock(mutex_);
    ABSL_RETURN_IF_ERROR(Count(reply, summary_.customers));
  }
  Json orders = Json::array();
  for (int64_t i = begin; i < end; ++i) {
    for (const Receipt& receipt : shop_->MakeReceipts(i)) {
      orders.push_back(ToOrder(receipt));
      if (orders.size() < kOrdersPerBatch) continue;
      ABSL_RETURN_IF_ERROR(SendOrders(client, std::exchange(orders, Json::array())));
    }
  }
  if (!orders.empty()) ABSL_RETURN_IF_ERROR(SendOrders(client, std::move(orders)));
  return SendDoings(client, begin, end);
}

absl::Status Filler::SendDoings(Client& client, int64_t begin, int64_t end) {
  const auto seed = static_cast<uint64_t>(options_.seed);
  std::vector<Json> events;
  std::vector<Json> consents;
  for (int64_t i = begin; i < end; ++i) {
    const Buyer buyer = shop_->MakeBuyer(i);
    for (const Visit& visit : MakeVisits(seed, i, buyer, shop_->MakeReceipts(i), shop_->now())) {
      events.push_back(ToEvent(visit));
    }
    for (const ConsentWord& word : MakeConsents(seed, i, buyer, shop_->now())) {
      consents.push_back(ToConsent(word));
    }
  }
  ABSL_RETURN_IF_ERROR(SendItems(client, "events:ingest", "events", events, summary_.events));
  return SendItems(client, "consents:batchSet", "consents", consents, summary_.consents);
}

absl::Status Filler::SendItems(Client& client, const std::string& path, const char* key,
                               const std::vector<Json>& items, FillCounts& counts) {
  for (size_t begin = 0; begin < items.size(); begin += kItemsPerBatch) {
    const size_t end = std::min(items.size(), begin + kItemsPerBatch);
    Json batch = Json::array();
    for (size_t i = begin; i < end; ++i) batch.push_back(items[i]);
    ABSL_ASSIGN_OR_RETURN(
        const Json reply,
        client.Post(Path(path), {{key, std::move(batch)}, {"requestId", cli::NewRequestId()}}));
    std::lock_guard lock(mutex_);
    ABSL_RETURN_IF_ERROR(Count(reply, counts));
  }
  return absl::OkStatus();
}

absl::Status Filler::SendOrders(Client& client, Json orders) {
  int64_t lines = 0;
  for (const Json& order : orders) lines += static_cast<int64_t>(order["lines"].size());
  ABSL_ASSIGN_OR_RETURN(const Json reply, client.Post(Path("orders:batchUpsert"),
                                                      {{"orders", std::move(orders)},
                                                       {"requestId", cli::NewRequestId()}}));
  std::lock_guard lock(mutex_);
  summary_.lines += lines;
  return Count(reply, summary_.orders);
}

absl::StatusOr<int64_t> Filler::MakeSegments() {
  int64_t made = 0;
  for (const ReadySegment& segment : DemoSegments()) {
    const absl::Status created =
        client_
            .Post(Path("segments"), ToSegment(segment),
                  {{"segmentId", segment.id}, {"requestId", cli::NewRequestId()}})
            .status();
    if (created.ok()) {
      ++made;
    } else if (!IsReason(created, "SEGMENT_EXISTS")) {
      return created;
    }
  }
  return made;
}

FillSummary Filler::summary() const {
  std::lock_guard lock(mutex_);
  return summary_;
}

}  // namespace regulars::demo
