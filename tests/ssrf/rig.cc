// SPDX-License-Identifier: Apache-2.0
#include "tests/ssrf/rig.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <ctime>

#include <algorithm>
#include <array>
#include <utility>

#include "warrant/base/bytes.h"
#include "warrant/base/check.h"
#include "warrant/codec/base64.h"

namespace warrant::ssrf {
namespace {

using codec::Json;

Json action(std::string_view word, std::string_view bytes) {
  Json out = Json::array();
  out.push(Json::string(word));
  out.push(Json::string(codec::encode_base64(bytes_of(bytes), codec::Base64::kStandard)));
  return out;
}

Json word_alone(std::string_view word) {
  Json out = Json::array();
  out.push(Json::string(word));
  return out;
}

class ScriptedLookup final : public cap::Lookup {
 public:
  explicit ScriptedLookup(const ScriptedResolver::Answer& answer) {
    using What = ScriptedResolver::Answer::What;
    silent_ = answer.what == What::kSilence;
    answer_.addresses = answer.addresses;
    answer_.what = cap::LookupAnswer::What::kAddresses;
    if (answer.what == What::kNoAnswer) answer_.what = cap::LookupAnswer::What::kNoAnswer;
    if (answer.what == What::kFailure) answer_.what = cap::LookupAnswer::What::kFailure;
  }
  cap::Polled poll(cap::Blocking blocking, Nanoseconds until) override {
    if (!silent_) return cap::Polled::kMoved;
    const Nanoseconds now = os::host_monotonic();
    if (blocking == cap::Blocking::kWait && now < until) {
      const std::uint64_t span = count(until) - count(now);
      timespec time{};
      time.tv_sec = static_cast<std::time_t>(span / 1'000'000'000);
      time.tv_nsec = static_cast<long>(span % 1'000'000'000);
      nanosleep(&time, nullptr);
    }
    return cap::Polled::kTimeUp;
  }
  const cap::LookupAnswer* answer() const noexcept override { return silent_ ? nullptr : &answer_; }

 private:
  bool silent_ = false;
  cap::LookupAnswer answer_;
};

}  // namespace

Json send(std::string_view bytes) { return action("send", bytes); }
Json repeat(std::string_view bytes, unsigned times) {
  Json out = action("repeat", bytes);
  out.push(Json::integer(times));
  return out;
}
Json drip(std::string_view bytes, unsigned times, unsigned seconds) {
  Json out = action("drip", bytes);
  out.push(Json::integer(times));
  out.push(Json::integer(seconds));
  return out;
}
Json gzipped(std::string_view bytes, unsigned times, unsigned layers) {
  Json out = action("gzipped", bytes);
  out.push(Json::integer(times));
  out.push(Json::integer(layers));
  return out;
}
Json pause(unsigned milliseconds) {
  Json out = Json::array();
  out.push(Json::string("pause"));
  out.push(Json::integer(milliseconds));
  return out;
}
Json stall() { return word_alone("stall"); }
Json close() { return word_alone("close"); }

const std::string* SeenRequest::find(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& each) { return each.first == name; });
  return found == headers.end() ? nullptr : &found->second;
}

void ScriptedResolver::script(std::vector<Answer> answers) {
  answers_ = std::move(answers);
  asked_ = 0;
}

std::unique_ptr<cap::Lookup> ScriptedResolver::start(std::string_view, cap::Families) {
  const std::size_t at = std::min<std::size_t>(asked_++, answers_.size() - 1);
  return std::make_unique<ScriptedLookup>(answers_[at]);
}

std::unique_ptr<Rig> Rig::make(std::string& why) {
  std::array<int, 2> to{};
  std::array<int, 2> from{};
  if (pipe2(to.data(), O_CLOEXEC) != 0 || pipe2(from.data(), O_CLOEXEC) != 0) {
    why = "no pipe";
    return nullptr;
  }
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, to[0], 0);
  posix_spawn_file_actions_adddup2(&files, from[1], 1);
  std::string python = "python3", flag = "-B", script = WARRANT_SSRF_PUPPET, rig = WARRANT_TEST_RIG;
  char* words[] = {python.data(), flag.data(), script.data(), rig.data(), nullptr};
  std::unique_ptr<Rig> out(new Rig);
  const int failed = posix_spawnp(&out->pid_, "python3", &files, nullptr, words, environ);
  posix_spawn_file_actions_destroy(&files);
  ::close(to[0]);
  ::close(from[1]);
  out->to_ = fdopen(to[1], "w");
  out->from_ = fdopen(from[0], "r");
  if (failed != 0) {
    why = "python3 cannot be started";
    return nullptr;
  }
  codec::JsonDiagnosis diagnosis;
  const auto hello = codec::parse_json(out->read_line(), {}, diagnosis);
  if (!hello || hello->find("ca") == nullptr) {
    why = "the TLS servers of tests/ssrf/puppet.py did not start";
    return nullptr;
  }
  out->ports_ = *hello->find("ports");
  const auto ambient = os::Ambient::danger_from_main();
  auto waiter = os::Waiter::make(ambient);
  if (!waiter) {
    why = "no wake-up descriptor";
    return nullptr;
  }
  out->waiter_ = *std::move(waiter);
  out->ca_ = *hello->find("ca")->as_string();
  out->transport_ = std::make_unique<os::CurlTransport>(ambient, out->options(*out->waiter_));
  return out;
}

