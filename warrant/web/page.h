// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a page gives to the core: functions that its script implements, and nothing else.
//
// The whole of the authority that code in a page has; tests/arch/web_imports.txt lists them, and
// the module links with exactly these. Addresses are those of the core's own memory unless they are
// said to be the guest's. None of them calls back into the core but page_start and page_call, by
// way of web_host_call. Times are milliseconds of the page's monotonic clock. A worker has one
// guest, so none of them names it. Spec: runners.md section 10.
#include <cstddef>
#include <cstdint>

extern "C" {

// How a piece of guest code ended, filled by the page.
struct PageEnd {
  enum Kind : std::uint32_t {
    kReturned = 0,
    kEnded = 1,      // a host function said so
    kTrapped = 2,    // the engine did; `text` is its message
    kException = 3,  // of the guest's own, which nothing caught
    kStack = 4,      // the engine's stack was used up
    kRefused = 5,    // the module does not compile or link; `text` says why
    kBug = 6,        // the core itself stopped
  };
  std::uint32_t kind;
  std::uint32_t text_size;
  char text[512];
};

// The guest. page_start links and instantiates what page_compile took; `instance` comes back with
// each web_host_call.
void page_compile(const void* module, std::size_t size, PageEnd* end);
void page_start(void* instance, PageEnd* end);
void page_call(const char* name, std::size_t size, PageEnd* end);
std::uint32_t page_memory_pages();  // of the guest's export `memory`, of 64 KiB; none: 0
// Between memories, of ranges that are inside the guest's.
void page_memory_read(std::uint32_t guest_from, void* to, std::size_t size);
void page_memory_write(std::uint32_t guest_to, const void* from, std::size_t size);

double page_monotonic();
double page_wall();  // milliseconds since 1970
void page_random(void* to, std::size_t size);
// Sleeps until that point, a message, or the end of the run; may return early.
void page_wait(double until);
std::uint32_t page_is_cancelled();
void page_deadline(double until);  // from when on the page may end this worker

// What is seen outside at once, whatever becomes of this worker.
enum PageOutput : std::uint32_t { kPageStdout = 1, kPageStderr = 2, kPageRecord = 3 };
void page_output(std::uint32_t what, const void* bytes, std::size_t size);

// Requests, sent by another worker. `request` is JSON: url, method, headers, milliseconds; at most
// kPageExchanges at once. -1: there is no room. Each page_fetch_ask brings one message.
inline constexpr std::uint32_t kPageExchanges = 16;
inline constexpr std::size_t kPageMessage = 65'536;  // bytes of one message, at most
enum PageMessage : std::uint32_t {
  kPageHead = 1,  // the lines of a response's head, each ended by CR LF, the last one empty
  kPageBody = 2,
  kPageEnd = 3,
  kPageFailed = 4,  // whatever went wrong: a page is not told what
};
std::int32_t page_fetch_start(const char* request, std::size_t request_size, const void* body,
                              std::size_t body_size);
void page_fetch_ask(std::int32_t exchange);
// The kind of the message that is there, 0 for none; its bytes are copied and it is gone.
std::uint32_t page_fetch_take(std::int32_t exchange, void* to, std::size_t* size);
void page_fetch_end(std::int32_t exchange);  // closes what is open

}  // extern "C"
