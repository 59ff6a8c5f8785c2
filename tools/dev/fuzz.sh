# SPDX-License-Identifier: Apache-2.0
# ./dev fuzz: libFuzzer over every program of fuzz/. Sourced by dev.

# fuzz_all MINUTES ONLY: builds the fuzzers and shares the minutes among them.
fuzz_all() {
  local minutes=$1 only=$2
  step "compiling the fuzzers with clang ($(jobs) jobs)" compile fuzz fuzzers
  python3 tools/run_fuzzers.py --build build/fuzz --minutes "$minutes" --jobs "$(jobs)" ${only:+--only "$only"}
}

verb_fuzz() {
  local minutes=10 only=""
  while (($#)); do
    case $1 in
      --minutes) minutes=${2:?--minutes needs a number}; shift 2 ;;
      --only) only=${2:?--only needs a name}; shift 2 ;;
      *) fail "unknown option '$1' (there are --minutes N and --only NAME)" ;;
    esac
  done
  say "Fuzzing for $minutes minutes in all"
  ensure build web test clang
  fuzz_all "$minutes" "$only" || fail "a fuzzer found something, or did not run"
  say "fuzz: no finding ($(spent "$started"))"
}
