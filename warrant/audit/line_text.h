// SPDX-License-Identifier: Apache-2.0
#pragma once
// A Line that grows a string: for what is made once a run and not at each record. It allocates, so
// it is nothing for a signal handler.
#include <array>
#include <string>
#include <utility>

#include "warrant/audit/line.h"

namespace warrant::audit {

class LineText {
 public:
  // `secrets`, where there are any, outlive it.
  explicit LineText(const KnownSecrets* secrets) : line_(room_, &append, &made_) {
    line_.guard_with(secrets);
  }
  LineText(const LineText&) = delete;
  LineText& operator=(const LineText&) = delete;

  Line* operator->() noexcept { return &line_; }
  Line& line() noexcept { return line_; }
  std::string take() {
    line_.drain();
    return std::move(made_);
  }

 private:
  static void append(void* self, std::string_view text) noexcept {
    static_cast<std::string*>(self)->append(text);
  }

  std::string made_;
  std::array<char, 1024> room_;
  Line line_;
};

// What `print` writes into a Line.
template <typename Print>
std::string text_of(const KnownSecrets* secrets, Print print) {
  LineText text(secrets);
  print(text.line());
  return text.take();
}

}  // namespace warrant::audit
