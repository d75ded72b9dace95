// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "warrant/cap/guest_path.h"
#include "warrant/wasi_p1/calls.h"
#include "warrant/wasi_p1/lower.h"

namespace warrant::wasi_p1 {
namespace {

struct Wanted {
  std::uint32_t lookup = 0;
  std::uint32_t open = 0;
  std::uint32_t fd_flags = 0;
  Rights base = Rights::kNone;
  Rights inheriting = Rights::kNone;

  bool opens(std::uint32_t flag) const noexcept { return (open & flag) != 0; }
  bool reads() const noexcept { return covers(base, Rights::kFdRead); }
  bool writes() const noexcept { return covers(base, Rights::kFdWrite); }
  bool appends() const noexcept { return (fd_flags & kFlagAppend) != 0; }
};

bool is_valid(const Wanted& wanted, Rights known) noexcept {
  if ((wanted.lookup & ~kLookupFollow) != 0 || (wanted.open & ~kOpenFlags) != 0 ||
      (wanted.fd_flags & ~kFlagBits) != 0) {
    return false;
  }
  if (!covers(known, wanted.base) || !covers(known, wanted.inheriting)) return false;
  if (wanted.opens(kOpenDirectory) &&
      (wanted.open & (kOpenCreate | kOpenExclusive | kOpenTruncate)) != 0) {
    return false;
  }
  return !wanted.opens(kOpenExclusive) || wanted.opens(kOpenCreate);
}

// What the parent must allow. Write-class wishes are held against the grant before the world is
// asked, so that the answer does not depend on what is there.
Errno check_parent(Call& call, const Entry& parent, const Wanted& wanted, std::string_view path) {
  Errno no = call.check_at(parent, Rights::kPathOpen, path);
  if (no == Errno::kSuccess && wanted.opens(kOpenCreate)) {
    no = call.check_at(parent, Rights::kPathCreateFile, path);
  }
  if (no == Errno::kSuccess && wanted.opens(kOpenTruncate)) {
    no = call.check_at(parent, Rights::kPathFilestatSetSize, path);
  }
  if (no != Errno::kSuccess) return no;
  if ((wanted.writes() || wanted.appends()) && !covers(parent.grant, Rights::kFdWrite)) {
    return call.deny(Errno::kNotCapable, cap::Reason::kReadOnly, call.subject_at(parent, path));
  }
  const bool lacks_read = wanted.reads() && !covers(parent.inheriting, Rights::kFdRead);
  const bool lacks_write = wanted.writes() && !covers(parent.inheriting, Rights::kFdWrite);
  if (lacks_read || lacks_write) {
    return call.note(Errno::kNotCapable, cap::Reason::kRightMissing, call.subject_at(parent, path));
  }
  return Errno::kSuccess;
}

cap::OpenOptions options_of(const Wanted& wanted) noexcept {
  cap::OpenOptions options;
  options.read = wanted.reads();
  options.write = wanted.writes();
  options.create = wanted.opens(kOpenCreate);
  options.exclusive = wanted.opens(kOpenExclusive);
  options.truncate = wanted.opens(kOpenTruncate);
  options.append = wanted.appends();
  options.directory = wanted.opens(kOpenDirectory);
  options.symlinks =
      (wanted.lookup & kLookupFollow) != 0 ? cap::Symlinks::kFollow : cap::Symlinks::kNoFollow;
  return options;
}

// What a guest asks for on a directory. One right more for a request that was written for files, as
// fd_seek in it tells, by a guest that does not know yet what the name is: where it may create
// files it may also open them empty, if whatever it opens below is to have that right (decision
// 0016).
Rights wished_for_directory(const Wanted& wanted) noexcept {
  const bool is_for_files =
      covers(wanted.base, Rights::kFdSeek) && covers(wanted.base, Rights::kPathCreateFile);
  const Rights size = intersect(wanted.inheriting, Rights::kPathFilestatSetSize);
  return is_for_files ? Rights{bits(wanted.base) | bits(size)} : wanted.base;
}

// Records name an open that changes something after the right that it used.
constexpr std::string_view kCreation = "path_create_file";
constexpr std::string_view kTruncation = "path_filestat_set_size";

// What may be lost stands before what may be made: whether there is a file is not known yet.
std::string_view intent_of(const Wanted& wanted) noexcept {
  if (wanted.opens(kOpenTruncate)) return kTruncation;
  return wanted.opens(kOpenCreate) ? kCreation : std::string_view();
}

std::string_view effect_of(const Wanted& wanted, const cap::Opened& opened) noexcept {
  if (opened.created || wanted.opens(kOpenExclusive)) return kCreation;
  return wanted.opens(kOpenTruncate) ? kTruncation : "path_open";
}

std::uint32_t insert(Call& call, std::uint32_t parent_fd, const Wanted& wanted,
                     cap::Opened&& opened, std::string_view full_path) {
  const bool is_file = opened.file != nullptr;
  FdTable& table = call.context().table();
  const std::uint32_t fd = table.insert(is_file ? Entry::Kind::kFile : Entry::Kind::kDirectory);
  const Entry& parent = *table.find(parent_fd);
  Entry& entry = *table.find(fd);
  const Rights mask = is_file ? kFileBase : kDirectoryBase;
  const Rights wished = is_file ? wanted.base : wished_for_directory(wanted);
  entry.type = is_file ? cap::FileType::kRegularFile : cap::FileType::kDirectory;
  entry.flags = static_cast<std::uint16_t>(wanted.fd_flags);
  entry.grant = parent.grant;
  entry.grant_index = parent.grant_index;
  entry.base = intersect(intersect(wished, parent.inheriting), mask);
  entry.inheriting = is_file ? Rights::kNone : intersect(wanted.inheriting, parent.inheriting);
  entry.file = std::move(opened.file);
  entry.directory = std::move(opened.directory);
  entry.path.assign(full_path);
  return fd;
}

}  // namespace

Answer path_open(Call& call) {
  const std::uint32_t parent_fd = call.u32(0);
  const std::uint32_t path_address = call.u32(2);
  const std::uint32_t path_length = call.u32(3);
  const std::uint32_t out = call.u32(8);
  const Wanted wanted{call.u32(1), call.u32(4), call.u32(7), Rights{call.u64(5)},
                      Rights{call.u64(6)}};
  if (!call.place("path", path_address, path_length, 1) || !call.place("opened", out, 4, 4)) {
    return Answer::end();
  }
  if (!is_valid(wanted, known_rights(call.snapshot()))) return Errno::kInval;
  Entry* parent = call.find(parent_fd);
  const std::string_view text = call.take_path(path_address, path_length, 0);
  if (parent == nullptr) return call.no_directory(parent_fd, text);
  if (parent->kind != Entry::Kind::kDirectory) return Errno::kNotDir;
  call.context().is_first(Context::Use::kPaths);
  const Errno no = check_parent(call, *parent, wanted, text);
  if (no != Errno::kSuccess) return no;
  const auto path = cap::GuestPath::parse(text);
  if (!path) return call.fail(path.error(), call.subject_at(*parent, text));
  if (call.context().table().is_full()) {
    return call.deny(Errno::kMFile, cap::Reason::kFdLimit, call.subject_at(*parent, text));
  }
  const std::string_view intent = intent_of(wanted);
  if (!intent.empty() && !call.intends(intent, call.subject_at(*parent, text))) {
    return Errno::kCanceled;
  }
  auto opened = parent->directory->open(*path, options_of(wanted));
  if (!opened) return call.fail(opened.error(), call.subject_at(*parent, text));
  if (opened->directory != nullptr && wanted.writes()) return Errno::kIsDir;
  const Subject about = call.subject_at(*parent, text);
  call.did(effect_of(wanted, *opened), about, 0);
  return call.put(out, insert(call, parent_fd, wanted, std::move(*opened), about.path));
}

}  // namespace warrant::wasi_p1
