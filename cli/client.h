// The Regulars API as a program sees it: JSON in, JSON out, over one address.
//
//   CurlTransport transport;
//   FixedToken token("eyJ…");
//   Client client("https://crm.example.com", transport, token);
//   ABSL_ASSIGN_OR_RETURN(Json page, client.Get("/api/customer/v1/customers", {{"pageSize",
//   "100"}})); ABSL_ASSIGN_OR_RETURN(Json made, client.Post("/api/customer/v1/customers",
//                                                {{"givenName", "Ada"}},
//                                                {{"requestId", NewRequestId()}}));
//
// What was refused because the server is busy (429, 503) is sent again, after the time that the
// server names; what was refused after too many wrong passwords (TOO_MANY_ATTEMPTS) is not. What
// broke on the way is sent again only if that is safe: reads, and writes that carry a request id,
// either as a query parameter (where the body is the resource) or in the body. An ended token is
// renewed once. Errors are the server's own (see chassis/base/errors.h), or carry a reason of
// http.h.
//
// Used by one thread at a time. Transport and credentials must outlive the client.
#ifndef CLI_CLIENT_H_
#define CLI_CLIENT_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/http.h"
#include "cli/interrupt.h"
#include "cli/json.h"

namespace regulars::cli {

using Query = std::vector<std::pair<std::string, std::string>>;

// Where bearer tokens come from.
class Credentials {
 public:
  virtual ~Credentials() = default;
  // A token that lives for a while yet; "" to send none.
  virtual absl::StatusOr<std::string> Token() = 0;
  // The server says that `token` has ended: another one, or "" if there is none.
  virtual absl::StatusOr<std::string> Renew(absl::string_view /*token*/) { return ""; }
};

class FixedToken : public Credentials {
 public:
  explicit FixedToken(std::string token) : token_(std::move(token)) {}
  absl::StatusOr<std::string> Token() override { return token_; }

 private:
  const std::string token_;
};

// A new request id: a random UUID (RFC 9562, version 4).
std::string NewRequestId();

// "a/b c" → "a%2Fb%20c" (RFC 3986).
std::string EscapeUrl(absl::string_view text);

struct UploadFile {
  csv::ByteSource* source = nullptr;
  int64_t size = -1;  // -1 if unknown.
  std::string content_type = "text/csv";
  // If it can be read from its beginning again.
  bool repeatable = true;
  // Called as it goes out, with the bytes so far.
  std::function<void(int64_t)> on_sent;
};

// What passes the time between attempts.
struct Waiting {
  WaitFor wait_for = Sleep;
  // Called before a wait of over a second, with the error that it is for.
  std::function<void(absl::Duration wait, const absl::Status& why)> on_long_wait;
};

class Client {
 public:
  // `server`: "https://crm.example.com".
  Client(std::string server, Transport& transport, Credentials& credentials, Waiting waiting = {});

  absl::StatusOr<Json> Get(absl::string_view path, const Query& query = {});
  // A POST that only reads: a search, a preview.
  absl::StatusOr<Json> Ask(absl::string_view path, const Json& body);
  absl::StatusOr<Json> Post(absl::string_view path, const Json& body, const Query& query = {});
  absl::StatusOr<Json> Patch(absl::string_view path, const Json& body, const Query& query = {});
  absl::StatusOr<Json> Delete(absl::string_view path, const Query& query = {});

  // Calls `on_message` for each message of a server stream until it says false or the stream ends.
  absl::Status Stream(absl::string_view path, const Query& query,
                      const std::function<bool(const Json&)>& on_message);
  // Sends a file; the other fields of the request are in `query`.
  absl::StatusOr<Json> Upload(absl::string_view path, const Query& query, const UploadFile& file);
  // The bytes of an answer, whatever it is, as they come.
  absl::Status Download(absl::string_view method, absl::string_view path, const Query& query,
                        const std::string& body,
                        const std::function<bool(absl::string_view)>& on_data);

  const std::string& server() const { return server_; }

 private:
  HttpRequest MakeRequest(absl::string_view method, absl::string_view path,
                          const Query& query) const;
  absl::StatusOr<Json> SendJson(absl::string_view method, absl::string_view path,
                                const Query& query, const Json& body, bool repeatable);
  absl::StatusOr<HttpReply> Send(HttpRequest request, bool repeatable);
  absl::Status Wait(absl::Duration time, const absl::Status& why) const;
  absl::StatusOr<HttpReply> SendOnce(HttpRequest& request);

  const std::string server_;
  Transport& transport_;
  Credentials& credentials_;
  const Waiting waiting_;
};

// The error that a reply with an HTTP status of 300 and more speaks of.
absl::Status ErrorOf(const HttpReply& reply);
// The error that {"error": {…}} speaks of; that of an operation or a batch item is written with
// `code` as a number of google.rpc.Code.
absl::Status ErrorOf(const Json& error);

}  // namespace regulars::cli

#endif  // CLI_CLIENT_H_
