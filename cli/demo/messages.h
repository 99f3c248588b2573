// The demo shop in the words of the API. Pure.
#ifndef CLI_DEMO_MESSAGES_H_
#define CLI_DEMO_MESSAGES_H_

#include "cli/demo/model.h"
#include "cli/demo/setup.h"
#include "cli/json.h"

namespace regulars::demo {

// A CustomerUpsert.
cli::Json ToUpsert(const Buyer& buyer);
// An Order.
cli::Json ToOrder(const Receipt& receipt);
// A BehaviourEvent.
cli::Json ToEvent(const Visit& visit);
cli::Json ToConsent(const ConsentWord& word);
cli::Json ToAttribute(const Attribute& attribute);
cli::Json ToRate(const DayRate& rate);
cli::Json ToSegment(const ReadySegment& segment);

}  // namespace regulars::demo

#endif  // CLI_DEMO_MESSAGES_H_
