// SPDX-License-Identifier: Apache-2.0
// The filters as the kernel would run them: against libseccomp, which makes its own program of the
// same rows, for every number and every case of an argument; and against the words of the
// specification, which no row of the table can change.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "warrant/os/lockdown/filter.h"
#include "warrant/os/lockdown/filter_builder.h"

namespace warrant::os::lockdown {
namespace {

constexpr std::uint32_t kMostCalls = 600;
constexpr std::uint32_t kX32 = 0x4000'0000;

// The part of the kernel's classic BPF that seccomp programs may use.
std::uint32_t run(std::span<const sock_filter> program, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  std::uint32_t index = 0;
  std::map<std::uint32_t, std::uint32_t> memory;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& one = program[at];
    const std::uint32_t value = (one.code & BPF_X) != 0 ? index : one.k;
    const auto branch = [&](bool holds) { at += holds ? one.jt : one.jf; };
    switch (one.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + one.k, 4);
        break;
      case BPF_LD | BPF_MEM:
        accumulator = memory[one.k];
        break;
      case BPF_ST:
        memory[one.k] = accumulator;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= one.k;
        break;
      case BPF_JMP | BPF_JA:
        at += one.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        branch(accumulator == value);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        branch(accumulator >= value);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        branch(accumulator > value);
        break;
      case BPF_RET | BPF_K:
        return one.k;
      default:
        ADD_FAILURE() << "an instruction that this cannot run: " << one.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the program has no end";
  return 0;
}

std::vector<sock_filter> exported(scmp_filter_ctx context) {
  std::size_t size = 0;
  char name[] = "/tmp/warrant-filter-XXXXXX";
  const int fd = ::mkstemp(name);
  ::unlink(name);
  EXPECT_EQ(seccomp_export_bpf(context, fd), 0);
  size = static_cast<std::size_t>(::lseek(fd, 0, SEEK_END));
  std::vector<sock_filter> program(size / sizeof(sock_filter));
  EXPECT_EQ(::pread(fd, program.data(), size, 0), static_cast<ssize_t>(size));
  ::close(fd);
  return program;
}

scmp_arg_cmp comparison(const Check& check) {
  return SCMP_CMP(check.argument, SCMP_CMP_MASKED_EQ, check.mask, check.value);
}

// What libseccomp makes of the rows of one verdict: it cannot say "these, and otherwise that" of
// one call, so there is a program for what is allowed and one for what is refused.
std::vector<sock_filter> by_libseccomp(Parts parts, Verdict wanted) {
  scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
  std::set<int> whole;
  for (const Row& row : kTable) {
    if ((parts & bit(row.part)) != 0 && row.verdict == wanted && row.checks == 0) {
      whole.insert(row.call);
    }
  }
  const std::uint32_t action = wanted == Verdict::kAllow    ? SCMP_ACT_ALLOW
                               : wanted == Verdict::kRefuse ? SCMP_ACT_ERRNO(EPERM)
                                                            : SCMP_ACT_ERRNO(ENOSYS);
  for (const int call : whole) {
    EXPECT_EQ(seccomp_rule_add_exact(context, action, call, 0), 0) << call;
  }
  for (const Row& row : kTable) {
    if ((parts & bit(row.part)) == 0 || row.verdict != wanted || row.checks == 0) continue;
    if (whole.count(row.call) != 0) continue;
    std::vector<scmp_arg_cmp> all;
    for (std::size_t i = 0; i < row.checks; ++i) all.push_back(comparison(row.check[i]));
    EXPECT_EQ(seccomp_rule_add_exact_array(context, action, row.call,
                                           static_cast<unsigned>(all.size()), all.data()),
              0)
        << row.call;
  }
  auto program = exported(context);
  seccomp_release(context);
  return program;
}

seccomp_data call_of(std::uint32_t number) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = AUDIT_ARCH_X86_64;
  return data;
}

// Every value that a check of this call could tell from its neighbours, in the low word and with
// something above it, which the kernel does not look at.
std::vector<std::uint64_t> values_for(std::uint32_t call, std::uint8_t argument) {
  std::set<std::uint64_t> values = {0, 1, kAllBits};
  for (const Row& row : kTable) {
    if (static_cast<std::uint32_t>(row.call) != call) continue;
    for (std::size_t i = 0; i < row.checks; ++i) {
      const Check& check = row.check[i];
      if (check.argument != argument) continue;
      for (const std::uint32_t each :
           {check.value, check.value - 1, check.value + 1, check.mask, ~check.mask,
            check.value | ~check.mask, check.value ^ (check.mask & (0 - check.mask))}) {
        values.insert(each);
      }
    }
  }
  std::vector<std::uint64_t> all(values.begin(), values.end());
  for (const std::uint64_t each : values) all.push_back(each | 0x7'0000'0000ULL);
  return all;
}

const std::vector<Parts>& all_parts() {
  static const std::vector<Parts> parts = [] {
    std::vector<Parts> made;
    for (unsigned number = 0; number < 8; ++number) {
      unsigned each = bit(Part::kCommon) | bit(Part::kExecutor);
      if ((number & 1U) != 0) each |= bit(Part::kSockets);
      if ((number & 2U) != 0) each |= bit(Part::kOverlay);
      if ((number & 4U) != 0) each |= bit(Part::kNetwork);
      made.push_back(static_cast<Parts>(each));
    }
    made.push_back(static_cast<Parts>(bit(Part::kCommon) | bit(Part::kCompiler)));
    const unsigned broker = bit(Part::kCommon) | bit(Part::kExecutor) | bit(Part::kBroker);
    made.push_back(static_cast<Parts>(broker));
    made.push_back(static_cast<Parts>(broker | bit(Part::kNetwork)));
    return made;
  }();
  return parts;
}

TEST(Filter, EveryVerdictIsThatOfLibseccomp) {
  for (const Parts parts : all_parts()) {
    const auto ours = build_filter(parts);
    const auto allowing = by_libseccomp(parts, Verdict::kAllow);
    const auto refusing = by_libseccomp(parts, Verdict::kRefuse);
    const auto unknown = by_libseccomp(parts, Verdict::kUnknown);
    for (std::uint32_t call = 0; call < kMostCalls; ++call) {
      for (const std::uint64_t first : values_for(call, 0)) {
        for (const std::uint64_t second : values_for(call, 1)) {
          for (const std::uint64_t third : values_for(call, 2)) {
            seccomp_data data = call_of(call);
            data.args[0] = first;
            data.args[1] = second;
            data.args[2] = third;
            std::uint32_t wanted = run(allowing, data);
            if (wanted != SECCOMP_RET_ALLOW) wanted = run(refusing, data);
            if (wanted == SECCOMP_RET_KILL_PROCESS) wanted = run(unknown, data);
            ASSERT_EQ(run(ours, data), wanted) << call << '(' << first << ", " << second << ", "
                                               << third << ") in filter " << unsigned{parts};
          }
        }
      }
    }
  }
}

TEST(Filter, OtherAbisAndNumbersBeyondTheTableEndTheProcess) {
  for (const Parts parts : all_parts()) {
    const auto ours = build_filter(parts);
    for (std::uint32_t call = 0; call < kMostCalls; ++call) {
      ASSERT_EQ(run(ours, call_of(call | kX32)), SECCOMP_RET_KILL_PROCESS) << call;
      seccomp_data other = call_of(call);
      other.arch = AUDIT_ARCH_I386;
      ASSERT_EQ(run(ours, other), SECCOMP_RET_KILL_PROCESS) << call;
    }
    ASSERT_EQ(run(ours, call_of(0xFFFF'FFFF)), SECCOMP_RET_KILL_PROCESS);
    ASSERT_EQ(run(ours, call_of(0x7FFF'FFFF)), SECCOMP_RET_KILL_PROCESS);
  }
}

TEST(Filter, TheBytesInTheProgramAreThoseOfTheTable) {
  for (unsigned number = 0; number < all_parts().size(); ++number) {
    const Filter filter = filter_of(number);
    const auto built = build_filter(all_parts()[number]);
    ASSERT_EQ(filter.program.size(), built.size());
    for (std::size_t i = 0; i < built.size(); ++i) {
      ASSERT_EQ(std::memcmp(&filter.program[i], &built[i], sizeof built[i]), 0) << number;
    }
    EXPECT_EQ(filter.digest.size(), std::strlen("sha256:") + 64);
  }
}

// A tree, not a list: no call is more than a few comparisons away.
TEST(Filter, NoCallIsFarAway) {
  for (const Parts parts : all_parts()) {
    const auto program = build_filter(parts);
    for (std::uint32_t call = 0; call < kMostCalls; ++call) {
      std::size_t steps = 0;
      std::size_t at = 3;
      while (program[at].code == (BPF_JMP | BPF_JGE | BPF_K) ||
             program[at].code == (BPF_LD | BPF_W | BPF_ABS) ||
             program[at].code == (BPF_JMP | BPF_JA)) {
        ++steps;
        if (program[at].code == (BPF_JMP | BPF_JGE | BPF_K)) {
          at += 1U + (call >= program[at].k ? program[at].jt : program[at].jf);
        } else if (program[at].code == (BPF_JMP | BPF_JA)) {
          at += 1U + program[at].k;
        } else if (steps == 1) {
          ++at;  // the number itself
        } else {
          break;
        }
      }
      ASSERT_LE(steps, 12U) << call;
    }
  }
}

// limits.md section 7.3, row by row; an argument that decides is tried in attacks_test.
struct SpecRow {
  std::uint32_t action;
  std::vector<const char*> calls;
};
const SpecRow kSpecAllowed = {SECCOMP_RET_ALLOW,
                              {"munmap",        "mremap",         "madvise",
                               "brk",           "futex",          "membarrier",
                               "read",          "write",          "readv",
                               "writev",        "pread64",        "pwrite64",
                               "preadv",        "pwritev",        "preadv2",
                               "pwritev2",      "lseek",          "close",
                               "ppoll",         "poll",           "recvmsg",
                               "sendmsg",       "timerfd_create", "timerfd_settime",
                               "flock",         "openat2",        "newfstatat",
                               "fstat",         "statx",          "getdents64",
                               "ftruncate",     "fallocate",      "fsync",
                               "fdatasync",     "fadvise64",      "utimensat",
                               "mkdirat",       "unlinkat",       "renameat2",
                               "linkat",        "symlinkat",      "readlinkat",
                               "clock_gettime", "clock_getres",   "clock_nanosleep",
                               "getrandom",     "gettid",         "getpid",
                               "sched_yield",   "rt_sigaction",   "rt_sigprocmask",
                               "rt_sigreturn",  "sigaltstack",    "restart_syscall",
                               "rseq",          "capget",         "exit",
                               "exit_group"}};
const SpecRow kSpecRefused = {SECCOMP_RET_ERRNO | EPERM,
                              {"open",
                               "openat",
                               "creat",
                               "socket",
                               "connect",
                               "execve",
                               "execveat",
                               "ptrace",
                               "clone",
                               "fork",
                               "vfork",
                               "unshare",
                               "setns",
                               "mount",
                               "io_uring_setup",
                               "io_uring_enter",
                               "io_uring_register",
                               "bpf",
                               "perf_event_open",
                               "userfaultfd",
                               "memfd_create"}};
const SpecRow kSpecKilled = {SECCOMP_RET_KILL_PROCESS,
                             {"process_vm_readv",
                              "process_vm_writev",
                              "pidfd_getfd",
                              "keyctl",
                              "add_key",
                              "request_key",
                              "kexec_load",
                              "init_module",
                              "finit_module",
                              "delete_module",
                              "kill",
                              "tkill",
                              "pidfd_open",
                              "pidfd_send_signal",
                              "setuid",
                              "chroot",
                              "pivot_root",
                              "swapon",
                              "reboot",
                              "ioperm",
                              "iopl",
                              "personality",
                              "acct",
                              "quotactl",
                              "name_to_handle_at",
                              "open_by_handle_at",
                              "bind",
                              "listen",
                              "accept",
                              "accept4",
                              "socketpair",
                              "prlimit64",
                              "setrlimit",
                              "chmod",
                              "fchmod",
                              "fchmodat",
                              "chown",
                              "mknodat",
                              "setxattr",
                              "sendfile",
                              "copy_file_range",
                              "splice",
                              "shmget",
                              "msgget",
                              "mq_open",
                              "process_madvise",
                              "pkey_mprotect",
                              "landlock_create_ruleset",
                              "seccomp",
                              "capset",
                              "arch_prctl",
                              "modify_ldt",
                              "epoll_ctl",
                              "eventfd2",
                              "dup2",
                              "pipe2"}};

TEST(Filter, AnExecutorMayDoWhatTheSpecificationListsAndNoMore) {
  const auto executor = build_filter(all_parts()[0]);
  for (const SpecRow* row : {&kSpecAllowed, &kSpecRefused, &kSpecKilled}) {
    for (const char* name : row->calls) {
      const int call = seccomp_syscall_resolve_name(name);
      ASSERT_GE(call, 0) << name;
      EXPECT_EQ(run(executor, call_of(static_cast<std::uint32_t>(call))), row->action) << name;
    }
  }
  const auto clone3 = static_cast<std::uint32_t>(seccomp_syscall_resolve_name("clone3"));
  EXPECT_EQ(run(executor, call_of(clone3)), SECCOMP_RET_ERRNO | ENOSYS);
}

TEST(Filter, GrantedSocketsAddFourCallsAndOneOption) {
  const auto with = build_filter(all_parts()[1]);
  const auto without = build_filter(all_parts()[0]);
  for (const char* name : {"accept4", "shutdown", "recvfrom", "sendto"}) {
    const auto call = static_cast<std::uint32_t>(seccomp_syscall_resolve_name(name));
    EXPECT_EQ(run(with, call_of(call)), SECCOMP_RET_ALLOW) << name;
    EXPECT_EQ(run(without, call_of(call)), SECCOMP_RET_KILL_PROCESS) << name;
  }
  for (const char* name : {"socket", "connect"}) {
    const auto call = static_cast<std::uint32_t>(seccomp_syscall_resolve_name(name));
    EXPECT_EQ(run(with, call_of(call)), SECCOMP_RET_ERRNO | EPERM) << name;
  }
  seccomp_data option =
      call_of(static_cast<std::uint32_t>(seccomp_syscall_resolve_name("setsockopt")));
  option.args[1] = SOL_SOCKET;
  option.args[2] = SO_RCVLOWAT;
  EXPECT_EQ(run(with, option), SECCOMP_RET_ALLOW);
  option.args[2] = SO_MARK;
  EXPECT_EQ(run(with, option), SECCOMP_RET_KILL_PROCESS);
}

// The calls by which a broker ends its executor and hears of it; neither names a process by number.
TEST(Filter, ABrokerHoldsItsExecutorByAHandleAndHasTheNetworkOnlyWithFetch) {
  const auto executor = build_filter(all_parts()[0]);
  const Filter alone = filter_for({.broker = true});
  const Filter fetching = filter_for({.network = true, .broker = true});
  EXPECT_NE(alone.digest, fetching.digest);
  const auto verdict = [](const Filter& filter, const char* name) {
    const auto call = static_cast<std::uint32_t>(seccomp_syscall_resolve_name(name));
    return run({filter.program.begin(), filter.program.end()}, call_of(call));
  };
  for (const char* name : {"pidfd_send_signal", "waitid"}) {
    EXPECT_EQ(verdict(alone, name), SECCOMP_RET_ALLOW) << name;
    const auto call = static_cast<std::uint32_t>(seccomp_syscall_resolve_name(name));
    EXPECT_EQ(run(executor, call_of(call)), SECCOMP_RET_KILL_PROCESS) << name;
  }
  for (const char* name : {"kill", "tkill", "pidfd_open", "pidfd_getfd", "wait4"}) {
    EXPECT_EQ(verdict(alone, name), SECCOMP_RET_KILL_PROCESS) << name;
  }
  EXPECT_EQ(verdict(alone, "connect"), SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(verdict(fetching, "connect"), SECCOMP_RET_ALLOW);
}

}  // namespace
}  // namespace warrant::os::lockdown
