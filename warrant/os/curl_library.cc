// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/curl_library.h"

#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/os/dynamic_library.h"

namespace warrant::os {
namespace {

constexpr unsigned kLeastVersion = 0x075500;  // 7.85.0: the options that name protocols by text

constexpr std::string_view kVariables[] = {
    "no_proxy",      "sslkeylogfile", "curl_ssl_backend", "curl_home",       "netrc",
    "hostaliases",   "localdomain",   "res_options",      "cares_hosts",     "openssl_conf",
    "ssl_cert_file", "ssl_cert_dir",  "openssl_engines",  "openssl_modules",
};

bool takes_orders(std::string_view name) {
  std::string lower(name);
  for (char& each : lower) {
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  }
  if (lower.ends_with("_proxy") || name.starts_with("LD_")) return true;
  for (const std::string_view known : kVariables) {
    if (lower == known) return true;
  }
  return false;
}

CryptoLibrary load_crypto(Ambient ambient) {
  DynamicLibrary library(ambient, "libcrypto.so.3");
  CryptoLibrary crypto;
  library.find("EVP_CIPHER_CTX_new", crypto.context_new);
  library.find("EVP_CIPHER_CTX_free", crypto.context_free);
  library.find("EVP_aes_256_gcm", crypto.aes_256_gcm);
  library.find("EVP_EncryptInit_ex", crypto.encrypt_init);
  library.find("EVP_EncryptUpdate", crypto.encrypt_update);
  library.find("EVP_EncryptFinal_ex", crypto.encrypt_final);
  library.find("EVP_CIPHER_CTX_ctrl", crypto.context_control);
  return library.complete() ? crypto : CryptoLibrary{};
}

Error unavailable() noexcept { return Error{Errc::kNotSupported, 0, "load_curl"}; }

Result<CurlLibrary> load(Ambient ambient, const char* name) {
  DynamicLibrary library(ambient, name);
  CurlLibrary curl;
  library.find("curl_global_init", curl.global_init);
  library.find("curl_version_info", curl.version_info);
  library.find("curl_easy_init", curl.easy_init);
  library.find("curl_easy_setopt", curl.easy_setopt);
  library.find("curl_easy_getinfo", curl.easy_getinfo);
  library.find("curl_easy_pause", curl.easy_pause);
  library.find("curl_easy_reset", curl.easy_reset);
  library.find("curl_easy_cleanup", curl.easy_cleanup);
  library.find("curl_multi_init", curl.multi_init);
  library.find("curl_multi_setopt", curl.multi_setopt);
  library.find("curl_multi_add_handle", curl.multi_add_handle);
  library.find("curl_multi_remove_handle", curl.multi_remove_handle);
  library.find("curl_multi_socket_action", curl.multi_socket_action);
  library.find("curl_multi_info_read", curl.multi_info_read);
  library.find("curl_multi_cleanup", curl.multi_cleanup);
  library.find("curl_slist_append", curl.slist_append);
  library.find("curl_slist_free_all", curl.slist_free_all);
  if (!library.complete()) return unavailable();
  const curl_version_info_data* const about = curl.version_info(CURLVERSION_NOW);
  if (about->version_num < kLeastVersion || (about->features & CURL_VERSION_SSL) == 0) {
    return unavailable();
  }
  if (about->ssl_version == nullptr ||
      !std::string_view(about->ssl_version).starts_with("OpenSSL/")) {
    return unavailable();
  }
  DynamicLibrary(ambient, "libssl.so.3").find("SSL_version", curl.tls_version);
  curl.crypto = load_crypto(ambient);
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return unavailable();
  return curl;
}

}  // namespace

Result<const CurlLibrary*> load_curl(Ambient ambient, const char* name) {
  return load_once(ambient, name, &load);
}

void scrub_network_environment(Ambient) noexcept {
  std::vector<std::string> names;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const std::string_view name = entry.substr(0, entry.find('='));
    if (takes_orders(name)) names.emplace_back(name);
  }
  for (const std::string& name : names) ::unsetenv(name.c_str());
}

}  // namespace warrant::os
