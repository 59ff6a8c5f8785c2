#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every libFuzzer program of a build for its share of the given minutes; reports executions and findings.

Each starts from fuzz/corpus/<name> and keeps what it learns in <build>/corpus/<name>, so a later run goes on there.
Findings stay in <build>/findings. The last line is `N passed, N failed`, one case per program.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run_one(program, build, seconds):
    learned = build / "corpus" / program.name
    findings = build / "findings"
    learned.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    command = [str(program), str(learned)]
    seeds = ROOT / "fuzz/corpus" / program.name
    if seeds.is_dir():
        command.append(str(seeds))
    dictionary = ROOT / "fuzz/dictionaries" / f"{program.name}.dict"
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    command += [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
                "-verbosity=1", f"-artifact_prefix={findings / program.name}-"]
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=1", UBSAN_OPTIONS="print_stacktrace=1")
    started = time.monotonic()
    log = build / f"{program.name}.log"
    with open(log, "wb") as out:
        try:
            status = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=subprocess.STDOUT, timeout=seconds + 120).returncode
        except subprocess.TimeoutExpired:
            status = "no end"
    return status, log.read_text(encoding="utf-8", errors="replace"), time.monotonic() - started


def executions(text):
    match = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    if match:
        return int(match[1])
    return max((int(n) for n in re.findall(r"^#(\d+)\s", text, re.M)), default=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="only the programs whose name holds this")
    options = parser.parse_args()
    build = options.build.resolve()

    programs = [f for f in sorted((build / "fuzz").glob("*_fuzz")) if f.is_file() and options.only in f.name]
    if not programs:
        print(f"no fuzz program in {build / 'fuzz'}" + (f" holds '{options.only}'" if options.only else ""))
        print("0 passed, 1 failed")
        return 1
    seconds = max(2, int(options.minutes * 60 * options.jobs / len(programs)))
    print(f"-- {len(programs)} fuzzers, {seconds} s each, {options.jobs} at a time", flush=True)
    total = found = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.jobs) as pool:
        futures = {pool.submit(run_one, program, build, seconds): program for program in programs}
        for future in concurrent.futures.as_completed(futures):
            program = futures[future]
            status, text, taken = future.result()
            count = executions(text)
            total += count
            print(f"{'ok  ' if status == 0 else 'FAIL'} {program.name:<30} {count:>12,} executions {taken:7.1f} s", flush=True)
            if status != 0:
                found += 1
                for line in text.splitlines()[-30:]:
                    print(f"     | {line[:300]}")
                print(f"     (exit status {status}; inputs in build/fuzz/findings)", flush=True)
    print(f"executions: {total:,}; findings: {found}")
    print(f"{len(programs) - found} passed, {found} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
