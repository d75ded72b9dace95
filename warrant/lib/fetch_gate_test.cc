// SPDX-License-Identifier: Apache-2.0
// Fetch through the library: the embedder's gate, which may only refuse, and a Fetch of the
// embedder's own. Spec: library.md.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include "tests/support/scripted_fetch.h"
#include "warrant/lib/warrant.h"

namespace warrant {
namespace {

constexpr std::uint32_t kNotCapable = 76;

class Forwarded final : public cap::Fetch {
 public:
  explicit Forwarded(cap::Fetch& to) : to_(to) {}
  std::unique_ptr<cap::FetchAttempt> start(const cap::FetchRequest& request) override {
    return to_.start(request);
  }
  cap::FetchLeft left() const noexcept override { return to_.left(); }
  std::unique_ptr<cap::Fetch> narrow(const cap::FetchBounds&) override {
    return std::make_unique<Forwarded>(to_);
  }
  void revoke() override {}

 private:
  cap::Fetch& to_;
};

class LibraryFetch : public ::testing::Test {
 protected:
  LibraryFetch() {
    auto made = Host::create(ambient(), {});
    EXPECT_TRUE(made);
    host_ = std::make_unique<Host>(*std::move(made));
    policy::FetchGrant fetch;
    fetch.host = "93.184.215.14";  // an address: nobody is asked for it
    fetch.methods = {"GET"};
    fetch.paths = {"/v1/"};
    grant_.fetch = {fetch};
  }
  // What the guest's fetch_get answered.
  std::uint32_t get(OwnPorts own) {
    std::ifstream file(WARRANT_GUESTS "/lib_fetch.wasm", std::ios::binary);
    const std::vector<char> text((std::istreambuf_iterator<char>(file)), {});
    const auto bytes = std::as_bytes(std::span(text));
    auto tool = host_->load({bytes.begin(), bytes.end()}, {});
    EXPECT_TRUE(tool);
    auto warrant = host_->admit(*tool, grant_);
    EXPECT_TRUE(warrant) << warrant.problem().what;
    Launch launch;
    launch.own = std::move(own);
    launch.on_event = [&](const audit::Event& event) {
      if (event.kind == audit::Kind::kFetch) reasons_.emplace_back(cap::word(event.reason));
    };
    std::array<wasm::Slot, 1> slots;
    host_->call(*tool, *warrant, std::move(launch), "get", slots);
    return slots[0].u32();
  }

  std::unique_ptr<Host> host_;
  Grant grant_;
  std::vector<std::string> reasons_;
};

TEST_F(LibraryFetch, TheGateSeesAVettedRequestAndMayRefuseIt) {
  std::vector<std::string> seen;
  OwnPorts own;
  own.fetch_gate = [&](const FetchGateRequest& request) {
    seen.emplace_back(request.url);
    EXPECT_EQ(request.method, cap::Method::kGet);
    EXPECT_EQ(request.grant, 0);
    EXPECT_EQ(request.hop, 0U);
    return cap::Verdict::kStop;
  };
  EXPECT_EQ(get(std::move(own)), kNotCapable);
  EXPECT_EQ(seen, std::vector<std::string>{"https://93.184.215.14:443/v1/a"});
  EXPECT_EQ(reasons_, std::vector<std::string>{"denied_by_host"});
}

TEST_F(LibraryFetch, TheGateIsNotAskedForWhatTheWarrantDoesNotCover) {
  grant_.fetch.front().paths = {"/other/"};
  unsigned asked = 0;
  OwnPorts own;
  own.fetch_gate = [&](const FetchGateRequest&) {
    ++asked;
    return cap::Verdict::kGo;
  };
  EXPECT_EQ(get(std::move(own)), kNotCapable);
  EXPECT_EQ(asked, 0U);
  EXPECT_EQ(reasons_, std::vector<std::string>{"path_not_granted"});
}

TEST_F(LibraryFetch, AnEmbeddersOwnFetchServesTheGuest) {
  warrant::testing::ScriptedFetch scripted;
  scripted.said["https://93.184.215.14/v1/a"] = {.status = 204};
  Forwarded fetch(scripted);
  OwnPorts own;
  own.fetch = &fetch;
  EXPECT_EQ(get(std::move(own)), 1204U);
  ASSERT_EQ(scripted.asked.size(), 1U);
  EXPECT_EQ(scripted.asked[0].door, cap::FetchDoor::kOpenagenticNetfetch);
}

}  // namespace
}  // namespace warrant
