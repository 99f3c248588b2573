#include "customer-svc/store/consents.h"

#include <string>
#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars::customer::consents {
namespace {

absl::StatusOr<std::vector<ConsentRecord>> Read(Query query) {
  std::vector<ConsentRecord> words;
  ABSL_RETURN_IF_ERROR(
      std::move(query)
          .Each<int64_t, std::string, std::string, int64_t, absl::Time, std::string, std::string,
                std::string, absl::Time, bool>(
              [&](int64_t number, std::string channel, std::string topic, int64_t state,
                  absl::Time change_time, std::string source, std::string proof,
                  std::string recorded_by, absl::Time create_time, bool current) {
                words.push_back({.number = number,
                                 .channel = std::move(channel),
                                 .topic = std::move(topic),
                                 .state = static_cast<ConsentState>(state),
                                 .change_time = change_time,
                                 .source = std::move(source),
                                 .proof = std::move(proof),
                                 .recorded_by = std::move(recorded_by),
                                 .create_time = create_time,
                                 .current = current});
              }));
  return words;
}

}  // namespace

absl::StatusOr<std::vector<ConsentRecord>> Load(Snapshot& db, int64_t customer) {
  return Read(
      db.Sql("SELECT number, channel, topic, state, change_time, source, proof, recorded_by, "
             "create_time, current FROM consent WHERE customer = ? ORDER BY number",
             customer));
}

absl::StatusOr<std::vector<ConsentRecord>> LoadCurrent(Snapshot& db, int64_t customer,
                                                       absl::string_view channel) {
  return Read(
      db.Sql("SELECT number, channel, topic, state, change_time, source, proof, recorded_by, "
             "create_time, current FROM consent WHERE customer = ? AND current = 1 "
             "AND channel = ? ORDER BY number",
             customer, channel));
}

absl::Status Add(Transaction& tx, int64_t customer, const ConsentPlan& plan, ConsentRecord& word) {
  if (plan.superseded) {
    ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE consent SET current = 0 WHERE customer = ? AND number = ?",
                                customer, *plan.superseded)
                             .Run());
  }
  if (plan.dropped) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("DELETE FROM consent WHERE customer = ? AND number = ?", customer, *plan.dropped)
            .Run());
  }
  word.current = plan.counts;
  ABSL_ASSIGN_OR_RETURN(
      const auto number,
      tx.Sql("INSERT INTO consent (customer, number, channel, topic, state, change_time, source, "
             "proof, recorded_by, create_time, current) VALUES (?, (SELECT COALESCE(MAX(number), "
             "0) + 1 FROM consent WHERE customer = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
             customer, customer, word.channel, word.topic, static_cast<int64_t>(word.state),
             word.change_time, word.source, word.proof, word.recorded_by, word.create_time,
             word.current)
          .First<int64_t>());
  word.number = number.value();  // RETURNING gives one row for each inserted.
  return absl::OkStatus();
}

absl::Status Forget(Transaction& tx, int64_t customer) {
  return tx.Sql("DELETE FROM consent WHERE customer = ?", customer).Run();
}

}  // namespace regulars::customer::consents
