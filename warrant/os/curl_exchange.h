// SPDX-License-Identifier: Apache-2.0
#pragma once
// One request of a CurlTransport: the options of its easy handle, and what libcurl calls back.
// Internal to curl_transport.h. A denial of the guard's wins over whatever libcurl makes of it.
#include <array>
#include <memory>
#include <vector>

#include "warrant/cap/transport.h"
#include "warrant/os/curl_pool.h"
#include "warrant/os/inflater.h"

namespace warrant::os {

class CurlExchange final : public cap::Exchange, private Inflater::Taker {
 public:
  CurlExchange(CurlTransport& transport, CurlPool& pool, const cap::HopRequest& request,
               cap::HopGuard& guard);
  ~CurlExchange() override;

  // False: the handle could not be set up or added.
  bool begin(const cap::HopRequest& request);
  void finish(CURLcode code);

  // Of CurlPool.
  CURL* easy() const noexcept { return easy_; }
  const Pins& pins() const noexcept { return pins_; }
  bool pin();  // where others are in force

  cap::Polled poll(cap::Blocking blocking, Nanoseconds until) override;
  void resume() override;
  const cap::ExchangeFacts& facts() const noexcept override { return facts_; }

 private:
  using Headers = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

  template <typename T>
  bool set(CURLoption option, T value) {
    return curl_.easy_setopt(easy_, option, value) == CURLE_OK;
  }
  bool set_place(const cap::HopRequest& request);
  bool set_fixed();
  bool set_method(const cap::HopRequest& request);
  bool has_headers(const cap::HopRequest& request) const;
  bool set_headers(const cap::HopRequest& request);
  bool set_tls(const cap::HopRequest& request);
  bool set_nothing_ambient();
  bool set_callbacks();
  bool set_own();
  bool set_bounds(const cap::HopRequest& request);
  bool append(Headers& list, const cap::OutgoingHeader& header);
  bool append(Headers& list, const std::string& line);

  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close(void* transport, curl_socket_t socket);
  static int on_prerequest(void* self, char* peer, char* own, int port, int own_port);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  curl_socket_t open(curl_sockaddr& address);
  bool may_send(const char* peer, int port, int own_port);
  bool take_line(std::string_view line);
  std::size_t take_body(std::span<const std::byte> bytes);
  bool take(std::span<const std::byte> decoded) override;
  cap::Flow hand_over(std::span<const std::byte> decoded);
  void take_first();
  void settle_facts();
  cap::TransportFault fault_of(CURLcode code) const noexcept;
  Nanoseconds span(CURLINFO from, CURLINFO to) const;
  curl_off_t number(CURLINFO info) const;

  CurlTransport& transport_;
  const CurlLibrary& curl_;
  CurlPool& pool_;
  cap::HopGuard& guard_;
  CurlPool::Set set_for_;  // what this request sets on its handle, for one that comes later
  CurlPool::Easy taken_;
  CURL* easy_ = nullptr;
  Headers headers_;
  Headers resolve_;
  Pins pins_;
  std::uint64_t pin_change_ = 0;
  cap::ExchangeFacts facts_;
  std::string ca_;
  std::array<char, CURL_ERROR_SIZE> words_{};  // libcurl's, to tell its codes apart; never shown
  std::uint64_t body_size_ = 0;
  Nanoseconds sent_at_{0};
  std::uint64_t header_bytes_ = 0;
  std::uint64_t wire_ = 0;
  cap::HopRequest::Decompress decompress_;
  unsigned coded_layers_ = 0;
  std::unique_ptr<Inflater> inflater_;
  std::vector<std::byte> held_;            // decoded after the guard asked for a pause
  std::optional<CURLcode> ended_;          // with what, while some is held
  std::optional<cap::Endpoint> rerouted_;  // what its last socket was vetted for
  bool secure_ = true;
  bool common_ = false;  // headers_ may serve another request
  bool added_ = false;
  bool opened_ = false;    // a socket of this exchange's own
  bool may_send_ = false;  // the guard let it
  bool awaited_ = false;   // the pool was told that a request went out, and not yet of its answer
  bool answered_ = false;  // a line of a response came
  bool body_begun_ = false;
  bool head_done_ = false;
  bool stopped_ = false;
  bool bad_coding_ = false;
  bool paused_ = false;  // the guard wants no more for now
  bool halted_ = false;  // libcurl was told so
};

}  // namespace warrant::os
