// SPDX-License-Identifier: Apache-2.0
// The memory that the page, a run's worker and its network's worker share, and how it is laid out.
//
// Word BELL counts whatever happens and is what the run's worker sleeps on; word CANCELLED is set
// once. Then one mailbox an exchange: its state (EMPTY, or the kind of the message that lies in
// it), the message's size, whose it is (FREE or TAKEN), the message. The network's worker fills a
// mailbox only when it was asked, the run's worker empties it. The run's worker takes a free one,
// the network's worker frees it: no late answer lands in another exchange's.
export const BELL = 0;
export const CANCELLED = 1;
export const EMPTY = 0;
export const FREE = 0, TAKEN = 1;
export const HEAD = 1, BODY = 2, END = 3, FAILED = 4;  // PageMessage of warrant/web/page.h
export const EXCHANGES = 16;
export const MESSAGE = 65536;

const CONTROL = 64;  // bytes
const HEADER = 12;
const MAILBOX = HEADER + MESSAGE;

export class Shared {
  static size = CONTROL + EXCHANGES * MAILBOX;
  constructor(buffer = new SharedArrayBuffer(Shared.size)) {
    this.buffer = buffer;
    this.control = new Int32Array(buffer, 0, CONTROL / 4);
    this.boxes = Array.from({length: EXCHANGES}, (_, n) => ({
      words: new Int32Array(buffer, CONTROL + n * MAILBOX, HEADER / 4),
      bytes: new Uint8Array(buffer, CONTROL + n * MAILBOX + HEADER, MESSAGE),
    }));
  }
  ring() {
    Atomics.add(this.control, BELL, 1);
    if (!(this.buffer instanceof ArrayBuffer)) Atomics.notify(this.control, BELL);
  }
  cancel() {
    Atomics.store(this.control, CANCELLED, 1);
    this.ring();
  }
  free(number) {
    Atomics.store(this.boxes[number].words, 0, EMPTY);
    Atomics.store(this.boxes[number].words, 2, FREE);
    this.ring();
  }
  put(number, kind, bytes) {
    const box = this.boxes[number];
    box.bytes.set(bytes);
    box.words[1] = bytes.length;
    Atomics.store(box.words, 0, kind);
    this.ring();
  }
}
