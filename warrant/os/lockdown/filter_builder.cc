// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/lockdown/filter_builder.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace warrant::os::lockdown {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "say which architecture the kernel calls this one"
#endif

using Program = std::vector<sock_filter>;

sock_filter statement(unsigned code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}

sock_filter jump(unsigned code, std::uint32_t value, std::size_t if_true, std::size_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | code | BPF_K), static_cast<std::uint8_t>(if_true),
          static_cast<std::uint8_t>(if_false), value};
}

sock_filter answer(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    case Verdict::kRefuse:
      return statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    case Verdict::kUnknown:
      return statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    case Verdict::kKill:
      break;
  }
  return statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
}

std::uint32_t place_of(std::uint8_t argument) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) +
                                    argument * sizeof(std::uint64_t));
}

bool is_in(Parts parts, const Row& row) { return (parts & bit(row.part)) != 0; }

std::vector<Row> rows_of(Parts parts, int call) {
  std::vector<Row> rows;
  for (const Row& row : kTable) {
    if (row.call == call && is_in(parts, row)) rows.push_back(row);
  }
  return rows;
}

Program leaf_of(const std::vector<Row>& rows) {
  Program program;
  for (const Row& row : rows) {
    Program checks;
    for (std::size_t i = row.checks; i-- > 0;) {
      const Check& check = row.check[i];
      // From here to behind the answer, where a check does not hold.
      const std::size_t over = checks.size() + 1;
      Program one = {statement(BPF_LD | BPF_W | BPF_ABS, place_of(check.argument))};
      if (check.mask != kAllBits) {
        one.push_back(statement(BPF_ALU | BPF_AND | BPF_K, check.mask));
      }
      one.push_back(jump(BPF_JEQ, check.value, 0, over));
      checks.insert(checks.begin(), one.begin(), one.end());
    }
    program.insert(program.end(), checks.begin(), checks.end());
    program.push_back(answer(row.verdict));
    if (row.checks == 0) return program;
  }
  program.push_back(answer(Verdict::kKill));
  return program;
}

bool same(const Program& a, const Program& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const sock_filter& x, const sock_filter& y) {
                      return x.code == y.code && x.jt == y.jt && x.jf == y.jf && x.k == y.k;
                    });
}

// Calls from `first` up to the next range's.
struct Range {
  std::uint32_t first;
  Program leaf;
};

std::vector<Range> ranges_of(Parts parts) {
  std::vector<int> calls;
  for (const Row& row : kTable) {
    if (is_in(parts, row)) calls.push_back(row.call);
  }
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  std::vector<Range> ranges = {{0, leaf_of({})}};
  const auto append = [&](std::uint32_t first, Program leaf) {
    if (ranges.back().first == first) ranges.pop_back();
    if (!ranges.empty() && same(ranges.back().leaf, leaf)) return;
    ranges.push_back({first, std::move(leaf)});
  };
  for (const int call : calls) {
    append(static_cast<std::uint32_t>(call), leaf_of(rows_of(parts, call)));
    append(static_cast<std::uint32_t>(call) + 1, leaf_of({}));
  }
  return ranges;
}

Program tree_of(const std::vector<Range>& ranges, std::size_t first, std::size_t end) {
  if (end - first == 1) return ranges[first].leaf;
  const std::size_t middle = first + (end - first) / 2;
  const Program low = tree_of(ranges, first, middle);
  const Program high = tree_of(ranges, middle, end);
  Program program;
  if (low.size() <= UINT8_MAX) {
    program.push_back(jump(BPF_JGE, ranges[middle].first, low.size(), 0));
  } else {
    program.push_back(jump(BPF_JGE, ranges[middle].first, 0, 1));
    program.push_back(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(low.size())));
  }
  program.insert(program.end(), low.begin(), low.end());
  program.insert(program.end(), high.begin(), high.end());
  return program;
}

}  // namespace

Verdict verdict_of(Parts parts, std::uint32_t call, const std::uint64_t (&arguments)[6]) noexcept {
  for (const Row& row : kTable) {
    if (static_cast<std::uint32_t>(row.call) != call || !is_in(parts, row)) continue;
    bool holds = true;
    for (std::size_t i = 0; i < row.checks; ++i) {
      const Check& check = row.check[i];
      const auto given = static_cast<std::uint32_t>(arguments[check.argument]);
      holds = holds && (given & check.mask) == check.value;
    }
    if (holds) return row.verdict;
  }
  return Verdict::kKill;
}

// Calls of the x32 ABI have a bit that makes them larger than every number of the table.
std::vector<sock_filter> build_filter(Parts parts) {
  Program program = {
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      jump(BPF_JEQ, kArchitecture, 1, 0),
      answer(Verdict::kKill),
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
  };
  const std::vector<Range> ranges = ranges_of(parts);
  const Program tree = tree_of(ranges, 0, ranges.size());
  program.insert(program.end(), tree.begin(), tree.end());
  return program;
}

}  // namespace warrant::os::lockdown
