// An upstream and its follower in one process, without a network: boxes that are set and taken away
// upstream, and a mirror of them.
#ifndef CHASSIS_FEED_FOLLOW_FIXTURE_H_
#define CHASSIS_FEED_FOLLOW_FIXTURE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/event.h"
#include "chassis/feed/feed_handlers.h"
#include "chassis/feed/feed_service.h"
#include "chassis/storage/store.h"
#include "regulars/testing/v1/box.pb.h"

namespace regulars::follow {

// "box <id> bears <label>" is an event, "box <id> is gone" another, and noise a third. "Box <id> is
// gone for good" waits behind nothing, where it is followed.
using BoxSet = testing::v1::Box;
using BoxGone = testing::v1::GetBoxRequest;
using BoxErased = testing::v1::CreateBoxRequest;
using Noise = testing::v1::ExportBoxesRequest;

inline constexpr Migration kUpstreamMigrations[] = {
    {1, "CREATE TABLE box (id TEXT PRIMARY KEY, label TEXT NOT NULL)"}};

// `done` counts how often each event had its effect.
inline constexpr Migration kMirrorMigrations[] = {
    {1,
     "CREATE TABLE mirror (id TEXT PRIMARY KEY, label TEXT NOT NULL, generation BIGINT NOT NULL); "
     "CREATE TABLE done (event TEXT PRIMARY KEY, times BIGINT NOT NULL); "
     "CREATE TABLE erased (id TEXT PRIMARY KEY)"}};

inline constexpr size_t kPage = 3;

using Boxes = std::map<std::string, std::string>;

inline std::string Subject(const std::string& id) { return "boxes/" + id; }

inline absl::Status SetBox(Transaction& tx, const std::string& id, const std::string& label) {
  ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO box VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET label "
                              "= excluded.label",
                              id, label)
                           .Run());
  BoxSet event;
  event.set_name(id);
  event.set_label(label);
  tx.Publish(PackEvent(Subject(id), "", event));
  return absl::OkStatus();
}

inline absl::Status RemoveBox(Transaction& tx, const std::string& id) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM box WHERE id = ?", id).Run());
  if (tx.Changes() == 0) return absl::OkStatus();
  BoxGone event;
  event.set_name(id);
  tx.Publish(PackEvent(Subject(id), "", event));
  return absl::OkStatus();
}

// No box of this id may be set again.
inline absl::Status EraseBox(Transaction& tx, const std::string& id) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM box WHERE id = ?", id).Run());
  BoxErased event;
  event.mutable_box()->set_name(id);
  tx.Publish(PackEvent(Subject(id), "", event));
  return absl::OkStatus();
}

inline absl::StatusOr<Boxes> ReadBoxes(Store& store, absl::string_view table) {
  Boxes boxes;
  ABSL_RETURN_IF_ERROR(store.readers().Run({}, [&](Snapshot& db) {
    return db.Sql(absl::StrCat("SELECT id, label FROM ", table))
        .Each<std::string, std::string>([&](std::string id, std::string label) {
          boxes.emplace(std::move(id), std::move(label));
        });
  }));
  return boxes;
}

// Asked before each effect; an error is the handler's.
using Trouble = std::function<absl::Status(const std::string& subject, const std::string& event)>;

// What was erased stays so, whatever is told of it late.
inline absl::Status Mirror(Transaction& tx, const std::string& id, const std::string& label,
                           int64_t generation) {
  return tx
      .Sql(
          "INSERT INTO mirror SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM erased WHERE id = ?) "
          "ON CONFLICT (id) DO UPDATE SET label = excluded.label, "
          "generation = MAX(generation, excluded.generation)",
          id, label, generation, id)
      .Run();
}

inline absl::Status CountOnce(Transaction& tx, const std::string& event) {
  return tx
      .Sql("INSERT INTO done VALUES (?, 1) ON CONFLICT (event) DO UPDATE SET times = times + 1",
           event)
      .Run();
}

