// SPDX-License-Identifier: Apache-2.0
#pragma once
// One request of a guest from its bytes to the end of the response, hop by hop. Internal to
// fetcher.h.
//
// The transport asks it before each socket and each sending, and tells it what comes. Whatever it
// decided first is the reason that counts. Body bytes reach the guest only when no secret that was
// attached can still turn out to end in them.
#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "warrant/audit/known_secrets.h"
#include "warrant/fetch/budget.h"
#include "warrant/fetch/fetcher.h"
#include "warrant/fetch/record.h"
#include "warrant/fetch/redirect.h"
#include "warrant/fetch/response_head.h"

namespace warrant::fetch {

class Attempt;

// Each use has a key of its own, derived from the call's, which is used for nothing else: a guest
// chooses what is authenticated under `text`.
struct RecordKeys {
  explicit RecordKeys(const CallKey& call);
  KeyedMac text;   // of paths and URLs
  KeyedMac body;   // body_mac
  CallKey digest;  // the transport's, whose tag goes into body_mac
};

// The headers of a request that no guest and no secret has a part in.
class CommonHeaders {
 public:
  explicit CommonHeaders(std::string_view user_agent);
  std::span<const cap::OutgoingHeader> of(cap::HopRequest::Decompress decompress) const noexcept {
    return decompress == cap::HopRequest::Decompress::kGzip ? gzip_ : plain_;
  }

 private:
  std::array<cap::OutgoingHeader, 3> plain_, gzip_;
};

// A request without headers and body, judged: from these bytes alone, so the same ones need not be
// judged again.
struct JudgedUrl {
  std::string method, asked;  // as the guest wrote them
  Judgement judgement;
  std::string url, origin;  // printed
};

// Shared by all that was made from one warrant.
struct FetchCore {
  Rules rules;
  FetchSetup setup;
  RecordKeys keys{setup.call_key};
  CommonHeaders common{setup.user_agent};
  JudgedUrl judged;                   // the last that was allowed
  std::vector<Budget> of_grants;      // one for each grant, by index
  std::uint64_t requests = 0;         // numbers for the records
  std::vector<Attempt*> running;      // that hold a slot
  std::deque<std::string> pool_keys;  // in use

  // Where the last request went: most requests of a call go to one place.
  struct LastPool {
    std::string origin;
    std::int32_t grant = -1;
    std::string_view key;  // one of pool_keys
  } last_pool;

  struct Cached {
    std::string name;
    std::vector<cap::IpAddress> addresses;
    Nanoseconds until;
  };
  std::vector<Cached> cache;  // only with dns-cache
};

class Attempt final : public cap::FetchAttempt, private cap::HopGuard {
 public:
  Attempt(std::shared_ptr<FetchCore> core, std::shared_ptr<Budget> budget,
          const cap::FetchRequest& request);
  ~Attempt() override;

  cap::FetchState advance(cap::Blocking blocking) override;
  const cap::ResponseHead& head() const noexcept override { return head_; }
  std::span<const std::byte> ready() const noexcept override;
  void consume(std::size_t bytes) override;
  cap::FetchFailure failure() const noexcept override { return failure_; }
  cap::FetchCut cut() const noexcept override { return cut_; }
  void cancel() override;

 private:
  enum class Stage : std::uint8_t {
    kSlot,      // waits for others to end
    kResolve,   // looks the name up
    kExchange,  // sends, and waits for the head
    kDrain,     // reads the rest of a redirect, so that its connection can be used again
    kBody,      // the head is delivered
    kOver,      // complete or failed
  };
  struct KeptHeader {
    std::string name, value;
  };

  // Steps, in attempt.cc.
  void admit(const cap::FetchRequest& request);
  void note_asked(const cap::FetchRequest& request);
  void judge_first(const cap::FetchRequest& request);
  void judge_bytes(const cap::FetchRequest& request);
  void start_hop();
  void take_answers(std::span<const cap::IpAddress> answers);
  void go_unpinned();
  bool is_unpinned() const noexcept { return core_->setup.addresses == Addresses::kUnpinned; }
  bool has_ports() const noexcept;
  void connect();
  void follow();
  void fail(cap::Reason reason);
  void end_well();
  void record(cap::Reason reason);
  void print_ahead();
  HopRecord asked_of_hop() const;
  void release_exchange();
  void release_slot();
  bool take_budget();
  void charge(std::uint64_t bytes) noexcept;
  std::uint64_t bytes_left() const noexcept;
  Budget& grant_budget() const noexcept;
  cap::FetchBounds bounds() const noexcept;
  cap::FetchState state() const noexcept;
  std::uint64_t unread() const noexcept { return released_ - buffer_at_ - consumed_; }
  bool takes_slot() noexcept;
  cap::Reason ended() const noexcept;  // why the run's end ended this

