# SPDX-License-Identifier: Apache-2.0
# Sourced: find_rust sets `cargo` and `rustc` to compilers of at least 1.95, or says what to install
# and ends the program.

# True when "$1" (cargo) and "$2" (rustc) are there and new enough.
usable_rust() {
  command -v "$1" >/dev/null && command -v "$2" >/dev/null || return 1
  local version
  version="$("$2" --version 2>/dev/null | cut -d' ' -f2)" || return 1
  [ "$(printf '%s\n' 1.95.0 "${version%%-*}" | sort -V | head -n1)" = 1.95.0 ]
}

find_rust() {
  if usable_rust cargo rustc; then
    cargo=cargo rustc=rustc
  elif usable_rust /usr/bin/cargo /usr/bin/rustc; then
    cargo=/usr/bin/cargo rustc=/usr/bin/rustc
  else
    echo "${0##*/}: Rust 1.95 or newer is needed: apt-get install cargo-web rustc-web" >&2
    exit 1
  fi
}
