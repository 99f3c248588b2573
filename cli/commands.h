// The groups of commands; each is a file of its own.
#ifndef CLI_COMMANDS_H_
#define CLI_COMMANDS_H_

#include "cli/command.h"

namespace regulars::cli {

void AddSessionCommands(const Command& root);     // sign_in.cc
void AddProfileCommands(const Command& root);     // profiles.cc
void AddCustomerCommands(const Command& root);    // customers.cc
void AddOrderCommands(const Command& root);       // orders.cc
void AddPersonCommands(const Command& customer);  // erasures.cc: of the group customer
void AddErasureCommands(const Command& root);     // erasures.cc
void AddConsentCommands(const Command& root);     // consents.cc
void AddEventCommands(const Command& root);       // events.cc
void AddAttributeCommands(const Command& root);   // attributes.cc
void AddSettingsCommands(const Command& root);    // settings.cc: settings and rate
void AddSegmentCommands(const Command& root);     // segments.cc
void AddRfmCommands(const Command& root);         // rfm.cc
void AddMemberCommands(const Command& root);      // members.cc: member and points
void AddProgrammeCommands(const Command& root);   // programme.cc: programme and quote
void AddImportCommands(const Command& root);      // imports.cc
void AddItemCommands(const Command& root);        // items.cc
void AddRecommendCommand(const Command& root);    // recommend.cc
void AddFeedCommands(const Command& root);        // feed.cc
void AddFollowerCommands(const Command& feed);    // followers.cc: of the group feed
void AddOperationCommands(const Command& root);   // operations.cc
void AddAdminCommands(const Command& root);       // admin.cc
void AddUserCommands(const Command& root);        // users.cc: user and role
void AddKeyCommands(const Command& root);         // keys.cc
void AddTemplateCommands(const Command& root);    // templates.cc
void AddCampaignCommands(const Command& root);    // campaigns.cc
void AddMessageCommands(const Command& root);     // messages.cc: message and suppression
void AddCallCommand(const Command& root);         // call.cc

void AddDemoCommands(const Command& root);  // demo/demo.cc

}  // namespace regulars::cli

#endif  // CLI_COMMANDS_H_
