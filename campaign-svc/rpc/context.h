// What the methods of campaign-svc share. Made once at start; outlives every service.
#ifndef CAMPAIGN_SVC_RPC_CONTEXT_H_
#define CAMPAIGN_SVC_RPC_CONTEXT_H_

#include <string>

#include "campaign-svc/delivery/people.h"
#include "campaign-svc/delivery/template_cache.h"
#include "campaign-svc/domain/link_token.h"
#include "chassis/rpc/environment.h"

namespace regulars::campaign {

struct Context {
  const rpc::Environment& environment;
  Upstreams upstreams;
  const LinkSigner& signer;
  // Keys the hashes of addresses.
  const std::string hash_secret;
  TemplateCache& cache;

  const People people{upstreams};
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_CONTEXT_H_
