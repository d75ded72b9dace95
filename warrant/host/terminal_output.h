// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's output on its way to a terminal: text, newline, tab, carriage return, backspace and
// colours pass; every other control byte is shown, not obeyed.
//
// Colours are ESC [ digits and semicolons m, at most 32 bytes; an unfinished one at the end of a
// write waits for the next. Bytes above 127 pass, C1 controls in UTF-8 excepted. Spec: cli.md
// section 1.
#include <string>
#include <string_view>

#include "warrant/host/changed_output.h"

namespace warrant::host {

class TerminalOutput final : public ChangedOutput {
 public:
  TerminalOutput(cap::Stream& stream, BufferAccess& access) : ChangedOutput(stream, access) {}

 private:
  std::string changed(std::string_view bytes) override;
  void take(unsigned char byte, std::string& shown);
  bool take_pending(unsigned char byte, std::string& shown);

  std::string pending_;  // the beginning of what may become a colour or a character
};

}  // namespace warrant::host
