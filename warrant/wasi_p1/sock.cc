// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "warrant/wasi_p1/calls.h"

namespace warrant::wasi_p1 {
namespace {

class RefusalRecorder final : public cap::RefusedPeer {
 public:
  RefusalRecorder(Call& call, const Entry& listener) noexcept : call_(call), listener_(listener) {}
  void refused(std::string_view address) override {
    call_.deny(Errno::kSuccess, cap::Reason::kPeerNotAllowed,
               {audit::Kind::kNet, listener_.grant_index, address, {}});
  }

 private:
  Call& call_;
  const Entry& listener_;
};

bool goes_on(const Answer& answer) noexcept {
  return !answer.ends() && answer.code() == Errno::kSuccess;
}

Answer find_socket(Call& call, Entry*& entry) {
  entry = call.find(call.u32(0));
  if (entry == nullptr) return call.not_open(call.u32(0));
  return entry->kind == Entry::Kind::kSocket ? Errno::kSuccess : Errno::kNotSock;
}

std::uint32_t insert(Call& call, std::uint32_t listener_fd, std::uint32_t flags,
                     std::unique_ptr<cap::Socket> socket) {
  FdTable& table = call.context().table();
  const std::uint32_t fd = table.insert(Entry::Kind::kSocket);
  const Entry& listener = *table.find(listener_fd);
  Entry& entry = *table.find(fd);
  entry.type = socket->type();
  entry.flags = static_cast<std::uint16_t>(flags);
  entry.grant_index = listener.grant_index;
  entry.grant = listener.grant;
  entry.base = intersect(listener.inheriting, kSocketBase);
  entry.stream = socket.get();
  entry.socket = std::move(socket);
  return fd;
}

}  // namespace

Answer sock_accept(Call& call) {
  const std::uint32_t fd = call.u32(0);
  const std::uint32_t flags = call.u32(1);
  const std::uint32_t out = call.u32(2);
  if (!call.place("new_fd", out, 4, 4)) return Answer::end();
  if ((flags & ~kFlagNonblock) != 0) return Errno::kInval;
  Entry* entry = nullptr;
  if (const Answer found = find_socket(call, entry); !goes_on(found)) return found;
  if (!entry->socket->is_listener()) return Errno::kInval;
  if (const Errno no = call.check(*entry, Rights::kSockAccept); no != Errno::kSuccess) return no;
  if (call.context().table().is_full()) {
    return call.deny(Errno::kMFile, cap::Reason::kFdLimit, Call::subject(*entry));
  }
  RefusalRecorder refusals(call, *entry);
  auto accepted = entry->socket->accept(entry->blocking(), refusals);
  if (!accepted) return call.fail(accepted.error(), Call::subject(*entry));
  call.did(Call::subject(*entry), 0);
  return call.put(out, insert(call, fd, flags, std::move(*accepted)));
}

Answer sock_recv(Call& call) {
  const std::uint32_t iovs = call.u32(1);
  const std::uint32_t length = call.u32(2);
  const std::uint32_t flags = call.u32(3);
  const std::uint32_t out = call.u32(4);
  const std::uint32_t out_flags = call.u32(5);
  Vectors vectors;
  if (!call.place_vectors("iovs", iovs, length) || !call.place("nread", out, 4, 4) ||
      !call.place("ro_flags", out_flags, 2, 2)) {
    return Answer::end();
  }
  if (length > call.vector_limit()) return Errno::kInval;
  if (!call.take_vectors("iovs", iovs, length, vectors)) return Answer::end();
  if (flags > static_cast<std::uint32_t>(cap::ReceiveFlags::kPeekWaitAll)) return Errno::kInval;
  Entry* entry = nullptr;
  if (const Answer found = find_socket(call, entry); !goes_on(found)) return found;
  if (const Errno no = call.check(*entry, Rights::kFdRead); no != Errno::kSuccess) return no;
  const auto received = entry->socket->receive(
      vectors.buffers, static_cast<cap::ReceiveFlags>(flags), entry->blocking());
  if (!received) return call.fail(received.error(), Call::subject(*entry));
  entry->bytes_read += received->size;
  call.context().counters().bytes_read += received->size;
  call.put(out, static_cast<std::uint32_t>(received->size));
  return call.put(out_flags, static_cast<std::uint16_t>(received->truncated ? 1 : 0));
}

Answer sock_send(Call& call) {
  const std::uint32_t iovs = call.u32(1);
  const std::uint32_t length = call.u32(2);
  const std::uint32_t out = call.u32(4);
  Vectors vectors;
  if (!call.place_vectors("iovs", iovs, length) || !call.place("nsent", out, 4, 4)) {
    return Answer::end();
  }
  if (length > call.vector_limit()) return Errno::kInval;
  if (!call.take_vectors("iovs", iovs, length, vectors)) return Answer::end();
  if (call.u32(3) != 0) return Errno::kInval;
  Entry* entry = nullptr;
  if (const Answer found = find_socket(call, entry); !goes_on(found)) return found;
  if (const Errno no = call.check(*entry, Rights::kFdWrite); no != Errno::kSuccess) return no;
  if (!call.announces(*entry)) return Errno::kCanceled;
  const auto sent = entry->socket->send(vectors.buffers, entry->blocking());
  if (!sent) return call.fail(sent.error(), Call::subject(*entry));
  entry->bytes_written += *sent;
  call.context().counters().bytes_written += *sent;
  return call.put(out, static_cast<std::uint32_t>(*sent));
}

Answer sock_shutdown(Call& call) {
  const std::uint32_t how = call.u32(1);
  if (how == 0 || how > static_cast<std::uint32_t>(cap::ShutdownSide::kBoth)) return Errno::kInval;
  Entry* entry = nullptr;
  if (const Answer found = find_socket(call, entry); !goes_on(found)) return found;
  if (const Errno no = call.check(*entry, Rights::kSockShutdown); no != Errno::kSuccess) return no;
  const Status done = entry->socket->shutdown(static_cast<cap::ShutdownSide>(how));
  if (!done) return call.fail(done.error(), Call::subject(*entry));
  return Errno::kSuccess;
}

}  // namespace warrant::wasi_p1
