// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/world.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

#include "warrant/cap/attenuate.h"
#include "warrant/memfs/memfs.h"
#include "warrant/os/iovec.h"
#include "warrant/os/root.h"

namespace warrant::contract {
namespace {

constexpr std::pair<Errc, std::string_view> kNames[] = {
    {Errc::kAccess, "ACCES"},
    {Errc::kAgain, "AGAIN"},
    {Errc::kBadHandle, "BADF"},
    {Errc::kBusy, "BUSY"},
    {Errc::kCanceled, "CANCELED"},
    {Errc::kExists, "EXIST"},
    {Errc::kFileTooBig, "FBIG"},
    {Errc::kIllegalBytes, "ILSEQ"},
    {Errc::kInterrupted, "INTR"},
    {Errc::kInvalid, "INVAL"},
    {Errc::kIo, "IO"},
    {Errc::kIsDir, "ISDIR"},
    {Errc::kLoop, "LOOP"},
    {Errc::kNameTooLong, "NAMETOOLONG"},
    {Errc::kNoDevice, "NODEV"},
    {Errc::kNoEntry, "NOENT"},
    {Errc::kNoMemory, "NOMEM"},
    {Errc::kNoSpace, "NOSPC"},
    {Errc::kNotCapable, "NOTCAPABLE"},
    {Errc::kNotDir, "NOTDIR"},
    {Errc::kNotEmpty, "NOTEMPTY"},
    {Errc::kNotPermitted, "PERM"},
    {Errc::kNotSupported, "NOTSUP"},
    {Errc::kOverflow, "OVERFLOW"},
    {Errc::kQuota, "DQUOT"},
    {Errc::kReadOnlyFileSystem, "ROFS"},
    {Errc::kTooManyFiles, "MFILE"},
    {Errc::kTooManyLinks, "MLINK"},
    {Errc::kTextBusy, "TXTBSY"},
    {Errc::kCrossDevice, "XDEV"},
};

std::string_view name_of(Errc code) {
  for (const auto& [known, name] : kNames) {
    if (known == code) return name;
  }
  return "other";
}

std::string name_of(cap::FileType type) {
  if (type == cap::FileType::kRegularFile) return "file";
  if (type == cap::FileType::kDirectory) return "directory";
  return type == cap::FileType::kSymbolicLink ? "link" : "special";
}

class MemoryWorld final : public World {
 public:
  explicit MemoryWorld(const cap::DirectoryOptions& options)
      : accounting_(std::make_shared<cap::Accounting>(options.quota)) {
    memfs::Options all;
    all.directory = options;
    all.access = &access_;
    all.accounting = accounting_;
    root_ = memfs::make_root(all);
  }
  cap::Directory& root() override { return *root_; }
  cap::Accounting& accounting() override { return *accounting_; }
  void plant_link(const std::string& target, const std::string& name) override {
    EXPECT_TRUE(memfs::plant_link_unchecked(*root_, target, name));
  }
  std::uint64_t inode_bytes() const override { return memfs::kInodeBytes; }

 private:
  os::LocatedAccess access_{nullptr};
  std::shared_ptr<cap::Accounting> accounting_;
  std::unique_ptr<cap::Directory> root_;
};

class HostWorld final : public World {
 public:
  HostWorld(const cap::DirectoryOptions& options, os::Resolver resolver)
      : accounting_(std::make_shared<cap::Accounting>(options.quota)) {
    os::RunFilesOptions files;
    files.resolver = resolver;
    os::RootReport report;
    auto opened =
        os::open_root(os::Ambient::danger_from_main(), tree_.path(), options, cap::GrantIndex{0},
                      std::make_shared<os::RunFiles>(files), accounting_, report);
    EXPECT_TRUE(opened) << report.text;
    root_ = *std::move(opened);
  }
  cap::Directory& root() override { return *root_; }
  cap::Accounting& accounting() override { return *accounting_; }
  void plant_link(const std::string& target, const std::string& name) override {
    EXPECT_EQ(::symlink(target.c_str(), (tree_.path() + "/" + name).c_str()), 0);
  }

 private:
  TemporaryTree tree_;
  std::shared_ptr<cap::Accounting> accounting_;
  std::unique_ptr<cap::Directory> root_;
};

// A root that hands calls on to another world's, so that it can be owned by an attenuator.
class NarrowedWorld final : public World {
 public:
  NarrowedWorld(std::unique_ptr<World> inner, std::unique_ptr<cap::Directory> root)
      : inner_(std::move(inner)), root_(std::move(root)) {}
  cap::Directory& root() override { return *root_; }
  cap::Accounting& accounting() override { return inner_->accounting(); }
  void plant_link(const std::string& target, const std::string& name) override {
    inner_->plant_link(target, name);
  }
  std::uint64_t inode_bytes() const override { return inner_->inode_bytes(); }

