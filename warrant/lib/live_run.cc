// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/live_run.h"
#include "warrant/lib/found_here.h"

#include <algorithm>

#include "warrant/cap/directory_options.h"
#include "warrant/cap/working_view.h"
#include "warrant/codec/text.h"
#include "warrant/lib/open_sockets.h"
#include "warrant/lib/streams.h"
#include "warrant/os/entropy.h"
#include "warrant/os/root.h"
#include "warrant/os/sensitive.h"
#include "warrant/policy/guest_name.h"

namespace warrant::lib {
namespace {

using policy::LimitKey;

constexpr std::uint16_t kNameServer = 53;

cap::Access access_of(policy::Access access) {
  switch (access) {
    case policy::Access::kRead:
      return cap::Access::kRead;
    case policy::Access::kOverlay:
      return cap::Access::kOverlay;
    case policy::Access::kWrite:
      return cap::Access::kWrite;
  }
  return cap::Access::kRead;
}

cap::Hardlinks hardlinks_of(policy::Hardlinks rule) {
  switch (rule) {
    case policy::Hardlinks::kDeny:
      return cap::Hardlinks::kDeny;
    case policy::Hardlinks::kOwn:
      return cap::Hardlinks::kOwn;
    case policy::Hardlinks::kAllow:
      return cap::Hardlinks::kAllow;
  }
  return cap::Hardlinks::kDeny;
}

}  // namespace

cap::DirectoryOptions directory_options(const policy::DirectoryGrant& grant,
                                        const policy::Limits& limits) {
  cap::DirectoryOptions options;
  options.access = access_of(grant.access);
  options.cross_mounts = grant.xdev;
  options.network_fs = grant.network_fs;
  options.symlinks = grant.symlinks == policy::Symlinks::kFollow ? cap::FollowLinks::kFollow
                                                                 : cap::FollowLinks::kNone;
  options.create_symlinks = grant.create_symlinks == policy::CreateSymlinks::kRelative
                                ? cap::CreateSymlinks::kRelative
                                : cap::CreateSymlinks::kNone;
  options.hardlinks = hardlinks_of(grant.hardlinks);
  options.quota = {.written = grant.written.value_or(limits.get(LimitKey::kWritten)),
                   .inodes = grant.inodes.value_or(limits.get(LimitKey::kInodes)),
                   .file_bytes = grant.file_bytes.value_or(limits.get(LimitKey::kFileBytes))};
  return options;
}

Recording LiveRun::recording_of(const Launch& launch) {
  Recording recording = launch.recording;
  recording.passed_through = {launch.inherit_input, launch.output.to == Output::To::kInherited,
                              launch.error_output.to == Output::To::kInherited};
  keep_out(launch.variables, recording);
  return recording;
}

LiveRun::LiveRun(os::Ambient ambient, const policy::Warrant& warrant, Launch launch,
                 Surroundings surroundings)
    : ambient_(ambient),
      warrant_(warrant),
      launch_(std::move(launch)),
      surroundings_(std::move(surroundings)),
      teller_(launch_.on_event),
      log_(std::make_unique<RunLog>(ambient_, recording_of(launch_), warrant_,
                                    std::move(surroundings_.run), surroundings_.log)) {
  Given* const given = surroundings_.given;
  ledger_.forward_to(given != nullptr ? given->sink : &log_->recorder());
  if (launch_.on_event) log_->recorder().forward_to(&teller_);
  log_->on_failure(
      [](void* self) noexcept {
        static_cast<LiveRun*>(self)->raise(wasm::Interruption::kAuditFailed);
      },
      this);
}

LiveRun::~LiveRun() = default;

Outcome<std::unique_ptr<LiveRun>> LiveRun::open(os::Ambient ambient, const policy::Warrant& warrant,
                                                Launch launch, Surroundings surroundings) {
  std::unique_ptr<LiveRun> run(
      new LiveRun(ambient, warrant, std::move(launch), std::move(surroundings)));
  auto waiter = os::Waiter::make(ambient);
  if (!waiter) return Problem{Problem::Kind::kRefused, "no wake-up descriptor can be made", {}, {}};
  run->waiter_ = *std::move(waiter);
  run->waiter_->on_deadline(
      [](void* self) noexcept { static_cast<LiveRun*>(self)->raise(wasm::Interruption::kWall); },
      run.get());
  if (const Given* given = run->surroundings_.given) {
    run->waiter_->before_wait(given->hand_over, given->self);
  } else {
    run->waiter_->before_wait(
        [](void* self) { static_cast<LiveRun*>(self)->log_->recorder().hand_over(); }, run.get());
  }
  for (const auto step :
       {&LiveRun::resolve_variables, &LiveRun::open_console, &LiveRun::open_directories,
        &LiveRun::open_working_directory, &LiveRun::open_sockets, &LiveRun::open_network}) {
    if (auto problem = (run.get()->*step)()) return *std::move(problem);
  }
  run->open_clock_and_entropy();
  if (auto problem = run->make_session()) return *std::move(problem);
  if (auto problem = run->open_outputs()) return *std::move(problem);
  return run;
}

std::optional<Problem> LiveRun::resolve_variables() {
  std::optional<Problem> problem;
  for (const policy::EnvironmentReference& each : warrant_.terms().host_environment) {
    const auto found =
        std::find_if(launch_.variables.begin(), launch_.variables.end(),
                     [&](const auto& variable) { return variable.first == each.variable; });
    if (found == launch_.variables.end()) {
      join(problem, unset_variable(each));
    } else {
      ports_.environment.emplace_back(each.name, found->second);
    }
  }
  return problem;
}

std::optional<Problem> LiveRun::check_sensitive(const policy::DirectoryGrant& grant) {
  if (warrant_.restrictions().sensitive != policy::Sensitive::kRefuse) return std::nullopt;
  const std::vector<std::string> found = os::sensitive_places(
      ambient_, files_->roots().back().fd.borrow(), os::sensitive_sources(ambient_));
  if (found.empty()) return std::nullopt;
  return sensitive_directory(grant, found.front());
}

std::optional<Problem> LiveRun::open_console() {
  Streams streams(ambient_, *waiter_, access_, warrant_);
  const auto& fetch = warrant_.terms().fetch;
  const bool secrets = std::any_of(fetch.begin(), fetch.end(), [](const policy::FetchGrant& each) {
    return each.secret.has_value();
  });
  if (secrets || launch_.own.secrets != nullptr) streams.scrub_with(log_->secrets());
  if (surroundings_.given != nullptr) streams.write_to(surroundings_.given->outputs);
  const policy::ConsoleGrant& console = warrant_.terms().console;
  if (console.stdin_stream && !launch_.closed[0]) {
    ports_.console[0] = streams.input(launch_);
  }
  if (console.stdout_stream && !launch_.closed[1]) {
    ports_.console[1] = streams.output(launch_.output, 1, LimitKey::kStdout);
  }
  if (console.stderr_stream && !launch_.closed[2]) {
    ports_.console[2] = streams.output(launch_.error_output, 2, LimitKey::kStderr);
  }
  if (launch_.input.size() > warrant_.limits().get(LimitKey::kStdin)) {
    return Problem{Problem::Kind::kRefused, "the input is larger than the limit stdin", {}, {}};
  }
  console_ = streams.take();
  std::copy(ports_.console.begin(), ports_.console.end(), streams_.begin());
  return std::nullopt;
}

OwnDirectory* LiveRun::own_directory(const std::string& guest) {
  for (OwnDirectory& own : launch_.own.directories) {
    const bool same = policy::normal_guest_name(own.guest) == policy::normal_guest_name(guest);
    if (same && own.directory != nullptr) return &own;
  }
  return nullptr;
}

// What the broker opened and judged.
std::optional<Problem> LiveRun::adopt_directories() {
  std::int32_t index = 0;
  for (const policy::DirectoryGrant& grant : warrant_.terms().directories) {
    os::OwnedFd fd = std::move(surroundings_.given->directories[static_cast<std::size_t>(index)]);
    auto adopted =
        os::adopt_root(ambient_, std::move(fd), directory_options(grant, warrant_.limits()),
                       cap::GrantIndex{index++}, files_);
    if (!adopted) return Problem{Problem::Kind::kBug, "a directory did not arrive", {}, {}};
    ports_.directories.push_back({grant.guest, *std::move(adopted), access_of(grant.access)});
  }
  return std::nullopt;
}

std::optional<Problem> LiveRun::open_directories() {
  files_ = std::make_shared<os::RunFiles>(
      os::RunFilesOptions{.locate = &engine::locate,
                          .waiter = waiter_.get(),
                          .max_transfer = warrant_.limits().get(LimitKey::kVectorBytes)});
  if (surroundings_.given != nullptr) return adopt_directories();
  for (const std::string& place : surroundings_.own_places) {
    if (warrant_.terms().directories.empty() || place.empty()) continue;
    if (!os::protect_directory(ambient_, place, *files_)) return unkept_place(place);
  }
  std::optional<Problem> problem;
  std::int32_t index = 0;
  for (const policy::DirectoryGrant& grant : warrant_.terms().directories) {
    wasi_p1::Preopen preopen{grant.guest, nullptr, access_of(grant.access)};
    if (OwnDirectory* own = own_directory(grant.guest)) {
      preopen.directory = std::move(own->directory);
    } else {
      os::RootReport report;
      auto opened = os::open_root(ambient_, grant.host, directory_options(grant, warrant_.limits()),
                                  cap::GrantIndex{index}, files_, nullptr, report);
      if (!opened) {
        join(problem, unopened_directory(grant, report));
      } else {
        preopen.directory = *std::move(opened);
        if (auto refused = check_sensitive(grant)) join(problem, *std::move(refused));
        remark(grant.host, report);
      }
    }
    if (preopen.directory != nullptr) ports_.directories.push_back(std::move(preopen));
    ++index;
  }
  return problem;
}

void LiveRun::remark(const std::string& host, const os::RootReport& report) {
  const std::string name = codec::escape_text(host);
  if (report.by_privilege) by_privilege_.push_back(name);
  if (report.other_owner) remarks_.push_back(name + " belongs to another user");
  if (report.folds_names) remarks_.push_back(name + " folds the case or form of names");
}

std::optional<Problem> LiveRun::open_working_directory() {
  const policy::Grant& terms = warrant_.terms();
  if (!terms.cwd) return std::nullopt;
  // The deepest granted directory that holds it.
  const wasi_p1::Preopen* holder = nullptr;
  for (const wasi_p1::Preopen& preopen : ports_.directories) {
    if (!policy::lies_in(*terms.cwd, preopen.guest_name)) continue;
    if (holder == nullptr || policy::lies_in(preopen.guest_name, holder->guest_name)) {
      holder = &preopen;
    }
  }
  const auto fail = [&](const std::string& why) {
    return Problem{Problem::Kind::kRefused,
                   "the working directory " + codec::escape_text(*terms.cwd) + " " + why,
                   "--cwd names a directory beneath a granted one",
                   {}};
  };
  if (holder == nullptr) return fail("lies in no granted directory");
  const auto open = [&](cap::Directory& at,
                        const std::string& name) -> Result<std::unique_ptr<cap::Directory>> {
    WARRANT_TRY(auto path, cap::GuestPath::parse(name));
    WARRANT_TRY(
        auto opened,
        at.open(path, {.read = true, .directory = true, .symlinks = cap::Symlinks::kFollow}));
    return std::move(opened.directory);
  };
  auto root = open(*holder->directory, ".");
  const std::string prefix = policy::beneath(*terms.cwd, holder->guest_name);
  if (!root || !open(**root, prefix)) return fail("is no directory that can be opened");
  wasi_p1::Preopen view{".", std::make_unique<cap::WorkingView>(*std::move(root), prefix),
                        holder->access};
  ports_.directories.insert(ports_.directories.begin(), std::move(view));
  return std::nullopt;
}

std::optional<Problem> LiveRun::open_sockets() {
  const policy::Grant& terms = warrant_.terms();
  if (terms.listen.empty() && terms.connect.empty()) return std::nullopt;
  if (surroundings_.given != nullptr) {
    ports_.sockets = adopt_sockets(warrant_, *waiter_, surroundings_.given->sockets);
    return std::nullopt;
  }
  auto opened = lib::open_sockets(ambient_, warrant_, *waiter_, ledger_);
  if (!opened) return opened.problem();
  ports_.sockets = std::move(opened->sockets);
  for (const auto& each : ports_.sockets) {
    sockets_.emplace_back(static_cast<int>(each->poll_token()));
  }
  listening_ = std::move(opened->listening);
  return std::nullopt;
}

std::optional<Problem> LiveRun::open_network() {
  NetworkPorts ports{.fetch = launch_.own.fetch,
                     .secrets = launch_.own.secrets,
                     .gate = std::move(launch_.own.fetch_gate)};
  if (surroundings_.given != nullptr) ports.elsewhere = &surroundings_.given->fetch;
  auto opened = Network::open(ambient_, warrant_, launch_.secrets, std::move(ports), *waiter_,
                              ledger_, *log_);
  if (!opened) return opened.problem();
  network_ = *std::move(opened);
  ports_.netfetch = &network_->context();
  remarks_.insert(remarks_.end(), network_->remarks().begin(), network_->remarks().end());
  return std::nullopt;
}

void LiveRun::open_clock_and_entropy() {
  const policy::Grant& terms = warrant_.terms();
  const policy::ClockGrant& clock = terms.clock;
  if (clock.wall || clock.monotonic || clock.cpu) {
    os::ClockOptions options;
    options.wall.granted = clock.wall;
    options.monotonic.granted = clock.monotonic;
    options.cpu.granted = clock.cpu;
    for (os::ClockGrant* each : {&options.wall, &options.monotonic, &options.cpu}) {
      each->granularity = clock.resolution.value_or(Nanoseconds{1});
    }
    if (clock.fixed) options.fixed = Nanoseconds{policy::count(*clock.fixed)};
    clock_options_ = options;
  }
  switch (terms.entropy.source) {
    case policy::EntropyGrant::Source::kNone:
      break;
    case policy::EntropyGrant::Source::kSystem:
      entropy_ = std::make_unique<os::SystemEntropy>(ambient_, &engine::locate);
      break;
    case policy::EntropyGrant::Source::kSeed:
      entropy_ = std::make_unique<os::SeededEntropy>(terms.entropy.seed, &engine::locate);
      break;
  }
  ports_.entropy = entropy_.get();
  if (entropy_ != nullptr && launch_.own.entropy != nullptr) ports_.entropy = launch_.own.entropy;
  poller_ = std::make_unique<os::Poller>(*waiter_);
  ports_.poller = poller_.get();
}

std::optional<Problem> LiveRun::make_session() {
  if (clock_options_) {
    // The CPU clocks count the thread that made the Clock; execute() makes it anew on its own.
    clock_ = std::make_unique<os::Clock>(ambient_, *clock_options_, *waiter_);
    ports_.clock = launch_.own.clock != nullptr ? launch_.own.clock : clock_.get();
  }
  embedder_ = {&ledger_, launch_.user};
  ports_.embedder_state = &embedder_;
  ports_.surface = launch_.surface;
  ports_.mark_key = log_->recorder().run();
  std::vector<std::string> args = launch_.argv;
  if (args.empty()) args.push_back(warrant_.terms().argv0.value_or("guest"));
  policy::Grant words;
  words.environment = warrant_.terms().environment;
  words.environment.insert(words.environment.end(), ports_.environment.begin(),
                           ports_.environment.end());
  if (auto finding = policy::check_words(words, args)) {
    return Problem{Problem::Kind::kRefused, std::move(finding->what), std::move(finding->fix), {}};
  }
  log_->facts().argv = args;
  auto session =
      host::Session::make(warrant_, std::move(args), std::move(ports_), interrupt_, ledger_);
  if (!session) {
    return Problem{Problem::Kind::kRefused,
                   session.error().code == Errc::kTooManyFiles
                       ? "the console, the granted directories and sockets are more than the limit "
                         "open-files = " +
                             policy::print_limit(LimitKey::kOpenFiles,
                                                 warrant_.limits().get(LimitKey::kOpenFiles))
                       : "an argument or a variable holds a NUL byte",
                   session.error().code == Errc::kTooManyFiles
                       ? "three for the console, one for each of the others: --open-files 64"
                       : "words end at NUL for every program: take it out",
                   {}};
  }
  session_ = *std::move(session);
  return std::nullopt;
}

void LiveRun::plan(os::lockdown::Plan& plan) {
  files_->protected_places().clear();  // nothing is opened by a path any more
  plan.roots = files_->roots();
  const policy::Grant& terms = warrant_.terms();
  plan.use.sockets = !terms.listen.empty() || !terms.connect.empty();
  network_->prepare();
  if (network_->is_granted()) plan_network(plan);
}

std::vector<os::BorrowedFd> LiveRun::handed() const {
  std::vector<os::BorrowedFd> all;
  for (const os::RunFiles::Root& root : files_->roots()) all.push_back(root.fd.borrow());
  all.insert(all.end(), sockets_.begin(), sockets_.end());
  return all;
}

void LiveRun::hand_off() {
  session_.reset();
  files_->roots().clear();
  sockets_.clear();
}

// Transports run in this process: their ports, name servers, and what TLS reads while it shakes
// hands. Certificate directories hold links to the others of these.
void LiveRun::plan_network(os::lockdown::Plan& plan) {
  plan.use.network = true;
  connect_ports_ = {kNameServer};
  for (const auto& grant : warrant_.terms().fetch) connect_ports_.push_back(grant.port);
  plan.connect_ports = connect_ports_;
  for (const char* place :
       {"/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"}) {
    os::OwnedFd directory = os::lockdown::open_readable(ambient_, place);
    if (directory.is_open()) certificates_.push_back(std::move(directory));
  }
  for (const os::OwnedFd& each : certificates_) {
    readable_.push_back({each.borrow(), os::lockdown::Reach::kRead});
  }
  plan.readable = readable_;
}

std::optional<Problem> LiveRun::open_outputs() {
  return log_->open_outputs(
      [](void* self, const std::string& path) {
        return static_cast<LiveRun*>(self)->files_->place_of(path);
      },
      this);
}

std::optional<Problem> LiveRun::record_start(const codec::Digest& module_sha256,
                                             std::uint64_t module_size) {
  host::RunFacts& facts = log_->facts();
  facts.module.sha256 = "sha256:" + module_sha256.hex();
  facts.module.size = module_size;
  facts.remarks = remarks_;
  return log_->begin();
}

void LiveRun::start_serving() {
  began_ = os::host_monotonic();
  waiter_->set_deadline(saturating_add(began_, warrant_.limits().duration(LimitKey::kWall)));
}

void LiveRun::start_clocks() {
  cpu_began_ = os::host_thread_cpu();
  began_ = os::host_monotonic();
  const Nanoseconds end = saturating_add(began_, warrant_.limits().duration(LimitKey::kWall));
  waiter_->set_deadline(end);
  session_->set_deadline(end, warrant_.limits().duration(LimitKey::kCpu));
}

RunResult LiveRun::execute(const engine::Program& program, host::Entry entry,
                           std::optional<ExportCall> call) {
  program_timings_ = program.timings();
  start_clocks();
  if (clock_ != nullptr) *clock_ = os::Clock(ambient_, *clock_options_, *waiter_);
  host::Exit exit = session_->run(program, entry);
  if (call && exit.kind == host::ExitKind::kExited && exit.code == 0) {
    exit = session_->exit_of(session_->call(call->name, call->slots));
  }
  network_->context().close_all();
  return result(std::move(exit));
}

RunResult LiveRun::interrupted() { return result(session_->interrupted()); }

void LiveRun::raise(wasm::Interruption cause) noexcept { interrupt_.raise(cause); }

void LiveRun::cancel() noexcept {
  interrupt_.raise(wasm::Interruption::kCancelled);
  waiter_->cancel();
}

void LiveRun::wake() noexcept {
  const bool late = interrupt_.cause() == wasm::Interruption::kWall;
  waiter_->cancel(late ? cap::Reason::kWall : cap::Reason::kCancelled);
}

RunResult LiveRun::result(host::Exit exit) {
  RunResult result;
  result.exit = std::move(exit);
  result.usage = session_->usage();
  result.usage.wall = saturating_sub(os::host_monotonic(), began_);
  result.usage.cpu = saturating_sub(os::host_thread_cpu(), cpu_began_);
  result.limits_hit = session_->limits_hit();
  result.denials = ledger_.denials();
  result.path_use = session_->path_use();
  result.path_of_none = session_->path_of_none();
  console_.finish();
  result.output_dropped = console_.dropped(LimitKey::kStdout);
  result.error_output_dropped = console_.dropped(LimitKey::kStderr);
  result.output = console_.take_output(LimitKey::kStdout);
  result.error_output = console_.take_output(LimitKey::kStderr);
  result.timings.engine = program_timings_.engine;
  result.timings.load = program_timings_.load;
  result.timings.compile = program_timings_.compile;
  result.timings.link = program_timings_.link;
  result.timings.from_store = program_timings_.from_store;
  result.timings.run = result.usage.wall;
  return result;
}

}  // namespace warrant::lib
