// SPDX-License-Identifier: Apache-2.0
// What the store of compiled code trusts, and what it does about the rest.
#include "warrant/engine/code_store.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warrant/base/bytes.h"
#include "warrant/engine/file.h"
#include "warrant/engine/test_guest.h"

namespace warrant::engine {
namespace {

using codec::Digest;
using test::call;
using test::instance_of;
using test::options_of;
using test::start;
using wasm::End;

class Doubts final : public DoubtObserver {
 public:
  void doubted(Doubt doubt, std::string_view) override { seen.push_back(doubt); }
  std::vector<Doubt> seen;
};

class Store : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/warrant-store-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
  }
  void TearDown() override {
    const auto remove_one = [](const char* path, const struct stat*, int, FTW*) {
      return std::remove(path);
    };
    ASSERT_EQ(nftw(root_.c_str(), remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
  }

  CodeStoreOptions options() {
    CodeStoreOptions options;
    options.cache_directory = root_ + "/cache/code";
    options.state_directory = root_ + "/state";
    options.observer = &doubts_;
    return options;
  }

  // Runs a guest through a fresh store and engine; whether its code came from the store.
  bool run(const CodeStoreOptions& store_options, Profile profile = Profile::kOneShot,
           Fuel fuel = Fuel::kOff, const std::string& name = "engine_calls") {
    const auto store = CodeStore::open(store_options);
    Options options = options_of(profile);
    options.store = store.get();
    options.fuel = fuel;
    const auto engine = test::engine_of(options);
    const auto program = test::program_of(*engine, name);
    wasm::InstanceSetup setup;
    setup.limits.fuel = 1'000'000;
    setup.limits.tables = 8;
    const auto instance = instance_of(*program, setup);
    EXPECT_EQ(start(*instance).kind, End::Kind::kReturned);
    if (name == "engine_calls") {
      End end;
      EXPECT_EQ(call(*instance, "sum", {20, 22}, end), 42U);
    }
    EXPECT_EQ(program->module_sha256(), codec::sha256(test::guest(name)));
    return program->timings().from_store;
  }

  std::vector<std::string> files(std::string_view suffix) {
    std::vector<std::string> found;
    const auto directory = open_directory(options().cache_directory, Missing::kFail);
    if (!directory) return found;
    const auto names = names_in(*directory);
    for (const std::string& name : *names) {
      if (name.ends_with(suffix)) found.push_back(options().cache_directory + "/" + name);
    }
    return found;
  }

  // A first run that stores; then `spoil` on the entry; then a run that must compile and say why.
  void expect_doubt(Doubt doubt, const std::function<void(const std::string&)>& spoil) {
    EXPECT_FALSE(run(options()));
    ASSERT_THAT(doubts_.seen, testing::IsEmpty());
    ASSERT_EQ(files(".code").size(), 1U);
    spoil(files(".code").front());
    EXPECT_FALSE(run(options()));
    EXPECT_THAT(doubts_.seen, testing::ElementsAre(doubt));
    doubts_.seen.clear();
    EXPECT_TRUE(run(options()));  // written anew
    EXPECT_THAT(doubts_.seen, testing::IsEmpty());
  }

  std::string root_;
  Doubts doubts_;
};

std::string tag_of(const std::string& code) {
  return code.substr(0, code.size() - std::string_view(".code").size()) + ".tag";
}

void write_at(const std::string& path, off_t at, std::string_view bytes) {
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(pwrite(fd, bytes.data(), bytes.size(), at), static_cast<ssize_t>(bytes.size()));
  close(fd);
  ASSERT_EQ(chmod(path.c_str(), 0400), 0);
}

TEST_F(Store, SecondStartLoadsWhatTheFirstCompiled) {
  EXPECT_FALSE(run(options()));
  EXPECT_TRUE(run(options()));
  EXPECT_FALSE(run(options(), Profile::kPooled));
  EXPECT_TRUE(run(options(), Profile::kPooled));
  EXPECT_THAT(doubts_.seen, testing::IsEmpty());
}

TEST_F(Store, OtherSettingsAreOtherEntries) {
  EXPECT_FALSE(run(options()));
  EXPECT_FALSE(run(options(), Profile::kOneShot, Fuel::kCounted));
  EXPECT_EQ(files(".code").size(), 2U);
}

TEST_F(Store, OneArtifactServesSlotsAndOnDemand) {
  EXPECT_FALSE(run(options(), Profile::kPooled, Fuel::kOff, "engine_many_tables"));
  EXPECT_TRUE(run(options(), Profile::kPooled, Fuel::kOff, "engine_many_tables"));
  EXPECT_THAT(doubts_.seen, testing::IsEmpty());
}

TEST_F(Store, EntriesArePrivateAndReadOnly) {
  run(options());
  struct stat info{};
  for (const auto& suffix : {".code", ".tag"}) {
    ASSERT_EQ(lstat(files(suffix).front().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0400U);
  }
  ASSERT_EQ(lstat(options().cache_directory.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700U);
  ASSERT_EQ(lstat((root_ + "/state/code.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
  EXPECT_EQ(info.st_size, 32);
}

TEST_F(Store, OtherModeIsDoubted) {
  expect_doubt(Doubt::kFile,
               [](const std::string& code) { ASSERT_EQ(chmod(code.c_str(), 0644), 0); });
}

TEST_F(Store, OtherOwnerIsDoubted) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  expect_doubt(Doubt::kFile,
               [](const std::string& code) { ASSERT_EQ(chown(code.c_str(), 12'345, 0), 0); });
}

TEST_F(Store, SecondNameIsDoubted) {
  expect_doubt(Doubt::kFile, [this](const std::string& code) {
    ASSERT_EQ(link(code.c_str(), (root_ + "/second").c_str()), 0);
  });
}

TEST_F(Store, SymbolicLinkIsNotFollowed) {
  expect_doubt(Doubt::kFile, [this](const std::string& code) {
    const std::string elsewhere = root_ + "/elsewhere";
    ASSERT_EQ(rename(code.c_str(), elsewhere.c_str()), 0);
    ASSERT_EQ(symlink(elsewhere.c_str(), code.c_str()), 0);
  });
}

TEST_F(Store, FifoDoesNotHoldTheStart) {
  expect_doubt(Doubt::kFile, [](const std::string& code) {
    ASSERT_EQ(unlink(code.c_str()), 0);
    ASSERT_EQ(mkfifo(code.c_str(), 0400), 0);
  });
}

TEST_F(Store, TruncatedFileIsDoubted) {
  expect_doubt(Doubt::kTag, [](const std::string& code) {
    ASSERT_EQ(chmod(code.c_str(), 0600), 0);
    ASSERT_EQ(truncate(code.c_str(), 4096), 0);
    ASSERT_EQ(chmod(code.c_str(), 0400), 0);
  });
}

TEST_F(Store, ChangedByteIsDoubtedThoughSizeAndTimesAreKept) {
  expect_doubt(Doubt::kTag, [](const std::string& code) {
    struct stat before{};
    ASSERT_EQ(stat(code.c_str(), &before), 0);
    write_at(code, 2048, "X");
    const timespec times[] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(utimensat(AT_FDCWD, code.c_str(), times, 0), 0);
  });
}

TEST_F(Store, SwappedFileIsDoubted) {
  expect_doubt(Doubt::kTag, [](const std::string& code) {
    const auto bytes = test::bytes_of_file(code);
    ASSERT_EQ(unlink(code.c_str()), 0);
    const int fd = open(code.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    close(fd);
  });
}

TEST_F(Store, EntryWithoutTagIsDoubted) {
  expect_doubt(Doubt::kNoTag,
               [](const std::string& code) { ASSERT_EQ(unlink(tag_of(code).c_str()), 0); });
}

TEST_F(Store, ForgedTagIsDoubted) {
  expect_doubt(Doubt::kTag,
               [](const std::string& code) { write_at(tag_of(code), 0, std::string(96, 'A')); });
}

TEST_F(Store, TagThatNamesAnotherModuleIsDoubted) {
  expect_doubt(Doubt::kTag,
               [](const std::string& code) { write_at(tag_of(code), 64, std::string(32, 'A')); });
}

TEST_F(Store, TagOfAnotherInstallationIsDoubted) {
  expect_doubt(Doubt::kTag, [this](const std::string&) {
    write_at(root_ + "/state/code.key", 0, std::string(32, 'K'));
    ASSERT_EQ(chmod((root_ + "/state/code.key").c_str(), 0600), 0);
  });
}

TEST_F(Store, CodeOfAnotherEngineDoesNotFit) {
  // Written by this installation under the right key, yet no code of this engine.
  EXPECT_FALSE(run(options()));
  const std::string code = files(".code").front();
  const auto store = CodeStore::open(options());
  const std::size_t slash = code.rfind('/') + 1;
  const auto key = Digest::parse_hex(std::string_view(code).substr(slash, 64));
  ASSERT_TRUE(key.has_value());
  store->save(*key, codec::sha256({}), bytes_of("no code at all"));
  EXPECT_FALSE(run(options()));
  EXPECT_THAT(doubts_.seen, testing::ElementsAre(Doubt::kDoesNotFit));
}

TEST_F(Store, VerifyAlwaysLoadsACopyOfBytesThatWereChecked) {
  CodeStoreOptions always = options();
  always.verify = VerifyCode::kAlways;
  EXPECT_FALSE(run(always));
  EXPECT_TRUE(run(always));
  const auto store = CodeStore::open(always);
  const std::string code = files(".code").front();
  const auto key = Digest::parse_hex(std::string_view(code).substr(code.rfind('/') + 1, 64));
  const auto found = store->load(*key);
  ASSERT_TRUE(found.has_value());
  const int seals = fcntl(found->file->fd(), F_GET_SEALS);
  EXPECT_EQ(seals & (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK),
            F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
}

TEST_F(Store, DirectoryOfOthersTurnsItOff) {
  const std::string directory = options().cache_directory;
  ASSERT_TRUE(open_directory(directory, Missing::kCreate).has_value());
  ASSERT_EQ(chmod(directory.c_str(), 0755), 0);
  EXPECT_FALSE(run(options()));
  EXPECT_FALSE(run(options()));
  EXPECT_THAT(doubts_.seen, testing::ElementsAre(Doubt::kDirectory, Doubt::kDirectory));
  EXPECT_THAT(files(".code"), testing::IsEmpty());
}

TEST_F(Store, LastComponentMayNotBeALinkButOwnLinksOnTheWayMay) {
  ASSERT_EQ(mkdir((root_ + "/real").c_str(), 0700), 0);
  ASSERT_EQ(symlink("real", (root_ + "/cache").c_str()), 0);
  EXPECT_FALSE(run(options()));
  EXPECT_TRUE(run(options()));
  EXPECT_THAT(doubts_.seen, testing::IsEmpty());
  CodeStoreOptions linked = options();
  ASSERT_EQ(symlink("real/code", (root_ + "/direct").c_str()), 0);
  linked.cache_directory = root_ + "/direct";
  EXPECT_FALSE(run(linked));
  EXPECT_THAT(doubts_.seen, testing::ElementsAre(Doubt::kDirectory));
}

TEST_F(Store, LinkInADirectoryOfOthersIsNotFollowed) {
  ASSERT_EQ(mkdir((root_ + "/real").c_str(), 0700), 0);
  ASSERT_EQ(symlink("real", (root_ + "/cache").c_str()), 0);
  ASSERT_EQ(chmod(root_.c_str(), 0777), 0);
  EXPECT_FALSE(CodeStore::open(options())->on());
}

TEST_F(Store, KeyThatOthersMayReadTurnsItOff) {
  EXPECT_FALSE(run(options()));
  ASSERT_EQ(chmod((root_ + "/state/code.key").c_str(), 0644), 0);
  EXPECT_FALSE(run(options()));
  EXPECT_THAT(doubts_.seen, testing::ElementsAre(Doubt::kKey));
}

TEST_F(Store, VerbsListVerifyAndClear) {
  run(options());
  run(options(), Profile::kPooled);
  const auto store = CodeStore::open(options());
  ASSERT_EQ(store->list()->size(), 2U);
  EXPECT_GT(store->list()->front().bytes, 1000U);
  EXPECT_GT(store->list()->front().used_at, 0);
  auto checked = store->verify();
  for (const auto& entry : *checked) EXPECT_FALSE(entry.doubt.has_value());
  write_at(files(".code").front(), 3000, "Y");
  checked = store->verify();
  EXPECT_EQ(checked->front().doubt, Doubt::kTag);
  EXPECT_FALSE(checked->back().doubt.has_value());
  const auto gone = store->clear();
  ASSERT_TRUE(gone.has_value());
  EXPECT_EQ(*gone, 2U);
  EXPECT_THAT(files(""), testing::ElementsAre(testing::EndsWith("/."), testing::EndsWith("/..")));
}

TEST_F(Store, OldestEntriesGoWhenTheCapIsReached) {
  CodeStoreOptions small = options();
  small.byte_cap = 25'000;
  const auto store = CodeStore::open(small);
  const std::string code(10'000, 'c');
  const auto key = [](std::string_view name) { return codec::sha256(bytes_of(name)); };
  store->save(key("one"), key("a"), bytes_of(code));
  const timespec old[] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, tag_of(files(".code").front()).c_str(), old, 0), 0);
  store->save(key("two"), key("b"), bytes_of(code));
  store->save(key("three"), key("c"), bytes_of(code));
  EXPECT_FALSE(store->load(key("one")).has_value());
  ASSERT_TRUE(store->load(key("two")).has_value());
  EXPECT_EQ(store->load(key("two"))->module_sha256, key("b"));
  EXPECT_TRUE(store->load(key("three")).has_value());
  store->save(key("huge"), key("d"), bytes_of(std::string(30'000, 'h')));
  EXPECT_EQ(store->list()->size(), 2U);
}

}  // namespace
}  // namespace warrant::engine
