#include "chassis/rpc/idempotency.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"

namespace regulars::rpc {
namespace {

constexpr size_t kHashLength = 16;

Bytes ShortHash(absl::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return {std::string(reinterpret_cast<const char*>(digest), kHashLength)};
}

// Whose data the caller may see; empty: everybody's.
std::string LimitsOf(const auth::Caller& caller) {
  if (caller.realms.empty() && !caller.member) return "";
  std::vector<std::string> realms = caller.realms;
  std::sort(realms.begin(), realms.end());
  return ShortHash(absl::StrCat(caller.member.value_or(""), "\n", absl::StrJoin(realms, "\n")))
      .value;
}

// Rehearsals ask it too, so that what they let pass is not refused when it counts.
absl::Status CheckRequestId(absl::string_view id) {
  const bool printable = std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c));
  });
  if (printable && id.size() <= kMaxRequestIdLength) return absl::OkStatus();
  return FieldError("request_id", "INVALID_REQUEST_ID",
                    "must be at most 64 printable ASCII characters");
}

// Map fields in one order, so that equal requests have equal bytes.
std::string Deterministic(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace

absl::Status RunOnce(Transaction& tx, const Method& method, const std::string& request_id,
                     const google::protobuf::Message& request, google::protobuf::Message& response,
                     const std::function<absl::Status()>& change) {
  ABSL_RETURN_IF_ERROR(CheckRequestId(request_id));
  // A rehearsal must not answer from memory what the real request would be asked afresh.
  if (request_id.empty() || method.ValidateOnly(request)) return change();
  const Bytes key =
      ShortHash(absl::StrCat(tx.caller().principal, "\n", method.full_name, "\n", request_id));
  const Bytes hash = ShortHash(Deterministic(request));
  // What the caller was limited to stands behind the hash of the request.
  const std::string limits = LimitsOf(tx.caller());
  ABSL_ASSIGN_OR_RETURN(
      auto known, tx.Sql("SELECT request_hash, reply, time FROM idempotency WHERE key = ?", key)
                      .First<Bytes, Bytes, absl::Time>());
  if (known && std::get<absl::Time>(*known) + kRepliesKept > tx.now()) {
    const absl::string_view before = std::get<0>(*known).value;
    if (before.empty()) {
      return FailedPrecondition("REPLY_ERASED",
                                "was done before; whom the answer was about has been erased");
    }
    if (before.substr(0, kHashLength) != hash.value) {
      return FieldError("request_id", "REQUEST_ID_REUSED", "was used before with another request");
    }
    // The answer is of what could be seen then.
    if (!limits.empty() && before.substr(kHashLength) != limits) {
      return Error(absl::StatusCode::kPermissionDenied,
                   "was done before; since then the caller was limited to other stores",
                   {.reason = "LIMITS_CHANGED"});
    }
    return response.ParseFromString(std::get<1>(*known).value)
               ? absl::OkStatus()
               : Error(absl::StatusCode::kDataLoss, "a remembered reply is damaged",
                       {.reason = "REPLY_DAMAGED"});
  }
  ABSL_RETURN_IF_ERROR(change());
  return tx
      .Sql(
          "INSERT INTO idempotency (key, time, request_hash, reply) VALUES (?, ?, ?, ?) "
          "ON CONFLICT (key) DO UPDATE SET time = excluded.time, "
          "request_hash = excluded.request_hash, reply = excluded.reply",
          key, tx.now(), Bytes{absl::StrCat(hash.value, limits)},
          Bytes{response.SerializeAsString()})
      .Run();
}

absl::StatusOr<int64_t> EraseReplies(
    Transaction& tx, int64_t after, int64_t last, int64_t limit,
    const std::function<absl::StatusOr<bool>(absl::string_view reply)>& is_about) {
  std::vector<std::pair<int64_t, std::string>> rows;
  size_t bytes = 0;
  const absl::Status read =
      tx.Sql("SELECT id, reply FROM idempotency WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
             after, last, limit)
          .Each<int64_t, Bytes>([&](int64_t id, Bytes reply) {
            bytes += reply.value.size();
            rows.emplace_back(id, std::move(reply.value));
            return bytes < kRepliesAtOnceBytes ? absl::OkStatus()
                                               : absl::CancelledError("these are enough");
          });
  const bool enough = bytes >= kRepliesAtOnceBytes;
  if (!read.ok() && !enough) return read;
  for (const auto& [id, reply] : rows) {
    ABSL_ASSIGN_OR_RETURN(const bool about, is_about(reply));
    if (!about) continue;
    ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE idempotency SET request_hash = ?, reply = ? WHERE id = ?",
                                Bytes{}, Bytes{}, id)
                             .Run());
  }
  return enough || static_cast<int64_t>(rows.size()) == limit ? rows.back().first : last;
}

absl::StatusOr<int64_t> NewestReply(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto newest,
                        db.Sql("SELECT COALESCE(MAX(id), 0) FROM idempotency").First<int64_t>());
  return newest.value_or(0);
}

absl::StatusOr<int64_t> ForgetOldReplies(Transaction& tx, int64_t limit) {
  // Rows are in order of time but for the few that were renewed, which wait their turn.
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency "
                              "ORDER BY id LIMIT ?) AND time <= ?",
                              limit, tx.now() - kRepliesKept)
                           .Run());
  return tx.Changes();
}

}  // namespace regulars::rpc
