// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/code_store.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <ctime>
#include <utility>

#include "warrant/base/bytes.h"
#include "warrant/engine/file.h"
#include "warrant/engine/store_key.h"

namespace warrant::engine {

namespace {

using codec::Digest;

constexpr mode_t kModeBits = 07777;
constexpr mode_t kEntryMode = 0400;
constexpr mode_t kDirectoryMode = 0700;
constexpr std::int64_t kHour = 3600;
constexpr std::string_view kCodeSuffix = ".code";
constexpr std::string_view kTagSuffix = ".tag";
constexpr std::string_view kTemporaryPrefix = ".new-";

std::string code_name(const Digest& key) { return key.hex().append(kCodeSuffix); }
std::string tag_name(const Digest& key) { return key.hex().append(kTagSuffix); }

bool privileged() noexcept {
  return getauxval(AT_SECURE) != 0 || getuid() != geteuid() || getgid() != getegid();
}

bool entry_is_ours(const struct stat& info) noexcept {
  return S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
         (info.st_mode & kModeBits) == kEntryMode && info.st_nlink == 1;
}

// Ties an entry's key and module to one file as it is now; any write, link or rename changes it.
Digest identity_of(std::span<const std::byte> secret, const Digest& key, const Digest& module,
                   const struct stat& info) noexcept {
  codec::HmacSha256 mac(secret);
  mac.update(bytes_of("warrant code identity 2"));
  mac.update(key.bytes());
  mac.update(module.bytes());
  const std::uint64_t fields[] = {info.st_dev, info.st_ino,
                                  static_cast<std::uint64_t>(info.st_size),
                                  static_cast<std::uint64_t>(info.st_ctim.tv_sec),
                                  static_cast<std::uint64_t>(info.st_ctim.tv_nsec)};
  mac.update(std::as_bytes(std::span(fields)));
  return mac.finish();
}

Digest content_of(std::span<const std::byte> secret, const Digest& key,
                  std::span<const std::byte> code) noexcept {
  codec::HmacSha256 mac(secret);
  mac.update(bytes_of("warrant code content 1"));
  mac.update(key.bytes());
  mac.update(code);
  return mac.finish();
}

Result<Digest> content_of_file(std::span<const std::byte> secret, const Digest& key,
                               const File& file, std::uint64_t size) {
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd(), 0);
  if (bytes == MAP_FAILED) return last_error("map");
  const Digest digest =
      content_of(secret, key, std::span(static_cast<const std::byte*>(bytes), size));
  ::munmap(bytes, size);
  return digest;
}

std::optional<Digest> key_of(std::string_view name) {
  if (!name.ends_with(kCodeSuffix)) return std::nullopt;
  const auto key = Digest::parse_hex(name.substr(0, name.size() - kCodeSuffix.size()));
  return key ? std::optional(*key) : std::nullopt;
}

}  // namespace

// What lies beside an entry: 96 bytes.
struct CodeStore::Tag {
  enum Part : std::size_t { kIdentity, kContent, kModule, kParts };
  std::array<std::byte, kParts * Digest::kSize> bytes{};
  std::int64_t used_at = 0;

  Digest get(Part part) const noexcept {
    return Digest(std::span(bytes).subspan(part * Digest::kSize).first<Digest::kSize>());
  }
  void set(Part part, const Digest& digest) noexcept {
    std::ranges::copy(digest.bytes(), std::span(bytes).subspan(part * Digest::kSize).begin());
  }
};

std::string_view word(Doubt doubt) noexcept {
  switch (doubt) {
    case Doubt::kPrivileged:
      return "privileged";
    case Doubt::kDirectory:
      return "directory";
    case Doubt::kKey:
      return "key";
    case Doubt::kFile:
      return "file";
    case Doubt::kNoTag:
      return "no-tag";
    case Doubt::kTag:
      return "tag";
    case Doubt::kContent:
      return "content";
    case Doubt::kDoesNotFit:
      return "does-not-fit";
    case Doubt::kIo:
      return "io";
  }
  return "unknown";
}

CodeStore::CodeStore(const CodeStoreOptions& options) : options_(options) {}
CodeStore::~CodeStore() = default;

void CodeStore::doubt(Doubt doubt, std::string_view text) const {
  if (options_.observer != nullptr) options_.observer->doubted(doubt, text);
}

