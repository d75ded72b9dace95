// SPDX-License-Identifier: Apache-2.0
#include "warrant/base/bytes.h"
#include "warrant/wasi_p1/calls.h"

namespace warrant::wasi_p1 {
namespace {

struct Names {
  std::string_view list;
  std::string_view bytes;
};

Answer put_block(Call& call, const StringBlock& block, const Names& names) {
  const std::uint32_t list = call.u32(0);
  const std::uint32_t bytes = call.u32(1);
  if (!call.place(names.list, list, block.starts.size() * std::uint64_t{4}, 4) ||
      !call.place(names.bytes, bytes, block.bytes.size(), 1)) {
    return Answer::end();
  }
  for (std::size_t i = 0; i < block.starts.size(); ++i) {
    WARRANT_CHECK(call.memory().store(list + i * std::uint64_t{4}, bytes + block.starts[i]));
  }
  WARRANT_CHECK(call.memory().write(bytes, bytes_of(block.bytes)));
  return Errno::kSuccess;
}

Answer put_sizes(Call& call, const StringBlock& block, std::string_view count_name) {
  const std::uint32_t count = call.u32(0);
  const std::uint32_t size = call.u32(1);
  if (!call.place(count_name, count, 4, 4) || !call.place("buf_size", size, 4, 4)) {
    return Answer::end();
  }
  call.put(count, static_cast<std::uint32_t>(block.starts.size()));
  return call.put(size, static_cast<std::uint32_t>(block.bytes.size()));
}

}  // namespace

Answer args_get(Call& call) { return put_block(call, call.context().args(), {"argv", "argv_buf"}); }

Answer args_sizes_get(Call& call) { return put_sizes(call, call.context().args(), "argc"); }

Answer environ_get(Call& call) {
  const StringBlock& block = call.context().environment();
  const Answer answer = put_block(call, block, {"environ", "environ_buf"});
  if (!answer.ends() && call.context().is_first(Context::Use::kEnvironment)) {
    call.did({audit::Kind::kEnv, cap::kNoGrant, {}, {}}, block.starts.size());
  }
  return answer;
}

Answer environ_sizes_get(Call& call) {
  return put_sizes(call, call.context().environment(), "count");
}

}  // namespace warrant::wasi_p1
