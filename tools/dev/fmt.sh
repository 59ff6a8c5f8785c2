# SPDX-License-Identifier: Apache-2.0
# ./dev fmt: formats the C++ sources in place. Sourced by dev.

# cpp_files: every C++ file of ours, one a line.
cpp_files() { find src tests fuzz bench tools -type f \( -name '*.h' -o -name '*.cpp' \) | sort; }

verb_fmt() {
  say "Formatting the C++ sources"
  ensure lint
  local files
  mapfile -t files < <(cpp_files)
  step "clang-format over ${#files[@]} files" clang-format-19 -i "${files[@]}"
  say "fmt: done ($(spent "$started"))"
}
