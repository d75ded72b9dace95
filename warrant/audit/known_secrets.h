// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one matcher for secrets that are known: every form of every registered value, found in one
// pass, in front of every sink.
//
// Forms: raw; percent-encoded minimally and fully, both hex cases; base64 and base64url at three
// alignments; hex, both cases; JSON-escaped, with and without \u. So the Basic form `user:secret`
// is found by its alignment. After each add() comes a seal(), on the run's thread; a stream that is
// under way looks again at what it holds back. Searching allocates nothing. Values of fewer than
// four bytes are not taken: they would be found everywhere. Does not guess: a value that was not
// registered is not found. Spec: egress.md section 20.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/result.h"

namespace warrant::audit {

inline constexpr std::size_t kShortestSecret = 4;

class KnownSecrets {
 public:
  enum class End : std::uint8_t {
    kWhole,
    kCut,  // the text goes on where nobody looks: the start of a secret at its end is one
  };

  // kInvalid: too short to be searched for.
  Status add(std::string_view reference, std::string_view value);
  // After the last add().
  void seal();
  bool empty() const noexcept { return patterns_.empty(); }
  std::size_t longest() const noexcept { return longest_; }
  std::uint64_t edition() const noexcept { return edition_; }  // how often it was sealed

  // Calls emit(piece, reference) for each piece in order: the reference is empty for text that is
  // kept, else the piece is to be replaced.
  template <typename Emit>
  void scrub(std::string_view text, End end, Emit emit) const;
  // The text with «redacted:REFERENCE» for each hit.
  std::string scrubbed(std::string_view text, End end) const;

  // How many bytes at the beginning of a text are the end of a secret whose beginning was cut off;
  // fewer than four are none.
  std::size_t remnant(std::string_view text) const noexcept;

  // For streams, see ScrubbedStream.
  struct Walk {
    std::uint32_t state = 0;
    std::uint64_t at = 0;         // bytes walked
    std::uint64_t hit_begin = 0;  // of the hit that is not yet sure to be over
    std::uint64_t hit_end = 0;
    std::uint32_t pattern = 0;
  };
  void step(Walk& walk, unsigned char byte) const noexcept;
  // Nothing before this byte can still become part of a hit.
  std::uint64_t settled(const Walk& walk) const noexcept {
    return walk.at - nodes_[walk.state].depth;
  }
  std::string_view reference(const Walk& walk) const noexcept {
    return references_[patterns_[walk.pattern].reference];
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::uint32_t kLeastTail = 4;  // of a secret that is cut: less is found anywhere
  struct Node {
    std::uint32_t fail = 0;
    std::uint32_t own = kNone;      // the pattern that is the way to here
    std::uint32_t pattern = kNone;  // the longest that ends here
    std::uint32_t depth = 0;
    std::uint32_t child = kNone;  // while building, and in a list by sibling
    std::uint32_t sibling = kNone;
    unsigned char byte = 0;
  };
  struct Pattern {
    std::uint32_t reference;
    std::uint32_t size;
  };
  void add_form(std::uint32_t reference, std::string_view form);
  std::uint32_t child_of(std::uint32_t node, unsigned char byte) const noexcept;

  std::vector<std::string> references_;
  std::vector<Pattern> patterns_;
  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::array<std::uint32_t, 256> first_ = {};  // from the root; 0: none
  std::size_t longest_ = 0;
  std::uint64_t edition_ = 0;
};

// A stream of bytes on its way to a sink; keeps back what may be the start of a secret.
class ScrubbedStream {
 public:
  explicit ScrubbedStream(const KnownSecrets& secrets) : secrets_(secrets) {}
  // What may be passed on now, replaced where it must be.
  std::string feed(std::string_view bytes);
  std::string finish();

 private:
  std::string pass(std::uint64_t until);
  void push(char byte, std::string& out);
  void start_again(std::string& out);

  const KnownSecrets& secrets_;
  std::uint64_t edition_ = 0;
  KnownSecrets::Walk walk_;
  std::string held_;
  std::uint64_t begin_ = 0;  // of what is held, in the stream
};

template <typename Emit>
void KnownSecrets::scrub(std::string_view text, End end, Emit emit) const {
  Walk walk;
  std::size_t done = 0;
  const auto pass = [&](std::uint64_t until) {
    if (walk.hit_end <= done || walk.hit_end > until) return;
    const auto begin = static_cast<std::size_t>(walk.hit_begin);
    const auto hit_end = static_cast<std::size_t>(walk.hit_end);
    if (begin > done) emit(text.substr(done, begin - done), std::string_view{});
    emit(text.substr(begin, hit_end - begin), reference(walk));
    done = hit_end;
  };
  for (const char each : text) {
    step(walk, static_cast<unsigned char>(each));
    pass(settled(walk));
  }
  const std::uint32_t tail = nodes_[walk.state].depth;
  pass(text.size());
  if (end == End::kCut && tail >= kLeastTail && text.size() - tail >= done) {
    if (text.size() - tail > done)
      emit(text.substr(done, text.size() - tail - done), std::string_view{});
    emit(text.substr(text.size() - tail), std::string_view("cut"));
    return;
  }
  if (done < text.size()) emit(text.substr(done), std::string_view{});
}

}  // namespace warrant::audit
