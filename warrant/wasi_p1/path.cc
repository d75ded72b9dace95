// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "warrant/cap/guest_path.h"
#include "warrant/cap/working_view.h"
#include "warrant/wasi_p1/calls.h"
#include "warrant/wasi_p1/lower.h"

namespace warrant::wasi_p1 {
namespace {

bool goes_on(const Answer& answer) noexcept {
  return !answer.ends() && answer.code() == Errno::kSuccess;
}

// A directory descriptor and a path beneath it, checked as far as no system call is needed.
struct Place {
  std::uint32_t fd = 0;
  std::uint32_t address = 0;
  std::uint32_t length = 0;
  Rights right = Rights::kNone;
  Entry* directory = nullptr;
  std::string_view text = {};
  std::optional<cap::GuestPath> path = {};
};

Answer find_directory(Call& call, Place& place) {
  place.directory = call.find(place.fd);
  if (place.directory == nullptr) {
    return call.no_directory(place.fd, call.take_path(place.address, place.length, 0));
  }
  if (place.directory->kind != Entry::Kind::kDirectory) return Errno::kNotDir;
  call.context().is_first(Context::Use::kPaths);
  return Errno::kSuccess;
}

Answer parse(Call& call, Place& place) {
  const auto path = cap::GuestPath::parse(place.text);
  if (!path) return call.fail(path.error(), call.subject_at(*place.directory, place.text));
  place.path = *path;
  return Errno::kSuccess;
}

// From (c) to (f) for a call with one path.
Answer resolve(Call& call, Place& place) {
  if (const Answer found = find_directory(call, place); !goes_on(found)) return found;
  place.text = call.take_path(place.address, place.length, 0);
  const Errno no = call.check_at(*place.directory, place.right, place.text);
  if (no != Errno::kSuccess) return no;
  return parse(call, place);
}

// From (c) to (f) for a call with two.
Answer resolve_both(Call& call, Place& from, Place& to) {
  if (const Answer found = find_directory(call, from); !goes_on(found)) return found;
  const Answer found = call.find(to.fd) == nullptr ? call.not_open(to.fd) : Errno::kSuccess;
  if (!goes_on(found)) return found;
  if (const Answer kind = find_directory(call, to); !goes_on(kind)) return kind;
  from.text = call.take_path(from.address, from.length, 0);
  to.text = call.take_path(to.address, to.length, 1);
  Errno no = call.check_at(*from.directory, from.right, from.text);
  if (no == Errno::kSuccess) no = call.check_at(*to.directory, to.right, to.text);
  if (no != Errno::kSuccess) return no;
  if (const Answer parsed = parse(call, from); !goes_on(parsed)) return parsed;
  return parse(call, to);
}

Subject about(Call& call, const Place& place) noexcept {
  return call.subject_at(*place.directory, place.text);
}

Subject about_both(Call& call, const Place& from, const Place& to) noexcept {
  Subject subject = about(call, from);
  subject.second_path = call.full_path(*to.directory, to.text, 1);
  return subject;
}

cap::Symlinks symlinks_of(std::uint32_t lookup) noexcept {
  return (lookup & kLookupFollow) != 0 ? cap::Symlinks::kFollow : cap::Symlinks::kNoFollow;
}

Answer finish(Call& call, const Status& done, const Subject& subject) {
  if (!done) return call.fail(done.error(), subject);
  call.did(subject, 0);
  return Errno::kSuccess;
}

using Operation = Status (cap::Directory::*)(cap::GuestPath);

// A change of one name, without flags.
Answer change(Call& call, Rights right, Operation operation) {
  Place place{call.u32(0), call.u32(1), call.u32(2), right};
  if (!call.place("path", place.address, place.length, 1)) return Answer::end();
  if (const Answer ready = resolve(call, place); !goes_on(ready)) return ready;
  if (!call.intends(about(call, place))) return Errno::kCanceled;
  const Status done = (place.directory->directory.get()->*operation)(*place.path);
  return finish(call, done, about(call, place));
}

// Moving or linking into a grant that allows more would lift the source's protection.
bool gains_rights(const Entry& from, const Entry& to) noexcept {
  return from.grant_index != to.grant_index && !covers(from.grant, to.grant);
}

}  // namespace

Answer path_create_directory(Call& call) {
  return change(call, Rights::kPathCreateDirectory, &cap::Directory::create_directory);
}

Answer path_remove_directory(Call& call) {
  return change(call, Rights::kPathRemoveDirectory, &cap::Directory::remove_directory);
}

Answer path_unlink_file(Call& call) {
  return change(call, Rights::kPathUnlinkFile, &cap::Directory::unlink_file);
}

Answer path_filestat_get(Call& call) {
  const std::uint32_t lookup = call.u32(1);
  const std::uint32_t out = call.u32(4);
  Place place{call.u32(0), call.u32(2), call.u32(3), Rights::kPathFilestatGet};
  if (!call.place("path", place.address, place.length, 1) ||
      !call.place("stat", out, filestat_size(call.snapshot()), 8)) {
    return Answer::end();
  }
  if ((lookup & ~kLookupFollow) != 0) return Errno::kInval;
  if (const Answer ready = resolve(call, place); !goes_on(ready)) return ready;
  const auto stat = place.directory->directory->stat(*place.path, symlinks_of(lookup));
  if (!stat) return call.fail(stat.error(), about(call, place));
  return put_filestat(call, out, *stat);
}

Answer path_filestat_set_times(Call& call) {
  const std::uint32_t lookup = call.u32(1);
  Place place{call.u32(0), call.u32(2), call.u32(3), Rights::kPathFilestatSetTimes};
  if (!call.place("path", place.address, place.length, 1)) return Answer::end();
  cap::SetTimes times;
  if ((lookup & ~kLookupFollow) != 0 || !lift_times(call.u64(4), call.u64(5), call.u32(6), times)) {
    return Errno::kInval;
  }
  if (const Answer ready = resolve(call, place); !goes_on(ready)) return ready;
  if (!call.intends(about(call, place))) return Errno::kCanceled;
  const Status done =
      place.directory->directory->set_times(*place.path, symlinks_of(lookup), times);
  return finish(call, done, about(call, place));
}

Answer path_rename(Call& call) {
  Place from{call.u32(0), call.u32(1), call.u32(2), Rights::kPathRenameSource};
  Place to{call.u32(3), call.u32(4), call.u32(5), Rights::kPathRenameTarget};
  if (!call.place("old_path", from.address, from.length, 1) ||
      !call.place("new_path", to.address, to.length, 1)) {
    return Answer::end();
  }
  if (const Answer ready = resolve_both(call, from, to); !goes_on(ready)) return ready;
  const Subject subject = about_both(call, from, to);
  if (gains_rights(*from.directory, *to.directory)) {
    return call.deny(Errno::kNotCapable, cap::Reason::kReadOnly, subject);
  }
  if (!call.intends(subject)) return Errno::kCanceled;
  const auto done = cap::rename_across(*from.directory->directory, *from.path,
                                       *to.directory->directory, *to.path);
  if (!done) return call.fail(done.error(), subject);
  if (*done == cap::Renamed::kMoved) call.did(subject, 0);
  if (*done == cap::Renamed::kReplaced) call.did("path_rename_replace", subject, 0);
  return Errno::kSuccess;
}

Answer path_link(Call& call) {
  const std::uint32_t lookup = call.u32(1);
  Place from{call.u32(0), call.u32(2), call.u32(3), Rights::kPathLinkSource};
  Place to{call.u32(4), call.u32(5), call.u32(6), Rights::kPathLinkTarget};
  if (!call.place("old_path", from.address, from.length, 1) ||
      !call.place("new_path", to.address, to.length, 1)) {
    return Answer::end();
  }
  if (lookup != 0) return Errno::kInval;  // following is never done, and never ignored
  if (const Answer ready = resolve_both(call, from, to); !goes_on(ready)) return ready;
  const Subject subject = about_both(call, from, to);
  if (gains_rights(*from.directory, *to.directory)) {
    return call.deny(Errno::kNotCapable, cap::Reason::kReadOnly, subject);
  }
  if (!call.intends(subject)) return Errno::kCanceled;
  const Status done =
      cap::link_across(*from.directory->directory, *from.path, *to.directory->directory, *to.path);
  return finish(call, done, subject);
}

Answer path_symlink(Call& call) {
  const std::uint32_t target_address = call.u32(0);
  const std::uint32_t target_length = call.u32(1);
  Place place{call.u32(2), call.u32(3), call.u32(4), Rights::kPathSymlink};
  if (!call.place("old_path", target_address, target_length, 1) ||
      !call.place("new_path", place.address, place.length, 1)) {
    return Answer::end();
  }
  if (const Answer ready = resolve(call, place); !goes_on(ready)) return ready;
  if (target_length > cap::kMaxPathBytes) return Errno::kNameTooLong;
  const std::string_view target = call.take_path(target_address, target_length, 1);
  Subject subject = about(call, place);
  subject.second_path = target;
  if (!call.intends(subject)) return Errno::kCanceled;
  const Status done = place.directory->directory->symlink(target, *place.path);
  return finish(call, done, subject);
}

Answer path_readlink(Call& call) {
  const std::uint32_t address = call.u32(3);
  const std::uint32_t size = call.u32(4);
  const std::uint32_t out = call.u32(5);
  Place place{call.u32(0), call.u32(1), call.u32(2), Rights::kPathReadlink};
  if (!call.place("path", place.address, place.length, 1) || !call.place("buf", address, size, 1) ||
      !call.place("bufused", out, 4, 4)) {
    return Answer::end();
  }
  if (const Answer ready = resolve(call, place); !goes_on(ready)) return ready;
  Buffer buffer;
  WARRANT_CHECK(call.memory().buffer(address, size, buffer));
  const auto used = place.directory->directory->read_link(*place.path, buffer);
  if (!used) return call.fail(used.error(), about(call, place));
  return call.put(out, static_cast<std::uint32_t>(*used));
}

}  // namespace warrant::wasi_p1
