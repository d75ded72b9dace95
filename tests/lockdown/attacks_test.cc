// SPDX-License-Identifier: Apache-2.0
// Each layer alone, the others off, against its own attack; each attack first without the layer, so
// that it is one. All in throw-away children. Spec: limits.md section 8.
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/lockdown/attempt.h"
#include "warrant/os/lockdown/filter.h"
#include "warrant/os/lockdown/landlock.h"
#include "warrant/os/lockdown/lockdown.h"
#include "warrant/os/lockdown/privileges.h"

extern "C" char** environ;

namespace warrant::lockdown_test {
namespace {

using os::lockdown::bound_resources;
using os::lockdown::close_inherited;
using os::lockdown::drop_capabilities;
using os::lockdown::effective_capabilities;
using os::lockdown::filter_for;
using os::lockdown::FilterFor;
using os::lockdown::forbid_new_privileges;
using os::lockdown::kLeastLandlock;
using os::lockdown::landlock_abi;
using os::lockdown::load_filter;
using os::lockdown::Reach;
using os::lockdown::refuse_new_code;
using os::lockdown::ResourceBounds;
using os::lockdown::Ruleset;
using os::lockdown::wipe_environment;

constexpr const char* kSecret = "/etc/passwd";
constexpr uid_t kNobody = 65534;

bool no_new_privs() { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0; }

// --- Landlock ---------------------------------------------------------------------------------

class Landlock : public testing::Test {
 protected:
  void SetUp() override {
    if (landlock_abi() < kLeastLandlock) GTEST_SKIP() << "this kernel has no Landlock ABI 3";
    tree_.file("read/note", "text");
    tree_.file("write/note", "text");
    tree_.file("outside/note", "text");
  }
  std::function<bool()> restricted() {
    return [this] {
      auto rules = Ruleset::make(landlock_abi());
      const os::OwnedFd read(::open(path("read").c_str(), O_PATH | O_CLOEXEC));
      const os::OwnedFd write(::open(path("write").c_str(), O_PATH | O_CLOEXEC));
      return rules && rules->allow({read.borrow(), Reach::kRead}) &&
             rules->allow({write.borrow(), Reach::kWrite}) && no_new_privs() && rules->enforce();
    };
  }
  std::string path(const std::string& name) const { return tree_.path() + "/" + name; }
  // The attack works, and no longer when restricted.
  void stops(const std::string& errno_name, const std::function<long()>& attack) {
    EXPECT_EQ(outcome(nullptr, attack), "ok");
    EXPECT_EQ(outcome(restricted(), attack), errno_name);
  }
  Scratch tree_;
};

TEST_F(Landlock, AFileOutsideDoesNotOpen) {
  stops("EACCES", [] { return ::open(kSecret, O_RDONLY); });
  stops("EACCES", [this] { return ::open(path("outside/note").c_str(), O_RDONLY); });
}

TEST_F(Landlock, TheWayRoundByAnEarlierHandleIsClosedToo) {
  const os::OwnedFd outside(::open(path("outside").c_str(), O_PATH | O_CLOEXEC));
  stops("EACCES", [&] { return ::openat(outside.number(), "note", O_RDONLY); });
}

TEST_F(Landlock, AReadOnlyDirectoryIsReadOnly) {
  EXPECT_EQ(outcome(restricted(), [this] { return ::open(path("read/note").c_str(), O_RDONLY); }),
            "ok");
  stops("EACCES", [this] { return ::open(path("read/note").c_str(), O_WRONLY); });
  stops("EACCES", [this] { return ::open(path("read/note").c_str(), O_RDONLY | O_TRUNC); });
  stops("EACCES", [this] { return ::truncate(path("read/note").c_str(), 0); });
  stops("EACCES", [this] { return ::open(path("read/new").c_str(), O_CREAT | O_WRONLY, 0600); });
  EXPECT_EQ(outcome(restricted(), [this] { return ::unlink(path("read/note").c_str()); }),
            "EACCES");
  EXPECT_EQ(outcome(restricted(), [this] { return ::mkdir(path("read/d").c_str(), 0700); }),
            "EACCES");
}

TEST_F(Landlock, AWritableDirectoryTakesFilesDirectoriesAndLinksAndNoSpecialNodes) {
  const auto works = [&](const std::function<long()>& act) {
    EXPECT_EQ(outcome(restricted(), act), "ok");
  };
  works([this] { return ::open(path("write/a").c_str(), O_CREAT | O_WRONLY, 0600); });
  works([this] { return ::mkdir(path("write/d").c_str(), 0700); });
  works([this] { return ::symlink("a", path("write/l").c_str()); });
  works([this] { return ::link(path("write/a").c_str(), path("write/d/b").c_str()); });
  works([this] { return ::rename(path("write/a").c_str(), path("write/d/c").c_str()); });
  works([this] { return ::truncate(path("write/note").c_str(), 1); });
  works([this] { return ::unlink(path("write/l").c_str()); });
  // A plain user may not in any place.
  const std::string device = outcome(
      restricted(), [this] { return ::mknod(path("write/f").c_str(), S_IFCHR | 0600, 259); });
  EXPECT_TRUE(device == "EACCES" || device == "EPERM") << device;
}

TEST_F(Landlock, NothingIsMovedOutOrIn) {
  const auto moved = [this](const char* from, const char* to) {
    return outcome(restricted(),
                   [&, this] { return ::rename(path(from).c_str(), path(to).c_str()); });
  };
  EXPECT_NE(moved("write/note", "outside/stolen"), "ok");
  EXPECT_NE(moved("outside/note", "write/taken"), "ok");
  EXPECT_NE(moved("read/note", "write/taken"), "ok");
}

TEST_F(Landlock, NoProgramStarts) {
  char name[] = "/bin/true";
  stops("EACCES", [&] {
    char* const words[] = {name, nullptr};
    return ::execve(name, words, environ);
  });
}

TEST_F(Landlock, NoTcpPortIsReached) {
  if (landlock_abi() < 4) GTEST_SKIP() << "ports are restricted from ABI 4";
  const Listener listener;
  ASSERT_TRUE(listener.listens());
  stops("EACCES", [&] { return listener.reach(); });
  const auto granted = [&] {
    auto rules = Ruleset::make(landlock_abi());
    return rules && rules->allow_connect(listener.port()) && no_new_privs() && rules->enforce();
  };
  EXPECT_EQ(outcome(granted, [&] { return listener.reach(); }), "ok");
}

TEST_F(Landlock, NoOtherProcessIsSignalledAndNoAbstractSocketReached) {
  if (landlock_abi() < 6) GTEST_SKIP() << "scopes are from ABI 6";
  stops("EPERM", [] { return ::kill(::getppid(), 0); });
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  const int length =
      std::snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "warrant-%d", ::getpid());
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1U + static_cast<unsigned>(length));
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&at), size), 0);
  ASSERT_EQ(::listen(listener, 4), 0);
  stops("EPERM", [&] {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&at), size);
  });
  ::close(listener);
}

