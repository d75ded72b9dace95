// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one table of system calls that a locked down process may make.
//
// A row holds in the filters that have its part; the first row of a call whose checks all hold
// gives the verdict, and a call without such a row ends the process. An argument is compared as the
// kernel reads it: its low 32 bits. Whoever adds a row adds what uses it to tests/lockdown.
// Spec: limits.md section 7.3.
#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cstdint>

namespace warrant::os::lockdown {

enum class Verdict : std::uint8_t {
  kKill,
  kAllow,
  kRefuse,   // EPERM
  kUnknown,  // ENOSYS: the C library goes another way
};

// What a filter is for; a filter has kCommon and any of the others.
enum class Part : std::uint8_t {
  kCommon,
  kExecutor,
  kSockets,
  kOverlay,
  kNetwork,
  kCompiler,
  kBroker
};

struct Check {
  std::uint8_t argument = 0;
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
};

// In place of the process's own number, which is put in when the filter is loaded.
inline constexpr std::uint32_t kOwnProcess = 0x5E1F'5E1F;
inline constexpr std::uint32_t kAllBits = 0xFFFF'FFFF;

struct Row {
  int call;
  Part part;
  Verdict verdict;
  std::uint8_t checks = 0;
  std::array<Check, 2> check{};
};

constexpr Row allow(int call, Part part = Part::kCommon) {
  return {call, part, Verdict::kAllow, 0, {}};
}
constexpr Row refuse(int call, Part part = Part::kCommon) {
  return {call, part, Verdict::kRefuse, 0, {}};
}
constexpr Row allow_if(int call, Check first, Part part = Part::kCommon) {
  return {call, part, Verdict::kAllow, 1, {first, {}}};
}
constexpr Row allow_if(int call, Check first, Check second, Part part = Part::kCommon) {
  return {call, part, Verdict::kAllow, 2, {first, second}};
}
constexpr Check equals(std::uint8_t argument, std::uint32_t value) {
  return {argument, kAllBits, value};
}
constexpr Check has_none(std::uint8_t argument, std::uint32_t bits) { return {argument, bits, 0}; }
constexpr Check has_all(std::uint8_t argument, std::uint32_t bits) {
  return {argument, bits, bits};
}

// Newer than some headers; the numbers are those of every architecture since 5.0.
inline constexpr int kIoUringSetup = 425;
inline constexpr int kIoUringEnter = 426;
inline constexpr int kIoUringRegister = 427;
inline constexpr std::uint32_t kThreadFlags =
    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
// Status flags that a guest may set on its files (O_ACCMODE and O_LARGEFILE are ignored there).
inline constexpr std::uint32_t kNoStatusFlags =
    ~static_cast<std::uint32_t>(O_NONBLOCK | O_APPEND | O_ACCMODE | 0100000);

inline constexpr auto kTable = std::to_array<Row>({
    // Memory. Executable mappings are made before, but by a compiler.
    allow(SYS_mmap, Part::kCompiler),
    allow_if(SYS_mmap, has_none(2, PROT_EXEC)),
    refuse(SYS_mmap),
    allow(SYS_mprotect, Part::kCompiler),
    allow_if(SYS_mprotect, has_none(2, PROT_EXEC)),
    refuse(SYS_mprotect),
    allow(SYS_munmap),
    allow(SYS_mremap),
    allow(SYS_madvise),
    allow(SYS_brk),
    allow(SYS_futex),
    allow(SYS_membarrier),
    // Data.
    allow(SYS_read),
    allow(SYS_write),
    allow(SYS_readv),
    allow(SYS_writev),
    allow(SYS_pread64),
    allow(SYS_pwrite64),
    allow(SYS_lseek),
    allow(SYS_close),
    allow(SYS_fstat),
    allow(SYS_preadv, Part::kExecutor),
    allow(SYS_pwritev, Part::kExecutor),
    allow(SYS_preadv2, Part::kExecutor),
    allow(SYS_pwritev2, Part::kExecutor),
    allow(SYS_ppoll, Part::kExecutor),
    allow(SYS_poll),
    allow(SYS_recvmsg, Part::kExecutor),
    allow(SYS_sendmsg, Part::kExecutor),
    allow(SYS_timerfd_create, Part::kExecutor),
    allow(SYS_timerfd_settime, Part::kExecutor),
    allow(SYS_flock, Part::kExecutor),
    allow_if(SYS_ioctl, equals(1, FIONREAD), Part::kExecutor),
    allow_if(SYS_ioctl, equals(1, FICLONE), Part::kOverlay),
    refuse(SYS_ioctl),
    allow_if(SYS_fcntl, equals(1, F_GETFD)),
    allow_if(SYS_fcntl, equals(1, F_GETFL)),
    allow_if(SYS_fcntl, equals(1, F_SETFD), equals(2, FD_CLOEXEC), Part::kNetwork),
    allow_if(SYS_fcntl, equals(1, F_SETFL), has_none(2, kNoStatusFlags), Part::kExecutor),
    refuse(SYS_fcntl),
    // Sockets that are granted, and open before the guest is there.
    allow(SYS_accept4, Part::kSockets),
    allow(SYS_shutdown, Part::kSockets),
    allow(SYS_recvfrom, Part::kSockets),
    allow(SYS_sendto, Part::kSockets),
    allow_if(SYS_setsockopt, equals(1, SOL_SOCKET), equals(2, SO_RCVLOWAT), Part::kSockets),
    // Files: what is opened is opened beneath a handle, by openat2 alone.
    allow(SYS_openat2, Part::kExecutor),
    allow(SYS_newfstatat, Part::kExecutor),
    allow(SYS_statx, Part::kExecutor),
    allow(SYS_getdents64, Part::kExecutor),
    allow(SYS_ftruncate, Part::kExecutor),
    allow(SYS_fallocate, Part::kExecutor),
    allow(SYS_fsync, Part::kExecutor),
    allow(SYS_fdatasync, Part::kExecutor),
    allow(SYS_fadvise64, Part::kExecutor),
    allow(SYS_utimensat, Part::kExecutor),
    allow(SYS_mkdirat, Part::kExecutor),
    allow(SYS_unlinkat, Part::kExecutor),
    allow(SYS_renameat2, Part::kExecutor),
    allow(SYS_linkat, Part::kExecutor),
    allow(SYS_symlinkat, Part::kExecutor),
    allow(SYS_readlinkat, Part::kExecutor),
    // The rest.
    allow(SYS_clock_gettime),
    allow(SYS_clock_getres, Part::kExecutor),
    allow(SYS_clock_nanosleep),
    allow(SYS_getrandom),
    allow(SYS_gettid),
    allow(SYS_getpid),
    allow(SYS_sched_yield),
    allow(SYS_rt_sigaction),
    allow(SYS_rt_sigprocmask),
    allow(SYS_rt_sigreturn),
    allow(SYS_sigaltstack),
    allow_if(SYS_tgkill, equals(0, kOwnProcess)),
    allow(SYS_restart_syscall),
    allow(SYS_rseq),
    allow(SYS_capget),
    allow(SYS_exit),
    allow(SYS_exit_group),
    // The timers of the deadline are made before, and set by the handler of their signal.
    allow(SYS_timer_settime, Part::kExecutor),
    allow_if(SYS_prctl, equals(0, PR_SET_NAME)),
    allow_if(SYS_prctl, equals(0, PR_GET_NO_NEW_PRIVS)),
    allow_if(SYS_prctl, equals(0, PR_GET_DUMPABLE)),
    allow_if(SYS_prctl, equals(0, PR_GET_PDEATHSIG)),
    refuse(SYS_prctl),
    // Threads of a compiler, never processes.
    allow_if(SYS_clone, has_all(0, kThreadFlags), Part::kCompiler),
    allow(SYS_set_robust_list, Part::kCompiler),
    allow(SYS_sched_getaffinity, Part::kCompiler),
    // An executor is told, ended and waited for by its handle.
    allow(SYS_pidfd_send_signal, Part::kBroker),
    allow(SYS_waitid, Part::kBroker),
    // Transports inside the process of the guest, or of its broker.
    allow_if(SYS_socket, equals(0, AF_INET), Part::kNetwork),
    allow_if(SYS_socket, equals(0, AF_INET6), Part::kNetwork),
    allow(SYS_connect, Part::kNetwork),
    allow(SYS_getsockopt, Part::kNetwork),
    allow(SYS_setsockopt, Part::kNetwork),
    allow(SYS_getsockname, Part::kNetwork),
    allow(SYS_getpeername, Part::kNetwork),
    allow(SYS_recvfrom, Part::kNetwork),
    allow(SYS_sendto, Part::kNetwork),
    allow(SYS_openat, Part::kNetwork),
#if defined(__x86_64__)
    // Old forms that only this architecture has.
    refuse(SYS_open),
    refuse(SYS_creat),
    refuse(SYS_fork),
    refuse(SYS_vfork),
#endif
    // Refused softly: libraries probe for them, and the self-test tries them.
    refuse(SYS_openat),
    refuse(SYS_socket),
    refuse(SYS_connect),
    refuse(SYS_socketpair, Part::kNetwork),  // asked for by libcurl, which goes on without
    refuse(SYS_execve),
    refuse(SYS_execveat),
    refuse(SYS_ptrace),
    refuse(SYS_clone),
    {SYS_clone3, Part::kCommon, Verdict::kUnknown, 0, {}},
    refuse(SYS_unshare),
    refuse(SYS_setns),
    refuse(SYS_mount),
    refuse(kIoUringSetup),
    refuse(kIoUringEnter),
    refuse(kIoUringRegister),
    refuse(SYS_bpf),
    refuse(SYS_perf_event_open),
    refuse(SYS_userfaultfd),
    refuse(SYS_memfd_create),
});

}  // namespace warrant::os::lockdown
