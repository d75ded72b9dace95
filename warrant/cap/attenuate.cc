// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/attenuate.h"

#include "warrant/cap/attenuated.h"
#include "warrant/cap/reason.h"

namespace warrant::cap {
namespace {

class ReadOnly final : public Narrowing {
 public:
  Status before(Operation operation) override {
    if (operation == Operation::kRead) return {};
    return denied(Reason::kReadOnly, "read only");
  }
};

class Revocable final : public Narrowing {
 public:
  explicit Revocable(std::shared_ptr<std::atomic<bool>> revoked) noexcept
      : revoked_(std::move(revoked)) {}
  Status before(Operation) override {
    if (!revoked_->load(std::memory_order_relaxed)) return {};
    return error_of(Errc::kBadHandle, Reason::kRevoked, "revoked");
  }

 private:
  std::shared_ptr<std::atomic<bool>> revoked_;
};

class Budget final : public Narrowing {
 public:
  explicit Budget(std::shared_ptr<Accounting> accounting) noexcept
      : accounting_(std::move(accounting)) {}
  Status before(Operation) override { return {}; }
  Accounting* accounting() noexcept override { return accounting_.get(); }

 private:
  std::shared_ptr<Accounting> accounting_;
};

}  // namespace

std::unique_ptr<Directory> read_only(std::unique_ptr<Directory> inner) {
  return narrow(std::move(inner), std::make_shared<ReadOnly>());
}

Result<std::unique_ptr<Directory>> subtree(Directory& of, GuestPath path) {
  OpenOptions options;
  options.read = true;
  options.directory = true;
  options.symlinks = Symlinks::kFollow;
  WARRANT_TRY(auto opened, of.open(path, options));
  return std::move(opened.directory);
}

std::unique_ptr<Directory> with_quota(std::unique_ptr<Directory> inner,
                                      std::shared_ptr<Accounting> budget) {
  return narrow(std::move(inner), std::make_shared<Budget>(std::move(budget)));
}

std::unique_ptr<Directory> Revoker::wrap(std::unique_ptr<Directory> inner) const {
  return narrow(std::move(inner), std::make_shared<Revocable>(revoked_));
}

}  // namespace warrant::cap
