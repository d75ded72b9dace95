// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/scrubbed_output.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_memory.h"
#include "warrant/base/bytes.h"
#include "warrant/host/console.h"

namespace warrant::host {
namespace {

using testing::FakeAccess;

constexpr std::string_view kHit = "\xc2\xabredacted:key\xc2\xbb";

struct World {
  World() {
    EXPECT_TRUE(known.add("key", "correct-horse-battery"));
    known.seal();
  }
  void write(std::string_view text) {
    const Buffer buffer = Buffer::host_source(bytes_of(text));
    const auto done = output.write(std::span(&buffer, 1), cap::Blocking::kNever);
    EXPECT_TRUE(done && *done == text.size());
  }
  FakeAccess access;
  audit::KnownSecrets known;
  KeptOutput kept{1U << 20, Excess::kDrop, access};
  ScrubbedOutput output{kept, access, known};
};

TEST(ScrubbedOutput, ASecretIsReplacedWhereverTheWritesCutIt) {
  const std::string text = "<correct-horse-battery>";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    World world;
    world.write(std::string_view(text).substr(0, cut));
    world.write(std::string_view(text).substr(cut));
    world.output.finish();
    EXPECT_EQ(world.kept.take_bytes(), "<" + std::string(kHit) + ">") << cut;
  }
}

TEST(ScrubbedOutput, OtherFormsAreReplacedToo) {
  World world;
  world.write("636f72726563742d686f7273652d62617474657279 Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5");
  world.output.finish();
  const std::string out = world.kept.take_bytes();
  EXPECT_EQ(out.find("636f7272"), std::string::npos) << out;
  EXPECT_EQ(out.find("Y29ycmVj"), std::string::npos) << out;
}

TEST(ScrubbedOutput, TheBeginningOfASecretWaitsAndComesWithTheEnd) {
  World world;
  world.write("correct-ho");
  EXPECT_EQ(world.kept.take_bytes(), "");
  world.output.finish();
  EXPECT_EQ(world.kept.take_bytes(), "correct-ho");
}

TEST(ScrubbedOutput, AllOtherBytesPassAsTheyAre) {
  World world;
  std::string all;
  for (int i = 0; i < 20'000; ++i) all += static_cast<char>(i * 7 + i / 256);
  world.write(all);
  world.output.finish();
  EXPECT_EQ(world.kept.take_bytes(), all);
}

}  // namespace
}  // namespace warrant::host
