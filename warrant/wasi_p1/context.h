// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one run knows as its WASI world: the descriptors, the plain data and the capabilities.
//
// Made once before the guest starts and given to the instance as StateSlot::kWasi. A capability
// that is null was not granted. Borrowed objects (console, clock, entropy, poller, sink) outlive
// it; it owns directories and sockets. After the guest has ended call finish(): totals of
// descriptors that are still open are recorded there, never by the destructor. One thread. Spec:
// preview1.md sections 4 and 6.2, limits.md section 1.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/audit/sink.h"
#include "warrant/base/buffer.h"
#include "warrant/base/result.h"
#include "warrant/cap/clock.h"
#include "warrant/cap/directory_options.h"
#include "warrant/cap/entropy.h"
#include "warrant/cap/poller.h"
#include "warrant/wasi_p1/abi.h"
#include "warrant/wasi_p1/errno.h"
#include "warrant/wasi_p1/fd_table.h"
#include "warrant/wasi_p1/surface.h"

namespace warrant::wasi_p1 {

struct Limits {
  std::uint32_t open_files = 1024;
  std::uint32_t vectors = 1024;              // at most kMaxVectors
  std::uint64_t vector_bytes = 16ULL << 20;  // of one read or write; more gives a short count
  std::uint32_t poll = 256;
  std::uint64_t random_call = 64ULL << 10;  // bytes asked of the source at once
  std::uint64_t random_run = 16ULL << 20;
};
inline constexpr std::uint32_t kMaxVectors = 1024;
inline constexpr std::uint32_t kFirstVectors = 16;

struct Preopen {
  std::string guest_name;
  std::unique_ptr<cap::Directory> directory;
  cap::Access access = cap::Access::kRead;
};

struct Setup {
  std::vector<std::string> args;         // argv[0] first; empty: argv[0] is "guest"
  std::vector<std::string> environment;  // "NAME=value"
  std::array<cap::Stream*, 3> console = {};
  std::vector<Preopen> directories;                   // descriptors from 3
  std::vector<std::unique_ptr<cap::Socket>> sockets;  // behind the directories
  cap::Clock* clock = nullptr;
  cap::Entropy* entropy = nullptr;
  cap::Poller* poller = nullptr;
  audit::Sink* audit = nullptr;  // required
  std::string mark_key;          // of names that are cut (audit/long_path.h)
  Limits limits;
  Surface surface = Surface::kPreview1;
};

// Strings as a guest gets them: one block, each ended by a NUL.
struct StringBlock {
  std::string bytes;
  std::vector<std::uint32_t> starts;
};

// What a call works in, so that no stack frame is large and a call allocates only where a list is
// longer than every one before it.
struct Scratch {
  std::vector<Iovec> vectors = std::vector<Iovec>(kFirstVectors);
  std::vector<Buffer> buffers = std::vector<Buffer>(kFirstVectors);
  std::array<std::array<char, 4096>, 2> paths;       // as the guest sent them
  std::array<std::array<char, 8192>, 2> full_paths;  // for records
  std::vector<Subscription> subscriptions;
  std::vector<PollEvent> events;  // parallel to the subscriptions; of those that are ready
  std::vector<std::uint8_t> ready;
  std::vector<cap::PollItem> items;
  std::vector<std::uint32_t> item_owners;
};

class Context {
 public:
  // kExists: two directories of one guest name. kInvalid: an argument or variable with a NUL, a
  // preopen without an object, a preopen under Surface::kStdout. kTooManyFiles: more than the
  // limit.
  static Result<std::unique_ptr<Context>> make(Setup setup);

  void finish();
  // Bytes of all reads and writes, and of randomness, so far.
  struct Usage {
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;
    std::uint64_t random = 0;
  };
  Usage usage() const noexcept { return usage_; }

  // The rest is for the functions of this room.
  FdTable& table() noexcept { return table_; }
  const StringBlock& args() const noexcept { return args_; }
  const StringBlock& environment() const noexcept { return environment_; }
  cap::Clock* clock() noexcept { return clock_; }
  cap::Entropy* entropy() noexcept { return entropy_; }
  cap::Poller* poller() noexcept { return poller_; }
  const Limits& limits() const noexcept { return limits_; }
  Surface surface() const noexcept { return surface_; }
  std::string_view mark_key() const noexcept { return mark_key_; }
  Scratch& scratch() noexcept { return scratch_; }
  Usage& counters() noexcept { return usage_; }
  void record(const audit::Event& event) { audit_->record(event); }
  bool intend(const audit::Event& event) { return audit_->intend(event); }
  void tick() { audit_->tick(); }
  void close(std::uint32_t fd);  // open; its totals are recorded
  void record_totals(const Entry& entry);
  // True the first time that it is asked about this use of the run.
  enum class Use : std::uint8_t {
    kArgs,
    kEnvironment,
    kEntropy,
    kClock0,
    kClock1,
    kClock2,
    kClock3,
    kNoStdin,
    kNoStdout,
    kNoStderr,
    kPreopens,     // it asked which directories it has: a libc does so when it looks for a path
    kPaths,        // it named a path beneath one of them
    kNoDirectory,  // it named a path beneath none: a descriptor of -1
  };
  bool is_first(Use use) noexcept;
  bool was(Use use) const noexcept {
    return ((used_ >> static_cast<std::uint32_t>(use)) & 1U) != 0;
  }
  // The path of Use::kNoDirectory, as sent and cut.
  const std::string& path_of_none() const noexcept { return path_of_none_; }
  void keep_path_of_none(std::string_view path) { path_of_none_ = path.substr(0, 256); }
  // One of 0-2 that the warrant left closed.
  bool is_missing_console(std::uint32_t fd) const noexcept { return fd < 3 && !console_[fd]; }

 private:
  explicit Context(Setup& setup);
  void add_console(cap::Stream* stream, std::uint32_t number);
  void add_directory(Preopen& preopen);
  void add_socket(std::unique_ptr<cap::Socket> socket);

  FdTable table_;
  StringBlock args_;
  StringBlock environment_;
  std::array<bool, 3> console_ = {};
  cap::Clock* clock_;
  cap::Entropy* entropy_;
  cap::Poller* poller_;
  audit::Sink* audit_;
  Limits limits_;
  Surface surface_;
  std::string mark_key_;
  Usage usage_;
  std::uint32_t used_ = 0;
  std::string path_of_none_;
  Scratch scratch_;
};

}  // namespace warrant::wasi_p1
