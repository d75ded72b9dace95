// SPDX-License-Identifier: Apache-2.0
#pragma once
// Compiled code on disk, so that a start does not compile.
//
// What it gives back is native code: an entry counts only when this installation wrote it. So the
// directory is the user's alone (0700), an entry is a regular file of theirs, mode 0400, one name,
// judged and loaded through one descriptor, and a tag beside it (an HMAC with a key of the state
// directory) ties the key and the module's SHA-256 to this very file. Any doubt: the file is
// ignored, nothing is deleted, the observer hears why, the caller compiles. Does not protect
// against who can read the key file. Shared by threads; the observer is called on any of them.
// Spec: engine.md section 10.
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/codec/hash.h"

namespace warrant::engine {

class File;

enum class Doubt : std::uint8_t {
  kPrivileged,  // the process has more rights than its user: no store
  kDirectory,   // the cache directory cannot be used; the text says why
  kKey,         // the key of the state directory cannot be used
  kFile,        // an entry's owner, mode, type or link count is not what was written
  kNoTag,       // an entry without its tag
  kTag,         // a tag that is not of this entry
  kContent,     // verify: the bytes are not those that were written
  kDoesNotFit,  // the engine refused it: another version or settings
  kIo,          // reading or writing failed
};
std::string_view word(Doubt doubt) noexcept;

class DoubtObserver {
 public:
  // `text` is for people; it names no path.
  virtual void doubted(Doubt doubt, std::string_view text) = 0;

 protected:
  ~DoubtObserver() = default;
};

// kAlways reads and checks all bytes of each entry, and loads a copy that nobody can change.
enum class VerifyCode : std::uint8_t { kTag, kAlways };

struct CodeStoreOptions {
  std::string cache_directory;  // absolute; made when missing
  std::string state_directory;  // absolute; made when missing
  VerifyCode verify = VerifyCode::kTag;
  std::uint64_t byte_cap = 1ULL << 30;
  DoubtObserver* observer = nullptr;  // outlives the store; may be null
};

class CodeStore {
 public:
  struct Entry {
    codec::Digest key;
    std::uint64_t bytes = 0;
    std::int64_t used_at = 0;    // seconds of the wall clock, to the hour
    std::optional<Doubt> doubt;  // verify(): why it does not count
  };

  // A store that is not on() when it may not be trusted; the observer has heard why.
  static std::unique_ptr<CodeStore> open(const CodeStoreOptions& options);
  ~CodeStore();

  bool on() const noexcept { return directory_ != nullptr; }
  struct Code {
    std::unique_ptr<File> file;   // open; its code may be mapped
    codec::Digest module_sha256;  // of the module that it was compiled from
  };
  // Nothing: there is none that counts.
  std::optional<Code> load(const codec::Digest& key) const;
  void save(const codec::Digest& key, const codec::Digest& module_sha256,
            std::span<const std::byte> code) const;
  void doubt(Doubt doubt, std::string_view text) const;

  // For the verbs of the command line.
  Result<std::vector<Entry>> list() const;
  Result<std::vector<Entry>> verify() const;  // reads everything
  Result<std::uint64_t> clear() const;        // how many entries went

 private:
  explicit CodeStore(const CodeStoreOptions& options);
  struct Tag;
  Result<Tag> read_tag(const std::string& name) const;
  std::optional<Doubt> judge(const codec::Digest& key, const File& file, Tag& tag) const;
  Status write_tag(const codec::Digest& key, const File& code, Tag& tag) const;
  void evict() const;
  Status save_locked(const codec::Digest& key, const codec::Digest& module_sha256,
                     std::span<const std::byte> code) const;

  CodeStoreOptions options_;
  std::unique_ptr<File> directory_;
  std::array<std::byte, 32> secret_{};
};

}  // namespace warrant::engine
