# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of tools/: where the caches are, the tools that setup brought along, and
# one way to speak. Needs bash and nothing else.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cache=${WARRANT_BUILD_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/warrant-build}
export PATH="$cache/bin:$PATH"
jobs=${JOBS:-$(nproc)}

say() { printf '%s\n' "$*" >&2; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# version_at_least 1.95.0 1.95: is the first at least the second?
version_at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}
