# SPDX-License-Identifier: Apache-2.0
# ./dev bench: speed and memory of the release build. Sourced by dev.

source tools/dev/build.sh

verb_bench() {
  say "Measuring the release build (leave the machine alone meanwhile)"
  ensure build web test peers
  build_release
  step "configuring" configure release
  step "compiling the benchmarks" compile release benches
  export TAPEWIRE=$root/build/release/tapewire TAPEWIRE_BUILD=$root/build/release TAPEWIRE_SHARED=$root/../shared
  export TAPEWIRE_PEERS_PYTHON=$root/build/peers/bin/python3
  [[ -x bench/run ]] || fail "bench/run is missing"
  step "measuring" bench/run "$@"
  say "bench: done ($(spent "$started"))"
}
