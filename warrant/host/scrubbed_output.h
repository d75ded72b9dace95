// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's output with each known secret replaced by «redacted:REFERENCE», in every form that the
// one matcher knows and wherever the guest's writes cut it.
//
// What may be the beginning of a secret waits for the next write, or for finish(). The matcher
// outlives it. Spec: egress.md section 20.
#include <string>
#include <string_view>

#include "warrant/audit/known_secrets.h"
#include "warrant/host/changed_output.h"

namespace warrant::host {

class ScrubbedOutput final : public ChangedOutput {
 public:
  ScrubbedOutput(cap::Stream& stream, BufferAccess& access, const audit::KnownSecrets& secrets)
      : ChangedOutput(stream, access), scrubbed_(secrets) {}
  // After the guest's last write; a reader that is gone is no error then.
  void finish();

 private:
  std::string changed(std::string_view bytes) override;

  audit::ScrubbedStream scrubbed_;
};

}  // namespace warrant::host
