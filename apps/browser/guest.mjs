// SPDX-License-Identifier: Apache-2.0
// One guest: compiled, linked to the core's functions and nothing else, called.
//
// A host function that ends the guest traps through it, and only through it: the core's own frames
// return before. A guest that catches whatever comes is not asked whether it has ended: a word here
// says so, and from then on no call of it reaches the core. What the core itself throws leaves it in no
// known state, so that goes up as Broken through the core too, which then never runs again: a guest
// that uses up the stack and calls the host can bring it about.
const RETURNED = 0, ENDS = 1, TRAPPED = 2, EXCEPTION = 3, STACK = 4, REFUSED = 5, BUG = 6;
const PAGE = 65536;
const SLOT = 16;
const MOST_SLOTS = 16;
const TEXT = 512;

export class Broken {
  constructor(error) {
    this.byStack = isOfStack(error);
    this.message = String(error?.message ?? error);
  }
}

function isOfStack(error) {
  return error instanceof RangeError || error?.name === "InternalError";
}

export class Guest {
  constructor(core) {
    this.core = core;
    this.functions = JSON.parse(core.text(core.exports.web_functions()));
    this.slots = core.exports.web_reserve(MOST_SLOTS * SLOT);
    this.ended = this.inCore = false;
  }
  memory() {
    const memory = this.instance?.exports.memory;
    return memory instanceof WebAssembly.Memory ? memory.buffer : new ArrayBuffer(0);
  }
  pages() {
    return this.memory().byteLength / PAGE;
  }
  read(from, to, size) {
    this.core.bytes(to, size).set(new Uint8Array(this.memory(), from >>> 0, size));
  }
  write(to, from, size) {
    new Uint8Array(this.memory(), to >>> 0, size).set(this.core.bytes(from, size));
  }

  compile(at, size, end) {
    this.ending(end, () => {
      try {
        this.module = new WebAssembly.Module(this.core.bytes(at, size));
      } catch (error) {
        return [REFUSED, error.message];
      }
      return [RETURNED, ""];
    });
  }
  start(token, end) {
    this.token = token;
    this.ending(end, () => {
      const imports = {};
      for (const {module, name} of WebAssembly.Module.imports(this.module)) {
        const index = this.functions.findIndex((each) => each[0] === module && each[1] === name);
        (imports[module] ??= {})[name] = this.hostFunction(index);
      }
      try {
        this.instance = new WebAssembly.Instance(this.module, imports);
      } catch (error) {
        if (error instanceof WebAssembly.LinkError) return [REFUSED, error.message];
        return this.endOf(error);
      }
      return this.endOf();
    });
  }
  call(name, end) {
    this.ending(end, () => {
      try {
        this.instance.exports[name]();
      } catch (error) {
        return this.endOf(error);
      }
      return this.endOf();
    });
  }

  hostFunction(index) {
    const [, , params, results] = this.functions[index];
    return (...values) => {
      if (this.ended || this.inCore) this.core.exports.web_trap();
      const slots = this.core.view(this.slots, MOST_SLOTS * SLOT);
      for (let i = 0; i < params.length; ++i) {
        if (params[i] === "I") slots.setBigInt64(i * SLOT, values[i], true);
        else slots.setInt32(i * SLOT, values[i], true);
      }
      // No handler here: with the stack used up it could not run either.
      this.inCore = true;
      const ends = this.core.exports.web_host_call(this.token, index, this.slots);
      this.inCore = false;
      this.ended = ends !== 0;
      if (this.ended) this.core.exports.web_trap();
      const answer = this.core.view(this.slots, SLOT);
      if (results === "") return undefined;
      return results === "I" ? answer.getBigInt64(0, true) : answer.getInt32(0, true);
    };
  }
  // Of guest code that came back, or of what it threw.
  endOf(error) {
    if (this.inCore) throw new Broken(error);
    if (this.ended) return [ENDS, ""];
    if (error === undefined) return [RETURNED, ""];
    if (error instanceof WebAssembly.RuntimeError) return [TRAPPED, error.message];
    if (isOfStack(error)) return [STACK, ""];
    if (WebAssembly.Exception !== undefined && error instanceof WebAssembly.Exception) return [EXCEPTION, ""];
    return [BUG, String(error?.message ?? "")];
  }
  // A PageEnd of warrant/web/page.h.
  ending(at, run) {
    const [kind, message] = run();
    const text = new TextEncoder().encode(message).subarray(0, TEXT);
    const end = this.core.view(at, 8 + TEXT);
    end.setUint32(0, kind, true);
    end.setUint32(4, text.length, true);
    this.core.bytes(at + 8, TEXT).set(text);
  }
}