  // Turns of advance(), in attempt_poll.cc. False: nothing more can be done without waiting.
  bool turn(cap::Blocking blocking);
  bool wait_for_slot(cap::Blocking blocking);
  bool wait_for_answer(cap::Blocking blocking);
  bool move_exchange(cap::Blocking blocking);
  void look_at_exchange();
  void finish_exchange();
  Nanoseconds next_deadline() const noexcept;
  cap::Reason check_times(Nanoseconds at);
  void watch_rate(Nanoseconds at);
  Nanoseconds now() const noexcept { return core_->setup.ports.transport->now(); }

  // The request as it is sent, in attempt_request.cc.
  bool make_request(cap::HopRequest& out);
  bool add_secrets(std::vector<cap::OutgoingHeader>& out);
  void keep_headers(std::span<const cap::GuestHeader> headers);
  void drop_headers_for(const Url& next, NextMethod::Body body);
  std::uint64_t request_size() const noexcept;
  std::string_view pool_key();
  const std::string& origin();
  const Grant& grant() const noexcept;
  AddressRules address_rules() const;

  // HopGuard, in attempt_guard.cc.
  cap::Verdict may_connect(const cap::SocketTarget& target) override;
  cap::Verdict may_send(const cap::SocketTarget& peer, cap::Reused reused) override;
  cap::Verdict header_line(std::string_view line) override;
  cap::Flow body(std::span<const std::byte> bytes, std::uint64_t wire) override;
  cap::Verdict stop(cap::Reason reason) noexcept;
  cap::Verdict deliver_head();
  bool expects_body() const noexcept;
  bool is_bomb(std::uint64_t decoded) const noexcept;  // made of too few bytes
  void set_cap();
  void digest(std::span<const std::byte> bytes);
  bool take_body(std::span<const std::byte> bytes);
  void mask(std::uint64_t begin, std::uint64_t end) noexcept;
  void release_all();

  std::shared_ptr<FetchCore> core_;
  std::shared_ptr<Budget> budget_;
  Stage stage_ = Stage::kOver;
  bool has_head_ = false;  // it is delivered
  cap::FetchFailure failure_;
  cap::Reason stopped_ = cap::Reason::kOk;  // by the guard

  // Of the request.
  std::string raw_url_;
  cap::FetchRequest::Redirects redirects_ = cap::FetchRequest::Redirects::kByGrant;
  std::optional<std::uint64_t> cut_at_;
  cap::FetchDoor door_ = cap::FetchDoor::kHost;
  std::vector<KeptHeader> headers_;
  std::vector<std::string> references_;
  std::span<const std::byte> body_;
  std::uint64_t number_ = 0;

  // Of the hop.
  Judgement judgement_;
  std::string origin_;  // of judgement_, once somebody asked for it
  std::string url_;     // printed, likewise
  std::string asked_;   // print_asked(), once there was time for it
  std::uint32_t hop_ = 0;
  std::vector<cap::Reason> notes_;
  bool past_step_7_ = false;
  enum class Phase : std::uint8_t {
    kConnecting,
    kSending,
    kWaiting,
    kReceiving
  } phase_ = Phase::kConnecting;
  std::unique_ptr<cap::Lookup> lookup_;
  JudgedAnswers answers_;
  std::vector<cap::IpAddress> pinned_;
  std::unique_ptr<cap::Exchange> exchange_;
  ResponseReader reader_;
  NextHop next_;
  bool asked_fresh_ = false;  // the pooled connection was to another peer
  bool tried_fresh_ = false;
  bool sent_ = false;       // the guard let the request go
  bool may_drop_ = false;   // the rest of a redirect is not worth reading
  bool head_told_ = false;  // advance() answered with the head
  std::int32_t slot_grant_ = -1;
  bool recorded_ = false;
  cap::ExchangeFacts last_facts_;

  // Times, of transport.now().
  Nanoseconds started_{0}, deadline_{0}, hop_started_{0}, stage_deadline_{0}, dns_spent_{0};
  Nanoseconds rate_from_{0}, polled_{0};
  std::uint64_t rate_bytes_ = 0;

  // The response.
  cap::ResponseHead head_;
  std::vector<std::byte> buffer_;
  std::size_t consumed_ = 0;      // of buffer_
  std::uint64_t buffer_at_ = 0;   // of buffer_[0] in the body
  std::uint64_t released_ = 0;    // of the body: what the guest may read
  std::uint64_t body_bytes_ = 0;  // decoded
  std::uint64_t wire_ = 0;
  std::uint64_t drained_ = 0;
  std::uint64_t charged_ = 0;  // of the response, by this hop
  std::uint64_t cap_ = 0;
  cap::FetchCut cap_by_ = cap::FetchCut::kResponse;
  cap::FetchCut cut_ = cap::FetchCut::kNo;
  bool paused_ = false;
  std::optional<codec::Sha256> body_mac_;                      // begun with keys.body
  std::unique_ptr<cap::BodyDigest> body_digest_of_transport_;  // its tag goes into body_mac_
  std::optional<codec::Digest> body_digest_;

  // Secrets that were attached so far.
  std::vector<std::string> attached_;
  std::unique_ptr<audit::KnownSecrets> echo_;
  audit::KnownSecrets::Walk walk_;
  policy::Echo echo_mode_ = policy::Echo::kRefuse;
};

}  // namespace warrant::fetch
