# SPDX-License-Identifier: Apache-2.0
# ./dev setup: installs what is missing, and says nothing where nothing is. Sourced by dev.

declare -A packages=(
  [build]="g++ cmake ninja-build pkg-config ca-certificates ccache mold
    libboost1.81-dev libssl-dev libcurl4-openssl-dev libsimdjson-dev nlohmann-json3-dev liblmdb-dev libfmt-dev
    libspdlog-dev libcli11-dev libtomlplusplus-dev libhowardhinnant-date-dev prometheus-cpp-dev zlib1g-dev"
  [test]="libgtest-dev libgmock-dev libbenchmark-dev python3"
  [web]="nodejs npm"
  [browser]="chromium fonts-dejavu-core"
  [clang]="clang-19 libclang-rt-19-dev llvm-19"
  [lint]="clang-tidy-19 clang-format-19"
  [peers]="python3 python3-venv"
)
readonly default_groups="build test web browser clang lint"

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "needs root and there is no sudo: run this as root: $*"; fi
}

has_node() {
  command -v node >/dev/null && command -v npm >/dev/null || return 1
  local version
  version=$(node --version) || return 1
  version=${version#v}
  ((${version%%.*} >= 18))
}

# missing_packages GROUP...: the Debian packages of these groups that are not installed.
missing_packages() {
  local group wanted=() name installed
  for group in "$@"; do
    [[ $group == web ]] && has_node && continue
    # shellcheck disable=SC2206
    wanted+=(${packages[$group]})
  done
  ((${#wanted[@]})) || return 0
  # shellcheck disable=SC2016
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || :)
  for name in "${wanted[@]}"; do
    grep -qxF "installed $name" <<<"$installed" || printf '%s\n' "$name"
  done | sort -u
}

install_packages() {
  local options=(-y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -q)
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq -o DPkg::Lock::Timeout=300 || return
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "$@" >build/apt.log 2>&1 ||
    { tail -n 20 build/apt.log; return 1; }
}

# npm_stamp: what web/node_modules must have been made from.
npm_stamp() { { cat web/package-lock.json; node --version; } | sha256sum | cut -d' ' -f1; }

install_node_modules() {
  rm -f web/node_modules/.tapewire-stamp
  (cd web && npm ci --no-audit --no-fund --loglevel=error) || return
  npm_stamp >web/node_modules/.tapewire-stamp
}

# The peers that `bench` compares with run on their own libraries, in their own environment.
install_peers() {
  python3 -m venv build/peers &&
    build/peers/bin/pip install --quiet --disable-pip-version-check marshmallow==3.26.1 marshmallow_dataclass==8.7.1 &&
    touch build/peers/.ready
}

# ensure GROUP...: quick when nothing is missing.
ensure() {
  local missing group
  for group in "$@"; do
    [[ -n ${packages[$group]:-} ]] || fail "no group '$group': there are ${!packages[*]}"
  done
  if command -v dpkg-query >/dev/null; then
    mapfile -t missing < <(missing_packages "$@")
    if ((${#missing[@]})); then
      mkdir -p build
      say "   missing: ${missing[*]}"
      step "installing ${#missing[@]} Debian packages" install_packages "${missing[@]}"
    fi
  else
    say "   no dpkg here: nothing is installed for you; Debian calls what is needed: ${packages[build]//$'\n'/ }"
  fi
  if [[ " $* " == *" web "* ]]; then
    [[ -f web/package-lock.json ]] || fail "web/package-lock.json is missing"
    if [[ $(cat web/node_modules/.tapewire-stamp 2>/dev/null) != "$(npm_stamp)" ]]; then
      step "installing the npm packages of web/ (page and libduckdb.so)" install_node_modules
    fi
  fi
  if [[ " $* " == *" peers "* && ! -f build/peers/.ready ]]; then
    step "making the Python environment of the peers" install_peers
  fi
}

verb_setup() {
  local groups=("$@")
  # shellcheck disable=SC2206
  (($#)) || groups=($default_groups)
  say "Setting up: ${groups[*]}"
  ensure "${groups[@]}"
  say "setup: everything is there ($(spent "$started"))"
}
