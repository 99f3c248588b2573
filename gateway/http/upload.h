// Uploads: a body that is passed on in pieces as it comes.
#ifndef GATEWAY_HTTP_UPLOAD_H_
#define GATEWAY_HTTP_UPLOAD_H_

#include "gateway/http/exchange.h"

namespace regulars::gateway {

// Serves a request for an upload. Whatever the body's size, one piece is in memory; more uploads at
// once than max_uploads are refused: RESOURCE_EXHAUSTED TOO_MANY_UPLOADS.
boost::asio::awaitable<void> ServeUpload(Exchange& exchange, const MethodTable::Match& match,
                                         const CallHeaders& headers);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_UPLOAD_H_
