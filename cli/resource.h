// What gets, lists and deletes have in common, so that those of each resource are a line or two.
//
//   const Resource kSegment = {.service = "customer", .collection = "segments", .noun = "segment",
//                              .columns = {IdColumn(), TextColumn("NAME", "displayName")}};
//   AddGet(group, kSegment, "Shows one segment.", "regularsctl segment get best");
#ifndef CLI_RESOURCE_H_
#define CLI_RESOURCE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/command.h"
#include "cli/context.h"
#include "cli/json.h"
#include "cli/table.h"

namespace regulars::cli {

struct Column {
  TableColumn look;
  std::function<std::string(const Json& item, absl::TimeZone zone)> cell;
};

Column IdColumn(const std::string& title = "ID", const std::string& path = "name");
Column TextColumn(const std::string& title, const std::string& path);
Column ListColumn(const std::string& title, const std::string& path);
Column EnumColumn(const std::string& title, const std::string& path, const std::string& prefix);
Column TimeColumn(const std::string& title, const std::string& path);
Column CountColumn(const std::string& title, const std::string& path);
// A place in a feed: digits alone, as flags take it.
Column PositionColumn(const std::string& title, const std::string& path);
Column MoneyColumn(const std::string& title, const std::string& path);
Column RoundedMoneyColumn(const std::string& title, const std::string& path);
Column BytesColumn(const std::string& title, const std::string& path);
// `word` where `path` is true, else nothing.
Column MarkColumn(const std::string& title, const std::string& path, const std::string& word);
// {"done": 5, "total": 20} → "5 of 20".
Column ProgressColumn(const std::string& title, const std::string& path);

struct Resource {
  std::string service;     // "customer"
  std::string collection;  // "customers": in names, paths and lists.
  std::string noun;        // "customer"
  // Of lists; a get shows them too, with `more` behind.
  std::vector<Column> columns;
  std::vector<Column> more;
  std::string folder;  // Between version and collection: "admin/".

  // "/api/customer/v1/customers"
  std::string Path() const;
  // That and "/06g…", from an id or a whole name. INVALID_ARGUMENT (USAGE) for anything else.
  absl::StatusOr<std::string> PathOf(absl::string_view id) const;
  // "customers/06g…", likewise.
  absl::StatusOr<std::string> NameOf(absl::string_view id) const;
};

// What NameOf says, for a resource of which a command only needs the name.
absl::StatusOr<std::string> NameIn(const std::string& collection, const std::string& noun,
                                   absl::string_view id);

// Prints a resource: as details, or with --json as the API sent it.
void PrintResource(Context& context, const Resource& resource, const Json& item);

struct ListFlags {
  Flag<int64_t> limit;
  Flag<bool> all;
  Flag<int64_t> page_size;
};
ListFlags AddListFlags(const Command& command);

// Gets the page that `page` (pageSize, pageToken) asks for.
using FetchPage = std::function<absl::StatusOr<Json>(const Query& page)>;

// Prints the items at `key` page by page; with --json one on each line.
absl::Status PrintList(Context& context, const std::vector<Column>& columns, const std::string& key,
                       const ListFlags& flags, const FetchPage& fetch);
// The usual way to get pages.
absl::Status PrintList(Context& context, const std::vector<Column>& columns, const std::string& key,
                       const ListFlags& flags, const std::string& path, const Query& query);

void AddGet(const Command& group, const Resource& resource, const std::string& example);

struct ListOptions {
  std::string summary;
  std::string example;
  std::string filter_help;    // "": it takes no filter.
  std::string order_by_help;  // "": it takes no order.
};
void AddList(const Command& group, const Resource& resource, const ListOptions& options);

struct DeleteOptions {
  std::string example;
  std::string force_help;  // "": it knows no force.
};
void AddDelete(const Command& group, const Resource& resource, const DeleteOptions& options);

// Of many that were sent at once some were refused: tells people which and why.
class Refusals {
 public:
  Refusals(Context& context, std::string nouns) : context_(context), nouns_(std::move(nouns)) {}

  // The one at `index`, counted from 0.
  void Add(int64_t index, const Json& error);
  // OK if there were none; else how many, with the reason of the first.
  absl::Status status() const;

 private:
  Context& context_;
  const std::string nouns_;
  int64_t count_ = 0;
  int64_t first_index_ = 0;
  absl::Status first_;
};

// The flag --service, for what every service answers.
Flag<std::string> AddServiceFlag(const Command& command);

}  // namespace regulars::cli

#endif  // CLI_RESOURCE_H_
