// SPDX-License-Identifier: Apache-2.0
#include "warrant/toml/depth.h"

namespace warrant::toml {
namespace {

class Scanner {
 public:
  Scanner(std::string_view text, std::uint32_t most) : text_(text), most_(most) {}

  std::optional<codec::Position> find() {
    while (at_ < text_.size()) {
      if (!step()) return position_;
    }
    return std::nullopt;
  }

 private:
  bool step() {
    const char here = text_[at_];
    switch (here) {
      case '"':
      case '\'':
        string(here);
        return true;
      case '#':
        while (at_ < text_.size() && text_[at_] != '\n') move();
        return true;
      case '[':
      case '{':
        ++open_;
        dots_ = 0;
        break;
      case ']':
      case '}':
        if (open_ > 0) --open_;
        break;
      case '.':
        ++dots_;
        break;
      case '=':
      case ',':
      case '\n':
        dots_ = 0;
        break;
      default:
        break;
    }
    const bool fits = open_ + dots_ <= most_;
    if (fits) move();
    return fits;
  }

  // A string of one line ends at its quote or at the line's end, where a reader stops with a fault.
  void string(char quote) {
    const std::string_view rest = text_.substr(at_);
    const bool many = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
    move(many ? 3 : 1);
    while (at_ < text_.size()) {
      const char here = text_[at_];
      if (here == '\\' && quote == '"') {
        move(2);
      } else if (here == quote && !many) {
        move();
        return;
      } else if (here == quote && text_.substr(at_, 3) == std::string(3, quote)) {
        move(3);
        // Up to two quotes more belong to the text.
        for (int more = 0; more < 2 && at_ < text_.size() && text_[at_] == quote; ++more) move();
        return;
      } else if (here == '\n' && !many) {
        return;
      } else {
        move();
      }
    }
  }

  void move(std::size_t bytes = 1) {
    for (; bytes > 0 && at_ < text_.size(); --bytes, ++at_) {
      if (text_[at_] == '\n') {
        ++position_.line;
        position_.column = 1;
      } else if ((static_cast<unsigned char>(text_[at_]) & 0xC0U) != 0x80U) {
        ++position_.column;
      }
    }
  }

  std::string_view text_;
  std::uint32_t most_;
  std::size_t at_ = 0;
  std::uint32_t open_ = 0;
  std::uint32_t dots_ = 0;
  codec::Position position_{1, 1};
};

}  // namespace

std::optional<codec::Position> find_deeper(std::string_view text, std::uint32_t most) {
  return Scanner(text, most).find();
}

}  // namespace warrant::toml
