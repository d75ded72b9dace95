// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Resolver by c-ares: the machine's name servers, absolute names, nothing else.
//
// No search list, no hosts file, no aliases, nothing of the environment; one A and one AAAA query a
// look-up, whose first answer counts. prepare() reads the name servers and loads the library; after
// that no file is opened. Destroying a Lookup ends its queries. One thread. Spec: egress.md section
// 7, limits.md section 3.
#include <list>
#include <memory>
#include <string>

#include "warrant/cap/resolver.h"
#include "warrant/os/ambient.h"
#include "warrant/os/cares_library.h"
#include "warrant/os/waiter.h"

namespace warrant::os {

struct CaresOptions {
  const Waiter* waiter = nullptr;  // outlives the resolver; required
  // Seams of tests: the library, and name servers ("127.0.0.1:5353,[::1]:53") instead of the
  // machine's.
  const char* library = kCaresName;
  std::string servers;
};

class CaresResolver final : public cap::Resolver {
 public:
  CaresResolver(Ambient ambient, CaresOptions options);
  ~CaresResolver() override;
  CaresResolver(const CaresResolver&) = delete;
  CaresResolver& operator=(const CaresResolver&) = delete;

  Status prepare();
  std::unique_ptr<cap::Lookup> start(std::string_view name, cap::Families families) override;

 private:
  class Pending;
  class Query;

  cap::Polled pump(const cap::LookupAnswer* const& answer, cap::Blocking blocking,
                   Nanoseconds until);
  // Waits for the sockets of the channel, once. False: the run is being ended.
  bool wait(Nanoseconds until, cap::Blocking blocking);
  void abandon(Query& query);
  static void on_reply(void* pending, int status, int timeouts, unsigned char* bytes, int size);

  Ambient ambient_;
  CaresOptions options_;
  const CaresLibrary* cares_ = nullptr;
  ares_channel channel_ = nullptr;
  std::list<std::unique_ptr<Query>> queries_;
};

}  // namespace warrant::os
