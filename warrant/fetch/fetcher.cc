// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/fetcher.h"

#include <utility>

#include "warrant/fetch/attempt.h"

namespace warrant::fetch {
namespace {

class Fetcher final : public cap::Fetch {
 public:
  Fetcher(std::shared_ptr<FetchCore> core, std::shared_ptr<Budget> budget)
      : core_(std::move(core)), budget_(std::move(budget)) {}

  std::unique_ptr<cap::FetchAttempt> start(const cap::FetchRequest& request) override {
    return std::make_unique<Attempt>(core_, budget_, request);
  }
  cap::FetchLeft left() const noexcept override {
    if (budget_->is_revoked()) return {};
    const cap::FetchBounds bounds = budget_->bounds();
    return {.requests = budget_->requests_left(),
            .total = std::min(budget_->bytes_left(), budget_->delivered_left()),
            .response = bounds.response,
            .request_body = bounds.request_body,
            .timeout = bounds.timeout,
            .denials = budget_->denials_left()};
  }
  std::unique_ptr<cap::Fetch> narrow(const cap::FetchBounds& bounds) override {
    return std::make_unique<Fetcher>(core_, std::make_shared<Budget>(bounds, budget_));
  }
  void revoke() override {
    budget_->revoke();
    if (core_->setup.ports.transport == nullptr) return;
    for (const std::string& key : core_->pool_keys) {
      core_->setup.ports.transport->close_pool(key);
    }
  }

 private:
  std::shared_ptr<FetchCore> core_;
  std::shared_ptr<Budget> budget_;
};

}  // namespace

std::unique_ptr<cap::Fetch> make_fetch(Rules rules, FetchSetup setup) {
  auto core = std::make_shared<FetchCore>(std::move(rules), std::move(setup));
  for (const Grant& grant : core->rules.grants) core->of_grants.emplace_back(grant.bounds);
  auto budget = std::make_shared<Budget>(core->rules.call_bounds());
  return std::make_unique<Fetcher>(std::move(core), std::move(budget));
}

}  // namespace warrant::fetch
