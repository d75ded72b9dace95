// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Secrets from files, variables, credentials of the service manager, and commands.
//
// resolve() reads every value once, before the run is locked down: a file that is trusted and that
// nobody else may read, a variable (wiped from our environment), a command without a shell under a
// clock. Values lie in locked memory that no core shows and are wiped at the end. One trailing
// newline is taken off, and said. Never puts a value into a report. One thread.
// Spec: grants.md section 2, egress.md section 12.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "warrant/base/time.h"
#include "warrant/cap/secrets.h"
#include "warrant/os/ambient.h"
#include "warrant/os/trusted_file.h"

namespace warrant::os {

struct SecretSource {
  enum class Kind : std::uint8_t { kFile, kEnvironment, kCredential, kCommand };
  std::string name;
  Kind kind = Kind::kFile;
  std::vector<std::string> words;      // path, variable or credential; of a command all its words
  Nanoseconds timeout{2'000'000'000};  // of a command
};

struct SecretReport {
  std::string text;  // why not; not escaped
  std::string fix;
  std::vector<std::string> remarks;  // what was done to a value, by its name
};

class SecretValues final : public cap::Secrets {
 public:
  // Any failure fills the report; no value of the others is kept.
  static Result<std::unique_ptr<SecretValues>> resolve(Ambient ambient,
                                                       std::span<const SecretSource> sources,
                                                       const Judge& judge, SecretReport& report);
  ~SecretValues() override;
  SecretValues(const SecretValues&) = delete;
  SecretValues& operator=(const SecretValues&) = delete;

  bool has(std::string_view reference) const noexcept override;
  Result<cap::SecretText> reveal(std::string_view reference) override;
  std::vector<std::string> references() const override;

 private:
  struct Held {
    std::string name;
    char* bytes;  // locked
    std::size_t size;
    bool revealed;
  };

  SecretValues() = default;
  bool keep(const std::string& name, std::string value);

  std::vector<Held> held_;
};

}  // namespace warrant::os
