// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/engine.h"

#include <algorithm>
#include <bit>
#include <ctime>
#include <mutex>
#include <optional>
#include <utility>

#include "warrant/base/bytes.h"
#include "warrant/codec/blake2b.h"
#include "warrant/engine/abi.h"
#include "warrant/engine/code_store.h"
#include "warrant/engine/config.h"
#include "warrant/engine/ends.h"
#include "warrant/engine/file.h"
#include "warrant/engine/instance.h"
#include "warrant/engine/linker.h"
#include "warrant/engine/program.h"

namespace warrant::engine {

namespace {

using wasm::Failure;

const std::uint8_t* octets(const void* bytes) noexcept {
  return static_cast<const std::uint8_t*>(bytes);
}

class Stopwatch {
 public:
  Stopwatch() noexcept : start_(now()) {}
  Nanoseconds lap() noexcept {
    const std::uint64_t before = std::exchange(start_, now());
    return Nanoseconds{start_ - before};
  }

 private:
  static std::uint64_t now() noexcept {
    timespec time{};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
  }
  std::uint64_t start_;
};

// Two engines of equal code: the runner (no compiler; from slots when pooled) and, made when first
// needed, the workshop (compiler, on demand), which also runs what does not fit into a slot.
class WasmtimeEngine final : public Engine {
 public:
  explicit WasmtimeEngine(const Options& options)
      : options_(options),
        codegen_(options.store != nullptr && options.store->on() ? codegen_text(options) : "") {}

  Status open(Failure& failure) {
    Stopwatch watch;
    // Without a store a one-shot engine compiles for sure, so its only bench is the workshop.
    const bool compiles =
        codegen_.empty() && options_.profile == Profile::kOneShot && !options_.compiler;
    const auto bench = compiles ? workshop(failure) : runner(failure);
    if (!bench) return bench.error();
    opened_ = watch.lap();
    return {};
  }

  Result<std::unique_ptr<wasm::Program>> compile(std::span<const std::byte> module,
                                                 Failure& failure) override {
    WARRANT_TRY(std::unique_ptr<Program> program, prepare(module, failure));
    return std::unique_ptr<wasm::Program>(std::move(program));
  }

  Result<std::unique_ptr<Program>> prepare(std::span<const std::byte> module,
                                           Failure& failure) override;
  Status keep(std::span<const std::byte> module, Failure& failure) override;
  Result<Code> code(std::span<const std::byte> module, Failure& failure) override;

 private:
  // An engine and the linker of its host functions.
  struct Bench {
    EngineHandle engine;
    LinkerHandle linker;  // of all functions; only where it is shared
  };
  struct Loaded {
    const Bench* bench = nullptr;
    ModuleHandle module;
    codec::Digest sha256;  // of the module's bytes
  };

  Status open_bench(Bench& bench, Allocation allocation, Compiler compiler, Failure& failure);
  Result<const Bench*> workshop(Failure& failure);
  Result<const Bench*> runner(Failure& failure);
  Result<Loaded> compile_module(std::span<const std::byte> module, Failure& failure);
  Result<Loaded> into_slots(Loaded compiled, std::string_view code, Failure& failure);
  std::optional<Loaded> load_module(const codec::Digest& key);
  std::optional<Loaded> load_code(const File& code, const codec::Digest& sha256,
                                  std::string& reason);
  Result<Loaded> compile_outside(std::span<const std::byte> module, const codec::Digest& key,
                                 Failure& failure);
  Result<Loaded> compile_and_save(std::span<const std::byte> module, const codec::Digest& key,
                                  Failure& failure);
  Result<std::unique_ptr<Program>> link(Loaded loaded, Timings timings, Failure& failure);

