# SPDX-License-Identifier: Apache-2.0
# ./dev test: every test but the long campaigns. Sourced by dev.

# What runs on more than one thread, or hands values between threads.
readonly tsan_targets="base_test eventlog_test ingest_test stream_test analytics_test server_test"

# run_tests PRESET KINDS [ARGUMENT...]: the last line it prints is `N passed, N failed[, N skipped]`.
run_tests() {
  local preset=$1 kinds=$2
  shift 2
  python3 tools/run_tests.py --build "build/$preset" --kinds "$kinds" --jobs "$(jobs)" "$@"
}

# existing_targets PRESET TARGET...: those of the targets that the tree has.
existing_targets() {
  local preset=$1 all
  shift
  all=$(ninja -C "build/$preset" -t targets all 2>/dev/null | sed 's/: .*//')
  local target
  for target in "$@"; do grep -qxF "$target" <<<"$all" && printf '%s\n' "$target"; done
}

test_tsan() {
  say "Testing under ThreadSanitizer"
  ensure build web test
  step "configuring the tsan build" configure tsan
  local targets
  mapfile -t targets < <(existing_targets tsan $tsan_targets)
  step "compiling the tsan build ($(jobs) jobs)" compile tsan "${targets[@]}"
  (($#)) || set -- "^(${tsan_targets// /|})\$"
  local status=0
  run_tests tsan gtest --only-built --elapsed-since "$started" "$@" || status=$?
  return $status
}

verb_test() {
  if [[ ${1:-} == --tsan ]]; then
    shift
    mkdir -p build
    test_tsan "$@"
    return
  fi
  if [[ ${1:-} == --list ]]; then
    run_tests dev all --list
    return
  fi
  say "Testing: build/dev (ASan + UBSan), the page, a slice of the faults, a short fuzz"
  ensure build web test browser
  source tools/dev/build.sh
  ensure_page
  step "compiling the dev build ($(jobs) jobs)" compile dev all fault_programs
  local status=0
  run_tests dev all --slice --elapsed-since "$started" "$@" || status=$?
  return $status
}
