#include "customer-svc/store/erasure_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Of the shape that ids have.
const ListedErasure kFirst = {"06g1x7k3vq8s5e0h4m2n9p1r3t", "06g1x7k3vq8s5e0h4m2n9p1r3v"};
const ListedErasure kSecond = {"06g1x7k3vq8s5e0h4m2n9p1r3w", "06g1x7k3vq8s5e0h4m2n9p1r3x"};

std::vector<ListedErasure> Read(const ErasureList& list) {
  const auto read = list.Read();
  EXPECT_OK(read);
  return read.value_or(std::vector<ListedErasure>());
}

TEST(ErasureListTest, HoldsWhatWasAppended) {
  TempDir folder;
  const ErasureList list(folder.File("customer.db"));
  EXPECT_THAT(Read(list), IsEmpty());
  EXPECT_OK(list.Append({kFirst}));
  EXPECT_OK(list.Append({kSecond, kFirst}));
  EXPECT_THAT(Read(list), ElementsAre(kFirst, kSecond));
}

TEST(ErasureListTest, AListOfNobodyIsAFileToo) {
  TempDir folder;
  const ErasureList list(folder.File("customer.db"));
  EXPECT_FALSE(list.Exists());
  EXPECT_OK(list.Append({}));
  EXPECT_TRUE(list.Exists());
  EXPECT_THAT(Read(list), IsEmpty());
}

TEST(ErasureListTest, ALineCutOffByACrashIsSkippedAndHarmsNoOther) {
  TempDir folder;
  const ErasureList list(folder.File("customer.db"));
  EXPECT_OK(list.Append({kFirst}));
  std::ofstream(list.path(), std::ios::app) << "06g1x7k3vq8s5e0h4m2n9p1r3w 06g1x7";
  EXPECT_THAT(Read(list), ElementsAre(kFirst));
  EXPECT_OK(list.Append({kSecond}));
  EXPECT_THAT(Read(list), ElementsAre(kFirst, kSecond));
}

TEST(ErasureListTest, WhatCannotBeReadIsNotTakenForAnEmptyList) {
  TempDir folder;
  const ErasureList list(folder.File("customer.db"));
  // It can be opened, as a file on a broken disk can; root, who may read everything, cannot read
  // it.
  std::filesystem::create_directory(list.path());
  EXPECT_THAT(list.Read(), HasReason("ERASURE_LIST_UNREADABLE"));
}

TEST(ErasureListTest, AFolderThatIsNotThereIsAnErrorToTryAgain) {
  TempDir folder;
  const ErasureList list(folder.File("gone/customer.db"));
  const absl::Status status = list.Append({kFirst});
  EXPECT_THAT(status, HasReason("ERASURE_LIST_UNWRITABLE"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace regulars::customer