std::unique_ptr<CodeStore> CodeStore::open(const CodeStoreOptions& options) {
  std::unique_ptr<CodeStore> store(new CodeStore(options));
  if (privileged()) {
    store->doubt(Doubt::kPrivileged, "the process has more rights than its user");
    return store;
  }
  auto directory = open_directory(options.cache_directory, Missing::kCreate);
  if (!directory) {
    store->doubt(Doubt::kDirectory,
                 "it cannot be opened, is a link, or a link of others leads to it");
    return store;
  }
  const auto info = stat_of(*directory);
  if (!info || info->st_uid != geteuid() || (info->st_mode & kModeBits) != kDirectoryMode) {
    store->doubt(Doubt::kDirectory, "it is not the user's own with mode 0700");
    return store;
  }
  const auto secret = load_store_key(options.state_directory);
  if (!secret) {
    store->doubt(Doubt::kKey, "the key file is not a private file of the user, or cannot be made");
    return store;
  }
  store->secret_ = *secret;
  store->directory_ = std::make_unique<File>(std::move(*directory));
  return store;
}

Result<CodeStore::Tag> CodeStore::read_tag(const std::string& name) const {
  WARRANT_TRY(const File file, open_file(*directory_, name));
  WARRANT_TRY(const struct stat info, stat_of(file));
  Tag tag;
  if (!entry_is_ours(info) || static_cast<std::size_t>(info.st_size) != tag.bytes.size()) {
    return Error{Errc::kInvalid, 0, "tag"};
  }
  WARRANT_CHECKED(read_all(file, tag.bytes));
  tag.used_at = info.st_mtim.tv_sec;
  return tag;
}

std::optional<Doubt> CodeStore::judge(const Digest& key, const File& file, Tag& tag) const {
  const auto info = stat_of(file);
  if (!info) return Doubt::kIo;
  if (!entry_is_ours(*info) || info->st_size == 0) return Doubt::kFile;
  auto found = read_tag(tag_name(key));
  if (!found) return found.error().code == Errc::kNoEntry ? Doubt::kNoTag : Doubt::kTag;
  tag = *found;
  if (tag.get(Tag::kIdentity) != identity_of(secret_, key, tag.get(Tag::kModule), *info)) {
    return Doubt::kTag;
  }
  return std::nullopt;
}

