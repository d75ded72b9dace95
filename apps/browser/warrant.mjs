// SPDX-License-Identifier: Apache-2.0
// Warrant in a page: runs a WebAssembly command that nobody trusts with what a grant says.
//
//   import {describe, run} from "./warrant.mjs";
//   const result = await run({module: bytes, grant: {version: 1}, args: ["--help"]});
//
// `module` and `stdin`: bytes, copied. `grant`: a document of docs/formats/grant.md as JSON text or
// as an object. `args` follow argv[0], which is the grant's or `name`. `env`: variables beside the
// grant's. `signal`: an AbortSignal that cancels.
//
// The promise always settles, and rejects only for a request that is malformed, with a TypeError:
//   {kind, exit_code, message, hint, refusal, stdout, stderr, stdout_dropped, stderr_dropped,
//    events, receipt, denials, unenforced, run, runner}
// stdout and stderr are bytes, events the run's records in order, receipt an object. Where the guest
// had to be ended with its worker, the receipt is null and the events are those until then.
import {Shared} from "./shared.mjs";

const GRACE = 2000;  // milliseconds from a deadline until the worker is ended
const OUTPUTS = {1: "stdout", 2: "stderr", 3: "records"};
const here = (name) => new URL(name, import.meta.url);

let compiled;
async function core() {
  compiled ??= WebAssembly.compileStreaming(fetch(here("./warrant.wasm"), {credentials: "same-origin"}));
  try {
    return await compiled;
  } catch (error) {
    compiled = undefined;  // it may be there the next time
    throw error;
  }
}

// How this page waits for what a guest asked for, and whether it can run one at all.
export function describe() {
  const shared = self.crossOriginIsolated === true;
  return {
    runner: "browser",
    available: shared,
    blocking: shared ? "shared memory" : "none",
    why: shared ? "" : "the page is not cross-origin isolated: serve it with Cross-Origin-Opener-Policy: same-origin " +
      "and Cross-Origin-Embedder-Policy: require-corp",
  };
}

const copy = (bytes) => new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength).slice();

const KNOWN = ["module", "grant", "args", "env", "stdin", "name", "signal"];
const MOST_WORDS = 50_000;  // the core reads twice as many values

// Plain data of our own for the workers, whatever the caller's is later; a mistake of the caller's is
// thrown.
function lift(request) {
  const unknown = Object.keys(request).find((each) => !KNOWN.includes(each));
  if (unknown !== undefined) throw new TypeError(`request.unknown_field: ${unknown}; there are: ${KNOWN.join(", ")}`);
  const {module, grant, args = [], env = {}, stdin = new Uint8Array(0), name = "guest", signal} = request;
  const bytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);
  if (!bytes(module)) throw new TypeError("request.invalid: module is bytes, an ArrayBuffer or a view of one");
  if (!bytes(stdin)) throw new TypeError("request.invalid: stdin is bytes");
  const text = (each) => typeof each === "string" && each.isWellFormed();
  const document = typeof grant === "object" && grant !== null ? JSON.stringify(grant) : grant;
  if (!text(document)) throw new TypeError("request.invalid: grant is a document, as text or as an object");
  if (!Array.isArray(args) || typeof env !== "object" || env === null) {
    throw new TypeError("request.invalid: args is an array, env an object");
  }
  const words = [...args], variables = Object.entries(env);
  if (![...words, ...variables.flat(), name].every(text)) {
    throw new TypeError("request.invalid: args, env and name are strings");
  }
  if (words.length + variables.length > MOST_WORDS) throw new TypeError(`request.invalid: more than ${MOST_WORDS} of args and env`);
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError("request.invalid: signal is an AbortSignal");
  return {
    module: copy(module), stdin: copy(stdin), signal,
    words: {
      grant: document, name, args: words, env: Object.fromEntries(variables),
      origin: self.location.origin, engine: self.navigator.userAgent, shared_memory: describe().available,
    },
  };
}

function join(parts) {
  const all = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of parts) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}

class Run {
  constructor(settle) {
    this.settle = settle;
    this.parts = {stdout: [], stderr: [], records: []};
    this.shared = new Shared(describe().available ? undefined : new ArrayBuffer(Shared.size));
    this.workers = [];
    this.timers = [];
    this.over = new AbortController();
  }
  async start({words, module, stdin, signal}) {
    const cancel = () => {
      this.shared.cancel();
      this.endSoon("cancelled", 143, "ended by the caller", 0);
    };
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel, {once: true, signal: this.over.signal});
    const compiled = await core();
    if (this.over.signal.aborted) return;  // cancelled, and not waited for
    const {port1, port2} = new MessageChannel();
    const network = this.worker("./network.mjs", (data) => {
      if (data === "ready") own.postMessage({core: compiled, buffer: this.shared.buffer, port: port1, words, module, stdin}, [port1, module.buffer, stdin.buffer]);
    });
    const own = this.worker("./worker.mjs", (data) => this.hear(data));
    network.postMessage({buffer: this.shared.buffer, port: port2}, [port2]);
  }
  worker(script, hear) {
    const worker = new Worker(here(script), {type: "module"});
    worker.onmessage = ({data}) => {
      try {
        hear(data);
      } catch (error) {
        this.abandon("bug", 70, `a bug of Warrant's ended the run: ${error.message}`);
      }
    };
    worker.onerror = (event) => this.abandon("bug", 70, `a bug of Warrant's ended the run: ${event.message}`);
    this.workers.push(worker);
    return worker;
  }
  hear(data) {
    if (data.what === "output") this.parts[OUTPUTS[data.of]].push(data.bytes);
    if (data.what === "deadline") this.endSoon("limited", 124, "ended by its limit of time", data.in);
    if (data.what === "result") this.finish(JSON.parse(data.result));
    if (data.what === "broken" && data.byStack) this.abandon("trapped", 134, "trap: the stack was used up in a call of the host");
    if (data.what === "broken" && !data.byStack) this.abandon("bug", 70, `a bug of Warrant's ended the run: ${data.message}`);
  }
  // The core ends a run in time wherever its guest calls it; a guest that never does ends here.
  endSoon(kind, code, message, within) {
    this.timers.push(setTimeout(() => this.abandon(kind, code, message), within + GRACE));
  }
  abandon(kind, code, message) {
    this.finish({kind, exit_code: code, message, hint: "", refusal: null, receipt: null, denials: null,
      unenforced: [], stdout_dropped: 0, stderr_dropped: 0, run: null, runner: "browser"});
  }
  finish(result) {
    for (const worker of this.workers) worker.terminate();
    this.timers.forEach(clearTimeout);
    this.over.abort();
    const lines = new TextDecoder().decode(join(this.parts.records)).split("\n").slice(0, -1);
    this.settle({...result, stdout: join(this.parts.stdout), stderr: join(this.parts.stderr),
      events: lines.map((line) => JSON.parse(line))});
  }
}

export async function run(request) {
  const words = lift(request);
  return new Promise((settle) => {
    const one = new Run(settle);
    one.start(words).catch((error) =>
      one.abandon("refused", 126, `runner.unavailable: what a run needs cannot be loaded: ${error.message}`));
  });
}
