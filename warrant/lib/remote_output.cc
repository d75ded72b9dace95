// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/remote_output.h"

#include <utility>

#include "warrant/base/bytes.h"
#include "warrant/host/pieces.h"

namespace warrant::lib {
namespace {

constexpr Errc kLastErrc = Errc::kCrossDevice;

class RemoteOutput final : public cap::Stream {
 public:
  RemoteOutput(Asker asker, BufferAccess& access, std::uint8_t number, cap::FileType type)
      : asker_(std::move(asker)), access_(access), number_(number), type_(type) {}

  Result<std::uint64_t> read(std::span<const Buffer>, cap::Blocking) override {
    return Error{Errc::kBadHandle, 0, "console"};
  }
  Result<std::uint64_t> write(std::span<const Buffer> from, cap::Blocking) override;
  cap::FileType type() const noexcept override { return type_; }
  bool is_seekable() const noexcept override { return false; }
  Result<cap::FileStat> stat() override { return cap::FileStat{.type = type_}; }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return Error{Errc::kSeekPipe, 0, "console"};
  }
  Status sync() override {
    WARRANT_TRY(const std::uint64_t done, ask(OutputAsk::kSync, {}));
    (void)done;
    return {};
  }
  cap::PollToken poll_token() const noexcept override { return cap::PollToken::kAlwaysReady; }

 private:
  Result<std::uint64_t> ask(OutputAsk what, std::span<const std::byte> bytes);

  Asker asker_;
  BufferAccess& access_;
  std::uint8_t number_;
  cap::FileType type_;
};

Result<std::uint64_t> RemoteOutput::ask(OutputAsk what, std::span<const std::byte> bytes) {
  WireWriter words;
  words.u8(number_);
  words.u8(static_cast<std::uint8_t>(what));
  words.text(text_of(bytes));
  const Error gone{Errc::kIo, 0, "console"};
  if (!asker_.ask(Wire::kOutput, words)) return gone;
  WireReader from = asker_.answer();
  const bool failed = from.u8() != 0;
  const auto code = from.word(kLastErrc);
  const std::uint16_t rule = from.u16();
  const std::uint64_t done = from.u64();
  if (!from.whole()) return gone;
  if (failed) return Error{code, rule, "console"};
  return done;
}

Result<std::uint64_t> RemoteOutput::write(std::span<const Buffer> from, cap::Blocking) {
  return host::in_pieces<kMostOutput>(from, access_, [&](std::span<const std::byte> piece) {
    return ask(OutputAsk::kWrite, piece);
  });
}

Result<std::uint64_t> sync(cap::Stream& stream) {
  WARRANT_CHECKED(stream.sync());
  return std::uint64_t{0};
}

Result<std::uint64_t> write(cap::Stream& stream, std::string_view bytes) {
  const Buffer buffer = Buffer::host_source(bytes_of(bytes));
  return stream.write(std::span(&buffer, 1), cap::Blocking::kWait);
}

}  // namespace

std::unique_ptr<cap::Stream> make_remote_output(Asker asker, BufferAccess& access,
                                                std::uint8_t number, cap::FileType type) {
  return std::make_unique<RemoteOutput>(std::move(asker), access, number, type);
}

bool answer_output(std::span<cap::Stream* const, 2> streams, WireReader from, WireWriter& to) {
  const std::uint8_t number = from.u8();
  const auto what = from.word(OutputAsk::kSync);
  const std::string_view bytes = from.text();
  if (!from.whole() || number < 1 || number > streams.size() || bytes.size() > kMostOutput) {
    return false;
  }
  cap::Stream* const stream = streams[number - 1U];
  if (stream == nullptr || (what == OutputAsk::kSync && !bytes.empty())) return false;
  const Result<std::uint64_t> done =
      what == OutputAsk::kSync ? sync(*stream) : write(*stream, bytes);
  to.u8(done ? 0 : 1);
  to.u8(done ? 0 : static_cast<std::uint8_t>(done.error().code));
  to.u16(done ? 0 : done.error().rule);
  to.u64(done ? *done : 0);
  return true;
}

}  // namespace warrant::lib
