// Letters to be posted, as a service would keep them: the effect of the tests.
#ifndef CHASSIS_EFFECTS_LETTER_FIXTURE_H_
#define CHASSIS_EFFECTS_LETTER_FIXTURE_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "chassis/base/cause.h"
#include "chassis/base/status_macros.h"
#include "chassis/effects/effect_pool.h"

namespace regulars {

inline constexpr Migration kLetterMigrations[] = {
    {1,
     "CREATE TABLE letter (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT NULL, state "
     "TEXT NOT NULL, due_time BIGINT NOT NULL, lease_until BIGINT NOT NULL, holder BIGINT NOT "
     "NULL, records BIGINT NOT NULL, correlation_id TEXT NOT NULL, hops BIGINT NOT NULL); "
     "CREATE INDEX letter_open ON letter (kind, due_time) WHERE state = 'OPEN'"}};

struct Letter {
  int64_t id = 0;
  std::string text;
  Cause cause;
};

inline absl::Status WriteLetter(Transaction& tx, int64_t id, const std::string& kind,
                                const std::string& text, absl::Time due) {
  EffectPool::Ring(tx, kind);
  return tx
      .Sql("INSERT INTO letter VALUES (?, ?, ?, 'OPEN', ?, ?, 0, 0, ?, ?)", id, kind, text, due,
           absl::UnixEpoch(), tx.origin().correlation_id, tx.origin().hops)
      .Run();
}

inline absl::StatusOr<std::vector<Letter>> ClaimLetters(Transaction& tx, const std::string& kind,
                                                        const EffectClaim& claim) {
  std::vector<Letter> letters;
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE letter SET lease_until = ?, holder = ? WHERE id IN (SELECT id FROM letter "
             "WHERE kind = ? AND state = 'OPEN' AND due_time <= ? AND (holder <> ? OR lease_until "
             "<= ?) ORDER BY due_time, id LIMIT ?) RETURNING id, text, correlation_id, hops",
             claim.lease_until, claim.holder, kind, tx.now(), claim.holder, tx.now(), claim.limit)
          .Each<int64_t, std::string, std::string, int64_t>(
              [&](int64_t id, std::string text, std::string correlation_id, int64_t hops) {
                letters.push_back(
                    {id, std::move(text), {std::move(correlation_id), static_cast<int>(hops)}});
              }));
  return letters;
}

inline absl::Status RecordLetters(Transaction& tx, std::vector<Letter>& letters) {
  for (const Letter& letter : letters) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("UPDATE letter SET state = 'SENT', holder = 0, records = records + 1 WHERE id = ? "
               "AND state = 'OPEN'",
               letter.id)
            .Run());
  }
  return absl::OkStatus();
}

inline absl::StatusOr<std::optional<absl::Time>> NextLetter(Snapshot& db, const std::string& kind) {
  return db
      .Sql(
          "SELECT MAX(due_time, lease_until) FROM letter WHERE kind = ? AND state = 'OPEN' ORDER "
          "BY 1 LIMIT 1",
          kind)
      .First<absl::Time>();
}

inline EffectKind<Letter> LetterKind(const std::string& name,
                                     std::function<void(Letter&)> perform) {
  return {.name = name,
          .claim = [name](Transaction& tx,
                          const EffectClaim& claim) { return ClaimLetters(tx, name, claim); },
          .perform = std::move(perform),
          .record = RecordLetters,
          .next_due = [name](Snapshot& db) { return NextLetter(db, name); }};
}

}  // namespace regulars

#endif  // CHASSIS_EFFECTS_LETTER_FIXTURE_H_