  const Options options_;
  const std::string codegen_;  // empty where nothing is stored
  std::mutex mutex_;           // making of the benches
  Bench runner_;
  Bench workshop_;
  Ticker ticker_;  // its thread ends before the engines that it watches
  Nanoseconds opened_{0};
};

Status WasmtimeEngine::open_bench(Bench& bench, Allocation allocation, Compiler compiler,
                                  Failure& failure) {
  ErrorHandle error;
  bench.engine = make_engine(make_config(options_, allocation, compiler), error);
  if (bench.engine == nullptr) {
    failure = {Failure::Kind::kEngine, message_of(*error)};
    return Error{Errc::kInvalid, 0, "engine"};
  }
  if (options_.profile == Profile::kPooled) {
    bench.linker = link_all(bench.engine.get(), options_.functions, error);
    if (error != nullptr) {
      failure = {Failure::Kind::kEngine, message_of(*error)};
      return Error{Errc::kInvalid, 0, "engine"};
    }
    ticker_.watch(bench.engine.get());
  }
  return {};
}

Result<const WasmtimeEngine::Bench*> WasmtimeEngine::workshop(Failure& failure) {
  const std::scoped_lock lock(mutex_);
  if (workshop_.engine == nullptr) {
    WARRANT_CHECKED(open_bench(workshop_, Allocation::kOnDemand, Compiler::kOn, failure));
  }
  return &workshop_;
}

Result<const WasmtimeEngine::Bench*> WasmtimeEngine::runner(Failure& failure) {
  const std::scoped_lock lock(mutex_);
  if (runner_.engine == nullptr) {
    const Allocation allocation =
        options_.profile == Profile::kPooled ? Allocation::kPooled : Allocation::kOnDemand;
    WARRANT_CHECKED(open_bench(runner_, allocation, Compiler::kOff, failure));
  }
  return &runner_;
}

Result<WasmtimeEngine::Loaded> WasmtimeEngine::compile_module(std::span<const std::byte> module,
                                                              Failure& failure) {
  WARRANT_TRY(const Bench* const bench, workshop(failure));
  wasmtime_module_t* made = nullptr;
  const ErrorHandle error(
      wasmtime_module_new(bench->engine.get(), octets(module.data()), module.size(), &made));
  if (error != nullptr) {
    failure = refusal(*error);
    return Error{Errc::kInvalid, 0, "compile"};
  }
  return Loaded{bench, ModuleHandle(made), codec::sha256(module)};
}

// The same code for the pooled engine; a module that its slots cannot hold stays on demand.
Result<WasmtimeEngine::Loaded> WasmtimeEngine::into_slots(Loaded compiled, std::string_view code,
                                                          Failure& failure) {
  if (options_.profile != Profile::kPooled) return compiled;
  WARRANT_TRY(const Bench* const bench, runner(failure));
  wasmtime_module_t* made = nullptr;
  const ErrorHandle error(
      wasmtime_module_deserialize(bench->engine.get(), octets(code.data()), code.size(), &made));
  if (error != nullptr) return compiled;
  return Loaded{bench, ModuleHandle(made), compiled.sha256};
}

// Code that the store vouches for; on demand when the slots of a pool cannot hold it.
std::optional<WasmtimeEngine::Loaded> WasmtimeEngine::load_module(const codec::Digest& key) {
  const std::optional<CodeStore::Code> code = options_.store->load(key);
  if (!code) return std::nullopt;
  std::string reason;
  auto loaded = load_code(*code->file, code->module_sha256, reason);
  if (!loaded) options_.store->doubt(Doubt::kDoesNotFit, reason);
  return loaded;
}

std::optional<WasmtimeEngine::Loaded> WasmtimeEngine::load_code(const File& code,
                                                                const codec::Digest& sha256,
                                                                std::string& reason) {
  Failure failure;
  for (const bool pooled : {true, false}) {
    if (!pooled && options_.profile != Profile::kPooled) break;
    const Result<const Bench*> bench = pooled ? runner(failure) : workshop(failure);
    if (!bench) return std::nullopt;
    wasmtime_module_t* made = nullptr;
    const ErrorHandle error(
        warrant_wt_module_deserialize_fd((*bench)->engine.get(), code.fd(), &made));
    if (error == nullptr) return Loaded{*bench, ModuleHandle(made), sha256};
    reason = message_of(*error);
  }
  return std::nullopt;
}

// The code comes as a file and is loaded from one: that of the store where it was kept.
Result<WasmtimeEngine::Loaded> WasmtimeEngine::compile_outside(std::span<const std::byte> module,
                                                               const codec::Digest& key,
                                                               Failure& failure) {
  WARRANT_TRY(const File code, options_.compiler(module, failure));
  const codec::Digest sha256 = codec::sha256(module);
  if (!codegen_.empty()) {
    const MappedFile bytes(code);
    options_.store->save(key, sha256, bytes.span());
    if (auto kept = load_module(key)) return *std::move(kept);
  }
  std::string reason;
  if (auto loaded = load_code(code, sha256, reason)) return *std::move(loaded);
  failure = {Failure::Kind::kArtifact, reason};
  return Error{Errc::kInvalid, 0, "compile"};
}

Result<WasmtimeEngine::Loaded> WasmtimeEngine::compile_and_save(std::span<const std::byte> module,
                                                                const codec::Digest& key,
                                                                Failure& failure) {
  if (options_.compiler) return compile_outside(module, key, failure);
  WARRANT_TRY(Loaded compiled, compile_module(module, failure));
  if (codegen_.empty() && options_.profile != Profile::kPooled) return compiled;
  ByteVector code;
  if (const ErrorHandle error(wasmtime_module_serialize(compiled.module.get(), code.out()));
      error != nullptr) {
    failure = {Failure::Kind::kEngine, message_of(*error)};
    return Error{Errc::kIo, 0, "serialize"};
  }
  if (!codegen_.empty()) options_.store->save(key, compiled.sha256, bytes_of(code.text()));
  return into_slots(std::move(compiled), code.text(), failure);
}

Result<std::unique_ptr<Program>> WasmtimeEngine::link(Loaded loaded, Timings timings,
                                                      Failure& failure) {
  Stopwatch watch;
  const Bench* const bench = loaded.bench;
  ErrorHandle error;
  LinkerHandle own;
  if (bench->linker == nullptr) {
    own = link_named(bench->engine.get(), *loaded.module, options_.functions, error);
  }
  const wasmtime_linker_t* const linker = own != nullptr ? own.get() : bench->linker.get();
  wasmtime_instance_pre_t* pre = nullptr;
  if (error == nullptr) {
    error.reset(wasmtime_linker_instantiate_pre(linker, loaded.module.get(), &pre));
  }
  if (error != nullptr) {
    failure = {Failure::Kind::kLink, message_of(*error)};
    return Error{Errc::kNotSupported, 0, "link"};
  }
  timings.link = watch.lap();
  InstanceSource source;
  source.engine = bench->engine.get();
  source.ticker = options_.profile == Profile::kPooled ? &ticker_ : nullptr;
  source.fuel = options_.fuel;
  source.stack = options_.stack;
  return make_program(std::move(loaded.module), std::move(own), PreHandle(pre), source,
                      {timings, loaded.sha256});
}

Result<std::unique_ptr<Program>> WasmtimeEngine::prepare(std::span<const std::byte> module,
                                                         Failure& failure) {
  Timings timings;
  timings.engine = opened_;
  Stopwatch watch;
  codec::Digest key;
  if (!codegen_.empty()) {
    key = code_key(codegen_, codec::blake2b(module));
    std::optional<Loaded> loaded = load_module(key);
    timings.load = watch.lap();
    if (loaded) {
      timings.from_store = true;
      return link(std::move(*loaded), timings, failure);
    }
  }
  if (options_.before_compile) WARRANT_CHECKED(options_.before_compile(module, failure));
  WARRANT_TRY(Loaded compiled, compile_and_save(module, key, failure));
  timings.compile = watch.lap();
  return link(std::move(compiled), timings, failure);
}

Status WasmtimeEngine::keep(std::span<const std::byte> module, Failure& failure) {
  WARRANT_CHECK(!codegen_.empty());
  const codec::Digest key = code_key(codegen_, codec::blake2b(module));
  if (load_module(key)) return {};
  if (options_.before_compile) WARRANT_CHECKED(options_.before_compile(module, failure));
  WARRANT_TRY([[maybe_unused]] const Loaded kept, compile_and_save(module, key, failure));
  return {};
}

// What the store has is held against this engine before it is given away.
Result<Engine::Code> WasmtimeEngine::code(std::span<const std::byte> module, Failure& failure) {
  WARRANT_CHECK(options_.compiler);
  Code code;
  code.timings.engine = opened_;
  Stopwatch watch;
  codec::Digest key;
  const auto take_stored = [&] {
    if (!load_module(key)) return false;
    std::optional<CodeStore::Code> stored = options_.store->load(key);
    if (!stored) return false;
    code.file = std::move(*stored->file);
    code.module_sha256 = stored->module_sha256;
    return true;
  };
  if (!codegen_.empty()) {
    key = code_key(codegen_, codec::blake2b(module));
    code.timings.from_store = take_stored();
    code.timings.load = watch.lap();
    if (code.timings.from_store) return code;
  }
  if (options_.before_compile) WARRANT_CHECKED(options_.before_compile(module, failure));
  WARRANT_TRY(code.file, options_.compiler(module, failure));
  code.module_sha256 = codec::sha256(module);
  code.timings.compile = watch.lap();
  if (codegen_.empty()) return code;
  const MappedFile bytes(code.file);
  options_.store->save(key, code.module_sha256, bytes.span());
  return code;
}

}  // namespace

Status compile_to(const File& to, const Options& options, std::span<const std::byte> module,
                  Failure& failure) {
  ErrorHandle error;
  const EngineHandle engine =
      make_engine(make_config(options, Allocation::kOnDemand, Compiler::kOn), error);
  if (engine == nullptr) {
    failure = {Failure::Kind::kEngine, message_of(*error)};
    return Error{Errc::kInvalid, 0, "engine"};
  }
  wasmtime_module_t* made = nullptr;
  error.reset(wasmtime_module_new(engine.get(), octets(module.data()), module.size(), &made));
  const ModuleHandle compiled(made);
  if (error != nullptr) {
    failure = refusal(*error);
    return Error{Errc::kInvalid, 0, "compile"};
  }
  ByteVector code;
  error.reset(wasmtime_module_serialize(compiled.get(), code.out()));
  if (error != nullptr) {
    failure = {Failure::Kind::kEngine, message_of(*error)};
    return Error{Errc::kIo, 0, "serialize"};
  }
  const Status written = write_all(to, bytes_of(code.text()));
  if (!written) failure = {Failure::Kind::kEngine, "the compiled code cannot be written"};
  return written;
}

std::string_view wasmtime_version() noexcept { return WASMTIME_VERSION; }

Result<std::unique_ptr<Engine>> Engine::create(const Options& options, Failure& failure) {
  if (!abi_matches_headers()) {
    failure = {Failure::Kind::kEngine, "the engine archive does not belong to these headers"};
    return Error{Errc::kInvalid, 0, "engine"};
  }
  if (options.stack > kMostStack) {
    failure = {Failure::Kind::kEngine, "the guest's stack is larger than any engine serves"};
    return Error{Errc::kInvalid, 0, "engine"};
  }
  auto engine = std::make_unique<WasmtimeEngine>(options);
  WARRANT_CHECKED(engine->open(failure));
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace warrant::engine
