// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/blake2b.h"

#include <gtest/gtest.h>

#include "warrant/base/bytes.h"

namespace warrant::codec {
namespace {

// By an implementation of others (Python's hashlib) for 32 bytes and no key.
TEST(Blake2b, OfNothingAndOfThreeLetters) {
  EXPECT_EQ(blake2b({}).hex(), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  EXPECT_EQ(blake2b(bytes_of("abc")).hex(),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

}  // namespace
}  // namespace warrant::codec
