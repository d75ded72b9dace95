// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/beneath.h"

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "warrant/os/errno.h"

namespace warrant::os {

Result<std::string> real_path(Ambient, const std::string& path) {
  struct Free {
    void operator()(char* text) const noexcept { std::free(text); }
  };
  const std::unique_ptr<char, Free> found(realpath(path.c_str(), nullptr));
  if (found == nullptr) return error_from_errno(errno, "realpath");
  return std::string(found.get());
}

Result<std::string> real_path_beneath(Ambient ambient, const std::string& root,
                                      const std::string& relative) {
  WARRANT_TRY(auto path, real_path(ambient, root + "/" + relative));
  const bool beneath = root == "/" || path == root || path.starts_with(root + "/");
  if (!beneath) return Error{Errc::kNotCapable, 0, "real_path_beneath"};
  return path;
}

}  // namespace warrant::os
