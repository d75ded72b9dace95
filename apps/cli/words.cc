// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/words.h"

#include <getopt.h>

namespace warrant::cli {
namespace {

constexpr int kFirstLong = 256;

int arity_of(const Flag& flag) {
  switch (flag.arity) {
    case Arity::kNone:
      return no_argument;
    case Arity::kValue:
      return required_argument;
    case Arity::kOptional:
      return optional_argument;
  }
  return no_argument;
}

UsageError unknown_flag(std::string_view word, std::span<const Flag> flags, std::string_view verb) {
  std::vector<std::string_view> names;
  for (const Flag& flag : flags) names.push_back(flag.name);
  UsageError error{"unknown flag " + std::string(word),
                   "`warrant " + std::string(verb) + " --help` lists the flags"};
  if (const auto near = nearest(word, names)) {
    error.hint = "did you mean " + std::string(*near) + "? " + error.hint;
  }
  return error;
}

class Splitter {
 public:
  Splitter(std::span<const std::string> words, std::span<const Flag> flags, std::string_view verb)
      : words_(words.begin(), words.end()), flags_(flags), verb_(verb) {
    pointers_.push_back(program_.data());
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
    for (std::size_t i = 0; i < flags.size(); ++i) {
      if (!flags[i].name.starts_with("--")) {
        short_flags_ += flags[i].name[1];
        continue;
      }
      options_.push_back({flags[i].name.data() + 2, arity_of(flags[i]), nullptr,
                          kFirstLong + static_cast<int>(i)});
    }
    options_.push_back({nullptr, 0, nullptr, 0});
  }

  std::optional<SplitWords> run(UsageError& error) {
    SplitWords split;
    opterr = 0;
    optind = 0;  // glibc: start anew
    const int count = static_cast<int>(pointers_.size()) - 1;
    for (;;) {
      const std::size_t at = optind == 0 ? 1 : static_cast<std::size_t>(optind);
      const int found =
          getopt_long(count, pointers_.data(), short_flags_.c_str(), options_.data(), nullptr);
      if (found == -1) break;
      const Flag* flag = flag_of(found, at);
      if (flag == nullptr) {
        error = problem(found, at);
        return std::nullopt;
      }
      if (flag->state == FlagState::kLater) {
        error = {std::string(flag->name) + " is known, but not in this build yet",
                 "leave it out; `warrant version` tells what this build is"};
        return std::nullopt;
      }
      split.flags.push_back(
          {flag, optarg == nullptr ? std::nullopt : std::optional<std::string>(optarg)});
    }
    for (std::size_t i = static_cast<std::size_t>(optind) - 1; i < words_.size(); ++i) {
      split.rest.push_back(words_[i]);
    }
    return split;
  }

 private:
  std::string_view name_at(std::size_t at) const {
    const std::string_view word = pointers_[at];
    return word.substr(0, word.find('='));
  }

  const Flag* flag_of(int found, std::size_t at) const {
    if (found >= kFirstLong) {
      const Flag& flag = flags_[static_cast<std::size_t>(found - kFirstLong)];
      return flag.name == name_at(at) ? &flag : nullptr;  // no abbreviations
    }
    const char name[] = {'-', static_cast<char>(found), '\0'};
    return find_flag(flags_, name);
  }

  UsageError problem(int found, std::size_t at) const {
    const std::string_view name = name_at(at);
    const Flag* flag = find_flag(flags_, name);
    if (flag != nullptr && found == ':') {
      return {std::string(name) + " needs a value",
              std::string(name) + " " + std::string(flag->value)};
    }
    if (flag != nullptr && flag->arity == Arity::kNone) {
      return {std::string(name) + " takes no value", "write " + std::string(name) + " alone"};
    }
    return unknown_flag(name, flags_, verb_);
  }

  std::string program_ = "warrant";
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
  std::vector<option> options_;
  std::string short_flags_ = "+:";
  std::span<const Flag> flags_;
  std::string_view verb_;
};

}  // namespace

std::optional<SplitWords> split_words(std::span<const std::string> words,
                                      std::span<const Flag> flags, std::string_view verb,
                                      UsageError& error) {
  return Splitter(words, flags, verb).run(error);
}

}  // namespace warrant::cli
