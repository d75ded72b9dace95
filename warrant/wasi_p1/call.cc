// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasi_p1/call.h"

#include <algorithm>

#include "warrant/audit/long_path.h"

namespace warrant::wasi_p1 {
namespace {

enum class Weight : std::uint8_t { kPlain, kNoted, kDenial };

Weight weight_of(const Error& error) noexcept {
  const cap::Reason reason = cap::reason_of(error);
  if (error.code == Errc::kNotCapable) return Weight::kDenial;
  if (error.code == Errc::kCanceled) return Weight::kPlain;  // how the run ends says it
  if (reason == cap::Reason::kNone || reason == cap::Reason::kBadPath) return Weight::kPlain;
  if (reason == cap::Reason::kResolveStarved || reason == cap::Reason::kHostLimit) {
    return Weight::kNoted;
  }
  return Weight::kDenial;  // quotas: DQUOT, FBIG, MFILE, NOMEM; a revoked handle: BADF
}

std::size_t append(std::span<char> to, std::size_t used, std::string_view text) noexcept {
  const std::size_t count = std::min(text.size(), to.size() - used);
  if (count > 0) std::memcpy(to.data() + used, text.data(), count);
  return used + count;
}

}  // namespace

bool Call::fault(std::string_view parameter, std::uint64_t address, wasm::TrapCode code) noexcept {
  host_.exit.kind = wasm::ExitRecord::Kind::kAbiFault;
  host_.exit.function = self_.name;
  host_.exit.parameter = parameter;
  host_.exit.address = address;
  host_.exit.fault = code;
  return false;
}

bool Call::take_vectors(std::string_view parameter, std::uint32_t address, std::uint32_t count,
                        Vectors& vectors) noexcept {
  Scratch& scratch = this->scratch();
  if (count > scratch.vectors.size()) {
    scratch.vectors.resize(count);
    scratch.buffers.resize(count);
  }
  const std::span<Iovec> list = std::span(scratch.vectors).first(count);
  WARRANT_CHECK(host_.memory.read(address, std::as_writable_bytes(list)));
  std::uint64_t room = context_->limits().vector_bytes;
  std::size_t used = 0;
  for (const Iovec& vector : list) {
    Buffer buffer;
    if (!host_.memory.buffer(vector.address, vector.length, buffer)) {
      return fault(parameter, vector.address, wasm::TrapCode::kMemoryOutOfBounds);
    }
    if (buffer.size() == 0 || room == 0) continue;
    scratch.buffers[used] = buffer.first(room);
    room -= scratch.buffers[used].size();
    ++used;
  }
  vectors.buffers = std::span<const Buffer>(scratch.buffers).first(used);
  vectors.bytes = context_->limits().vector_bytes - room;
  return true;
}

std::string_view Call::take_path(std::uint32_t address, std::uint32_t length,
                                 std::size_t which) noexcept {
  auto& buffer = scratch().paths[which];
  const std::size_t count = std::min<std::size_t>(length, buffer.size());
  const auto bytes = std::as_writable_bytes(std::span(buffer)).first(count);
  WARRANT_CHECK(host_.memory.read(address, bytes));
  return {buffer.data(), count};
}

std::string_view Call::full_path(const Entry& directory, std::string_view path,
                                 std::size_t which) noexcept {
  if (path.starts_with('/')) return path;
  auto& buffer = scratch().full_paths[which];
  const std::string_view base = directory.path;
  std::size_t used = append(buffer, 0, base);
  if (!base.empty() && !base.ends_with('/')) used = append(buffer, used, "/");
  used = append(buffer, used, path);
  if (used > audit::kMostPathBytes) {
    return audit::shorten_path({buffer.data(), used}, buffer, context_->mark_key());
  }
  return {buffer.data(), used};
}

Subject Call::subject(const Entry& entry) noexcept {
  audit::Kind kind = audit::Kind::kFs;
  if (entry.kind == Entry::Kind::kStream) kind = audit::Kind::kConsole;
  if (entry.kind == Entry::Kind::kSocket) kind = audit::Kind::kNet;
  return {kind, entry.grant_index, entry.path, {}};
}

Errno Call::not_open(std::uint32_t fd) {
  static constexpr std::array<std::string_view, 3> kNames = {"stdin", "stdout", "stderr"};
  static constexpr std::array kUses = {Context::Use::kNoStdin, Context::Use::kNoStdout,
                                       Context::Use::kNoStderr};
  if (context_->is_missing_console(fd) && context_->is_first(kUses[fd])) {
    return deny(Errno::kBadF, cap::Reason::kConsoleNotGranted,
                {audit::Kind::kConsole, cap::kNoGrant, kNames[fd], {}});
  }
  return Errno::kBadF;
}

Errno Call::no_directory(std::uint32_t fd, std::string_view path) {
  if (fd == UINT32_MAX && context_->is_first(Context::Use::kNoDirectory)) {
    context_->keep_path_of_none(path);
    return note(Errno::kBadF, cap::Reason::kNotGranted,
                {audit::Kind::kFs, cap::kNoGrant, path, {}});
  }
  return not_open(fd);
}

Errno Call::lacking(const Entry& entry, Rights wanted, const Subject& about) {
  if (!covers(entry.grant, wanted)) {
    const Rights missing{bits(wanted) & ~bits(entry.grant)};
    const bool writing = entry.kind != Entry::Kind::kStream && entry.kind != Entry::Kind::kSocket &&
                         covers(kWriteClass, missing);
    return deny(Errno::kNotCapable, writing ? cap::Reason::kReadOnly : cap::Reason::kRightMissing,
                about);
  }
  const Rights missing{bits(wanted) & ~bits(entry.base)};
  const bool mode = bits(intersect(missing, Rights::kFdRead)) != 0 ||
                    bits(intersect(missing, Rights::kFdWrite)) != 0;
  return note(mode ? Errno::kBadF : Errno::kNotCapable, cap::Reason::kRightMissing, about);
}

void Call::record(audit::Decision decision, Errno code, cap::Reason reason, const Subject& about) {
  audit::Event event;
  event.kind = about.kind;
  event.decision = decision;
  event.reason = reason;
  event.operation = self_.name;
  event.grant = about.grant;
  event.error = static_cast<std::uint16_t>(code);
  event.path = about.path;
  event.second_path = about.second_path;
  context_->record(event);
}

Errno Call::deny(Errno code, cap::Reason reason, const Subject& about) {
  record(audit::Decision::kDeny, code, reason, about);
  return code;
}

Errno Call::note(Errno code, cap::Reason reason, const Subject& about) {
  record(audit::Decision::kError, code, reason, about);
  return code;
}

Errno Call::fail(const Error& error, const Subject& about) {
  const Errno code = errno_of(error.code);
  switch (weight_of(error)) {
    case Weight::kPlain:
      return code;
    case Weight::kNoted:
      return note(code, cap::reason_of(error), about);
    case Weight::kDenial:
      return deny(code, cap::reason_of(error), about);
  }
  return code;
}

bool Call::intends(std::string_view operation, const Subject& about) {
  audit::Event event;
  event.kind = about.kind;
  event.decision = audit::Decision::kAllow;
  event.operation = operation;
  event.grant = about.grant;
  event.path = about.path;
  event.second_path = about.second_path;
  return context_->intend(event);
}

void Call::did(const Subject& about, std::uint64_t bytes) { did(self_.name, about, bytes); }

void Call::did(std::string_view operation, const Subject& about, std::uint64_t bytes) {
  audit::Event event;
  event.kind = about.kind;
  event.decision = audit::Decision::kAllow;
  event.operation = operation;
  event.grant = about.grant;
  event.path = about.path;
  event.second_path = about.second_path;
  event.bytes = bytes;
  context_->record(event);
}

}  // namespace warrant::wasi_p1
