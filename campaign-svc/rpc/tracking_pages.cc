#include "campaign-svc/rpc/tracking_pages.h"

#include "absl/strings/str_cat.h"
#include "campaign-svc/domain/html_text.h"
#include "regulars/type/v1/http_reply.pb.h"

namespace regulars::campaign {
namespace {

// A GIF of one transparent point (GIF89a).
constexpr unsigned char kPixel[] = {
    'G',  'I',  'F',  '8',  '9',  'a',  0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00,
    0x00, 0xff, 0xff, 0xff, 0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3b};

google::api::HttpBody Reply(absl::string_view type, absl::string_view data, int status,
                            const std::string& location = "") {
  google::api::HttpBody body;
  body.set_content_type(std::string(type));
  body.set_data(std::string(data));
  type::v1::HttpReply extra;
  extra.set_status(status);
  extra.set_location(location);
  body.add_extensions()->PackFrom(extra);
  return body;
}

google::api::HttpBody Page(absl::string_view title, absl::string_view content, int status) {
  return Reply(
      "text/html; charset=utf-8",
      absl::StrCat("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width\">\n"
                   "<meta name=\"robots\" content=\"noindex\">\n<title>",
                   title, "</title>\n</head>\n<body>\n<h1>", title, "</h1>\n", content,
                   "\n</body>\n</html>\n"),
      status);
}

std::string Of(absl::string_view company) {
  return company.empty() ? "" : absl::StrCat(" of ", EscapeHtml(company));
}

}  // namespace

google::api::HttpBody PixelReply() {
  return Reply("image/gif",
               absl::string_view(reinterpret_cast<const char*>(kPixel), sizeof(kPixel)), 200);
}

google::api::HttpBody RedirectReply(const std::string& target) {
  return Reply("text/plain; charset=utf-8", absl::StrCat(target, "\n"), 302, target);
}

google::api::HttpBody NotOursReply() {
  return Page("This link leads nowhere",
              "<p>It is not one that we sent, or it was cut off on its way.</p>", 404);
}

google::api::HttpBody AskReply(absl::string_view company) {
  return Page("Unsubscribe",
              absl::StrCat("<p>No more messages of this kind", Of(company),
                           "?</p>\n<form method=\"post\"><button type=\"submit\">Unsubscribe"
                           "</button></form>"),
              200);
}

google::api::HttpBody DoneReply(absl::string_view company) {
  return Page("Unsubscribed",
              absl::StrCat("<p>You get no more messages of this kind", Of(company), ".</p>"), 200);
}

}  // namespace regulars::campaign
