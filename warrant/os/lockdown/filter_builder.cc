// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/lockdown/filter_builder.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

#include "warrant/base/check.h"

namespace warrant::os::lockdown {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "say which architecture the kernel calls this one"
#endif

sock_filter statement(unsigned code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
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

// A program written from its end, as jumps only go forward: a label is the place of an instruction
// counted from the end. Each answer stands there once, so a leaf without checks costs nothing; what
// loading costs grows with the number of instructions, and most with that of returns.
class Assembler {
 public:
  using Label = std::size_t;

  Label answer_of(Verdict verdict) {
    Label& known = answers_.at(static_cast<std::size_t>(verdict));
    if (known == kNowhere) known = add(answer(verdict));
    return known;
  }
  Label add(sock_filter instruction) {
    backwards_.push_back(instruction);
    return backwards_.size() - 1;
  }
  Label branch(unsigned code, std::uint32_t value, Label if_true, Label if_false) {
    if_true = within_reach(if_true);
    if_false = within_reach(if_false);
    return add({static_cast<std::uint16_t>(BPF_JMP | code | BPF_K), distance(if_true),
                distance(if_false), value});
  }
  std::vector<sock_filter> take() && {
    std::reverse(backwards_.begin(), backwards_.end());
    return std::move(backwards_);
  }

 private:
  static constexpr Label kNowhere = SIZE_MAX;
  static constexpr std::size_t kReach = UINT8_MAX - 1;  // two instructions may come between

  Label within_reach(Label label) {
    const std::size_t over = backwards_.size() - label - 1;
    if (over <= kReach) return label;
    return add(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(over)));
  }
  std::uint8_t distance(Label label) const {
    return static_cast<std::uint8_t>(backwards_.size() - label - 1);
  }

  std::vector<sock_filter> backwards_;
  std::array<Label, 4> answers_ = {kNowhere, kNowhere, kNowhere, kNowhere};
};
using Label = Assembler::Label;

bool is_in(Parts parts, const Row& row) { return (parts & bit(row.part)) != 0; }

// What a call's rows come to, as they are looked at one after the other.
using Leaf = std::vector<Row>;

Leaf leaf_of(Parts parts, int call) {
  Leaf rows;
  for (const Row& row : kTable) {
    if (row.call != call || !is_in(parts, row)) continue;
    rows.push_back(row);
    if (row.checks == 0) break;
  }
  return rows;
}

bool same(const Leaf& a, const Leaf& b) {
  const auto equal = [](const Row& x, const Row& y) {
    return x.verdict == y.verdict && x.checks == y.checks &&
           std::equal(x.check.begin(), x.check.begin() + x.checks, y.check.begin(),
                      [](const Check& one, const Check& other) {
                        return one.argument == other.argument && one.mask == other.mask &&
                               one.value == other.value;
                      });
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
}

Label place(Assembler& program, const Leaf& leaf) {
  Label next = program.answer_of(Verdict::kKill);
  for (std::size_t row = leaf.size(); row-- > 0;) {
    Label then = program.answer_of(leaf[row].verdict);
    for (std::size_t i = leaf[row].checks; i-- > 0;) {
      const Check& check = leaf[row].check[i];
      then = program.branch(BPF_JEQ, check.value, then, next);
      if (check.mask != kAllBits)
        then = program.add(statement(BPF_ALU | BPF_AND | BPF_K, check.mask));
      then = program.add(statement(BPF_LD | BPF_W | BPF_ABS, place_of(check.argument)));
    }
    next = then;
  }
  return next;
}

// Calls from `first` up to the next range's.
struct Range {
  std::uint32_t first;
  Leaf leaf;
};

std::vector<Range> ranges_of(Parts parts) {
  std::vector<int> calls;
  for (const Row& row : kTable) {
    if (is_in(parts, row)) calls.push_back(row.call);
  }
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  std::vector<Range> ranges = {{0, {}}};
  const auto append = [&](std::uint32_t first, Leaf leaf) {
    if (ranges.back().first == first) ranges.pop_back();
    if (!ranges.empty() && same(ranges.back().leaf, leaf)) return;
    ranges.push_back({first, std::move(leaf)});
  };
  for (const int call : calls) {
    append(static_cast<std::uint32_t>(call), leaf_of(parts, call));
    append(static_cast<std::uint32_t>(call) + 1, {});
  }
  return ranges;
}

Label place_tree(Assembler& program, std::span<const Range> ranges) {
  if (ranges.size() == 1) return place(program, ranges.front().leaf);
  const std::size_t middle = ranges.size() / 2;
  const Label high = place_tree(program, ranges.subspan(middle));
  const Label low = place_tree(program, ranges.first(middle));
  return program.branch(BPF_JGE, ranges[middle].first, high, low);
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
  Assembler program;
  const Label kill = program.answer_of(Verdict::kKill);
  const std::vector<Range> ranges = ranges_of(parts);
  const Label tree = place_tree(program, ranges);
  const Label begin = program.add(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  WARRANT_CHECK(begin == tree + 1);
  program.branch(BPF_JEQ, kArchitecture, begin, kill);
  program.add(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  return std::move(program).take();
}

}  // namespace warrant::os::lockdown