// Follows BoxErased too.
inline void FollowErasures(FeedHandlers& handlers) {
  handlers.OnAtOnce<BoxErased>(
      [](Transaction& tx, const FollowedEvent& event, const BoxErased& erased) -> absl::Status {
        const std::string& id = erased.box().name();
        ABSL_RETURN_IF_ERROR(CountOnce(tx, event.id));
        ABSL_RETURN_IF_ERROR(
            tx.Sql("INSERT INTO erased (id) VALUES (?) ON CONFLICT DO NOTHING", id).Run());
        return tx.Sql("DELETE FROM mirror WHERE id = ?", id).Run();
      });
}

// `upstream` gives the store that the state is read from, three boxes a page.
inline FeedHandlers MirrorHandlers(const std::function<absl::StatusOr<Store*>()>& upstream,
                                   const Trouble& trouble = nullptr) {
  using Item = std::pair<std::string, std::string>;
  FeedHandlers handlers;
  handlers.On<BoxSet>(
      [trouble](Transaction& tx, const FollowedEvent& event, const BoxSet& box) -> absl::Status {
        ABSL_RETURN_IF_ERROR(Mirror(tx, box.name(), box.label(), 0));
        ABSL_RETURN_IF_ERROR(CountOnce(tx, event.id));
        return trouble ? trouble(event.subject, event.id) : absl::OkStatus();
      });
  handlers.On<BoxGone>(
      [trouble](Transaction& tx, const FollowedEvent& event, const BoxGone& box) -> absl::Status {
        ABSL_RETURN_IF_ERROR(CountOnce(tx, event.id));
        ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM mirror WHERE id = ?", box.name()).Run());
        return trouble ? trouble(event.subject, event.id) : absl::OkStatus();
      });
  handlers.Rebuild<Item>(
      {.fetch = [upstream](const Origin&,
                           const std::string& cursor) -> absl::StatusOr<RebuildPlan<Item>::Page> {
         ABSL_ASSIGN_OR_RETURN(Store * store, upstream());
         RebuildPlan<Item>::Page page;
         ABSL_RETURN_IF_ERROR(store->readers().Run({}, [&](Snapshot& db) {
           return db
               .Sql("SELECT id, label FROM box WHERE id > ? ORDER BY id LIMIT ?", cursor,
                    static_cast<int64_t>(kPage))
               .Each<std::string, std::string>([&](std::string id, std::string label) {
                 page.items.emplace_back(std::move(id), std::move(label));
               });
         }));
         if (page.items.size() == kPage) page.next = page.items.back().first;
         return page;
       },
       .apply = [](Transaction& tx, const Item& item,
                   int64_t generation) { return Mirror(tx, item.first, item.second, generation); },
       .finish = [](Transaction& tx, int64_t generation) -> absl::StatusOr<bool> {
         ABSL_RETURN_IF_ERROR(
             tx.Sql("DELETE FROM mirror WHERE id IN (SELECT id FROM mirror WHERE generation < ? "
                    "LIMIT 2)",
                    generation)
                 .Run());
         return tx.Changes() < 2;
       }});
  return handlers;
}

// The next batch of a subscription, as the feed service makes it.
inline absl::StatusOr<feed::v1::SubscribeResponse> NextBatch(
    Store& upstream, const feed::v1::SubscribeRequest& request) {
  std::vector<feed::v1::SubscribeResponse> page;
  ABSL_RETURN_IF_ERROR(upstream.readers().Run({}, [&](Snapshot& db) {
    std::string cursor;
    return ReadFeed(db, "/regulars/up", request, cursor, page).status();
  }));
  return std::move(page.front());
}

inline absl::StatusOr<feed::v1::FeedState> StateOfFeed(Store& upstream) {
  feed::v1::FeedState state;
  ABSL_RETURN_IF_ERROR(upstream.readers().Run({}, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(state, ReadFeedState(db));
    return absl::OkStatus();
  }));
  return state;
}

}  // namespace regulars::follow

#endif  // CHASSIS_FEED_FOLLOW_FIXTURE_H_
