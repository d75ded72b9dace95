// SPDX-License-Identifier: Apache-2.0
// exec_masked NUMBER[:ARGUMENT=VALUE|:ARGUMENT!VALUE] ERRNO COMMAND...: runs the command on a
// system whose kernel answers that call (where the argument is, or is not, that value) with that
// errno; "none" masks nothing but is a filter that is in force already.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

std::vector<sock_filter> program_for(const std::string& what, unsigned error) {
  std::vector<sock_filter> program;
  const auto number = static_cast<unsigned>(std::strtoul(what.c_str(), nullptr, 10));
  const std::size_t colon = what.find(':');
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  const auto skip = static_cast<unsigned char>(colon == std::string::npos ? 1 : 3);
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, skip));
  if (colon != std::string::npos) {
    const auto argument = static_cast<unsigned>(std::strtoul(&what[colon + 1], nullptr, 10));
    const std::size_t sign = what.find_first_of("=!");
    const auto value = static_cast<unsigned>(std::strtoul(&what[sign + 1], nullptr, 10));
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                               static_cast<unsigned>(offsetof(seccomp_data, args)) + 8 * argument));
    const unsigned char equal = what[sign] == '=' ? 0 : 1;
    program.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, equal, static_cast<unsigned char>(1 - equal)));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return program;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 64;
  const std::string what = argv[1];
  const auto error = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
  std::vector<sock_filter> program = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  if (what != "none") program = program_for(what, error);
  const sock_fprog all{static_cast<unsigned short>(program.size()), program.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) != 0) {
    return 77;
  }
  ::execvp(argv[3], argv + 3);
  return 127;
}
