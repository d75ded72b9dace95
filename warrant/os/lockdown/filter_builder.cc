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

// Whether a row that failed has left in the accumulator what the next one compares first.
bool is_loaded(const Row& failed, const Row& next) {
  return failed.checks == 1 && failed.check[0].mask == kAllBits && next.checks != 0 &&
         failed.check[0].argument == next.check[0].argument;
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
      if (i == 0 && row > 0 && is_loaded(leaf[row - 1], leaf[row])) continue;
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

// The cheapest way to tell the ranges apart: by halves, or, where all but single numbers have one
// leaf, number by number. When a filter is loaded the kernel checks, converts and compiles each
// instruction, and then steps through it once for each number that it knows.
class Decision {
 public:
  explicit Decision(std::vector<Range> ranges)
      : ranges_(std::move(ranges)), best_(ranges_.size() * ranges_.size()) {
    for (std::size_t count = 1; count <= ranges_.size(); ++count) {
      for (std::size_t i = 0; i + count <= ranges_.size(); ++i)
        at(i, i + count) = best(i, i + count);
    }
  }
  Label place(Assembler& program) const { return place(program, 0, ranges_.size()); }

 private:
  // The unit is an instruction, 0.4 us here.
  static constexpr double kOneStep = 0.01;
  static constexpr std::uint32_t kNumbers = 470;
  static constexpr std::size_t kByNumber = SIZE_MAX;
  struct Best {
    double cost = 0;
    std::size_t middle = kByNumber;
  };

  Best& at(std::size_t begin, std::size_t end) { return best_[begin * ranges_.size() + end - 1]; }
  const Best& at(std::size_t begin, std::size_t end) const {
    return best_[begin * ranges_.size() + end - 1];
  }
  std::uint32_t end_of(std::size_t range) const {
    return range + 1 < ranges_.size() ? ranges_[range + 1].first : UINT32_MAX;
  }
  bool is_single(std::size_t range) const { return end_of(range) == ranges_[range].first + 1; }
  double numbers(std::size_t begin, std::size_t end) const {
    return std::min(end_of(end - 1), kNumbers) - std::min(ranges_[begin].first, kNumbers);
  }

  // The range whose leaf all others have, single numbers aside; `end`: there is none.
  std::size_t common(std::size_t begin, std::size_t end) const {
    std::size_t wide = end;
    for (std::size_t i = begin; i < end; ++i) {
      if (is_single(i)) continue;
      if (wide != end && !same(ranges_[wide].leaf, ranges_[i].leaf)) return end;
      wide = i;
    }
    return wide == end ? end - 1 : wide;
  }

  Best best(std::size_t begin, std::size_t end) const {
    Best found{static_cast<double>(SIZE_MAX), kByNumber};
    if (const std::size_t rest = common(begin, end); rest != end) {
      double compared = 0;
      for (std::size_t i = begin; i < end; ++i) {
        if (!same(ranges_[i].leaf, ranges_[rest].leaf)) ++compared;
      }
      found.cost = compared * (1 + numbers(begin, end) * kOneStep);
    }
    for (std::size_t middle = begin + 1; middle < end; ++middle) {
      const double cost =
          1 + numbers(begin, end) * kOneStep + at(begin, middle).cost + at(middle, end).cost;
      if (cost < found.cost) found = {cost, middle};
    }
    return found;
  }

  Label place(Assembler& program, std::size_t begin, std::size_t end) const {
    const std::size_t middle = at(begin, end).middle;
    if (middle != kByNumber) {
      const Label high = place(program, middle, end);
      const Label low = place(program, begin, middle);
      return program.branch(BPF_JGE, ranges_[middle].first, high, low);
    }
    const Leaf& rest = ranges_[common(begin, end)].leaf;
    Label next = lockdown::place(program, rest);
    for (std::size_t i = end; i-- > begin;) {
      if (same(ranges_[i].leaf, rest)) continue;
      const Label then = lockdown::place(program, ranges_[i].leaf);
      next = program.branch(BPF_JEQ, ranges_[i].first, then, next);
    }
    return next;
  }

  std::vector<Range> ranges_;
  std::vector<Best> best_;
};

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
  const Label tree = Decision(ranges_of(parts)).place(program);
  const Label begin = program.add(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  WARRANT_CHECK(begin == tree + 1);
  program.branch(BPF_JEQ, kArchitecture, begin, kill);
  program.add(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  return std::move(program).take();
}

}  // namespace warrant::os::lockdown
