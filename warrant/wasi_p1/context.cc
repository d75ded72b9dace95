// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasi_p1/context.h"

#include <algorithm>
#include <utility>

#include "warrant/base/check.h"

namespace warrant::wasi_p1 {
namespace {

StringBlock block_of(const std::vector<std::string>& strings) {
  StringBlock block;
  block.starts.reserve(strings.size());
  for (const std::string& text : strings) {
    block.starts.push_back(static_cast<std::uint32_t>(block.bytes.size()));
    block.bytes += text;
    block.bytes += '\0';
  }
  return block;
}

bool has_nul(const std::vector<std::string>& strings) {
  return std::any_of(strings.begin(), strings.end(),
                     [](const std::string& text) { return text.find('\0') != std::string::npos; });
}

// "/", "." and "" are one name.
std::string_view canonical_name(std::string_view name) {
  return name == "." || name.empty() ? std::string_view("/") : name;
}

bool has_twins(const std::vector<Preopen>& directories) {
  for (std::size_t i = 0; i < directories.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (canonical_name(directories[i].guest_name) == canonical_name(directories[j].guest_name)) {
        return true;
      }
    }
  }
  return false;
}

Status check_setup(const Setup& setup) {
  const Error invalid{Errc::kInvalid, 0, "wasi setup"};
  if (setup.audit == nullptr || setup.limits.vectors > kMaxVectors) return invalid;
  if (has_nul(setup.args) || has_nul(setup.environment)) return invalid;
  for (const Preopen& preopen : setup.directories) {
    if (preopen.directory == nullptr) return invalid;
  }
  for (const auto& socket : setup.sockets) {
    if (socket == nullptr) return invalid;
  }
  const std::size_t preopens = setup.directories.size() + setup.sockets.size();
  if (setup.surface == Surface::kStdout && preopens > 0) return invalid;
  if (has_twins(setup.directories)) return Error{Errc::kExists, 0, "wasi setup"};
  const auto consoles = static_cast<std::size_t>(
      std::count_if(setup.console.begin(), setup.console.end(),
                    [](const cap::Stream* stream) { return stream != nullptr; }));
  if (consoles + preopens > setup.limits.open_files) {
    return Error{Errc::kTooManyFiles, 0, "wasi setup"};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Context>> Context::make(Setup setup) {
  WARRANT_CHECKED(check_setup(setup));
  if (setup.args.empty()) setup.args.emplace_back("guest");
  return std::unique_ptr<Context>(new Context(setup));
}

Context::Context(Setup& setup)
    : table_(setup.limits.open_files),
      args_(block_of(setup.args)),
      environment_(block_of(setup.environment)),
      clock_(setup.clock),
      entropy_(setup.entropy),
      poller_(setup.poller),
      audit_(setup.audit),
      limits_(setup.limits),
      surface_(setup.surface),
      mark_key_(std::move(setup.mark_key)) {
  for (std::uint32_t number = 0; number < 3; ++number) add_console(setup.console[number], number);
  for (Preopen& preopen : setup.directories) add_directory(preopen);
  for (auto& socket : setup.sockets) add_socket(std::move(socket));
}

void Context::add_console(cap::Stream* stream, std::uint32_t number) {
  static constexpr std::array<std::string_view, 3> kNames = {"stdin", "stdout", "stderr"};
  Entry& entry = table_.append_slot();
  if (stream == nullptr) return;
  console_[number] = true;
  table_.mark_open(number);
  entry.kind = Entry::Kind::kStream;
  entry.stream = stream;
  entry.type = stream->type();
  entry.grant = kConsoleGrant;
  if (stream->is_seekable()) {
    entry.base = number == 0 ? kSeekableStdinBase : kSeekableStdoutBase;
  } else {
    entry.base = number == 0 ? kStdinBase : kStdoutBase;
  }
  entry.path = kNames[number];
}

void Context::add_directory(Preopen& preopen) {
  Entry& entry = table_.append_slot();
  table_.mark_open(table_.size() - 1);
  entry.kind = Entry::Kind::kDirectory;
  entry.type = cap::FileType::kDirectory;
  entry.preopened = Entry::Preopened::kYes;
  entry.grant_index = preopen.directory->grant();
  entry.grant = grant_of(preopen.access);
  entry.base = kDirectoryBase;
  entry.inheriting = kDirectoryInheriting;
  entry.directory = std::move(preopen.directory);
  entry.path = std::move(preopen.guest_name);
}

void Context::add_socket(std::unique_ptr<cap::Socket> socket) {
  Entry& entry = table_.append_slot();
  table_.mark_open(table_.size() - 1);
  entry.kind = Entry::Kind::kSocket;
  entry.type = socket->type();
  entry.grant_index = socket->grant();
  entry.grant = kSocketGrant;
  entry.base = socket->is_listener() ? kListenerBase : kSocketBase;
  entry.inheriting = socket->is_listener() ? kSocketBase : Rights::kNone;
  entry.stream = socket.get();
  entry.socket = std::move(socket);
}

bool Context::is_first(Use use) noexcept {
  const std::uint32_t bit = 1U << static_cast<std::uint32_t>(use);
  const bool first = (used_ & bit) == 0;
  used_ |= bit;
  return first;
}

void Context::record_totals(const Entry& entry) {
  if (entry.kind != Entry::Kind::kFile && entry.kind != Entry::Kind::kSocket) return;
  audit::Event event;
  event.kind = entry.kind == Entry::Kind::kFile ? audit::Kind::kFs : audit::Kind::kNet;
  event.decision = audit::Decision::kAllow;
  event.grant = entry.grant_index;
  event.path = entry.path;
  if (entry.bytes_read > 0) {
    event.operation = "fd_read";
    event.bytes = entry.bytes_read;
    record(event);
  }
  if (entry.bytes_written > 0) {
    event.operation = "fd_write";
    event.bytes = entry.bytes_written;
    record(event);
  }
}

void Context::close(std::uint32_t fd) {
  record_totals(*table_.find(fd));
  table_.close(fd);
}

void Context::finish() {
  for (std::uint32_t fd = 0; fd < table_.size(); ++fd) {
    if (table_.find(fd) != nullptr) close(fd);
  }
}

}  // namespace warrant::wasi_p1
