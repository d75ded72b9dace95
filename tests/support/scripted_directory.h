// SPDX-License-Identifier: Apache-2.0
#pragma once
// A Directory and a File that do what a test says and keep what was asked of them.
//
// For the rules of whoever calls a directory: what the calls themselves do is tested on real ones.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_memory.h"
#include "warrant/cap/directory.h"

namespace warrant::testing {

// One file's bytes and what happened to it; outlives the File, which the descriptor table owns.
struct FileScript {
  std::string data;
  std::vector<std::string> calls;  // "read_at 0", "append kFile", …
  std::vector<std::size_t> vectors;
  std::optional<Error> error;   // of every call
  std::uint64_t takes = ~0ULL;  // bytes that one write takes
  std::optional<cap::SetTimes> times;
};

class ScriptedFile final : public cap::File {
 public:
  explicit ScriptedFile(FileScript& script) : script_(script) {}

  Result<std::uint64_t> read_at(std::span<const Buffer> to, cap::FileOffset at) override {
    const auto offset = static_cast<std::uint64_t>(at);
    WARRANT_CHECKED(note("read_at " + std::to_string(offset)));
    script_.vectors.push_back(to.size());
    if (offset >= script_.data.size()) return std::uint64_t{0};
    return scatter(to, std::string_view(script_.data).substr(offset));
  }
  Result<std::uint64_t> write_at(std::span<const Buffer> from, cap::FileOffset at,
                                 cap::WriteSync sync) override {
    const auto offset = static_cast<std::uint64_t>(at);
    WARRANT_CHECKED(note("write_at " + std::to_string(offset) + word(sync)));
    return put(from, offset);
  }
  Result<std::uint64_t> append(std::span<const Buffer> from, cap::WriteSync sync) override {
    WARRANT_CHECKED(note(std::string("append") + word(sync)));
    return put(from, script_.data.size());
  }
  Result<cap::FileStat> stat() override {
    WARRANT_CHECKED(note("stat"));
    cap::FileStat stat;
    stat.device = 1;
    stat.inode = 42;
    stat.type = cap::FileType::kRegularFile;
    stat.links = 0x1'0000'0002;
    stat.size = script_.data.size();
    stat.accessed = Nanoseconds{1001};
    stat.modified = Nanoseconds{1002};
    stat.changed = Nanoseconds{1003};
    return stat;
  }
  Status set_size(std::uint64_t size) override {
    WARRANT_CHECKED(note("set_size " + std::to_string(size)));
    if (size > kMostBytes) return Error{Errc::kFileTooBig, 0, "set_size"};
    script_.data.resize(size);
    return {};
  }
  Status set_times(const cap::SetTimes& times) override {
    script_.times = times;
    return note("set_times");
  }
  Status allocate(std::uint64_t at, std::uint64_t length) override {
    return note("allocate " + std::to_string(at) + " " + std::to_string(length));
  }
  Status advise(std::uint64_t, std::uint64_t, cap::Advice advice) override {
    return note("advise " + std::to_string(static_cast<int>(advice)));
  }
  Status sync() override { return note("sync"); }
  Status sync_data() override { return note("sync_data"); }
  cap::GrantIndex grant() const noexcept override { return cap::GrantIndex{0}; }

 private:
  static const char* word(cap::WriteSync sync) {
    switch (sync) {
      case cap::WriteSync::kNone:
        return "";
      case cap::WriteSync::kData:
        return " data";
      case cap::WriteSync::kFile:
        return " file";
    }
    return "?";
  }
  Status note(std::string call) {
    script_.calls.push_back(std::move(call));
    if (script_.error) return *script_.error;
    return {};
  }
  static constexpr std::uint64_t kMostBytes = 1 << 20;
  Result<std::uint64_t> put(std::span<const Buffer> from, std::uint64_t offset) {
    if (offset > kMostBytes) return Error{Errc::kFileTooBig, 0, "write"};
    script_.vectors.push_back(from.size());
    const std::string text = gather(from).substr(0, script_.takes);
    if (script_.data.size() < offset + text.size()) script_.data.resize(offset + text.size());
    script_.data.replace(offset, text.size(), text);
    return text.size();
  }
  FileScript& script_;
};

struct DirectoryScript {
  FileScript file;               // what open gives
  bool opens_directory = false;  // a directory instead
  bool creates = false;
  cap::Renamed renamed = cap::Renamed::kMoved;
  std::optional<Error> error;      // of every call
  std::vector<std::string> calls;  // "unlink_file a/b"
  cap::OpenOptions options;        // of the last open
  cap::SetTimes times;
  cap::Symlinks symlinks = cap::Symlinks::kNoFollow;
  std::string link_text = "target";
  struct Item {
    std::string name;
    cap::FileType type;
  };
  std::vector<Item> items;    // entry i has inode 100+i and cookie i+1
  std::size_t delivered = 0;  // entries handed to sinks
  cap::GrantIndex grant{0};
};

class ScriptedDirectory final : public cap::Directory {
 public:
  explicit ScriptedDirectory(DirectoryScript& script) : script_(script) {}

