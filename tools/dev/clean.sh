# SPDX-License-Identifier: Apache-2.0
# ./dev clean: removes what was built. Sourced by dev.

verb_clean() {
  local targets=(build web/dist)
  [[ ${1:-} != --all ]] || targets+=(web/node_modules)
  say "Removing ${targets[*]}"
  rm -rf "${targets[@]}"
  say "clean: done ($(spent "$started"))"
}
