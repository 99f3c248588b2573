// Server streams: an answer that is passed on message by message as it comes.
#ifndef GATEWAY_HTTP_STREAM_H_
#define GATEWAY_HTTP_STREAM_H_

#include "gateway/http/exchange.h"

namespace regulars::gateway {

// Serves a request for a server stream, whose body has been read, as lines or events.
boost::asio::awaitable<void> ServeStream(Exchange& exchange, const MethodTable::Match& match,
                                         const CallHeaders& headers);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_STREAM_H_
