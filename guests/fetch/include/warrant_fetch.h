/* SPDX-License-Identifier: Apache-2.0 */
/* HTTPS for guests: the imports openagentic_netfetch (one call, GET) and warrant_fetch (methods,
 * headers, bodies, streaming). Importing grants nothing; where a grant covers the request is the
 * host's to say. Results are errno numbers of WASI preview1, 0 for success. A pointer outside the
 * guest's memory ends the guest. What each function does: docs/formats/warrant-fetch.md. */
#ifndef WARRANT_FETCH_H
#define WARRANT_FETCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WARRANT_IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

/* GET, whole body into one buffer; what does not fit is cut and *out_trunc is 1. */
WARRANT_IMPORT("openagentic_netfetch", "fetch_get")
int32_t openagentic_fetch_get(const char* url, uint32_t url_len, void* out, int32_t out_max,
                              uint32_t* out_n, uint32_t* out_status, uint8_t* out_trunc);

enum warrant_method {
  WARRANT_GET = 0,
  WARRANT_HEAD = 1,
  WARRANT_POST = 2,
  WARRANT_PUT = 3,
  WARRANT_PATCH = 4,
  WARRANT_DELETE = 5,
  WARRANT_OPTIONS = 6
};

enum {
  WARRANT_REDIRECTS_RETURNED = 1 /* flag of warrant_fetch_request */
};

enum { /* flags of struct warrant_response */
       WARRANT_LENGTH_KNOWN = 1,
       WARRANT_REDIRECTED = 2
};

/* What warrant_fetch_response writes, as far as it was asked for. */
struct warrant_response {
  uint32_t size; /* of the whole record */
  uint32_t status;
  uint32_t flags;       /* WARRANT_LENGTH_KNOWN, WARRANT_REDIRECTED */
  uint32_t head_length; /* bytes of the head block */
  uint64_t body_length; /* all ones: not known */
  uint32_t hops;
  uint32_t zero;
};

struct warrant_bounds {
  uint64_t requests_left;
  uint64_t bytes_left;
  uint64_t response;
  uint64_t request_body;
  uint64_t timeout_ms;
};

WARRANT_IMPORT("warrant_fetch", "version")
int32_t warrant_fetch_version(void);

/* Sends; returns when the response's head is there. head: entries `kind name NUL value NUL`, kind
 * '=' for a literal, '$' where the value names a secret. timeout_ms 0: the grant's. */
WARRANT_IMPORT("warrant_fetch", "request")
int32_t warrant_fetch_request(uint32_t method, const char* url, uint32_t url_len, const char* head,
                              uint32_t head_len, const void* body, uint32_t body_len,
                              uint32_t timeout_ms, uint32_t flags, uint32_t* handle_out);

WARRANT_IMPORT("warrant_fetch", "response")
int32_t warrant_fetch_response(uint32_t handle, struct warrant_response* out, uint32_t out_len);

/* The response's headers as a block, from any offset; *n_out 0: the end. */
WARRANT_IMPORT("warrant_fetch", "head_read")
int32_t warrant_fetch_head_read(uint32_t handle, uint32_t offset, void* to, uint32_t len,
                                uint32_t* n_out);

/* The next bytes of the body; *n_out 0: its complete end. */
WARRANT_IMPORT("warrant_fetch", "body_read")
int32_t warrant_fetch_body_read(uint32_t handle, void* to, uint32_t len, uint32_t* n_out);

WARRANT_IMPORT("warrant_fetch", "body_ready")
int32_t warrant_fetch_body_ready(uint32_t handle, uint32_t* n_out);

/* The last failure: `code NUL reason NUL sent NUL`; the reason may be empty. */
WARRANT_IMPORT("warrant_fetch", "error_read")
int32_t warrant_fetch_error_read(void* to, uint32_t len, uint32_t* n_out);

WARRANT_IMPORT("warrant_fetch", "cancel")
int32_t warrant_fetch_cancel(uint32_t handle);

WARRANT_IMPORT("warrant_fetch", "close")
int32_t warrant_fetch_close(uint32_t handle);

WARRANT_IMPORT("warrant_fetch", "bounds")
int32_t warrant_fetch_bounds(struct warrant_bounds* out, uint32_t out_len);

#ifdef __cplusplus
}
#endif

#endif