std::optional<CodeStore::Code> CodeStore::load(const Digest& key) const {
  if (!on()) return std::nullopt;
  auto file = open_file(*directory_, code_name(key));
  if (!file) {
    if (file.error().code != Errc::kNoEntry) doubt(Doubt::kFile, "an entry cannot be opened");
    return std::nullopt;
  }
  Tag tag;
  if (const auto reason = judge(key, *file, tag)) {
    doubt(*reason,
          *reason == Doubt::kTag
              ? "an entry was changed, or written with the key of another state directory: set "
                "XDG_STATE_HOME back, or `warrant cache clear`"
              : "an entry is not as this installation wrote it: `warrant cache clear`");
    return std::nullopt;
  }
  const std::int64_t now = ::time(nullptr);
  if (now < tag.used_at || now - tag.used_at > kHour) {
    // The entry's own times are part of its tag; its use is kept by the tag's file.
    (void)::utimensat(directory_->fd(), tag_name(key).c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
  }
  if (options_.verify == VerifyCode::kTag) {
    return Code{std::make_unique<File>(std::move(*file)), tag.get(Tag::kModule)};
  }
  const auto info = stat_of(*file);
  if (!info) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(info->st_size);
  auto copy = sealed_copy(*file, size);
  const auto content = copy ? content_of_file(secret_, key, *copy, size) : copy.error();
  if (!content || *content != tag.get(Tag::kContent)) {
    doubt(content ? Doubt::kContent : Doubt::kIo, "the bytes of an entry could not be verified");
    return std::nullopt;
  }
  return Code{std::make_unique<File>(std::move(*copy)), tag.get(Tag::kModule)};
}

Status CodeStore::write_tag(const Digest& key, const File& code, Tag& tag) const {
  WARRANT_TRY(const struct stat info, stat_of(code));
  tag.set(Tag::kIdentity, identity_of(secret_, key, tag.get(Tag::kModule), info));
  std::string temporary;
  WARRANT_TRY(const File file, create_temporary(*directory_, temporary));
  Status written = write_all(file, tag.bytes);
  if (written && ::fchmod(file.fd(), kEntryMode) != 0) written = last_error("chmod");
  if (written && ::renameat(directory_->fd(), temporary.c_str(), directory_->fd(),
                            tag_name(key).c_str()) != 0) {
    written = last_error("rename");
  }
  if (!written) (void)::unlinkat(directory_->fd(), temporary.c_str(), 0);
  return written;
}

Status CodeStore::save_locked(const Digest& key, const Digest& module_sha256,
                              std::span<const std::byte> code) const {
  std::string temporary;
  WARRANT_TRY(const File file, create_unnamed(*directory_));
  Status written = write_all(file, code);
  if (written && ::fchmod(file.fd(), kEntryMode) != 0) written = last_error("chmod");
  if (written && ::fsync(file.fd()) != 0) written = last_error("sync");
  // It gets a name only now, when nobody may write to it any more.
  if (written) written = give_name(*directory_, file, temporary);
  // A tag of an older entry must not lie beside the new one.
  if (written && ::unlinkat(directory_->fd(), tag_name(key).c_str(), 0) != 0 && errno != ENOENT) {
    written = last_error("unlink");
  }
  if (written && ::renameat(directory_->fd(), temporary.c_str(), directory_->fd(),
                            code_name(key).c_str()) != 0) {
    written = last_error("rename");
  }
  if (!written) {
    if (!temporary.empty()) (void)::unlinkat(directory_->fd(), temporary.c_str(), 0);
    return written;
  }
  // The tag vouches for what lies there, so what lies there is looked at.
  const Digest content = content_of(secret_, key, code);
  WARRANT_TRY(const Digest found, content_of_file(secret_, key, file, code.size()));
  if (found != content) return Error{Errc::kIo, 0, "content"};
  Tag tag;
  tag.set(Tag::kContent, content);
  tag.set(Tag::kModule, module_sha256);
  return write_tag(key, file, tag);
}

void CodeStore::save(const Digest& key, const Digest& module_sha256,
                     std::span<const std::byte> code) const {
  if (!on() || code.size() > options_.byte_cap) return;
  // One writer at a time; a second one leaves it to the next start.
  const File lock(::openat(directory_->fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.open() || ::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) return;
  if (!save_locked(key, module_sha256, code)) doubt(Doubt::kIo, "an entry could not be written");
  evict();
}

void CodeStore::evict() const {
  const auto names = names_in(*directory_);
  auto entries = list();
  if (!names || !entries) return;
  for (const std::string& name : *names) {  // what a writer that died left behind
    if (name.starts_with(kTemporaryPrefix)) (void)::unlinkat(directory_->fd(), name.c_str(), 0);
  }
  std::ranges::sort(*entries, {}, &Entry::used_at);
  std::uint64_t sum = 0;
  for (const Entry& entry : *entries) sum += entry.bytes;
  for (const Entry& entry : *entries) {
    if (sum <= options_.byte_cap) return;
    (void)::unlinkat(directory_->fd(), code_name(entry.key).c_str(), 0);
    (void)::unlinkat(directory_->fd(), tag_name(entry.key).c_str(), 0);
    sum -= entry.bytes;
  }
}

Result<std::vector<CodeStore::Entry>> CodeStore::list() const {
  if (!on()) return Error{Errc::kNotSupported, 0, "list"};
  WARRANT_TRY(const std::vector<std::string> names, names_in(*directory_));
  std::vector<Entry> entries;
  for (const std::string& name : names) {
    const auto key = key_of(name);
    if (!key) continue;
    struct stat code{};
    struct stat tag{};
    if (::fstatat(directory_->fd(), name.c_str(), &code, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const bool tagged =
        ::fstatat(directory_->fd(), tag_name(*key).c_str(), &tag, AT_SYMLINK_NOFOLLOW) == 0;
    Entry entry{*key, static_cast<std::uint64_t>(code.st_size), 0, std::nullopt};
    if (tagged) entry.used_at = tag.st_mtim.tv_sec;
    entries.push_back(entry);
  }
  return entries;
}

Result<std::vector<CodeStore::Entry>> CodeStore::verify() const {
  WARRANT_TRY(std::vector<Entry> entries, list());
  for (Entry& entry : entries) {
    auto file = open_file(*directory_, code_name(entry.key));
    Tag tag;
    entry.doubt = file ? judge(entry.key, *file, tag) : std::optional(Doubt::kFile);
    if (entry.doubt) continue;
    const auto content = content_of_file(secret_, entry.key, *file, entry.bytes);
    if (!content) {
      entry.doubt = Doubt::kIo;
    } else if (*content != tag.get(Tag::kContent)) {
      entry.doubt = Doubt::kContent;
    }
  }
  return entries;
}

Result<std::uint64_t> CodeStore::clear() const {
  if (!on()) return Error{Errc::kNotSupported, 0, "clear"};
  WARRANT_TRY(const std::vector<std::string> names, names_in(*directory_));
  std::uint64_t gone = 0;
  for (const std::string& name : names) {
    const bool entry = key_of(name).has_value();
    const bool other = name.starts_with(kTemporaryPrefix) ||
                       (name.ends_with(kTagSuffix) &&
                        Digest::parse_hex(name.substr(0, name.size() - kTagSuffix.size())));
    if (!entry && !other) continue;
    if (::unlinkat(directory_->fd(), name.c_str(), 0) == 0 && entry) ++gone;
  }
  return gone;
}

}  // namespace warrant::engine
