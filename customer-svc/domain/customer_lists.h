// Adding to the lists of a customer: what is there already is not repeated but takes on what the
// addition says of it. Whatever is added, exactly one e-mail, phone and address is primary, if
// there is any. Pure.
#ifndef CUSTOMER_SVC_DOMAIN_CUSTOMER_LISTS_H_
#define CUSTOMER_SVC_DOMAIN_CUSTOMER_LISTS_H_

#include <map>
#include <string>
#include <vector>

#include "customer-svc/domain/customer.h"

namespace regulars::customer {

// The same address by its folded form; the one there stays as written.
void AddEmails(const std::vector<Email>& from, std::vector<Email>& to);
void AddPhones(const std::vector<Phone>& from, std::vector<Phone>& to);
void AddExternalIds(const std::vector<ExternalId>& from, std::vector<ExternalId>& to);
void AddTags(const std::vector<std::string>& from, std::vector<std::string>& to);
void AddAttributes(const std::map<std::string, AttributeValue>& from,
                   std::map<std::string, AttributeValue>& to);
// The same address if all of it is the same.
void AddAddresses(const std::vector<PostalAddress>& from, std::vector<PostalAddress>& to);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_CUSTOMER_LISTS_H_