// --- privileges -------------------------------------------------------------------------------

bool have_root() {
  return ::geteuid() == 0 && (effective_capabilities() >> CAP_SYS_ADMIN & 1U) != 0;
}

TEST(Capabilities, RootWithoutThemMountsAndOwnsNothing) {
  if (!have_root()) GTEST_SKIP() << "only root has capabilities to drop";
  const Scratch tree;
  tree.file("other", "text");
  ASSERT_EQ(::chmod((tree.path() + "/other").c_str(), 0600), 0);
  ASSERT_EQ(::chown((tree.path() + "/other").c_str(), kNobody, kNobody), 0);
  const auto drop = [] { return drop_capabilities().has_value(); };
  const auto stops = [&](const char* errno_name, const std::function<long()>& attack) {
    EXPECT_EQ(outcome(nullptr, attack), "ok");
    EXPECT_EQ(outcome(drop, attack), errno_name);
  };
  stops("EPERM", [] { return ::unshare(CLONE_NEWNS); });
  stops("EPERM", [] { return ::sethostname("", 0) == 0 ? 0L : -1L; });
  stops("EACCES", [&] { return ::open((tree.path() + "/other").c_str(), O_RDONLY); });
  stops("EPERM", [] { return ::prctl(PR_SET_SECUREBITS, 0, 0, 0, 0); });
  stops("EPERM", [] { return ::prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0); });
  EXPECT_EQ(outcome(drop, [] { return effective_capabilities() == 0 ? 0L : -1L; }), "ok");
  EXPECT_EQ(
      outcome(drop,
              [] { return ::prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0 ? 0L : -1L; }),
      "ok");
}

