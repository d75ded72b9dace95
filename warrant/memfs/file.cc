// SPDX-License-Identifier: Apache-2.0
#include "warrant/memfs/file.h"

#include <algorithm>

#include "warrant/cap/reason.h"

namespace warrant::memfs {
namespace {

constexpr std::uint64_t kMaxOffset = INT64_MAX;
constexpr std::size_t kMaxBuffers = 1024;
constexpr Page kHole{};

Error failed(Errc code) noexcept { return Error{code, 0, "file"}; }

Result<std::uint64_t> total_of(std::span<const Buffer> buffers, std::uint64_t limit) {
  if (buffers.size() > kMaxBuffers) return failed(Errc::kInvalid);
  std::uint64_t total = 0;
  for (const Buffer& buffer : buffers) total += std::min(buffer.size(), limit - total);
  return total;
}

}  // namespace

// Every further name was made through this tree, so they are all the run's own.
Status check_hard_links(const Node& node) {
  if (node.links <= 1 || node.is_directory() ||
      node.tree.options.directory.hardlinks != cap::Hardlinks::kDeny) {
    return {};
  }
  return cap::denied(cap::Reason::kHardLink, "file");
}

Status File::check_write() const {
  if (!mode_.write) return cap::denied(cap::Reason::kReadOnly, "file");
  return {};
}

// Within one page.
bool File::read_piece(const Buffer& to, std::uint64_t at) {
  const auto found = node_->pages.find(at / kPageBytes);
  const Page& page = found == node_->pages.end() ? kHole : *found->second;
  return tree_->options.access->write(
      to, std::span(page).subspan(static_cast<std::size_t>(at % kPageBytes),
                                  static_cast<std::size_t>(to.size())));
}

bool File::write_piece(const Buffer& from, std::uint64_t at) {
  auto& page = node_->pages[at / kPageBytes];
  if (page == nullptr) page = std::make_unique<Page>();
  return tree_->options.access->read(
      from, std::span(*page).subspan(static_cast<std::size_t>(at % kPageBytes),
                                     static_cast<std::size_t>(from.size())));
}

Result<std::uint64_t> File::read_at(std::span<const Buffer> to, cap::FileOffset at) {
  std::uint64_t offset = static_cast<std::uint64_t>(at);
  if (!mode_.read) return failed(Errc::kBadHandle);
  if (offset > kMaxOffset) return failed(Errc::kInvalid);
  WARRANT_TRY(std::uint64_t left, total_of(to, tree_->options.max_transfer));
  left = std::min(left, node_->size - std::min(node_->size, offset));
  const std::uint64_t whole = left;
  for (Buffer buffer : to) {
    buffer = buffer.first(left);
    while (buffer.size() > 0) {
      const Buffer piece = buffer.first(kPageBytes - offset % kPageBytes);
      if (!read_piece(piece, offset)) return failed(Errc::kInvalid);
      offset += piece.size();
      left -= piece.size();
      buffer = buffer.after(piece.size());
    }
  }
  return whole;
}

Result<std::uint64_t> File::write_at(std::span<const Buffer> from, cap::FileOffset at,
                                     cap::WriteSync) {
  std::uint64_t offset = static_cast<std::uint64_t>(at);
  WARRANT_CHECKED(check_write());
  if (offset > kMaxOffset) return failed(Errc::kInvalid);
  WARRANT_TRY(std::uint64_t left, total_of(from, tree_->options.max_transfer));
  if (left == 0) return std::uint64_t{0};
  if (left > kMaxOffset - offset) return failed(Errc::kFileTooBig);
  const std::uint64_t whole = left;
  const std::uint64_t before = node_->size;
  if (offset + whole > before) WARRANT_CHECKED(node_->resize(offset + whole));
  for (Buffer buffer : from) {
    buffer = buffer.first(left);
    while (buffer.size() > 0) {
      const Buffer piece = buffer.first(kPageBytes - offset % kPageBytes);
      if (!write_piece(piece, offset)) {
        WARRANT_CHECKED(node_->resize(std::max(before, std::min(offset, node_->size))));
        return failed(Errc::kInvalid);
      }
      offset += piece.size();
      left -= piece.size();
      buffer = buffer.after(piece.size());
    }
  }
  node_->touch(tree_->now());
  return whole;
}

Result<std::uint64_t> File::append(std::span<const Buffer> from, cap::WriteSync sync) {
  return write_at(from, cap::FileOffset{node_->size}, sync);
}

Status File::set_size(std::uint64_t size) {
  WARRANT_CHECKED(check_write());
  if (size > kMaxOffset) return failed(Errc::kFileTooBig);
  WARRANT_CHECKED(check_hard_links(*node_));
  WARRANT_CHECKED(node_->resize(size));
  node_->touch(tree_->now());
  return {};
}

Status File::set_times(const cap::SetTimes& times) {
  if (!tree_->may_write()) return cap::denied(cap::Reason::kReadOnly, "file");
  WARRANT_CHECKED(check_hard_links(*node_));
  return node_->set_times(times);
}

Status File::allocate(std::uint64_t at, std::uint64_t length) {
  WARRANT_CHECKED(check_write());
  if (length == 0) return failed(Errc::kInvalid);
  if (at > kMaxOffset || length > kMaxOffset - at) return failed(Errc::kFileTooBig);
  WARRANT_CHECKED(check_hard_links(*node_));
  if (at + length > node_->size) WARRANT_CHECKED(node_->resize(at + length));
  return {};
}

Status File::advise(std::uint64_t at, std::uint64_t length, cap::Advice) {
  if (at > kMaxOffset || length > kMaxOffset) return failed(Errc::kInvalid);
  return {};
}

}  // namespace warrant::memfs
