// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/sensitive.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "warrant/os/loading.h"
#include "warrant/os/places.h"

namespace warrant::os {
namespace {

constexpr std::string_view kTrees[] = {"/etc", "/root", "/run"};
// In a home directory, or under any directory of these names.
constexpr std::string_view kNames[] = {".ssh",
                                       ".gnupg",
                                       ".aws",
                                       ".azure",
                                       ".config/gcloud",
                                       ".config/gh",
                                       ".kube",
                                       ".docker",
                                       ".password-store",
                                       ".netrc",
                                       ".npmrc",
                                       ".pypirc",
                                       ".git-credentials",
                                       ".local/share/keyrings",
                                       ".gnome2/keyrings",
                                       ".local/share/kwalletd",
                                       ".mozilla",
                                       ".thunderbird",
                                       ".config/google-chrome",
                                       ".config/chromium",
                                       ".config/BraveSoftware",
                                       ".config/microsoft-edge",
                                       ".config/vivaldi",
                                       "snap/firefox",
                                       "snap/chromium"};
constexpr std::string_view kSockets[] = {
    "/run/docker.sock",        "/var/run/docker.sock",
    "/run/podman/podman.sock", "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",     "/run/buildkit/buildkitd.sock"};

struct Node {
  dev_t device;
  ino_t number;
  friend bool operator==(const Node&, const Node&) = default;
};

std::optional<Node> node_of(int fd) {
  struct stat now{};
  if (::fstat(fd, &now) != 0) return std::nullopt;
  return Node{now.st_dev, now.st_ino};
}

// `inner` is the directory of that node or lies beneath it, whatever mounts are on the way.
bool is_beneath(int inner, const Node& outer) {
  OwnedFd at(::openat(inner, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::optional<Node> last;
  while (at.is_open()) {
    const auto now = node_of(at.number());
    if (!now || now == last) return false;  // ".." of the top is the top
    if (*now == outer) return true;
    last = now;
    at = OwnedFd(::openat(at.number(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  return false;
}

std::string path_of(BorrowedFd fd) {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd.number());
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  return size < 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(size));
}

class Search {
 public:
  Search(BorrowedFd root, const SensitiveSources& sources)
      : root_(root), sources_(sources), path_(path_of(root) + "/"), node_(node_of(root.number())) {}

  std::vector<std::string> run() {
    if (!node_) return {};
    for (const std::string_view tree : kTrees) look_at_tree(std::string(tree));
    for (const std::string_view name : kNames) {
      if (path_.find("/" + std::string(name) + "/") != std::string::npos) {
        say("it lies in " + std::string(name));
      }
    }
    look_into(root_.number(), "");
    for (const std::string& name : sources_.homes) {
      const OwnedFd home = open(name);
      if (home.is_open() && node_of(home.number()) != node_ && is_beneath(home.number(), *node_)) {
        look_into(home.number(), name + "/");
      }
    }
    for (const std::string_view socket : kSockets) look_for_socket(std::string(socket));
    for (const std::string& socket : sources_.sockets) look_for_socket(socket);
    return std::move(found_);
  }

 private:
  static OwnedFd open(const std::string& path) {
    return OwnedFd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  void say(std::string text) {
    if (std::find(found_.begin(), found_.end(), text) == found_.end()) {
      found_.push_back(std::move(text));
    }
  }
  void look_at_tree(const std::string& tree) {
    const OwnedFd fd = open(tree);
    const auto node = fd.is_open() ? node_of(fd.number()) : std::nullopt;
    if (!node) return;
    if (is_beneath(root_.number(), *node)) {
      say("it lies in " + tree);
    } else if (is_beneath(fd.number(), *node_)) {
      say("it contains " + tree);
    }
  }
  void look_into(int directory, const std::string& prefix) {
    for (const std::string_view name : kNames) {
      struct stat now{};
      if (::fstatat(directory, std::string(name).c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0) {
        say("it contains " + prefix + std::string(name));
      }
    }
  }
  void look_for_socket(const std::string& socket) {
    const std::size_t slash = socket.rfind('/');
    struct stat now{};
    if (slash == std::string::npos || slash == 0 || ::lstat(socket.c_str(), &now) != 0) return;
    const OwnedFd holder = open(socket.substr(0, slash));
    if (holder.is_open() && is_beneath(holder.number(), *node_)) say("it contains " + socket);
  }

  BorrowedFd root_;
  const SensitiveSources& sources_;
  std::string path_;  // with a slash at its end
  std::optional<Node> node_;
  std::vector<std::string> found_;
};

std::string absolute_variable(const char* name, std::string_view prefix) {
  const char* value = std::getenv(name);
  if (value == nullptr || !std::string_view(value).starts_with(prefix)) return {};
  const std::string path(value + prefix.size());
  return path.starts_with('/') ? path.substr(0, path.find(':')) : std::string();
}

}  // namespace

std::vector<std::string> sensitive_places(Ambient, BorrowedFd root,
                                          const SensitiveSources& sources) {
  return Search(root, sources).run();
}

std::vector<std::string> sensitive_places(Ambient ambient, const std::string& host_path,
                                          const SensitiveSources& sources) {
  const OwnedFd root(::open(host_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) return {};
  return sensitive_places(ambient, root.borrow(), sources);
}

SensitiveSources sensitive_sources(Ambient ambient) {
  SensitiveSources sources;
  for (auto home : {absolute_variable("HOME", ""), passwd_home(ambient)}) {
    if (!home.empty()) sources.homes.push_back(std::move(home));
  }
  for (auto socket :
       {absolute_variable("SSH_AUTH_SOCK", ""), absolute_variable("GPG_AGENT_INFO", ""),
        absolute_variable("DOCKER_HOST", "unix://")}) {
    if (!socket.empty()) sources.sockets.push_back(std::move(socket));
  }
  const std::string user_run = "/run/user/" + std::to_string(::geteuid());
  sources.sockets.push_back(user_run + "/docker.sock");
  sources.sockets.push_back(user_run + "/podman/podman.sock");
  return sources;
}

bool directory_lies_in(Ambient, const std::string& inner, const std::string& outer) {
  const OwnedFd inside(::open(inner.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const OwnedFd outside(::open(outer.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto node = outside.is_open() ? node_of(outside.number()) : std::nullopt;
  return inside.is_open() && node && is_beneath(inside.number(), *node);
}

}  // namespace warrant::os
