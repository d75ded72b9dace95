// SPDX-License-Identifier: Apache-2.0
// System calls that fail: the right errno, no descriptor kept, the quota as it was. A filter of the
// kernel takes the call away from one thread. Expectations: filesystem.md sections 4, 15 and 17.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <thread>

#include "tests/contract/mask_call.h"
#include "tests/escape/arena.h"

namespace warrant::escape {
namespace {

using contract::creating;
using contract::Guest;
using contract::reading;
using contract::said;
using contract::writing;
using enum cap::Symlinks;

void without(long call, int error, const std::function<void()>& test) {
  std::thread([&] {
    ASSERT_TRUE(contract::mask_call(call, error));
    test();
  }).join();
}

class Faults : public testing::Test {
 protected:
  void SetUp() override {
#if defined(WARRANT_CHECK_TWICE)
    GTEST_SKIP()
        << "a check build holds openat2 against the walk, and a fault of one makes them differ";
#endif
    ASSERT_EQ(guest.write("f", "content"), "ok");
    ASSERT_EQ(guest.make_directory("d"), "ok");
    bytes = arena.accounting().bytes_left();
    inodes = arena.accounting().inodes_left();
    descriptors = open_descriptors();
  }
  void TearDown() override {
    if (IsSkipped()) return;
    EXPECT_EQ(arena.accounting().bytes_left(), bytes);
    EXPECT_EQ(arena.accounting().inodes_left(), inodes);
    EXPECT_EQ(open_descriptors(), descriptors);
  }
  HostArena arena{os::Resolver::kOpenat2};
  Guest guest{arena.grant()};
  std::uint64_t bytes = 0;
  std::uint64_t inodes = 0;
  std::size_t descriptors = 0;
};

struct Expected {
  int error;
  const char* said;
};
constexpr Expected kFileErrors[] = {
    {ENOSPC, "NOSPC"}, {EIO, "IO"},         {EDQUOT, "DQUOT"}, {ENOMEM, "NOMEM"},
    {EROFS, "ROFS"},   {ETXTBSY, "TXTBSY"}, {EACCES, "ACCES"}, {EOVERFLOW, "OVERFLOW"},
    {ECHILD, "IO"}};

TEST_F(Faults, OpeningFailsByTheNameOfItsErrno) {
  for (const Expected& row : kFileErrors) {
    without(SYS_openat2, row.error, [&] {
      EXPECT_EQ(guest.open("f", reading(kFollow)), row.said);
      EXPECT_EQ(guest.open("new", creating(kFollow)), row.said);
      EXPECT_EQ(guest.make_directory("d/new"), row.said);
    });
  }
}

TEST_F(Faults, TheHostsOwnLimitIsToldFromTheWarrants) {
  without(SYS_openat2, EMFILE,
          [&] { EXPECT_EQ(guest.open("f", reading(kFollow)), "MFILE host_limit"); });
}

TEST_F(Faults, AnExdevIsTheDenialEscape) {
  without(SYS_openat2, EXDEV,
          [&] { EXPECT_EQ(guest.open("f", reading(kFollow)), "NOTCAPABLE escape"); });
}

TEST_F(Faults, WritesThatFailChargeNothing) {
  for (const Expected& row : kFileErrors) {
    without(SYS_pwrite64, row.error, [&] {
      const auto file = guest.file("f", writing(kFollow));
      EXPECT_EQ(contract::write_at(*file, 100, "more"), row.said);
    });
    without(SYS_pwritev2, row.error, [&] {
      EXPECT_EQ(contract::append(*guest.file("f", writing(kFollow)), "more"), row.said);
    });
    without(SYS_ftruncate, row.error,
            [&] { EXPECT_EQ(said(guest.file("f", writing(kFollow))->set_size(1000)), row.said); });
    without(SYS_fallocate, row.error, [&] {
      EXPECT_EQ(said(guest.file("f", writing(kFollow))->allocate(0, 1000)), row.said);
    });
  }
}

TEST_F(Faults, NamesThatFailChargeNothing) {
  for (const Expected& row : kFileErrors) {
    without(SYS_mkdirat, row.error, [&] { EXPECT_EQ(guest.make_directory("x"), row.said); });
    without(SYS_symlinkat, row.error, [&] { EXPECT_EQ(guest.symlink("f", "x"), row.said); });
    without(SYS_linkat, row.error, [&] { EXPECT_EQ(guest.link("f", "x"), row.said); });
    without(SYS_unlinkat, row.error, [&] { EXPECT_EQ(guest.unlink("f"), row.said); });
    without(SYS_renameat2, row.error, [&] { EXPECT_EQ(guest.rename("f", "x"), row.said); });
    without(SYS_readlinkat, row.error, [&] { EXPECT_EQ(guest.read_link("f"), row.said); });
  }
  EXPECT_EQ(guest.read("f"), "content");
}

TEST_F(Faults, ReadsAndSyncsThatFail) {
  without(SYS_pread64, EIO, [&] { EXPECT_EQ(guest.read("f"), "IO"); });
  without(SYS_fsync, EIO,
          [&] { EXPECT_EQ(said(guest.file("f", reading(kFollow))->sync()), "IO"); });
  without(SYS_statx, ENOMEM, [&] { EXPECT_EQ(guest.stat("f", kFollow), "NOMEM"); });
}

#if defined(__x86_64__)
std::atomic<int> g_attempts{0};

void answer_again(int, siginfo_t*, void* context) {
  ++g_attempts;
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = -EAGAIN;
}

// Row 12: somebody renames for ever. One attempt, 128 retries, then the error; no other resolver.
TEST_F(Faults, Row12AStarvedLookUpEndsAfter128Retries) {
  struct sigaction action{};
  action.sa_sigaction = answer_again;
  action.sa_flags = SA_SIGINFO;
  struct sigaction old{};
  ASSERT_EQ(::sigaction(SIGSYS, &action, &old), 0);
  std::thread([&] {
    const sock_filter program[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
                                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
                                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    sock_fprog all{4, const_cast<sock_filter*>(program)};
    ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all), 0);
    g_attempts = 0;
    EXPECT_EQ(guest.open("f", reading(kFollow)), "AGAIN resolve_starved");
    EXPECT_EQ(g_attempts, 129);
  }).join();
  ASSERT_EQ(::sigaction(SIGSYS, &old, nullptr), 0);
}
#endif

TEST_F(Faults, AnInterruptedLookUpLooksAtTheDeadline) {
  auto waiter = *std::move(os::Waiter::make(os::Ambient::danger_from_main()));
  os::RunFilesOptions files;
  files.waiter = waiter.get();
  os::RootReport report;
  const auto root =
      os::open_root(os::Ambient::danger_from_main(), arena.root_path(), contract::writable(),
                    cap::GrantIndex{0}, std::make_shared<os::RunFiles>(files), nullptr, report);
  ASSERT_TRUE(root) << report.text;
  waiter->cancel();
  without(SYS_openat2, EINTR,
          [&] { EXPECT_EQ(Guest(**root).open("f", reading(kFollow)), "CANCELED cancelled"); });
}

}  // namespace
}  // namespace warrant::escape
