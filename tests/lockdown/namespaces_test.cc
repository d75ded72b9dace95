// SPDX-License-Identifier: Apache-2.0
// Each namespace of an executor, the other layers off, against its own attack; each attack first
// without it. Spec: limits.md section 7.1 rows 5 and 6, section 8.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <string>

#include "tests/lockdown/attempt.h"
#include "warrant/os/lockdown/landlock.h"
#include "warrant/os/lockdown/namespaces.h"

namespace warrant::lockdown_test {
namespace {

using os::lockdown::clone_into;
using os::lockdown::enter_empty_root;
using os::lockdown::kSpaces;
using os::lockdown::landlock_abi;
using os::lockdown::Ruleset;
using os::lockdown::space_numbers;
using os::lockdown::Spaces;

constexpr uid_t kNobody = 65534;

// As attempt.h's outcome(), in a child of these namespaces.
std::string outcome_in(Spaces spaces, const std::function<long()>& attack) {
  const pid_t child = clone_into(spaces);
  if (child < 0) return "no child";
  if (child == 0) {
    ::alarm(20);
    errno = 0;
    const long answer = attack();
    ::_exit(answer < 0 ? errno : 0);
  }
  return ended(child);
}

class Namespaces : public testing::Test {
 protected:
  void SetUp() override {
    if (outcome_in(Spaces::kOwn, [] { return 0L; }) != "ok") {
      GTEST_SKIP() << "no user namespaces here";
    }
  }
  static void stops(const std::string& errno_name, const std::function<long()>& attack) {
    EXPECT_EQ(outcome_in(Spaces::kShared, attack), "ok");
    EXPECT_EQ(outcome_in(Spaces::kOwn, attack), errno_name);
  }
};

TEST_F(Namespaces, AllSixAreOthersThanOurs) {
  const auto ours = space_numbers();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  EXPECT_EQ(outcome_in(Spaces::kOwn,
                       [&] {
                         const auto numbers = space_numbers();
                         return ::write(ends[1], numbers.data(), sizeof numbers) ==
                                        static_cast<ssize_t>(sizeof numbers)
                                    ? 0L
                                    : -1L;
                       }),
            "ok");
  os::lockdown::SpaceNumbers theirs{};
  ASSERT_EQ(::read(ends[0], theirs.data(), sizeof theirs), static_cast<ssize_t>(sizeof theirs));
  for (std::size_t i = 0; i < kSpaces; ++i) {
    EXPECT_NE(ours[i], 0U) << i;
    EXPECT_NE(theirs[i], 0U) << i;
    EXPECT_NE(ours[i], theirs[i]) << i;
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Namespaces, OfUsersFilesOfOthersStayClosedToRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root opens files of others";
  const Scratch tree;
  tree.file("other", "text");
  const std::string path = tree.path() + "/other";
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  ASSERT_EQ(::chown(path.c_str(), kNobody, kNobody), 0);
  stops("EACCES", [&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });
}

TEST_F(Namespaces, OfProcessesNobodyElseIsThere) {
  const pid_t we = ::getpid();
  stops("ESRCH", [we] { return ::kill(we, 0); });
  EXPECT_EQ(outcome_in(Spaces::kOwn, [] { return ::getpid() == 1 ? 0L : -1L; }), "ok");
}

TEST_F(Namespaces, OfNetworksNoListenerOfTheMachineIsReached) {
  const Listener listener;
  ASSERT_TRUE(listener.listens());
  stops("ENETUNREACH", [&] { return listener.reach(); });
}

TEST_F(Namespaces, OfIpcNoSharedMemoryOfTheMachineIsFound) {
  const key_t key = 0x57A7'0000 | (::getpid() & 0xFFFF);
  const int shared = ::shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
  if (shared < 0) GTEST_SKIP() << "no System V shared memory here";
  stops("ENOENT", [key] { return ::shmget(key, 0, 0); });
  ::shmctl(shared, IPC_RMID, nullptr);
}

TEST_F(Namespaces, OfNamesTheMachineKeepsItsOwn) {
  std::array<char, 256> before{};
  ASSERT_EQ(::gethostname(before.data(), before.size() - 1), 0);
  EXPECT_EQ(outcome_in(Spaces::kOwn, [] { return ::sethostname("stolen", 6); }), "ok");
  std::array<char, 256> after{};
  ASSERT_EQ(::gethostname(after.data(), after.size() - 1), 0);
  EXPECT_EQ(std::string(before.data()), after.data());
}

TEST_F(Namespaces, OfMountsNoPathIsLeftAndNoneCanBeMade) {
  const auto emptied = [](const std::function<long()>& attack) {
    return outcome_in(Spaces::kOwn, [&] { return enter_empty_root() ? attack() : -1L; });
  };
  const auto gone = [&](const std::function<long()>& attack) {
    EXPECT_EQ(outcome_in(Spaces::kOwn, attack), "ok");
    EXPECT_EQ(emptied(attack), "ENOENT");
  };
  gone([] { return ::open("/etc/passwd", O_RDONLY | O_CLOEXEC); });
  gone([] { return ::open("/proc/self/status", O_RDONLY | O_CLOEXEC); });
  gone([] {
    return ::open("../../../../../etc/passwd", O_RDONLY | O_CLOEXEC) < 0 &&
                   ::open("/../../etc/passwd", O_RDONLY | O_CLOEXEC) < 0
               ? -1L
               : 0L;
  });
  EXPECT_EQ(emptied([] { return ::open("/made", O_CREAT | O_WRONLY | O_CLOEXEC, 0600); }), "EROFS");
  EXPECT_EQ(emptied([] { return ::mkdir("/made", 0700); }), "EROFS");
  // What was opened before stays usable.
  const Scratch tree;
  tree.file("note", "text");
  const int directory = ::open(tree.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  EXPECT_EQ(emptied([&] { return ::openat(directory, "note", O_RDWR | O_CLOEXEC); }), "ok");
  ::close(directory);
}

// A scope of signals would keep a broker from ending its executor, and the kernel too: the signal
// at the death of a parent is the parent's.
TEST_F(Namespaces, ABrokersRulesetLetsItsChildBeEnded) {
  if (landlock_abi() < 6) GTEST_SKIP() << "scopes are from ABI 6";
  const auto ends_child = [](Ruleset::Signals signals) {
    return outcome(nullptr, [&] {
      const pid_t child = clone_into(Spaces::kOwn);
      if (child == 0) {
        ::sleep(5);  // the first process of its own namespace hears no SIGALRM
        ::_exit(0);
      }
      if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1L;
      auto rules = Ruleset::make(landlock_abi(), signals);
      if (!rules || !rules->enforce()) return -1L;
      const long handle = ::syscall(SYS_pidfd_open, child, 0);
      const long sent = ::syscall(SYS_pidfd_send_signal, handle, SIGKILL, nullptr, 0);
      const int error = errno;
      if (sent == 0) ::waitpid(child, nullptr, 0);
      errno = error;
      return sent;
    });
  };
  EXPECT_EQ(ends_child(Ruleset::Signals::kFree), "ok");
  EXPECT_EQ(ends_child(Ruleset::Signals::kScoped), "EPERM");
}

}  // namespace
}  // namespace warrant::lockdown_test