os::CurlOptions Rig::options(const os::Waiter& waiter) {
  os::CurlOptions options;
  options.waiter = &waiter;
  options.ca = {.directory = "", .file = ca_, .blob = ""};
  options.reroute = [this](const cap::Endpoint& vetted) {
    connected_.push_back(vetted);
    const auto port = ports_.find(server_)->as_integer();
    return cap::Endpoint{cap::IpAddress::v4({127, 0, 0, 1}), static_cast<std::uint16_t>(*port)};
  };
  return options;
}

Rig::~Rig() {
  if (to_ != nullptr) std::fclose(to_);
  if (from_ != nullptr) std::fclose(from_);
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
}

std::string Rig::read_line() {
  std::string line;
  for (int c = std::fgetc(from_); c != EOF && c != '\n'; c = std::fgetc(from_)) {
    line += static_cast<char>(c);
  }
  return line;
}

Json Rig::ask(const Json& told) {
  const std::string text = codec::print_canonical(told) + "\n";
  std::fwrite(text.data(), 1, text.size(), to_);
  std::fflush(to_);
  codec::JsonDiagnosis diagnosis;
  auto answer = codec::parse_json(read_line(), {.depth = 32, .nodes = 1'000'000}, diagnosis);
  WARRANT_CHECK(answer.has_value());
  return *std::move(answer);
}

void Rig::play(const Play& play) {
  server_ = play.server;
  connected_.clear();
  Json hosts = Json::array();
  for (const std::string& host : play.hosts) hosts.push(Json::string(host));
  Json responses = Json::array();
  for (const Actions& each : play.responses) {
    Json actions = Json::array();
    for (const Json& one : each) actions.push(one);
    responses.push(std::move(actions));
  }
  Json told = Json::object();
  told.set("server", Json::string(play.server));
  told.set("hosts", std::move(hosts));
  told.set("responses", std::move(responses));
  told.set("loop", Json::boolean(play.loop));
  ask(told);
}

std::vector<SeenRequest> Rig::seen() {
  Json told = Json::object();
  told.set("responses", Json::array());
  const Json answer = ask(told);
  std::vector<SeenRequest> out;
  for (const Json& each : *answer.find("requests")->as_array()) {
    const auto& fields = *each.as_array();
    SeenRequest seen{*fields[0].as_string(), *fields[1].as_string(), *fields[2].as_string(), {}};
    for (const Json& header : *fields[3].as_array()) {
      const auto& pair = *header.as_array();
      seen.headers.emplace_back(*pair[0].as_string(), *pair[1].as_string());
    }
    out.push_back(std::move(seen));
  }
  return out;
}

}  // namespace warrant::ssrf
