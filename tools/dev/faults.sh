# SPDX-License-Identifier: Apache-2.0
# ./dev faults: the long campaigns. Sourced by dev.

source tools/dev/test.sh
source tools/dev/build.sh
source tools/dev/fuzz.sh

# campaign NAME COMMAND...: runs it, shows its output, adds its counts to the sum.
campaign() {
  local name=$1 log=build/faults-$1.log status=0 last
  shift
  "$@" 2>&1 | tee "$log" || status=$?
  last=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1 || :)
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    ((status == 0 || BASH_REMATCH[2] > 0)) || failed=$((failed + 1))
  else
    failed=$((failed + 1))
    say "$name gave no result (exit status $status)"
  fi
}

release_campaigns() {
  build_release
  step "compiling the fault programs" compile release fault_programs
  run_tests release faults --full "$@"
}

verb_faults() {
  say "Running the fault campaigns: kill -9, failing disks, flipped bits; then the TSan tests and a short libFuzzer run"
  mkdir -p build
  ensure build web test clang
  local passed=0 failed=0 skipped=0
  campaign release release_campaigns "$@"
  if (($# == 0)); then
    campaign tsan test_tsan
    campaign fuzz fuzz_all 1 ""
  fi
  say "faults: $(spent "$started")"
  if ((skipped)); then say "$passed passed, $failed failed, $skipped skipped"
  else say "$passed passed, $failed failed"; fi
  ((failed == 0))
}