TEST(Capabilities, APlainUserHasNoneAndThatIsFine) {
  const auto become_nobody = [] {
    return !have_root() ||
           (::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
            ::setresuid(kNobody, kNobody, kNobody) == 0);
  };
  EXPECT_EQ(outcome(become_nobody, [] { return drop_capabilities() ? 0L : -1L; }), "ok");
}

TEST(NoNewPrivileges, ASetuidProgramGivesNone) {
  if (!have_root()) GTEST_SKIP() << "only root makes a setuid program";
  const Scratch tree;
  ASSERT_EQ(::chmod(tree.path().c_str(), 0755), 0);
  const std::string program = tree.path() + "/test";
  {
    std::ifstream from("/usr/bin/test", std::ios::binary);
    std::ofstream to(program, std::ios::binary);
    to << from.rdbuf();
  }
  ASSERT_EQ(::chmod(program.c_str(), 04755), 0);
  const std::string mine = tree.path() + "/mine";
  tree.file("mine", "");
  ASSERT_EQ(::chmod(mine.c_str(), 0600), 0);
  // `test -r FILE` asks with the effective user.
  const auto attack = [&] {
    std::string words[3] = {program, "-r", mine};
    char* pointers[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    return ::execve(program.c_str(), pointers, environ);
  };
  const auto nobody = [] {
    return ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
           ::setresuid(kNobody, kNobody, kNobody) == 0;
  };
  if (outcome(nobody, attack) != "ok") GTEST_SKIP() << "no setuid programs in this place";
  EXPECT_EQ(outcome([&] { return nobody() && forbid_new_privileges().has_value(); }, attack),
            "EPERM");  // 1: it may not
}

TEST(Dumpable, AnotherProcessOfTheSameUserDoesNotReadItsMemory) {
  if (!have_root()) GTEST_SKIP() << "needs a second user";
  const auto attacked = [](const std::function<bool()>& layer) {
    return outcome(
        [&] {
          return ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
                 ::setresuid(kNobody, kNobody, kNobody) == 0 &&
                 ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 && layer();
        },
        [] {
          const std::string memory = "/proc/" + std::to_string(::getpid()) + "/mem";
          const pid_t other = ::fork();
          if (other == 0) {
            ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
            ::_exit(::open(memory.c_str(), O_RDWR) >= 0 ? 0 : errno);
          }
          int status = 0;
          ::waitpid(other, &status, 0);
          errno = WEXITSTATUS(status);
          return errno == 0 ? 0L : -1L;
        });
  };
  EXPECT_EQ(attacked([] { return true; }), "ok");
  EXPECT_EQ(attacked([] { return forbid_new_privileges().has_value(); }), "EACCES");
}

TEST(Mdwe, WritableMemoryDoesNotBecomeExecutable) {
  const auto attack = [] {
    void* const at =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return ::mprotect(at, 4096, PROT_READ | PROT_EXEC);
  };
  if (outcome([] { return refuse_new_code().has_value(); }, [] { return 0L; }) != "ok") {
    GTEST_SKIP() << "this kernel has no PR_SET_MDWE";
  }
  EXPECT_EQ(outcome(nullptr, attack), "ok");
  EXPECT_EQ(outcome([] { return refuse_new_code().has_value(); }, attack), "EACCES");
}

TEST(Inherited, WhatTheCallerLeftOpenIsClosed) {
  const int left = ::open(kSecret, O_RDONLY);  // NOLINT: kept across exec on purpose
  const int high = ::fcntl(left, F_DUPFD, 300);
  const auto attack = [&] { return ::fcntl(high, F_GETFD) < 0 ? -1L : 0L; };
  EXPECT_EQ(outcome(nullptr, attack), "ok");
  EXPECT_EQ(outcome([] { return close_inherited().has_value(); }, attack), "EBADF");
  EXPECT_EQ(outcome([] { return close_inherited().has_value(); },
                    [] { return ::fcntl(2, F_GETFD) < 0 ? -1L : 0L; }),
            "ok");
  ::close(left);
  ::close(high);
}

// What a whole lock-down makes of a descriptor that is there: "ok", or the errno of `attack`.
std::string locked_down_with(int number, int flags, const std::function<long()>& attack) {
  return outcome(
      [=] {
        if (!close_inherited()) return false;
        const int left = ::open("/", O_PATH | O_CLOEXEC);
        if (left != number && ::dup3(left, number, flags) != number) return false;
        if (left == number && ::fcntl(left, F_SETFD, flags == 0 ? 0 : FD_CLOEXEC) != 0)
          return false;
        return true;
      },
      attack);
}

TEST(Inherited, AWholeLockDownRefusesWhatWouldLiveOn) {
  os::lockdown::Plan plan;
  plan.bounds.open_files = 1'000;
  const auto ambient = os::Ambient::danger_from_main();
  const auto refused = [&] {
    const auto locked = os::lockdown::lock_down(ambient, plan);
    return locked.failed == "self-test: descriptors" ? 0L : -1L;
  };
  for (const int number : {3, 9, 31}) EXPECT_EQ(locked_down_with(number, 0, refused), "ok");
  // What is ours stays open however far behind the others it is.
  for (const int number : {3, 31, 300}) {
    const auto open = [&] {
      const auto locked = os::lockdown::lock_down(ambient, plan);
      if (!locked.failed.empty()) return -1L;
      return ::fcntl(number, F_GETFD) == FD_CLOEXEC ? 0L : -1L;
    };
    EXPECT_EQ(locked_down_with(number, O_CLOEXEC, open), "ok");
  }
}

TEST(Environment, IsGoneFromTheProcessAndFromProc) {
  EXPECT_EQ(outcome(
                [] {
                  wipe_environment();
                  return true;
                },
                [] { return ::getenv("PATH") == nullptr && *environ == nullptr ? 0L : -1L; }),
            "ok");
  std::ifstream whole("/proc/self/environ");
  const std::string before((std::istreambuf_iterator<char>(whole)), {});
  ASSERT_NE(before.find("PATH="), std::string::npos);
  EXPECT_EQ(outcome(
                [] {
                  wipe_environment();
                  return true;
                },
                [] {
                  std::ifstream now("/proc/self/environ");
                  const std::string after((std::istreambuf_iterator<char>(now)), {});
                  return after.find_first_not_of('\0') == std::string::npos ? 0L : -1L;
                }),
            "ok");
}

std::function<bool()> bounded(const ResourceBounds& bounds) {
  return [bounds] {
    std::uint64_t open_files = 0;
    return bound_resources(bounds, open_files).has_value();
  };
}

TEST(ResourceLimits, DescriptorsMemoryTimeAndFilesEnd) {
  ResourceBounds bounds;
  bounds.open_files = 50;
  EXPECT_EQ(outcome(bounded(bounds),
                    [] {
                      long last = 0;
                      for (int i = 0; i < 100 && last >= 0; ++i) last = ::dup(0);
                      return last;
                    }),
            "EMFILE");
#if !defined(__SANITIZE_ADDRESS__)
  bounds.open_files = 64;
  bounds.data = 64U << 20;
  const auto write_much = [] {
    return ::mmap(nullptr, 256U << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                  0) == MAP_FAILED
               ? -1L
               : 0L;
  };
  EXPECT_EQ(outcome(nullptr, write_much), "ok");
  EXPECT_EQ(outcome(bounded(bounds), write_much), "ENOMEM");
  // A reservation is no memory yet.
  EXPECT_EQ(outcome(bounded(bounds),
                    [] {
                      return ::mmap(nullptr, 8ULL << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                                    0) == MAP_FAILED
                                 ? -1L
                                 : 0L;
                    }),
            "ok");
#endif
  bounds = {};
  bounds.open_files = 64;
  bounds.file_bytes = 10;
  const Scratch tree;
  EXPECT_EQ(outcome(bounded(bounds),
                    [&] {
                      ::signal(SIGXFSZ, SIG_IGN);
                      const int fd = ::open((tree.path() + "/f").c_str(), O_CREAT | O_WRONLY, 0600);
                      return ::pwrite(fd, "x", 1, 11);
                    }),
            "EFBIG");
  EXPECT_EQ(outcome(bounded({.open_files = 64}),
                    [] {
                      rlimit core{1, 1};
                      const long raised = ::setrlimit(RLIMIT_CORE, &core);
                      ::getrlimit(RLIMIT_CORE, &core);
                      return core.rlim_cur == 0 || raised == 0 ? 0L : -1L;
                    }),
            "ok");
}

// --- the filter -------------------------------------------------------------------------------

bool filtered(const FilterFor& use) { return no_new_privs() && load_filter(filter_for(use)); }
std::string tried(const FilterFor& use, const std::function<long()>& attack) {
  return outcome([&] { return filtered(use); }, attack);
}
std::string tried(const std::function<long()>& attack) { return tried(FilterFor{}, attack); }

constexpr const char* kKilled = "signal 31";  // SIGSYS

TEST(Filtered, CallsThatNobodyNeedsEndTheProcess) {
  struct Deadly {
    const char* name;
    long number;
  };
  constexpr auto kCalls = std::to_array<Deadly>({
      {"process_vm_readv", SYS_process_vm_readv},
      {"process_vm_writev", SYS_process_vm_writev},
      {"pidfd_open", SYS_pidfd_open},
      {"pidfd_getfd", SYS_pidfd_getfd},
      {"keyctl", SYS_keyctl},
      {"add_key", SYS_add_key},
      {"request_key", SYS_request_key},
      {"kexec_load", SYS_kexec_load},
      {"init_module", SYS_init_module},
      {"finit_module", SYS_finit_module},
      {"delete_module", SYS_delete_module},
      {"kill", SYS_kill},
      {"tkill", SYS_tkill},
      {"setuid", SYS_setuid},
      {"chroot", SYS_chroot},
      {"pivot_root", SYS_pivot_root},
      {"bind", SYS_bind},
      {"listen", SYS_listen},
      {"socketpair", SYS_socketpair},
      {"prlimit64", SYS_prlimit64},
      {"fchmodat", SYS_fchmodat},
      {"fchownat", SYS_fchownat},
      {"mknodat", SYS_mknodat},
      {"open_by_handle_at", SYS_open_by_handle_at},
      {"splice", SYS_splice},
      {"shmget", SYS_shmget},
      {"personality", SYS_personality},
      {"seccomp", SYS_seccomp},
      {"capset", SYS_capset},
      {"dup2", SYS_dup2},
      {"pipe2", SYS_pipe2},
      {"ioperm", SYS_ioperm},
      {"modify_ldt", SYS_modify_ldt},
      {"reboot", SYS_reboot},
      {"syslog", SYS_syslog},
      {"umount2", SYS_umount2},
      {"landlock_restrict_self", 446},
      {"a number of the future", 599},
  });
  for (const Deadly& each : kCalls) {
    EXPECT_EQ(tried([&] { return ::syscall(each.number, 0, 0, 0, 0, 0, 0); }), kKilled)
        << each.name;
  }
}

TEST(Filtered, CallsOfTheX32AbiEndTheProcess) {
  EXPECT_EQ(tried([] { return ::syscall(0x4000'0000L | SYS_getpid); }), kKilled);
}

TEST(Filtered, ProbesAreRefusedSoftly) {
  char name[] = "/bin/true";
  char* const words[] = {name, nullptr};
  const auto refused = [](const std::function<long()>& attack) {
    EXPECT_EQ(tried(attack), "EPERM");
  };
  refused([] { return ::syscall(SYS_open, kSecret, O_RDONLY); });
  refused([] { return ::syscall(SYS_openat, AT_FDCWD, kSecret, O_RDONLY); });
  refused([] { return ::syscall(SYS_creat, "/tmp/x", 0600); });
  refused([] { return ::socket(AF_INET, SOCK_STREAM, 0); });
  refused([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); });
  refused([] { return ::socket(AF_NETLINK, SOCK_RAW, 0); });
  refused([] { return ::socket(AF_PACKET, SOCK_RAW, 0); });
  refused([&] { return ::execve(name, words, environ); });
  refused([] { return ::syscall(SYS_fork); });
  refused([] { return ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); });
  refused([] { return ::unshare(CLONE_NEWUSER); });
  refused([] { return ::mount("none", "/tmp", "tmpfs", 0, nullptr); });
  refused([] { return ::syscall(SYS_ptrace, 0, 0, 0, 0); });
  refused([] { return ::syscall(SYS_bpf, 0, nullptr, 0); });
  refused([] { return ::syscall(SYS_userfaultfd, 0); });
  refused([] { return ::syscall(SYS_memfd_create, "x", 0); });
  refused([] { return ::syscall(425, 1, nullptr); });
  refused([] { return ::ioctl(0, TIOCSTI, "x"); });
  refused([] { return ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); });
  refused([] { return ::fcntl(0, F_DUPFD, 3); });
  refused([] { return ::fcntl(0, F_SETFD, 0); });
  refused([] { return ::fcntl(0, F_SETFL, O_ASYNC); });
  EXPECT_EQ(tried([] { return ::syscall(SYS_clone3, nullptr, 0); }), "ENOSYS");
}

TEST(Filtered, MemoryDoesNotBecomeCode) {
  EXPECT_EQ(tried([] {
              return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                            0) == MAP_FAILED
                         ? -1L
                         : 0L;
            }),
            "EPERM");
  EXPECT_EQ(tried([] {
              void* const at =
                  ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return ::mprotect(at, 4096, PROT_READ | PROT_EXEC);
            }),
            "EPERM");
  EXPECT_EQ(tried({.compiler = true},
                  [] {
                    void* const at = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                    return ::mprotect(at, 4096, PROT_READ | PROT_EXEC);
                  }),
            "ok");
}

TEST(Filtered, ACompilerOpensNothingAndStartsNoProcess) {
  const FilterFor compiler{.compiler = true};
  EXPECT_EQ(tried(compiler, [] { return ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }), "EPERM");
  EXPECT_EQ(tried(compiler, [] { return ::syscall(SYS_openat, AT_FDCWD, kSecret, O_RDONLY); }),
            "EPERM");
  EXPECT_EQ(tried(compiler, [] { return ::socket(AF_INET, SOCK_STREAM, 0); }), "EPERM");
  EXPECT_EQ(tried(compiler,
                  [] {
                    open_how how{};
                    return ::syscall(SYS_openat2, AT_FDCWD, kSecret, &how, sizeof how);
                  }),
            kKilled);
}

TEST(Filtered, OnlyItselfIsSignalled) {
  EXPECT_EQ(tried([] { return ::syscall(SYS_tgkill, ::getpid(), ::gettid(), 0); }), "ok");
  EXPECT_EQ(tried([] { return ::syscall(SYS_tgkill, 1, 1, 0); }), kKilled);
}

TEST(Filtered, EveryThreadIs) {
  EXPECT_EQ(outcome(nullptr,
                    [] {
                      // A thread that was there before, and is told to try afterwards.
                      static int ready = 0;
                      pthread_t thread{};
                      ::pthread_create(
                          &thread, nullptr,
                          [](void*) -> void* {
                            while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) == 0) ::sched_yield();
                            ::syscall(SYS_kill, 0, 0);
                            return nullptr;
                          },
                          nullptr);
                      if (!filtered({})) return -1L;
                      __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
                      ::pthread_join(thread, nullptr);
                      return 0L;
                    }),
            kKilled);
}

}  // namespace
}  // namespace warrant::lockdown_test
