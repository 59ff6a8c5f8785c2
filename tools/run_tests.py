#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the test programs of a build and sums their cases.

The last line is `N passed, N failed`, or `N passed, N failed, N skipped`; what was skipped is named before it.
Kinds of program, all found by their place:
  gtest       what CMake registered with add_test in the build folder
  layers      tools/check_layers.py
  docs        tools/check_docs.py against the program of the build
  web         vitest in web/
  page        tools/page_check.py: the page in Chromium
  end_to_end  executable files *.sh, *.py, *.mjs in tests/end_to_end
  faults      programs in <build>/tests/faults and executable scripts in tests/faults, with --slice or --full
  fuzz        the fuzz targets of <build>/fuzz with the seeded driver
All but gtest and web follow one protocol: the last line is the count as above, `SKIP name: reason` lines name what was
skipped, and a failure exits non-zero. Their environment: TAPEWIRE (the program), TAPEWIRE_BUILD, TAPEWIRE_SHARED,
TAPEWIRE_SOURCE.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
KINDS = ["layers", "docs", "web", "page", "end_to_end", "faults", "gtest", "fuzz"]
COUNT_LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")
TAIL_LINES = 40
LONG = ["store_test", "end_to_end/meeting_runs", "faults/kill_nine", "page", "end_to_end/bad_input", "sources_test", "end_to_end/real_week"]


@dataclasses.dataclass
class Program:
    name: str
    kind: str
    command: list
    directory: pathlib.Path = ROOT
    timeout: int = 600


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    failures: list = dataclasses.field(default_factory=list)
    skips: list = dataclasses.field(default_factory=list)
    note: str = ""
    seconds: float = 0


def scripts_in(folder, suffixes):
    if not folder.is_dir():
        return []
    return [f for f in sorted(folder.iterdir()) if f.suffix in suffixes and f.is_file() and os.access(f, os.X_OK)]


def programs_in(folder):
    """Executable files without an ending: shared objects and CMake's own files are not programs."""
    if not folder.is_dir():
        return []
    return [f for f in sorted(folder.iterdir()) if f.is_file() and not f.suffix and os.access(f, os.X_OK)]


def find_gtests(build, only_built):
    listing = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, capture_output=True, text=True, check=True)
    found = []
    for test in json.loads(listing.stdout)["tests"]:
        command = test.get("command")
        if command and (pathlib.Path(command[0]).exists() or not only_built):
            found.append(Program(test["name"], "gtest", command[:1]))
    return found


def find_programs(build, kinds, full, only_built):
    found = []
    mode = "--full" if full else "--slice"
    if "layers" in kinds:
        found.append(Program("layers", "layers", [sys.executable, str(ROOT / "tools/check_layers.py")]))
    if "docs" in kinds:
        found.append(
            Program("docs", "docs", [sys.executable, str(ROOT / "tools/check_docs.py"), "--program", str(build / "tapewire")]))
    if "web" in kinds and (ROOT / "web/package.json").exists():
        report = build / "test-results/web.json"
        command = ["npx", "--no-install", "vitest", "run", "--reporter=default", "--reporter=json",
                   f"--outputFile.json={report}"]
        found.append(Program("web", "web", command, ROOT / "web"))
    if "page" in kinds and (ROOT / "web/tests/page_check.mjs").exists():
        found.append(Program("page", "page", [sys.executable, str(ROOT / "tools/page_check.py")], ROOT, 400))
    if "end_to_end" in kinds:
        for script in scripts_in(ROOT / "tests/end_to_end", {".sh", ".py", ".mjs"}):
            found.append(Program(f"end_to_end/{script.stem}", "end_to_end", [str(script)]))
    if "faults" in kinds:
        timeout = 1150 if full else 600
        for program in programs_in(build / "tests/faults") + scripts_in(ROOT / "tests/faults", {".sh", ".py"}):
            found.append(Program(f"faults/{program.stem}", "faults", [str(program), mode], ROOT, timeout))
    if "gtest" in kinds:
        found += find_gtests(build, only_built)
    if "fuzz" in kinds:
        for program in programs_in(build / "fuzz"):
            command = [str(program), "--seed", "1", "--seconds", "2", "--corpus", str(ROOT / "fuzz/corpus" / program.name)]
            found.append(Program(f"fuzz/{program.name}", "fuzz", command, build / "test-results"))
    return found


