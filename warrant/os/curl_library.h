// SPDX-License-Identifier: Apache-2.0
#pragma once
// libcurl, loaded at the first fetch or before lock-down, never at the start of a process.
//
// load_curl() answers the one loaded library of its name for the whole process, initialised once,
// under a lock; kNotSupported when it is not there, too old (< 7.85), without TLS by OpenSSL, or
// lacks a function. Needs its headers to build and nothing of it to link. Any thread. Does not
// touch the environment: scrub_network_environment() is for processes of our own, while they have
// one thread. Spec: egress.md 15.1.
#include <curl/curl.h>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"
#include "warrant/os/gmac.h"

namespace warrant::os {

inline constexpr const char* kCurlName = "libcurl.so.4";

struct CurlLibrary {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_version_info) version_info = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_pause) easy_pause = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_multi_init) multi_init = nullptr;
  decltype(&curl_multi_setopt) multi_setopt = nullptr;
  decltype(&curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&curl_multi_socket_action) multi_socket_action = nullptr;
  decltype(&curl_multi_info_read) multi_info_read = nullptr;
  decltype(&curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
  // Of its TLS library, for the version of a connection; may be absent.
  int (*tls_version)(const void* connection) = nullptr;
  CryptoLibrary crypto;  // may be absent, too
};

Result<const CurlLibrary*> load_curl(Ambient ambient, const char* name = kCurlName);

// Removes every variable by which libcurl, OpenSSL, c-ares or the dynamic linker would take orders.
void scrub_network_environment(Ambient) noexcept;

}  // namespace warrant::os