  Result<cap::Opened> open(cap::GuestPath path, const cap::OpenOptions& options) override {
    script_.options = options;
    WARRANT_CHECKED(note("open", path));
    cap::Opened opened;
    opened.created = script_.creates;
    if (script_.opens_directory) {
      opened.directory = std::make_unique<ScriptedDirectory>(script_);
    } else {
      opened.file = std::make_unique<ScriptedFile>(script_.file);
    }
    return opened;
  }
  Result<cap::FileStat> stat(cap::GuestPath path, cap::Symlinks symlinks) override {
    script_.symlinks = symlinks;
    WARRANT_CHECKED(note("stat", path));
    return some_stat(cap::FileType::kSymbolicLink);
  }
  Result<cap::FileStat> stat_self() override {
    if (script_.error) return *script_.error;
    return some_stat(cap::FileType::kDirectory);
  }
  Status set_times(cap::GuestPath path, cap::Symlinks symlinks,
                   const cap::SetTimes& times) override {
    script_.symlinks = symlinks;
    script_.times = times;
    return note("set_times", path);
  }
  Status set_times_self(const cap::SetTimes& times) override {
    script_.times = times;
    script_.calls.emplace_back("set_times_self");
    return {};
  }
  Status create_directory(cap::GuestPath path) override { return note("create_directory", path); }
  Status remove_directory(cap::GuestPath path) override { return note("remove_directory", path); }
  Status unlink_file(cap::GuestPath path) override { return note("unlink_file", path); }
  Result<cap::Renamed> rename(cap::GuestPath from, Directory& to, cap::GuestPath name) override {
    WARRANT_CHECKED(note_two("rename", from, to, name));
    return script_.renamed;
  }
  Status link(cap::GuestPath from, Directory& to, cap::GuestPath name) override {
    return note_two("link", from, to, name);
  }
  Status symlink(std::string_view target, cap::GuestPath name) override {
    return note("symlink " + std::string(target), name);
  }
  Result<std::uint64_t> read_link(cap::GuestPath path, Buffer to) override {
    WARRANT_CHECKED(note("read_link", path));
    const Buffer one[] = {to};
    return scatter(one, script_.link_text);
  }
  Status list(cap::DirCookie from, cap::EntrySink& sink) override {
    script_.calls.push_back("list " + std::to_string(static_cast<std::uint64_t>(from)));
    if (script_.error) return *script_.error;
    for (auto i = static_cast<std::uint64_t>(from); i < script_.items.size(); ++i) {
      const auto& item = script_.items[i];
      ++script_.delivered;
      if (!sink.accept({item.name, 100 + i, item.type, cap::DirCookie{i + 1}})) break;
    }
    return {};
  }
  Status sync() override {
    script_.calls.emplace_back("sync");
    return {};
  }
  Status sync_data() override {
    script_.calls.emplace_back("sync_data");
    return {};
  }
  cap::GrantIndex grant() const noexcept override { return script_.grant; }
  const void* family() const noexcept override { return &script_; }

 private:
  static cap::FileStat some_stat(cap::FileType type) {
    cap::FileStat stat;
    stat.device = 2;
    stat.inode = 9;
    stat.type = type;
    stat.links = 3;
    stat.size = 17;
    return stat;
  }
  Status note(const std::string& what, cap::GuestPath path) {
    script_.calls.push_back(what + " " + std::string(path.text()));
    if (script_.error) return *script_.error;
    return {};
  }
  Status note_two(const std::string& what, cap::GuestPath from, Directory& to,
                  cap::GuestPath name) {
    const auto index = static_cast<int>(to.grant());
    script_.calls.push_back(what + " " + std::string(from.text()) + " " + std::to_string(index) +
                            ":" + std::string(name.text()));
    if (script_.error) return *script_.error;
    return {};
  }
  DirectoryScript& script_;
};

}  // namespace warrant::testing
