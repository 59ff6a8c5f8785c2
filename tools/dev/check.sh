# SPDX-License-Identifier: Apache-2.0
# ./dev check: everything that can be said without running the tests. Sourced by dev.

source tools/dev/fmt.sh
source tools/dev/build.sh

check_format() {
  local files
  mapfile -t files < <(cpp_files)
  clang-format-19 --dry-run -Werror --ferror-limit=3 "${files[@]}" || { say "./dev fmt puts this right"; return 1; }
}

check_scripts() {
  local file status=0
  for file in dev .ci/run tools/dev/*.sh; do bash -n "$file" || status=1; done
  for file in tools/*.py; do
    python3 - "$file" <<'PY' || status=1
import ast, sys
ast.parse(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1])
PY
  done
  return $status
}

check_duckdb_header() {
  local pin=48e716b9ce96ca8fead9cb35693fdc0343ac0fc1f6e7db5561fa0f44b674153d
  echo "$pin  third_party/duckdb/duckdb.h" | sha256sum --check --quiet
}

# changed_files: C++ files that differ from the branch's start or the last commit; all of them where git cannot say.
changed_files() {
  local base
  if command -v git >/dev/null && base=$(git merge-base HEAD "@{upstream}" 2>/dev/null || git rev-parse HEAD~1 2>/dev/null)
  then
    { git diff --name-only --diff-filter=d "$base"; git ls-files --others --exclude-standard; } |
      grep -E '^(src|tests|fuzz|bench|tools)/.*\.(cpp|h)$' | sort -u || :
  else
    cpp_files
  fi
}

lint() {
  python3 tools/run_tidy.py --build build/dev --jobs "$(jobs)" --minutes "$1" "${@:2}"
}

verb_check() {
  local files minutes=8
  ensure build web test lint
  mkdir -p build
  if [[ ${1:-} == --all ]]; then
    mapfile -t files < <(cpp_files)
    minutes=60
    say "Checking everything"
  else
    mapfile -t files < <(changed_files)
    say "Checking (lint: ${#files[@]} changed files; --all for every one)"
  fi
  step "scripts parse" check_scripts
  step "duckdb.h is the pinned one" check_duckdb_header
  step "layers, clock, sizes, licence lines" python3 tools/check_layers.py
  step "format" check_format
  step "types of the page" check_page_types
  build_release
  step "documents against the program" python3 tools/check_docs.py --program build/release/tapewire
  if ((${#files[@]})); then
    step "compiling what the linter needs" compile dev tw_page
    step "clang-tidy over ${#files[@]} files" lint "$minutes" "${files[@]}"
  fi
  say "check: clean ($(spent "$started"))"
}

check_page_types() { (cd web && npm run --silent check); }
