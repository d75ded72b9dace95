// SPDX-License-Identifier: Apache-2.0
// filesystem DIR: every operation of std::filesystem that a WASI host can be asked for, and
// fstream, below DIR. "ok NAME" or "FAILED NAME: what" for each; status 1 when one failed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

int failures = 0;
std::error_code last;

struct Case {
  explicit Case(const char* what) : name(what) {}
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;
  ~Case() {
    if (problem.empty()) {
      std::printf("ok %s\n", name);
    } else {
      std::printf("FAILED %s:%s\n", name, problem.c_str());
      ++failures;
    }
  }
  void claim(bool good, const char* what) {
    if (!good) problem += std::string(" [") + what + ": " + last.message() + "]";
  }
  const char* name;
  std::string problem;
};

#define CLAIM(...) test.claim((__VA_ARGS__), #__VA_ARGS__)

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
std::string read(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::vector<std::string> names(const fs::path& path) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(path, last)) {
    found.push_back(entry.path().filename().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void making(const fs::path& root) {
  Case test("create_directory, create_directories, exists, status");
  CLAIM(fs::create_directory(root, last));
  CLAIM(!fs::create_directory(root, last) && !last);
  CLAIM(fs::create_directories(root / "a/b/c", last));
  CLAIM(fs::exists(root / "a/b/c", last) && fs::is_directory(root / "a/b/c", last));
  CLAIM(!fs::exists(root / "none", last));
  CLAIM(fs::status(root / "none", last).type() == fs::file_type::not_found);
  write(root / "file", "0123456789");
  CLAIM(fs::is_regular_file(root / "file", last) && fs::file_size(root / "file", last) == 10);
  CLAIM(!fs::is_empty(root / "file", last) && fs::is_empty(root / "a/b/c", last));
  CLAIM(!fs::create_directory(root / "file/x", last) && last);
}

void streams(const fs::path& root) {
  Case test("fstream: write, append, read and write, seek, truncate, lines");
  write(root / "text", "one\ntwo\n");
  std::ofstream(root / "text", std::ios::app) << "three\n";
  CLAIM(read(root / "text") == "one\ntwo\nthree\n");
  {
    std::fstream both(root / "text", std::ios::in | std::ios::out);
    both.seekp(4);
    both << "TWO";
    both.seekg(0);
    std::string line;
    CLAIM(std::getline(both, line) && line == "one");
    CLAIM(std::getline(both, line) && line == "TWO");
    both.seekg(0, std::ios::end);
    CLAIM(both.tellg() == std::streampos(14));
  }
  {
    std::ofstream cut(root / "text", std::ios::trunc);
  }
  CLAIM(fs::file_size(root / "text", last) == 0);
  std::ifstream missing(root / "missing");
  CLAIM(!missing.is_open());
  const std::string large(1 << 20, 'x');
  write(root / "large", large);
  CLAIM(read(root / "large") == large);
  fs::resize_file(root / "large", 5, last);
  CLAIM(!last && read(root / "large") == "xxxxx");
}

void links(const fs::path& root) {
  Case test("create_symlink, read_symlink, symlink_status, create_hard_link, equivalent");
  fs::create_symlink("file", root / "link", last);
  CLAIM(!last && fs::is_symlink(root / "link", last));
  CLAIM(fs::read_symlink(root / "link", last) == "file");
  CLAIM(fs::status(root / "link", last).type() == fs::file_type::regular);
  CLAIM(fs::symlink_status(root / "link", last).type() == fs::file_type::symlink);
  CLAIM(fs::equivalent(root / "link", root / "file", last));
  CLAIM(!fs::equivalent(root / "a", root / "file", last));
  fs::create_directory_symlink("a", root / "dirlink", last);
  CLAIM(!last && fs::is_directory(root / "dirlink/b", last));
  fs::create_hard_link(root / "file", root / "hard", last);
  CLAIM(!last && fs::hard_link_count(root / "file", last) == 2);
  CLAIM(fs::remove(root / "hard", last) && fs::hard_link_count(root / "file", last) == 1);
  fs::copy_symlink(root / "link", root / "link2", last);
  CLAIM(!last && fs::read_symlink(root / "link2", last) == "file");
  fs::create_symlink("nowhere", root / "dangling", last);
  CLAIM(!fs::exists(root / "dangling", last) && fs::is_symlink(root / "dangling", last));
}

void copies(const fs::path& root) {
  Case test("copy_file, copy, recursive");
  using enum fs::copy_options;
  CLAIM(fs::copy_file(root / "file", root / "copied", last));
  CLAIM(read(root / "copied") == "0123456789");
  CLAIM(!fs::copy_file(root / "file", root / "copied", last) && last == std::errc::file_exists);
  CLAIM(!fs::copy_file(root / "file", root / "copied", skip_existing, last) && !last);
  write(root / "other", "other");
  // Over a file libc++ sets its mode, and WASI has no modes: no host call is made.
  CLAIM(!fs::copy_file(root / "other", root / "copied", overwrite_existing, last));
  CLAIM(last == std::errc::function_not_supported);
  CLAIM(fs::remove(root / "copied", last));
  CLAIM(fs::copy_file(root / "other", root / "copied", last) && read(root / "copied") == "other");
  write(root / "a/b/deep", "deep");
  fs::copy(root / "a", root / "a-copy", recursive, last);
  CLAIM(!last && read(root / "a-copy/b/deep") == "deep" && fs::is_directory(root / "a-copy/b/c"));
  fs::copy(root / "link", root / "link3", copy_symlinks, last);
  CLAIM(!last && fs::is_symlink(root / "link3"));
}

void moves(const fs::path& root) {
  Case test("rename, remove");
  fs::rename(root / "copied", root / "renamed", last);
  CLAIM(!last && read(root / "renamed") == "other" && !fs::exists(root / "copied"));
  fs::rename(root / "renamed", root / "file", last);
  CLAIM(!last && read(root / "file") == "other");
  fs::rename(root / "a-copy", root / "moved", last);
  CLAIM(!last && fs::exists(root / "moved/b/deep"));
  fs::rename(root / "file", root / "moved", last);
  CLAIM(last == std::errc::is_a_directory);
  fs::rename(root / "moved", root / "a", last);
  CLAIM(last == std::errc::directory_not_empty);
  CLAIM(!fs::remove(root / "none", last) && !last);
  CLAIM(!fs::remove(root / "moved", last) && last == std::errc::directory_not_empty);
  CLAIM(fs::remove(root / "link3", last) && fs::exists(root / "file"));
}

void times(const fs::path& root) {
  Case test("last_write_time");
  using namespace std::chrono_literals;
  const auto before = fs::last_write_time(root / "file", last);
  CLAIM(!last);
  fs::last_write_time(root / "file", before - 1h, last);
  CLAIM(!last && fs::last_write_time(root / "file", last) == before - 1h);
  const fs::directory_entry entry(root / "file", last);
  CLAIM(entry.is_regular_file(last) && entry.file_size(last) == 5);
  CLAIM(entry.last_write_time(last) == before - 1h && entry.hard_link_count(last) == 1);
}

void places(const fs::path& root) {
  Case test("current_path, absolute, canonical, relative");
  fs::current_path(root / "a", last);
  CLAIM(!last && fs::current_path(last) == root / "a");
  CLAIM(fs::absolute("b", last) == root / "a/b");
  CLAIM(read("b/deep") == "deep");
  CLAIM(fs::weakly_canonical("b/none/../x", last) == root / "a/b/x");
  CLAIM(fs::canonical(root / "dirlink/b/../b/deep", last) == root / "a/b/deep");
  CLAIM(fs::relative(root / "a/b/deep", root, last) == "a/b/deep");
  CLAIM(fs::proximate(root / "file", root / "a", last) == "../file");
  fs::current_path(root, last);
  CLAIM(!last);
}

void walks(const fs::path& root) {
  Case test("directory_iterator, recursive_directory_iterator");
  CLAIM(names(root / "a") == std::vector<std::string>{"b"});
  CLAIM(names(root / "none").empty() && last == std::errc::no_such_file_or_directory);
  const fs::path many = root / "many";
  fs::create_directory(many, last);
  for (int i = 0; i < 1000; ++i) {
    const fs::path folder = many / std::to_string(i / 100);
    if (i % 100 == 0) fs::create_directory(folder, last);
    write(folder / std::to_string(i), "x");
  }
  std::size_t files = 0;
  std::size_t folders = 0;
  std::uintmax_t bytes = 0;
  int depth = 0;
  for (auto at = fs::recursive_directory_iterator(many, last); at != fs::end(at);
       at.increment(last)) {
    if (at->is_directory(last)) ++folders;
    if (at->is_regular_file(last)) ++files, bytes += at->file_size(last);
    depth = std::max(depth, at.depth());
  }
  CLAIM(files == 1000 && folders == 10 && bytes == 1000 && depth == 1);
  std::size_t followed = 0;
  const auto follow = fs::directory_options::follow_directory_symlink;
  fs::create_directory_symlink("many", root / "to-many", last);
  for (const auto& entry : fs::recursive_directory_iterator(root / "to-many", follow, last)) {
    followed += entry.path().filename() == "999" ? 1 : 0;
  }
  CLAIM(followed == 1);
}

void rest(const fs::path& root) {
  Case test("what WASI has no call for is an error and harmless: permissions, space");
  fs::permissions(root / "file", fs::perms::owner_all, last);
  CLAIM(!last || last == std::errc::function_not_supported || last == std::errc::not_supported);
  last.clear();
  (void)fs::space(root, last);
  CLAIM(!last || last == std::errc::function_not_supported || last == std::errc::not_supported);
  last.clear();
  CLAIM(fs::temp_directory_path(last) == root && !last);
  CLAIM(read(root / "file") == "other");
}

void outside(const fs::path& root) {
  Case test("what is not granted is not there, and an error of the call");
  CLAIM(!fs::exists("/etc/passwd", last));
  CLAIM(!fs::create_directory(root / "../../escape", last) && last);
  fs::create_symlink("/etc", root / "etc", last);
  CLAIM(last && !fs::is_symlink(root / "etc"));
}

void removal(const fs::path& root) {
  Case test("remove_all");
  const auto removed = fs::remove_all(root / "many", last);
  CLAIM(!last && removed == 1011);
  CLAIM(fs::remove_all(root / "none", last) == 0 && !last);
  CLAIM(fs::remove_all(root / "dirlink", last) == 1 && fs::exists(root / "a/b/deep"));
  fs::remove_all(root, last);
  CLAIM(!last && !fs::exists(root));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const fs::path root = fs::path(argv[1]) / "tree";
  making(root);
  streams(root);
  links(root);
  copies(root);
  moves(root);
  times(root);
  places(root);
  walks(root);
  rest(root);
  outside(root);
  removal(root);
  std::printf("end %d\n", failures);
  return failures == 0 ? 0 : 1;
}
