// SPDX-License-Identifier: Apache-2.0
// The worker of one run: the core, the guest, and what the core asks of a page. It ends with the run.
//
// These functions are the core's only imports (tests/arch/web_imports.txt); the guest has none of
// them. Output and records are posted as they come, so they are there even if this worker is ended.
import {Broken, Guest} from "./guest.mjs";
import {BELL, CANCELLED, EMPTY, FREE, Shared, TAKEN} from "./shared.mjs";

const PATIENCE = 1000;  // milliseconds
const MOST = 2 ** 31;  // bytes of one piece that is handed to the core

class Core {
  constructor(instance) {
    this.exports = instance.exports;
  }
  bytes(at, size) {
    return new Uint8Array(this.exports.memory.buffer, at >>> 0, size >>> 0);
  }
  view(at, size) {
    return new DataView(this.exports.memory.buffer, at >>> 0, size);
  }
  // What web_* hands over: its size, itself.
  text(at) {
    const size = this.view(at, 4).getUint32(0, true);
    const text = new TextDecoder().decode(this.bytes(at + 4, size).slice());
    this.exports.web_release(at);
    return text;
  }
  decode(at, size) {
    return new TextDecoder().decode(this.bytes(at, size).slice());
  }
  // Never empty, so never nowhere.
  put(bytes) {
    const at = bytes.length < MOST ? this.exports.web_reserve(bytes.length + 1) : 0;
    if (at === 0) throw new Error("what the run is given does not fit into the core's memory");
    this.bytes(at, bytes.length).set(bytes);
    return [at, bytes.length];
  }
}

// What is shared with the network's worker, where this page may share memory.
class Exchanges {
  constructor(shared, port) {
    this.shared = shared;
    this.port = port;
    this.seen = 0;
  }
  start(request, body) {
    const number = this.takeBox();
    if (number < 0) return -1;
    this.port.postMessage({what: "start", number, request, body});
    return number;
  }
  // One that was ended becomes free as soon as the other worker has heard of it.
  takeBox() {
    const patience = performance.now() + PATIENCE;
    for (;;) {
      const number = this.shared.boxes.findIndex((each) => Atomics.load(each.words, 2) === FREE);
      if (number >= 0) Atomics.store(this.shared.boxes[number].words, 2, TAKEN);
      if (number >= 0 || performance.now() > patience) return number;
      this.wait(patience);
    }
  }
  ask(number) {
    this.port.postMessage({what: "ask", number});
  }
  take(number, core, to, size) {
    const box = this.shared.boxes[number];
    const kind = Atomics.load(box.words, 0);
    if (kind === EMPTY) return 0;
    core.bytes(to, box.words[1]).set(box.bytes.subarray(0, box.words[1]));
    core.view(size, 4).setUint32(0, box.words[1], true);
    Atomics.store(box.words, 0, EMPTY);
    return kind;
  }
  end(number) {
    this.port.postMessage({what: "end", number});
  }
  // The bell that rang since the last time wakes at once.
  wait(until) {
    Atomics.wait(this.shared.control, BELL, this.seen, Math.max(0, until - performance.now()));
    this.seen = Atomics.load(this.shared.control, BELL);
  }
}

function imports(of, exchanges) {
  return {
    page_compile: (at, size, end) => of.guest.compile(at, size, end),
    page_start: (token, end) => of.guest.start(token, end),
    page_call: (at, size, end) => of.guest.call(of.core.decode(at, size), end),
    page_memory_pages: () => of.guest.pages(),
    page_memory_read: (from, to, size) => of.guest.read(from, to, size),
    page_memory_write: (to, from, size) => of.guest.write(to, from, size),
    page_monotonic: () => performance.now(),
    page_wall: () => Date.now(),
    page_random: (at, size) => crypto.getRandomValues(of.core.bytes(at, size)),
    page_wait: (until) => exchanges.wait(until),
    page_is_cancelled: () => Atomics.load(exchanges.shared.control, CANCELLED),
    page_deadline: (until) => self.postMessage({what: "deadline", in: until - performance.now()}),
    page_output: (what, at, size) => self.postMessage({what: "output", of: what, bytes: of.core.bytes(at, size).slice()}),
    page_fetch_start: (at, size, body, bodySize) => exchanges.start(
      JSON.parse(of.core.decode(at, size)), bodySize === 0 ? undefined : of.core.bytes(body, bodySize).slice()),
    page_fetch_ask: (number) => exchanges.ask(number),
    page_fetch_take: (number, to, size) => exchanges.take(number, of.core, to, size),
    page_fetch_end: (number) => exchanges.end(number),
  };
}

async function run({core: compiled, buffer, port, words, module, stdin}) {
  const exchanges = new Exchanges(new Shared(buffer), port);
  const of = {};
  of.core = new Core(await WebAssembly.instantiate(compiled, {env: imports(of, exchanges)}));
  of.core.exports._initialize();
  of.guest = new Guest(of.core);
  const encoder = new TextEncoder();
  const given = [encoder.encode(JSON.stringify(words)), module, stdin].flatMap((each) => of.core.put(each));
  return of.core.text(of.core.exports.web_run(...given));
}

// Whatever is thrown is told: nobody outside hears of a promise of this worker.
self.onmessage = async ({data}) => {
  try {
    self.postMessage({what: "result", result: await run(data)});
  } catch (error) {
    const {byStack, message} = error instanceof Broken ? error : new Broken(error);
    self.postMessage({what: "broken", byStack, message});
  }
};
self.onmessageerror = () => self.postMessage({what: "broken", byStack: false, message: "the run's words did not arrive"});
