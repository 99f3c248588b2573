// An answer that needs no service: a page, a file. Made ready once, when the door is put together:
// packed for those who take gzip, and with an etag, by which a browser learns without its bytes
// that it has not changed (RFC 9110 §13.1.2). Immutable; safe from any thread.
//
//   const PreparedPage page({.content_type = "text/css", .body = css});
//   HttpResponse response = page.Answer(request);
#ifndef GATEWAY_HTTP_PAGE_H_
#define GATEWAY_HTTP_PAGE_H_

#include <string>

#include "gateway/http/message.h"

namespace regulars::gateway {

struct StaticPage {
  std::string content_type;
  std::string body;
  // What a browser may load for this page (Content-Security-Policy).
  std::string policy = "default-src 'none'";
  // Where the page is to be found instead; empty: here.
  std::string location = {};
};

class PreparedPage {
 public:
  explicit PreparedPage(StaticPage page);

  // What a GET or HEAD of the page gets. The answer may point to the page.
  HttpResponse Answer(const HttpRequest& request) const;
  const std::string& policy() const { return page_.policy; }

 private:
  const StaticPage page_;
  const std::string packed_;
  // Weak, for it is that of the page as it is and packed. Without "W/".
  const std::string etag_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_PAGE_H_
