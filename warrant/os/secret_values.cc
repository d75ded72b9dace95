// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/secret_values.h"

#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "warrant/os/secret_command.h"

namespace warrant::os {
namespace {

constexpr std::size_t kMost = cap::kSecretMax + 2;  // and a newline

// What stands in for a value where there is none, with its report filled.
using Value = std::optional<std::string>;

Value refuse(SecretReport& report, std::string text, std::string fix) {
  report.text = std::move(text);
  report.fix = std::move(fix);
  return std::nullopt;
}

// Others may read it; a file that root keeps in memory is what containers are handed.
bool is_open_to_others(const TrustedFile& file, SecretReport& report) {
  if ((file.mode & (S_IRWXG | S_IRWXO)) == 0) return false;
  if (file.owner != 0 || file.kept != TrustedFile::Kept::kInMemory) return true;
  report.remarks.push_back(file.path + " may be read by others; it is root's and lies in memory");
  return false;
}

Value from_file(Ambient ambient, const std::string& path, const Judge& judge,
                SecretReport& report) {
  if (!path.starts_with('/')) {
    return refuse(report, "the secret's file " + path + " is not an absolute path",
                  "write it from / on");
  }
  TrustReport trust;
  auto file = load_trusted(ambient, path, kMost, judge, trust);
  if (!file) return refuse(report, trust.text, trust.fix);
  if (is_open_to_others(*file, report)) {
    cap::wipe(file->text);
    return refuse(report, path + " may be read by others", "chmod 600 " + path);
  }
  return std::move(file->text);
}

Value from_environment(const std::string& name, SecretReport& report) {
  char* const value = std::getenv(name.c_str());
  if (value == nullptr) {
    return refuse(report, "the variable " + name + " is not set",
                  "set it for this command, or take another source");
  }
  std::string taken(value);
  volatile char* bytes = value;
  for (std::size_t i = 0; i < taken.size(); ++i) bytes[i] = 0;
  ::unsetenv(name.c_str());
  return taken;
}

Value from_command(Ambient ambient, const SecretSource& source, SecretReport& report) {
  const std::string& program = source.words.front();
  if (!program.starts_with('/')) {
    return refuse(report, "the command " + program + " is not an absolute path",
                  "write it from / on");
  }
  auto output = output_of(ambient, source.words, source.timeout, kMost);
  if (output) return *std::move(output);
  const Errc code = output.error().code;
  const std::string why = code == Errc::kTimedOut       ? " did not end in its time"
                          : code == Errc::kFileTooBig   ? " printed more than a secret may have"
                          : code == Errc::kNotPermitted ? " failed"
                                                        : " cannot be started";
  return refuse(report, "the command " + program + why, "try it by hand");
}

Value from_source(Ambient ambient, const SecretSource& source, const Judge& judge,
                  SecretReport& report) {
  if (source.words.empty()) return refuse(report, "a secret without a source", "file:/abs/path");
  switch (source.kind) {
    case SecretSource::Kind::kFile:
      return from_file(ambient, source.words.front(), judge, report);
    case SecretSource::Kind::kEnvironment:
      return from_environment(source.words.front(), report);
    case SecretSource::Kind::kCommand:
      return from_command(ambient, source, report);
    case SecretSource::Kind::kCredential:
      break;
  }
  const std::string& name = source.words.front();
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || name.empty() || name.find('/') != std::string::npos) {
    return refuse(report, "there is no credential " + name + " of the service manager",
                  "LoadCredential= in the unit hands it over");
  }
  return from_file(ambient, std::string(directory) + "/" + name, judge, report);
}

}  // namespace

Result<std::unique_ptr<SecretValues>> SecretValues::resolve(Ambient ambient,
                                                            std::span<const SecretSource> sources,
                                                            const Judge& judge,
                                                            SecretReport& report) {
  const Error failed{Errc::kInvalid, 0, "secret"};
  std::unique_ptr<SecretValues> made(new SecretValues);
  for (const SecretSource& source : sources) {
    Value value = from_source(ambient, source, judge, report);
    if (!value) {
      report.text = "secret " + source.name + ": " + report.text;
      return failed;
    }
    if (value->ends_with('\n')) {
      value->pop_back();
      report.remarks.push_back("secret " + source.name + ": the newline at its end was taken off");
    }
    if (!cap::is_secret_value(*value)) {
      const bool is_short = value->size() < cap::kSecretMin;
      cap::wipe(*value);
      refuse(report,
             "secret " + source.name +
                 (is_short ? ": is shorter than 8 bytes, too short to be kept "
                             "out of records"
                           : ": is no text of at most 8192 printable bytes"),
             "a value is 8 to 8192 bytes of printable ASCII in one line");
      return failed;
    }
    if (!made->keep(source.name, *std::move(value))) {
      refuse(report, "secret " + source.name + ": no memory can be locked for it",
             "raise `ulimit -l`");
      return failed;
    }
  }
  return made;
}

bool SecretValues::keep(const std::string& name, std::string value) {
  auto* const bytes =
      ::sodium_init() < 0 ? nullptr : static_cast<char*>(::sodium_malloc(value.size()));
  if (bytes != nullptr) {
    std::copy(value.begin(), value.end(), bytes);
    ::sodium_mprotect_readonly(bytes);
    held_.push_back({name, bytes, value.size(), false});
  }
  cap::wipe(value);
  return bytes != nullptr;
}

SecretValues::~SecretValues() {
  for (const Held& each : held_) ::sodium_free(each.bytes);  // wipes
}

bool SecretValues::has(std::string_view reference) const noexcept {
  return std::any_of(held_.begin(), held_.end(),
                     [&](const Held& each) { return each.name == reference; });
}

Result<cap::SecretText> SecretValues::reveal(std::string_view reference) {
  for (Held& each : held_) {
    if (each.name != reference) continue;
    each.revealed = true;
    return cap::SecretText(std::string(each.bytes, each.size));
  }
  return Error{Errc::kNoEntry, 0, "secret"};
}

std::vector<std::string> SecretValues::references() const {
  std::vector<std::string> names;
  for (const Held& each : held_) {
    if (each.revealed) names.push_back(each.name);
  }
  return names;
}

}  // namespace warrant::os
