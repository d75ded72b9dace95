// SPDX-License-Identifier: Apache-2.0
// Gives the guest a directory that is no directory of the host: one file, greeting.txt, whose bytes
// this program makes up. Everything else about it is refused.
//   own_directory MODULE.wasm [ARG...]
#include <algorithm>
#include <cstring>

#include "read_file.h"

namespace {

using warrant::Errc;
using warrant::Error;
using warrant::Result;
using warrant::Status;
namespace cap = warrant::cap;

constexpr std::string_view kName = "greeting.txt";
constexpr std::string_view kText = "made up, not stored\n";

Error refused(std::string_view where) { return {Errc::kNotSupported, 0, where}; }

class Greeting final : public cap::File {
 public:
  explicit Greeting(warrant::BufferAccess& access) : access_(access) {}
  Result<std::uint64_t> read_at(std::span<const warrant::Buffer> to, cap::FileOffset at) override {
    std::uint64_t done = 0;
    for (const warrant::Buffer& buffer : to) {
      const std::uint64_t from =
          std::min<std::uint64_t>(static_cast<std::uint64_t>(at) + done, kText.size());
      const auto part = kText.substr(from, buffer.size());
      if (!access_.write(buffer, std::as_bytes(std::span(part))))
        return Error{Errc::kIo, 0, "read"};
      done += part.size();
    }
    return done;
  }
  Result<std::uint64_t> write_at(std::span<const warrant::Buffer>, cap::FileOffset,
                                 cap::WriteSync) override {
    return refused("write");
  }
  Result<std::uint64_t> append(std::span<const warrant::Buffer>, cap::WriteSync) override {
    return refused("append");
  }
  Result<cap::FileStat> stat() override {
    return cap::FileStat{.device = 1,
                         .inode = 2,
                         .type = cap::FileType::kRegularFile,
                         .links = 1,
                         .size = kText.size()};
  }
  Status set_size(std::uint64_t) override { return refused("set_size"); }
  Status set_times(const cap::SetTimes&) override { return refused("set_times"); }
  Status allocate(std::uint64_t, std::uint64_t) override { return refused("allocate"); }
  Status advise(std::uint64_t, std::uint64_t, cap::Advice) override { return {}; }
  Status sync() override { return {}; }
  Status sync_data() override { return {}; }
  cap::GrantIndex grant() const noexcept override { return cap::GrantIndex{0}; }

 private:
  warrant::BufferAccess& access_;
};

class OneFile final : public cap::Directory {
 public:
  explicit OneFile(warrant::BufferAccess& access) : access_(access) {}
  Result<cap::Opened> open(cap::GuestPath path, const cap::OpenOptions& options) override {
    if (path.text() != kName) return Error{Errc::kNoEntry, 0, "open"};
    if (options.write || options.create || options.truncate) return refused("open");
    return cap::Opened{std::make_unique<Greeting>(access_), nullptr};
  }
  Result<cap::FileStat> stat(cap::GuestPath path, cap::Symlinks) override {
    if (path.text() != kName) return Error{Errc::kNoEntry, 0, "stat"};
    return Greeting(access_).stat();
  }
  Result<cap::FileStat> stat_self() override {
    return cap::FileStat{.device = 1, .inode = 1, .type = cap::FileType::kDirectory, .links = 1};
  }
  Status set_times(cap::GuestPath, cap::Symlinks, const cap::SetTimes&) override {
    return refused("set_times");
  }
  Status set_times_self(const cap::SetTimes&) override { return refused("set_times"); }
  Status create_directory(cap::GuestPath) override { return refused("create_directory"); }
  Status remove_directory(cap::GuestPath) override { return refused("remove_directory"); }
  Status unlink_file(cap::GuestPath) override { return refused("unlink_file"); }
  Result<cap::Renamed> rename(cap::GuestPath, cap::Directory&, cap::GuestPath) override {
    return refused("rename");
  }
  Status link(cap::GuestPath, cap::Directory&, cap::GuestPath) override { return refused("link"); }
  Status symlink(std::string_view, cap::GuestPath) override { return refused("symlink"); }
  Result<std::uint64_t> read_link(cap::GuestPath, warrant::Buffer) override {
    return Error{Errc::kInvalid, 0, "read_link"};
  }
  Status list(cap::DirCookie from, cap::EntrySink& sink) override {
    if (from == cap::DirCookie{0}) {
      (void)sink.accept({kName, 2, cap::FileType::kRegularFile, cap::DirCookie{1}});
    }
    return {};
  }
  Status sync() override { return {}; }
  Status sync_data() override { return {}; }
  cap::GrantIndex grant() const noexcept override { return cap::GrantIndex{0}; }
  const void* family() const noexcept override { return "OneFile"; }

 private:
  warrant::BufferAccess& access_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  auto host = warrant::Host::create(warrant::ambient(), {});
  if (!host) return explain(host.problem());
  auto tool = host->load(read_file(argv[1]), {});
  if (!tool) return explain(tool.problem());
  warrant::Grant grant;
  grant.console = {.stdin_stream = true, .stdout_stream = true, .stderr_stream = true};
  grant.directories.push_back({.guest = "/made-up"});
  auto warrant = host->admit(*tool, grant);
  if (!warrant) return explain(warrant.problem());
  warrant::Launch launch;
  launch.argv.assign(argv + 1, argv + argc);
  launch.own.directories.push_back({"/made-up", std::make_unique<OneFile>(host->memory())});
  const warrant::RunResult result = host->run(*tool, *warrant, std::move(launch));
  std::fputs(result.output.c_str(), stdout);
  std::fputs(result.error_output.c_str(), stderr);
  return warrant::host::status_of(result.exit);
}
