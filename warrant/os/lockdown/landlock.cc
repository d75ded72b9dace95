// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/lockdown/landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "warrant/os/errno.h"

namespace warrant::os::lockdown {
namespace {

constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr unsigned kAskVersion = 1;
constexpr int kPathBeneath = 1;
constexpr int kNetPort = 2;

// The kernel's structures as they grew; a size that it does not know yet is refused, so each ABI
// is given its own.
struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;  // ABI 4
  std::uint64_t scoped = 0;   // ABI 6
};
struct [[gnu::packed]] PathAttributes {
  std::uint64_t allowed = 0;
  std::int32_t parent = -1;
};
struct PortAttributes {
  std::uint64_t allowed = 0;
  std::uint64_t port = 0;
};

constexpr std::uint64_t right(unsigned number) { return 1ULL << number; }
constexpr std::uint64_t rights_below(unsigned number) { return right(number) - 1; }
constexpr unsigned kFirstAbiRights = 13;  // execute … make symbolic links
constexpr std::uint64_t kReadFile = right(2);
constexpr std::uint64_t kReadDirectory = right(3);
constexpr std::uint64_t kRefer = right(13);     // ABI 2
constexpr std::uint64_t kTruncate = right(14);  // ABI 3
constexpr std::uint64_t kIoctl = right(15);     // ABI 5
constexpr std::uint64_t kReadSet = kReadFile | kReadDirectory;
// Writing, removing files and directories, making directories, files and symbolic links. FIFOs and
// sockets are there to be renamed: the filter has no call that makes one.
constexpr std::uint64_t kWriteSet = right(1) | right(4) | right(5) | right(7) | right(8) |
                                    right(9) | right(10) | right(12) | kRefer | kTruncate;
constexpr std::uint64_t kBindTcp = right(0);
constexpr std::uint64_t kConnectTcp = right(1);
constexpr std::uint64_t kScopeSockets = right(0);  // abstract ones
constexpr std::uint64_t kScopeSignals = right(1);

RulesetAttributes handled_by(std::uint32_t abi, Ruleset::Signals signals) noexcept {
  RulesetAttributes all;
  all.files = rights_below(kFirstAbiRights);
  if (abi >= 2) all.files |= kRefer;
  if (abi >= 3) all.files |= kTruncate;
  if (abi >= 5) all.files |= kIoctl;
  if (abi >= 4) all.network = kBindTcp | kConnectTcp;
  if (abi >= 6) all.scoped = kScopeSockets;
  if (abi >= 6 && signals == Ruleset::Signals::kScoped) all.scoped |= kScopeSignals;
  return all;
}

std::size_t size_for(std::uint32_t abi) noexcept {
  if (abi >= 6) return sizeof(RulesetAttributes);
  return abi >= 4 ? offsetof(RulesetAttributes, scoped) : offsetof(RulesetAttributes, network);
}

}  // namespace

std::uint32_t landlock_abi() noexcept {
  const long abi = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return static_cast<std::uint32_t>(std::max(abi, 0L));
}

Result<Ruleset> Ruleset::make(std::uint32_t abi, Signals signals) noexcept {
  const RulesetAttributes handled = handled_by(abi, signals);
  OwnedFd fd(static_cast<int>(::syscall(kCreateRuleset, &handled, size_for(abi), 0)));
  if (!fd.is_open()) return error_from_errno(errno, "landlock_create_ruleset");
  return Ruleset(std::move(fd), handled.files, handled.network);
}

Status Ruleset::allow(const PathRule& rule) noexcept {
  PathAttributes beneath;
  beneath.allowed = (rule.reach == Reach::kWrite ? kReadSet | kWriteSet : kReadSet) & files_;
  beneath.parent = rule.directory.number();
  if (::syscall(kAddRule, fd_.number(), kPathBeneath, &beneath, 0) != 0) {
    return error_from_errno(errno, "landlock_add_rule");
  }
  return {};
}

Status Ruleset::allow_connect(std::uint16_t port) noexcept {
  if (network_ == 0) return {};
  const PortAttributes one{kConnectTcp, port};
  if (::syscall(kAddRule, fd_.number(), kNetPort, &one, 0) != 0) {
    return error_from_errno(errno, "landlock_add_rule");
  }
  return {};
}

Status Ruleset::enforce() noexcept {
  if (::syscall(kRestrictSelf, fd_.number(), 0) != 0) {
    return error_from_errno(errno, "landlock_restrict_self");
  }
  return {};
}

}  // namespace warrant::os::lockdown
