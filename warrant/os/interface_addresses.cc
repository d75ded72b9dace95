// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/interface_addresses.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "warrant/os/errno.h"
#include "warrant/os/waiter.h"

namespace warrant::os {
namespace {

constexpr Nanoseconds kFresh{1'000'000'000 - count(kCoarse)};
constexpr int kPatience = 1'000;  // ms; the kernel answers at once

template <typename T>
bool load(std::span<const std::byte> from, T& to) noexcept {
  if (from.size() < sizeof to) return false;
  std::memcpy(&to, from.data(), sizeof to);
  return true;
}

std::optional<cap::IpAddress> address_of(std::uint8_t family, std::span<const std::byte> bytes) {
  if (family == AF_INET) {
    std::array<std::uint8_t, 4> v4{};
    if (!load(bytes, v4)) return std::nullopt;
    return cap::IpAddress::v4(v4);
  }
  std::array<std::uint8_t, 16> v6{};
  if (family != AF_INET6 || !load(bytes, v6)) return std::nullopt;
  return cap::IpAddress::v6(v6);
}

// Both addresses of one RTM_NEWADDR: of a point-to-point link the peer's as well.
void collect(std::span<const std::byte> message, std::vector<cap::IpAddress>& to) {
  ifaddrmsg about{};
  if (!load(message, about)) return;
  std::span<const std::byte> rest = message.subspan(NLMSG_ALIGN(sizeof about));
  rtattr attribute{};
  while (load(rest, attribute) && attribute.rta_len >= sizeof attribute &&
         attribute.rta_len <= rest.size()) {
    const auto value = rest.subspan(RTA_LENGTH(0), attribute.rta_len - RTA_LENGTH(0));
    if (attribute.rta_type == IFA_ADDRESS || attribute.rta_type == IFA_LOCAL) {
      const auto address = address_of(about.ifa_family, value);
      if (address && std::find(to.begin(), to.end(), *address) == to.end()) to.push_back(*address);
    }
    rest = rest.subspan(std::min<std::size_t>(RTA_ALIGN(attribute.rta_len), rest.size()));
  }
}

}  // namespace

Result<InterfaceAddresses> InterfaceAddresses::open(Ambient) {
  OwnedFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket.is_open()) return error_from_errno(errno, "netlink");
  return InterfaceAddresses(std::move(socket));
}

std::span<const cap::IpAddress> InterfaceAddresses::list() {
  const Nanoseconds now = host_monotonic_coarse();
  if (asked_ == Nanoseconds{0} || saturating_sub(now, asked_) >= kFresh) {
    addresses_.clear();
    if (ask()) asked_ = now;
  }
  return addresses_;
}

bool InterfaceAddresses::ask() {
  struct {
    nlmsghdr header;
    ifaddrmsg body;
  } question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = RTM_GETADDR;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.header.nlmsg_seq = ++sequence_;
  question.body.ifa_family = AF_UNSPEC;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  sockaddr_storage to{};
  std::memcpy(&to, &kernel, sizeof kernel);
  if (::sendto(socket_.number(), &question, sizeof question, 0,
               reinterpret_cast<const sockaddr*>(&to), sizeof kernel) < 0) {  // NOLINT: sockaddr
    return false;
  }
  std::array<std::byte, 16'384> answer;
  for (bool finished = false; !finished;) {
    pollfd set{socket_.number(), POLLIN, 0};
    if (::poll(&set, 1, kPatience) <= 0) return false;
    const ssize_t got =
        ::recvfrom(socket_.number(), answer.data(), answer.size(), 0, nullptr, nullptr);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    if (!take(std::span(answer).first(static_cast<std::size_t>(got)), finished)) return false;
  }
  return true;
}

bool InterfaceAddresses::take(std::span<const std::byte> answer, bool& finished) {
  nlmsghdr header{};
  while (load(answer, header) && header.nlmsg_len >= sizeof header &&
         header.nlmsg_len <= answer.size()) {
    if (header.nlmsg_seq == sequence_) {
      if (header.nlmsg_type == NLMSG_DONE) finished = true;
      if (header.nlmsg_type == NLMSG_ERROR) return false;
      if (header.nlmsg_type == RTM_NEWADDR) {
        collect(answer.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN), addresses_);
      }
    }
    answer = answer.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), answer.size()));
  }
  return true;
}

}  // namespace warrant::os