 private:
  std::unique_ptr<World> inner_;
  std::unique_ptr<cap::Directory> root_;
};

std::unique_ptr<cap::Directory> root_again(World& world) {
  auto again = cap::subtree(world.root(), *cap::GuestPath::parse("."));
  EXPECT_TRUE(again);
  return *std::move(again);
}

std::string with_path(std::string_view text,
                      const std::function<std::string(cap::GuestPath)>& call) {
  const auto path = cap::GuestPath::parse(text);
  return path ? call(*path) : said(path.error());
}

class NameSink final : public cap::EntrySink {
 public:
  bool accept(const cap::Entry& entry) override {
    if (entry.name != "." && entry.name != "..") names.emplace_back(entry.name);
    return true;
  }
  std::vector<std::string> names;
};

Buffer source(std::string_view text) {
  return Buffer::host_source(std::as_bytes(std::span(text.data(), text.size())));
}

std::string counted(const Result<std::uint64_t>& done, std::size_t wanted) {
  if (!done) return said(done.error());
  return *done == wanted ? "ok" : "short " + std::to_string(*done);
}

}  // namespace

std::string said(const Error& error) {
  std::string text(name_of(error.code));
  if (error.rule != 0) text += " " + std::string(cap::word(cap::reason_of(error)));
  return text;
}

TemporaryTree::TemporaryTree() {
  const char* base = ::getenv("TMPDIR");
  std::string pattern = std::string(base == nullptr ? "/tmp" : base) + "/warrant-test-XXXXXX";
  path_ = ::mkdtemp(pattern.data());
}

TemporaryTree::~TemporaryTree() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

cap::DirectoryOptions writable() {
  cap::DirectoryOptions options;
  options.access = cap::Access::kWrite;
  return options;
}

std::unique_ptr<World> memfs_world(const cap::DirectoryOptions& options) {
  return std::make_unique<MemoryWorld>(options);
}
std::unique_ptr<World> openat2_world(const cap::DirectoryOptions& options) {
  return std::make_unique<HostWorld>(options, os::Resolver::kOpenat2);
}
std::unique_ptr<World> walk_world(const cap::DirectoryOptions& options) {
  return std::make_unique<HostWorld>(options, os::Resolver::kWalk);
}
std::unique_ptr<World> revocable_world(const cap::DirectoryOptions& options) {
  auto inner = openat2_world(options);
  auto root = cap::Revoker().wrap(root_again(*inner));
  return std::make_unique<NarrowedWorld>(std::move(inner), std::move(root));
}
std::unique_ptr<World> budget_world(const cap::DirectoryOptions& options) {
  auto inner = memfs_world(options);
  auto root = cap::with_quota(root_again(*inner), std::make_shared<cap::Accounting>(cap::Quota{}));
  return std::make_unique<NarrowedWorld>(std::move(inner), std::move(root));
}

std::string Guest::stat(std::string_view path, cap::Symlinks symlinks) {
  return with_path(path, [&](cap::GuestPath at) {
    const auto found = directory_.stat(at, symlinks);
    return found ? name_of(found->type) : said(found.error());
  });
}

std::string Guest::open(std::string_view path, const cap::OpenOptions& options) {
  return with_path(path, [&](cap::GuestPath at) -> std::string {
    const auto opened = directory_.open(at, options);
    if (!opened) return said(opened.error());
    EXPECT_NE(opened->file == nullptr, opened->directory == nullptr);
    return opened->file != nullptr ? "file" : "directory";
  });
}

std::string Guest::make_directory(std::string_view path) {
  return with_path(path, [&](cap::GuestPath at) { return said(directory_.create_directory(at)); });
}
std::string Guest::remove_directory(std::string_view path) {
  return with_path(path, [&](cap::GuestPath at) { return said(directory_.remove_directory(at)); });
}
std::string Guest::unlink(std::string_view path) {
  return with_path(path, [&](cap::GuestPath at) { return said(directory_.unlink_file(at)); });
}
std::string Guest::rename(std::string_view from, std::string_view to) {
  return with_path(from, [&](cap::GuestPath a) {
    return with_path(to,
                     [&](cap::GuestPath b) { return said(directory_.rename(a, directory_, b)); });
  });
}
std::string Guest::link(std::string_view from, std::string_view to) {
  return with_path(from, [&](cap::GuestPath a) {
    return with_path(to, [&](cap::GuestPath b) { return said(directory_.link(a, directory_, b)); });
  });
}
std::string Guest::symlink(std::string_view target, std::string_view name) {
  return with_path(name, [&](cap::GuestPath at) { return said(directory_.symlink(target, at)); });
}

std::string Guest::read_link(std::string_view path) {
  return with_path(path, [&](cap::GuestPath at) {
    std::string text(4096, '\0');
    const auto size =
        directory_.read_link(at, Buffer::host(std::as_writable_bytes(std::span(text))));
    return size ? text.substr(0, *size) : said(size.error());
  });
}

std::string Guest::touch(std::string_view path, cap::Symlinks symlinks) {
  return with_path(path, [&](cap::GuestPath at) {
    cap::SetTimes times;
    times.modified = {cap::SetTime::Kind::kValue, Nanoseconds{1'234'567'890'123'456'789}};
    return said(directory_.set_times(at, symlinks, times));
  });
}

std::string Guest::write(std::string_view path, std::string_view content) {
  return with_path(path, [&](cap::GuestPath at) {
    cap::OpenOptions options = creating(cap::Symlinks::kFollow);
    options.truncate = true;
    const auto opened = directory_.open(at, options);
    return opened ? write_at(*opened->file, 0, content) : said(opened.error());
  });
}

std::string Guest::read(std::string_view path) {
  return with_path(path, [&](cap::GuestPath at) -> std::string {
    const auto opened = directory_.open(at, reading(cap::Symlinks::kFollow));
    if (!opened) return said(opened.error());
    return opened->file == nullptr ? "ISDIR" : read_at(*opened->file, 0, 1 << 16);
  });
}

std::vector<std::string> Guest::names() { return names_of(directory_); }

std::unique_ptr<cap::File> Guest::file(std::string_view path, const cap::OpenOptions& options) {
  auto opened = directory_.open(*cap::GuestPath::parse(path), options);
  EXPECT_TRUE(opened) << path << ": " << said(opened);
  return opened ? std::move(opened->file) : nullptr;
}

std::unique_ptr<cap::Directory> Guest::sub(std::string_view path) {
  auto opened = cap::subtree(directory_, *cap::GuestPath::parse(path));
  EXPECT_TRUE(opened) << path << ": " << said(opened);
  return opened ? *std::move(opened) : nullptr;
}

cap::FileStat Guest::stat_of(std::string_view path) {
  const auto found = directory_.stat(*cap::GuestPath::parse(path), cap::Symlinks::kNoFollow);
  EXPECT_TRUE(found) << path << ": " << said(found);
  return found ? *found : cap::FileStat{};
}

std::string write_at(cap::File& file, std::uint64_t at, std::string_view content) {
  const Buffer from = source(content);
  return counted(file.write_at(std::span(&from, 1), cap::FileOffset{at}, cap::WriteSync::kNone),
                 content.size());
}

std::string append(cap::File& file, std::string_view content) {
  const Buffer from = source(content);
  return counted(file.append(std::span(&from, 1), cap::WriteSync::kNone), content.size());
}

std::string read_at(cap::File& file, std::uint64_t at, std::size_t size) {
  std::string text(size, '\0');
  const Buffer to = Buffer::host(std::as_writable_bytes(std::span(text)));
  const auto got = file.read_at(std::span(&to, 1), cap::FileOffset{at});
  return got ? text.substr(0, *got) : said(got.error());
}

std::vector<std::string> names_of(cap::Directory& directory) {
  NameSink sink;
  EXPECT_TRUE(directory.list(cap::DirCookie{0}, sink));
  std::sort(sink.names.begin(), sink.names.end());
  return sink.names;
}

cap::OpenOptions reading(cap::Symlinks symlinks) {
  cap::OpenOptions options;
  options.read = true;
  options.symlinks = symlinks;
  return options;
}
cap::OpenOptions writing(cap::Symlinks symlinks) {
  cap::OpenOptions options = reading(symlinks);
  options.write = true;
  return options;
}
cap::OpenOptions creating(cap::Symlinks symlinks) {
  cap::OpenOptions options = writing(symlinks);
  options.create = true;
  return options;
}

}  // namespace warrant::contract
