// SPDX-License-Identifier: Apache-2.0
// The worker that sends what a run asked for, while the run's own worker sleeps.
//
// It decides nothing: each request was judged by the core. Nothing of the page's goes along: no
// cookies, no redirect, no cache, no referrer. It answers into shared memory, one message for each
// that was asked for, so a body that nobody reads is not fetched on.
import {BODY, END, FAILED, HEAD, MESSAGE, Shared} from "./shared.mjs";

// Milliseconds behind the end of a request: the core's own clock says first that it is over.
const BEHIND = 100;

let shared;
const exchanges = new Map();

// Lines as a server sends them: header values are bytes, one a character.
function headOf(response) {
  let text = `HTTP/1.1 ${response.status} ${response.statusText}\r\n`;
  for (const [name, value] of response.headers) text += `${name}: ${value}\r\n`;
  return Uint8Array.from(text + "\r\n", (each) => each.charCodeAt(0));
}

// What is judged is what is sent: a URL that the browser would spell otherwise is not sent at all.
// The one difference is a port that stands for the scheme. Some names that were judged are none here.
function isSentAsItIs(url) {
  return URL.canParse(url) && new URL(url).href === url.replace(/^(https:\/\/[^/?#]*):443(?=[/?#]|$)/, "$1");
}

class Exchange {
  constructor(number, request, body) {
    this.number = number;
    this.abort = new AbortController();
    this.timer = setTimeout(() => this.abort.abort(), request.milliseconds + BEHIND);
    this.rest = new Uint8Array(0);
    this.response = isSentAsItIs(request.url)
      ? fetch(request.url, {
        method: request.method, headers: request.headers, body, signal: this.abort.signal,
        mode: "cors", credentials: "omit", redirect: "error", cache: "no-store",
        referrerPolicy: "no-referrer",
      })
      : Promise.reject(new TypeError("not sent"));
    this.response.catch(() => {});
  }
  async next() {
    if (this.reader === undefined) {
      const response = await this.response;
      this.reader = response.body === null ? null : response.body.getReader();
      const head = headOf(response);
      if (head.length > MESSAGE) throw new RangeError("a head of that size");
      return [HEAD, head];
    }
    while (this.rest.length === 0) {
      const {done, value} = this.reader === null ? {done: true} : await this.reader.read();
      if (done) return [END, this.rest];
      this.rest = value;
    }
    const piece = this.rest.subarray(0, MESSAGE);
    this.rest = this.rest.subarray(piece.length);
    return [BODY, piece];
  }
  async answer() {
    let message;
    try {
      message = await this.next();
    } catch {
      message = [FAILED, new Uint8Array(0)];
    }
    if (exchanges.get(this.number) === this) shared.put(this.number, ...message);
  }
  end() {
    clearTimeout(this.timer);
    this.abort.abort();
  }
}

self.onmessage = ({data}) => {
  if (data.buffer !== undefined) {
    shared = new Shared(data.buffer);
    data.port.onmessage = (event) => take(event.data);
    self.postMessage("ready");
  }
};

function take({what, number, request, body}) {
  if (what === "start") exchanges.set(number, new Exchange(number, request, body));
  if (what === "ask") exchanges.get(number)?.answer();
  if (what === "end") {
    exchanges.get(number)?.end();
    exchanges.delete(number);
    shared.free(number);
  }
}