def environment(build):
    env = dict(os.environ)
    supp = ROOT / "tools/sanitizers"
    env.update(
        TAPEWIRE=str(build / "tapewire"),
        TAPEWIRE_BUILD=str(build),
        TAPEWIRE_SHARED=str(ROOT.parent / "shared"),
        TAPEWIRE_SOURCE=str(ROOT),
        ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1",
        UBSAN_OPTIONS="print_stacktrace=1",
        TSAN_OPTIONS=f"halt_on_error=1:second_deadlock_stack=1:suppressions={supp / 'tsan.supp'}",
    )
    env.setdefault("CI", "true")
    for number in range(30, 10, -1):
        symbolizer = shutil.which(f"llvm-symbolizer-{number}")
        if symbolizer:
            env["TSAN_OPTIONS"] += f":external_symbolizer_path={symbolizer}"
            break
    return env


def run_program(program, log, report, env):
    """Runs one program into its log; returns (exit status or None at the time limit, seconds)."""
    command = list(program.command)
    if program.kind == "gtest":
        command.append(f"--gtest_output=xml:{report}")
    started = time.monotonic()
    with open(log, "wb") as out:
        try:
            child = subprocess.Popen(command, cwd=program.directory, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                     stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as error:
            out.write(f"cannot start {command[0]}: {error}\n".encode())
            return 127, 0.0
        try:
            status = child.wait(timeout=program.timeout)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            try:  # whatever a test left behind ends with it
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
    return status, time.monotonic() - started


def describe(status):
    if status is None:
        return "did not end within its time limit"
    if status < 0:
        return f"ended by signal {signal.Signals(-status).name}"
    return f"exit status {status}"


def read_gtest(report, text, status):
    outcome = Outcome()
    try:
        cases = ElementTree.parse(report).getroot().iter("testcase")
    except (OSError, ElementTree.ParseError):
        outcome.passed = len(re.findall(r"^\[       OK \]", text, re.M))
        running = re.findall(r"^\[ RUN      \] (\S+)", text, re.M)
        outcome.failures.append(f"{running[-1] if running else 'before the first case'}: {describe(status)}")
        return outcome
    for case in cases:
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            outcome.failures.append(name)
        elif case.get("status") == "notrun" or case.get("result") == "suppressed":
            outcome.skips.append((name, "disabled"))
        elif case.get("result") == "skipped" or case.find("skipped") is not None:
            message = (case.find("skipped").get("message") or "") if case.find("skipped") is not None else ""
            outcome.skips.append((name, message.strip().splitlines()[-1] if message.strip() else "no reason given"))
        else:
            outcome.passed += 1
    return outcome


def read_vitest(report, status):
    outcome = Outcome()
    try:
        data = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        outcome.failures.append(f"vitest gave no report: {describe(status)}")
        return outcome
    for file in data.get("testResults", []):
        if file.get("status") == "failed" and not file.get("assertionResults"):
            outcome.failures.append(f"{pathlib.Path(file['name']).name}: {file.get('message', '')[:200]}")
        for case in file.get("assertionResults", []):
            if case["status"] == "passed":
                outcome.passed += 1
            elif case["status"] == "failed":
                outcome.failures.append(case["fullName"])
            else:
                outcome.skips.append((case["fullName"], case["status"]))
    return outcome


def read_counted(text, status):
    outcome = Outcome()
    lines = [line for line in text.splitlines() if line.strip()]
    match = COUNT_LINE.match(lines[-1].strip()) if lines else None
    if not match:
        outcome.failures.append(f"{describe(status)}; its last line is no `N passed, N failed`")
        return outcome
    outcome.passed = int(match[1])
    failing = [line[5:] for line in lines if line.startswith("FAIL ")]
    for index in range(int(match[2])):
        outcome.failures.append(failing[index] if index < len(failing) else "(see its log)")
    named = [line[5:] for line in lines if line.startswith("SKIP ")]
    for index in range(int(match[3] or 0)):
        name, _, reason = (named[index] if index < len(named) else "unnamed: no reason given").partition(": ")
        outcome.skips.append((name, reason))
    notes = [line[5:] for line in lines if line.startswith("NOTE ")]
    outcome.note = "; ".join(notes[:3])
    return outcome


def judge(program, log, report, status, seconds):
    text = log.read_text(encoding="utf-8", errors="replace")
    if program.kind == "gtest":
        outcome = read_gtest(report, text, status)
    elif program.kind == "web":
        outcome = read_vitest(report, status)
    else:
        outcome = read_counted(text, status)
    if status != 0 and not outcome.failures:
        outcome.failures.append(describe(status))
    if outcome.passed == 0 and not outcome.failures and not outcome.skips:
        outcome.failures.append("it holds no test")
    outcome.seconds = seconds
    return outcome


def execute(program, results, env):
    stem = program.name.replace("/", "_")
    log, report = results / f"{stem}.log", results / f"{stem}.xml"
    if program.kind == "web":
        report = results / "web.json"
    report.unlink(missing_ok=True)
    status, seconds = run_program(program, log, report, env)
    return judge(program, log, report, status, seconds), log


def show(program, outcome, log):
    word = "FAIL" if outcome.failures else "ok  "
    skipped = f", {len(outcome.skips)} skipped" if outcome.skips else ""
    failed = f", {len(outcome.failures)} FAILED" if outcome.failures else ""
    note = f"   {outcome.note}" if outcome.note else ""
    print(f"{word} {program.name:<34} {outcome.passed:>6} passed{failed}{skipped}   {outcome.seconds:6.1f} s{note}", flush=True)
    if outcome.failures:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines[-TAIL_LINES:]:
            print(f"     | {line[:400]}")
        print(f"     (all of it: {log.relative_to(ROOT)})", flush=True)


def summarize(outcomes, elapsed_since):
    passed = sum(o.passed for _, o in outcomes)
    failures = [(p.name, f) for p, o in outcomes for f in o.failures]
    skips = [(p.name, s) for p, o in outcomes for s in o.skips]
    if skips:
        print(f"\nSKIPPED, NOT TESTED ({len(skips)}):")
        for program, (name, reason) in skips:
            print(f"  {program}: {name}: {reason}")
    if failures:
        print(f"\nFAILED ({len(failures)}):")
        for program, failure in failures:
            print(f"  {program}: {failure}")
    if elapsed_since:
        print(f"test: {time.time() - elapsed_since / 1000:.0f} s in all")
    print(f"{passed} passed, {len(failures)} failed" + (f", {len(skips)} skipped" if skips else ""), flush=True)
    return 1 if failures or not passed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("regex", nargs="?", default="", help="only programs whose name holds this")
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--kinds", default="all", help="comma-separated, or all: " + " ".join(KINDS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--full", action="store_true", help="whole fault campaigns")
    parser.add_argument("--slice", action="store_true", help="a seeded slice of them (default)")
    parser.add_argument("--only-built", action="store_true", help="leave out test programs that were not built")
    parser.add_argument("--elapsed-since", type=int, default=0, help="milliseconds since 1970, for the closing time")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()

    build = options.build.resolve()
    if not build.is_dir():
        sys.exit(f"no build folder {build}")
    kinds = KINDS if options.kinds == "all" else options.kinds.split(",")
    results = build / "test-results"
    results.mkdir(parents=True, exist_ok=True)
    programs = [p for p in find_programs(build, kinds, options.full, options.only_built)
                if re.search(options.regex, p.name)]
    if options.list:
        print("\n".join(p.name for p in programs))
        return 0
    # The long ones first, so that none of them runs alone at the end.
    programs.sort(key=lambda p: LONG.index(p.name) if p.name in LONG else len(LONG))
    env = environment(build)
    print(f"-- running {len(programs)} test programs, {options.jobs} at a time", flush=True)
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, options.jobs)) as pool:
        futures = {pool.submit(execute, program, results, env): program for program in programs}
        for future in concurrent.futures.as_completed(futures):
            outcome, log = future.result()
            outcomes.append((futures[future], outcome))
            show(futures[future], outcome, log)
    outcomes.sort(key=lambda pair: pair[0].name)
    return summarize(outcomes, options.elapsed_since)


if __name__ == "__main__":
    sys.exit(main())
