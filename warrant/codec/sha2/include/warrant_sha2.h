/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104) by the processor's SHA instructions.
 *
 * Where warrant_sha2_usable() is 0 no other function may be called. A state lies in memory of the
 * caller, holds no pointer and may be copied as bytes; finish() ends it. Any thread, one at a time
 * for one state. */
#ifndef WARRANT_SHA2_H
#define WARRANT_SHA2_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WARRANT_SHA256_STATE 112 /* bytes, aligned to 16 */
#define WARRANT_HMAC_STATE 176

int warrant_sha2_usable(void);

void warrant_sha256_init(void* state);
void warrant_sha256_update(void* state, const void* bytes, size_t size);
void warrant_sha256_finish(void* state, uint8_t digest[32]);

void warrant_hmac_sha256_init(void* state, const void* key, size_t size); /* any size */
void warrant_hmac_sha256_update(void* state, const void* bytes, size_t size);
void warrant_hmac_sha256_finish(void* state, uint8_t digest[32]);

#ifdef __cplusplus
}
#endif
#endif
