// SPDX-License-Identifier: Apache-2.0
#pragma once
// Descriptors and the few file operations that the store of compiled code needs. Errors say what
// the system said, never more; the texts about them are the store's.
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warrant/base/result.h"

namespace warrant::engine {

class File {
 public:
  File() noexcept = default;
  explicit File(int fd) noexcept : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File();
  int fd() const noexcept { return fd_; }
  bool open() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The bytes of a file that nobody changes, while this lives; empty where they cannot be mapped.
class MappedFile {
 public:
  explicit MappedFile(const File& file) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  std::span<const std::byte> span() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

Error last_error(std::string_view where) noexcept;  // of errno

enum class Missing : std::uint8_t { kFail, kCreate };
// The directory at `path` (absolute): links on the way are followed when root or the user owns them
// and nobody else can write where they lie, the last component never; missing ones are made, 0700.
Result<File> open_directory(std::string_view path, Missing missing);

// Opens one name for reading, no link followed, never waiting. kNoEntry when it is not there.
Result<File> open_file(const File& directory, const std::string& name);
// A new file of a name of its own beneath the directory, mode 0600.
Result<File> create_temporary(const File& directory, std::string& name);
// The same without a name, so that nobody else can open it for writing. An error where the file
// system has no such files: code is not kept there.
Result<File> create_unnamed(const File& directory);
// Gives a file of create_unnamed a name of its own.
Status give_name(const File& directory, const File& file, std::string& name);
Status write_all(const File& file, std::span<const std::byte> bytes);
// Exactly to.size() bytes from the start of the file.
Status read_all(const File& file, std::span<std::byte> to);
Result<struct stat> stat_of(const File& file);
Result<std::vector<std::string>> names_in(const File& directory);
// A copy that nobody can change any more, in memory.
Result<File> sealed_copy(const File& from, std::uint64_t size);

}  // namespace warrant::engine
