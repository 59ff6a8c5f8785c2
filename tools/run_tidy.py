#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over files, several at a time, until done or out of time; names the files it did not reach."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The compile commands are g++'s: clang knows neither its precompiled headers nor all of its warnings.
EXTRA = ["-Wno-ignored-gch", "-Wno-unknown-warning-option", "-Wno-unused-command-line-argument"]


def tidy(file, build):
    command = ["clang-tidy-19", "-p", str(build), "--quiet", "--warnings-as-errors=*"]
    command += [f"--extra-arg={flag}" for flag in EXTRA] + [str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()

    # Headers are read where a source includes them (HeaderFilterRegex in .clang-tidy).
    commands = json.loads((options.build / "compile_commands.json").read_text(encoding="utf-8"))
    known = {pathlib.Path(entry["file"]).resolve() for entry in commands}
    files = [f for f in options.files if (ROOT / f).resolve() in known]
    deadline = time.monotonic() + options.minutes * 60
    faults, unreached = 0, []

    def one(file):
        return tidy(file, options.build) if time.monotonic() < deadline else (None, "")

    with concurrent.futures.ThreadPoolExecutor(max_workers=options.jobs) as pool:
        for file, (status, text) in zip(files, pool.map(one, files)):
            if status is None:
                unreached.append(str(file))
            elif status != 0:
                faults += 1
                print(text.strip(), flush=True)
    print(f"   {len(files) - len(unreached)} sources read, {faults} with findings")
    if unreached:
        print(f"   OUT OF TIME, not read ({len(unreached)}): {' '.join(unreached)}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
