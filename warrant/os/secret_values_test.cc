// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/secret_values.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace warrant::os {
namespace {

using Kind = SecretSource::Kind;

constexpr const char* kValue = "s3cr3t-0123456789";

class Sources : public testing::Test {
 protected:
  Sources() {
    char name[] = "/tmp/warrant-secrets-XXXXXX";
    root_ = ::mkdtemp(name);
    judge_.user = ::geteuid();
    judge_.administrator = ::geteuid() + 1;
  }
  ~Sources() override { std::filesystem::remove_all(root_); }

  std::string file(const std::string& text, mode_t mode = 0600) {
    const std::string path = root_ + "/f" + std::to_string(++count_);
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  Result<std::unique_ptr<SecretValues>> resolve(Kind kind, std::vector<std::string> words,
                                                Nanoseconds timeout = Nanoseconds{2'000'000'000}) {
    report_ = {};
    const SecretSource source{"token", kind, std::move(words), timeout};
    return SecretValues::resolve(Ambient::danger_from_main(), {&source, 1}, judge_, report_);
  }
  std::string value(Kind kind, std::vector<std::string> words) {
    auto values = resolve(kind, std::move(words));
    if (!values) return "refused: " + report_.text;
    return std::string((*values)->reveal("token")->text());
  }
  void refused(Kind kind, std::vector<std::string> words, const std::string& why,
               Nanoseconds timeout = Nanoseconds{2'000'000'000}) {
    EXPECT_FALSE(resolve(kind, std::move(words), timeout));
    EXPECT_NE(report_.text.find(why), std::string::npos) << report_.text;
    EXPECT_EQ(report_.text.find(kValue), std::string::npos);
    EXPECT_NE(report_.fix, "");
  }

  std::string root_;
  Judge judge_;
  SecretReport report_;
  int count_ = 0;
};

TEST_F(Sources, AFileGivesItsTextWithoutOneNewlineAndSaysSo) {
  EXPECT_EQ(value(Kind::kFile, {file(kValue)}), kValue);
  EXPECT_TRUE(report_.remarks.empty());
  EXPECT_EQ(value(Kind::kFile, {file(std::string(kValue) + "\n")}), kValue);
  ASSERT_EQ(report_.remarks.size(), 1U);
  EXPECT_NE(report_.remarks[0].find("newline"), std::string::npos);
  refused(Kind::kFile, {file(std::string(kValue) + "\n\n")}, "no text");
  refused(Kind::kFile, {file(std::string(kValue) + "\r\n")}, "no text");
}

TEST_F(Sources, LengthsAndBytesOfAValue) {
  refused(Kind::kFile, {file("")}, "shorter than 8");
  refused(Kind::kFile, {file("\n")}, "shorter than 8");
  refused(Kind::kFile, {file("1234567\n")}, "shorter than 8");
  EXPECT_EQ(value(Kind::kFile, {file("12345678")}), "12345678");
  EXPECT_EQ(value(Kind::kFile, {file(std::string(8'192, 'a') + "\n")}), std::string(8'192, 'a'));
  EXPECT_FALSE(resolve(Kind::kFile, {file(std::string(8'193, 'a'))}));
  EXPECT_FALSE(resolve(Kind::kFile, {file(std::string(100'000, 'a'))}));
  EXPECT_EQ(value(Kind::kFile, {file("two words inside")}), "two words inside");
  for (const char* text :
       {" 12345678", "12345678 ", "1234\t5678", "1234\n5678", "pässword1", "12345678\x7f"}) {
    refused(Kind::kFile, {file(text)}, "no text");
  }
}

TEST_F(Sources, OnlyItsOwnerMayReadAFile) {
  for (const mode_t mode : {0640U, 0604U, 0644U, 0660U, 0602U, 0610U}) {
    EXPECT_FALSE(resolve(Kind::kFile, {file(kValue, mode)})) << mode;
  }
  refused(Kind::kFile, {file(kValue, 0644)}, "may be read by others");
  EXPECT_EQ(value(Kind::kFile, {file(kValue, 0400)}), kValue);
}

TEST_F(Sources, AFileOfSomebodyElseIsRefused) {
  const std::string path = file(kValue);
  judge_.user = ::geteuid() + 2;
  EXPECT_FALSE(resolve(Kind::kFile, {path}));
  EXPECT_NE(report_.text, "");
}

TEST_F(Sources, WhatIsNoRegularFileIsRefusedAtOnce) {
  const std::string pipe = root_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(resolve(Kind::kFile, {pipe}));  // would wait for a writer for ever
  EXPECT_FALSE(resolve(Kind::kFile, {root_}));
  EXPECT_FALSE(resolve(Kind::kFile, {"/dev/zero"}));
  EXPECT_FALSE(resolve(Kind::kFile, {root_ + "/none"}));
  refused(Kind::kFile, {"relative"}, "absolute");
}

TEST_F(Sources, AVariableIsWipedFromTheEnvironment) {
  ::setenv("WARRANT_TEST_TOKEN", kValue, 1);
  const char* const place = ::getenv("WARRANT_TEST_TOKEN");
  EXPECT_EQ(value(Kind::kEnvironment, {"WARRANT_TEST_TOKEN"}), kValue);
  EXPECT_EQ(::getenv("WARRANT_TEST_TOKEN"), nullptr);
  EXPECT_EQ(place[0], '\0');
  refused(Kind::kEnvironment, {"WARRANT_TEST_TOKEN"}, "is not set");
}

TEST_F(Sources, ACredentialLiesInItsDirectoryAndNowhereElse) {
  std::ofstream(root_ + "/name") << kValue;
  ::chmod((root_ + "/name").c_str(), 0600);
  ::unsetenv("CREDENTIALS_DIRECTORY");
  refused(Kind::kCredential, {"name"}, "no credential");
  ::setenv("CREDENTIALS_DIRECTORY", root_.c_str(), 1);
  EXPECT_EQ(value(Kind::kCredential, {"name"}), kValue);
  refused(Kind::kCredential, {"../name"}, "no credential");
  refused(Kind::kCredential, {""}, "no credential");
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(Sources, ACommandGivesWhatItPrints) {
  EXPECT_EQ(value(Kind::kCommand, {"/bin/echo", kValue}), kValue);
  EXPECT_EQ(value(Kind::kCommand, {"/bin/sh", "-c", "cat; echo error >&2; echo 12345678"}),
            "12345678");
  ::setenv("WARRANT_TEST_SEEN", "1", 1);
  EXPECT_EQ(value(Kind::kCommand, {"/bin/sh", "-c", "echo 12345678$WARRANT_TEST_SEEN$PATH"}),
            "12345678/usr/bin:/bin");
  refused(Kind::kCommand, {"echo", kValue}, "absolute");
  refused(Kind::kCommand, {"/nowhere/program"}, "cannot be started");
  refused(Kind::kCommand, {"/bin/sh", "-c", "echo 12345678; exit 3"}, "failed");
  refused(Kind::kCommand, {"/bin/true"}, "shorter than 8");
}

TEST_F(Sources, ACommandThatPrintsTooMuchIsEnded) {
  refused(Kind::kCommand, {"/bin/sh", "-c", "while :; do echo aaaaaaaaaaaaaaaa; done"},
          "printed more than a secret may have");
}

// Nothing that it started goes on: what it left in the background would make the file.
TEST_F(Sources, ACommandThatHangsIsEndedWithAllThatItStarted) {
  const std::string mark = root_ + "/mark";
  const std::string script = "(sleep 1; touch " + mark + ") & echo 12345678; sleep 60";
  refused(Kind::kCommand, {"/bin/sh", "-c", script}, "did not end in its time",
          Nanoseconds{200'000'000});
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST_F(Sources, OneThatFailsKeepsNoneOfTheOthers) {
  const SecretSource sources[] = {{"a", Kind::kFile, {file(kValue)}, {}},
                                  {"b", Kind::kFile, {"/none"}, {}}};
  EXPECT_FALSE(SecretValues::resolve(Ambient::danger_from_main(), sources, judge_, report_));
  EXPECT_EQ(report_.text.find("secret b: "), 0U) << report_.text;
}

TEST_F(Sources, OnlyWhatWasRevealedIsNamed) {
  const auto values = resolve(Kind::kFile, {file(kValue)});
  ASSERT_TRUE(values);
  EXPECT_TRUE((*values)->has("token"));
  EXPECT_FALSE((*values)->has("other"));
  EXPECT_FALSE((*values)->reveal("other"));
  EXPECT_TRUE((*values)->references().empty());
  EXPECT_TRUE((*values)->reveal("token"));
  EXPECT_EQ((*values)->references(), std::vector<std::string>{"token"});
}

}  // namespace
}  // namespace warrant::os
