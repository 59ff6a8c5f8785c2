#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the rules of the source tree that a compiler does not know.

  layers     a file of src/X includes only src/X and folders of a lower rank (the table of cmake/tapewire_library.cmake)
  clock      `::now()` stands in src/base/time.cpp alone
  licence    the first line of each C++ file names Apache-2.0
  guard      each header starts with `#pragma once`
  size       files up to 500 lines, functions up to 70
Prints FAIL lines for what breaks a rule and closes with `N passed, N failed`, one case per rule.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES = 500
FUNCTION_LINES = 70
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
# A function's head stands at the margin, or one step in for a member defined inside its class; it ends in `{`.
OPENS = re.compile(r"^(?:  )?[A-Za-z_~\[].*\)[^;=]*\{$|^(?:  )?\) .*\{$|^(?:    |  )[^;]*\) (?:const |noexcept |override )*\{$")
NOT_FUNCTION = re.compile(r"^\s*(?:if|for|while|switch|else|do|namespace|class|struct|enum|union|extern|catch|try|return|\})\b")


def ranks():
    text = (ROOT / "cmake/tapewire_library.cmake").read_text(encoding="utf-8")
    table = re.search(r"set\(tapewire_ranks([^)]*)\)", text)[1].split()
    return {table[i]: int(table[i + 1]) for i in range(0, len(table), 2)}


def files_of(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cpp") and path.is_file():
                yield path


def read(path):
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def check_layers():
    table = ranks()
    for path in files_of("src"):
        own = path.relative_to(ROOT / "src").parts[0]
        if own not in table:
            yield f"{path.relative_to(ROOT)}: src/{own} has no rank in cmake/tapewire_library.cmake"
            continue
        for number, line in enumerate(read(path), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            other = match[1].split("/")[0]
            where = f"{path.relative_to(ROOT)}:{number}"
            if match[1] == "duckdb.h":
                continue  # third_party/duckdb
            if ".." in match[1] or not (ROOT / "src" / match[1]).exists():
                yield f'{where}: "{match[1]}" is no path from src/'
            elif other != own and table.get(other, 99) >= table[own]:
                yield f"{where}: src/{own} (rank {table[own]}) includes src/{other} (rank {table.get(other)})"


def without_comment(line):
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', line).split("//")[0]


def check_clock():
    for path in files_of("src"):
        if path == ROOT / "src/base/time.cpp":
            continue
        for number, line in enumerate(read(path), 1):
            if re.match(r"\w\S* \w+::now\(\)", line):
                continue  # the definition of a member of that name
            if re.search(r"::now\(\)|\bgettimeofday\(|\bclock_gettime\(|\btime\(nullptr\)", without_comment(line)):
                yield f"{path.relative_to(ROOT)}:{number}: reads a clock; take a Clock instead"


def check_licence():
    for path in files_of("src", "tests", "fuzz", "bench", "tools"):
        lines = read(path)
        if not lines or lines[0] != "// SPDX-License-Identifier: Apache-2.0":
            yield f"{path.relative_to(ROOT)}: the first line is not `// SPDX-License-Identifier: Apache-2.0`"


def check_guard():
    for path in files_of("src", "tests", "fuzz", "bench", "tools"):
        if path.suffix == ".h" and "#pragma once" not in read(path):
            yield f"{path.relative_to(ROOT)}: no `#pragma once`"


def functions(lines):
    """Yields (line, length) of what looks like a function: its closing brace has the indentation of its head."""
    index = 0
    while index < len(lines):
        line = lines[index]
        if OPENS.match(line) and not NOT_FUNCTION.match(line) and "= [" not in line:
            head = index
            while head > 0 and lines[head].startswith("    ") and not re.search(r"[;{}]$", lines[head - 1]):
                head -= 1
            indent = re.match(r" *", lines[head])[0]
            end = next((i for i in range(index + 1, len(lines)) if lines[i].startswith(indent + "}")), len(lines))
            yield head + 1, end - head + 1
            index = end
        index += 1


def check_size():
    for path in files_of("src", "tests", "fuzz", "bench", "tools"):
        lines = read(path)
        if len(lines) > FILE_LINES:
            yield f"{path.relative_to(ROOT)}: {len(lines)} lines, {FILE_LINES} at most"
        for line, length in functions(lines):
            if length > FUNCTION_LINES:
                yield f"{path.relative_to(ROOT)}:{line}: a function of {length} lines, {FUNCTION_LINES} at most"


def main():
    passed = failed = 0
    for name, check in [("layers", check_layers), ("clock", check_clock), ("licence", check_licence),
                        ("guard", check_guard), ("size", check_size)]:
        faults = list(check())
        if faults:
            failed += 1
            print("\n".join(f"  {fault}" for fault in faults))
            print(f"FAIL {name}: {len(faults)} places")
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
