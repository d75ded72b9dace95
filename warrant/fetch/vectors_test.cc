// SPDX-License-Identifier: Apache-2.0
// The rows of tests/data/ssrf_vectors.tsv that are about one address: layers addr and conn. The
// other layers are counted, by name, so that none is forgotten.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "warrant/fetch/address_class.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/vet.h"

namespace warrant::fetch {
namespace {

struct Vector {
  std::string id, layer, policy, input, expect, reason;
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == '\t') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

std::vector<Vector> load_vectors() {
  std::ifstream file(WARRANT_SSRF_VECTORS);
  EXPECT_TRUE(file.is_open());
  std::vector<Vector> vectors;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    auto fields = split(line);
    EXPECT_EQ(fields.size(), 9U) << line;
    if (fields.size() != 9 || fields[0] == "id") continue;
    vectors.push_back({fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]});
  }
  return vectors;
}

// The policies A0 to A3 of the vectors' description.
struct Policies {
  std::vector<cap::IpNetwork> nat64 = {*parse_network("64:ff9b::/96"),
                                       *parse_network("64:ff9b:1::/48")};
  std::vector<cap::IpAddress> own = {*parse_ip("203.0.112.5")};
  std::vector<cap::IpNetwork> granted = {*parse_network("10.1.2.0/24")};

  AddressRules rules(const std::string& name) const {
    EXPECT_TRUE(name == "A0" || name == "A1" || name == "A2" || name == "A3") << name;
    AddressRules rules;
    if (name == "A1") rules.nat64 = nat64;
    if (name == "A2") rules.own = own;
    if (name == "A3") rules.granted = granted;
    return rules;
  }
};

// "ADDRESS", "ADDRESS:PORT" (IPv4), "ADDRESS%SCOPE"; AF_UNIX and AF_VSOCK have no address.
SocketTarget parse_target(std::string text) {
  SocketTarget target{.port = 443};
  if (text.starts_with("AF_")) return target;
  if (const auto scope = text.find('%'); scope != std::string::npos) {
    target.scope_id = static_cast<std::uint32_t>(std::stoul(text.substr(scope + 1)));
    text.resize(scope);
  } else if (const auto colon = text.find(':'); text.find('.') < colon && colon < text.size()) {
    target.port = static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)));
    text.resize(colon);
  }
  target.address = parse_ip(text);
  EXPECT_TRUE(target.address) << text;
  return target;
}

struct Answer {
  bool allowed;
  std::string reason;
};

Answer judge(const Vector& row, const Policies& policies) {
  const AddressRules rules = policies.rules(row.policy);
  if (row.layer == "addr") {
    const auto address = parse_ip(row.input);
    EXPECT_TRUE(address) << row.id;
    if (!address) return {false, "not an address"};
    const AddressDecision decision = classify(*address, rules);
    return {decision.is_allowed(), print(decision)};
  }
  const SocketTarget target = parse_target(row.input);
  std::vector<cap::IpAddress> set;
  if (target.address) set.push_back(*target.address);
  const TargetDecision decision = check_target(target, {.port = 443, .addresses = set}, rules);
  return {decision.what == TargetDecision::What::kPinned, print(decision)};
}

TEST(SsrfVectors, EveryRowAboutOneAddressIsDecidedAsWritten) {
  const Policies policies;
  std::map<std::string, int> run;
  std::map<std::string, int> left;
  for (const Vector& row : load_vectors()) {
    if (row.layer != "addr" && row.layer != "conn") {
      ++left[row.layer];
      continue;
    }
    ++run[row.layer];
    ASSERT_TRUE(row.expect == "allow" || row.expect == "deny") << row.id;
    const Answer answer = judge(row, policies);
    EXPECT_EQ(answer.allowed ? "allow" : "deny", row.expect) << row.id << " " << row.input;
    EXPECT_EQ(answer.reason, row.reason) << row.id << " " << row.input;
  }
  for (const auto& [layer, rows] : run) std::printf("run:  %-9s %d rows\n", layer.c_str(), rows);
  for (const auto& [layer, rows] : left) {
    std::printf("left: %-9s %d rows, of layers above the address table\n", layer.c_str(), rows);
  }
  EXPECT_EQ(run["addr"], 122);
  EXPECT_EQ(run["conn"], 5);
  const std::vector<std::string> later = {"dns",      "grant",    "header", "method",
                                          "redirect", "response", "url"};
  ASSERT_EQ(left.size(), later.size());
  for (const std::string& layer : later) EXPECT_GT(left[layer], 0) << layer;
}

}  // namespace
}  // namespace warrant::fetch
