// SPDX-License-Identifier: Apache-2.0
// The options of libcurl's side of the race, for C and C++: what a careful program would set. It
// sends the request that a guest's GET becomes, field by field.
#ifndef WARRANT_BENCH_RAW_OPTIONS_H
#define WARRANT_BENCH_RAW_OPTIONS_H
#include <curl/curl.h>

static inline void set_raw_options(CURL* easy, const char* ca, const char* url) {
  const char* const none = 0;
  const long version = CURL_HTTP_VERSION_2TLS;
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
  curl_easy_setopt(easy, CURLOPT_CAPATH, none);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version);
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L << 10);
  struct curl_slist* fields = curl_slist_append(0, "Accept-Encoding: identity");
  fields = curl_slist_append(fields, "Accept: */*");
  fields = curl_slist_append(fields, "User-Agent: warrant/0");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);  // as long as the program runs
}

#endif
