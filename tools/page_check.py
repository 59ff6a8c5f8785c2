#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the page in Chromium, as tapewire itself serves it, in two worlds: a finished replay and a moving market.

The program is $TAPEWIRE (default build/release/tapewire). The finished replay is the recorded week of ../shared/real, or
a generated day where that is absent. web/tests/page_check.mjs holds the checks; one that had nothing to look at in both
worlds counts as skipped. `--shots DIR` keeps screenshots. The last line is `N passed, N failed[, N skipped]`.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TAPEWIRE = os.environ.get("TAPEWIRE") or str(ROOT / "build/release/tapewire")
SHARED = pathlib.Path(os.environ.get("TAPEWIRE_SHARED") or ROOT.parent / "shared")
LISTEN = '[server]\nlisten = "127.0.0.1:0"\n'
READY_SECONDS = 90


class Program:
    """A tapewire that serves; `address` once it is ready, `account` once a replay is complete."""

    def __init__(self, *arguments):
        self.log = tempfile.TemporaryFile("w+")
        self.child = subprocess.Popen([TAPEWIRE, *map(str, arguments), "--json", "--quiet"], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=self.log, text=True)
        # A program that never answers must not hold the test: its end closes the pipe that is read here.
        self.watch = threading.Timer(READY_SECONDS, self.child.kill)
        self.watch.start()
        self.address = self.read_object("address")["address"].rstrip("/")

    def read_object(self, key=None):
        for line in self.child.stdout:
            data = json.loads(line)
            if key is None or key in data:
                return data
        self.stop()
        self.log.seek(0)
        raise RuntimeError(f"tapewire ended or said nothing: {self.log.read()[-1500:]}")

    def ready(self):
        self.watch.cancel()

    def stop(self):
        self.watch.cancel()
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.child.kill()
        return self.child.wait()


def write_config(work, text):
    path = work / "page.toml"
    path.write_text(text, encoding="utf-8")
    return path


def finished_replay(work):
    config = write_config(work, LISTEN)
    if (SHARED / "real/minute_aggs_v1").is_dir():
        source, choice = SHARED / "real", ["--symbol", "AAPL", "--date", "2019-02-13"]
    else:
        source, choice = work / "generated", []
        subprocess.run([TAPEWIRE, "generate", "--out", str(source), "--symbols", "8", "--days", "1", "--seed", "5", "--quiet"],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    program = Program("replay", "--bars", source / "minute_aggs_v1", "--news", source / "news", "--data", work / "data",
                      "--config", config, "--speed", "max", "--serve")
    program.read_object()  # the account: everything is in the store
    return program, ["--still", *choice]


def second_day_trades(address):
    """Whether the regular session of the second day has bars: then every width has some."""
    with urllib.request.urlopen(f"{address}/api/v1/symbols", timeout=10) as answer:
        return any(symbol["last_time"] > "2024-03-05T15:30" for symbol in json.load(answer)["symbols"])


def simulated(work, speed):
    config = write_config(work, f'''{LISTEN}[simulated]
enabled = true
symbols = 8
start = "2024-03-04"
seed = 11
speed = "{speed}"
''')
    return Program("run", "--config", config, "--data", work / "data")


def moving_market(work):
    """The second trading day, an hour old, that goes on at a minute a second, as after a restart."""
    early = simulated(work, "6000x")
    # The program's watch ends it where it never gets there, and with it this loop.
    while not second_day_trades(early.address):
        time.sleep(0.2)
    early.stop()
    return simulated(work, "60x"), ["--live"]


def look(world, start, shots):
    """Returns (passed, failures, {name: reason} passed over)."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="tapewire-page-"))
    program = None
    try:
        program, options = start(work)
        program.ready()
        command = ["node", "tests/page_check.mjs", "--base", program.address, *options]
        if shots:
            command += ["--shots", str(shots / world)]
        done = subprocess.run(command, cwd=ROOT / "web", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=200)
        print(f"{world}:\n{done.stdout}", flush=True)
        failures = [f"{world}: {name}" for name in re.findall(r"^  FAIL  (.*)$", done.stdout, re.M)]
        if done.returncode != 0 and not failures:
            failures = [f"{world}: {(done.stdout.strip().splitlines() or ['no output'])[0][:300]}"]
        passed = len(re.findall(r"^  ok    ", done.stdout, re.M))
        over = dict(re.findall(r"^  passed over  (.*?): (.*)$", done.stdout, re.M))
        status = program.stop()
        if status != 0:
            failures.append(f"{world}: tapewire ended with status {status}")
        return passed, failures, over
    except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
        return 0, [f"{world}: {error}"], {}
    finally:
        if program:
            program.stop()
        shutil.rmtree(work, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=pathlib.Path, help="keep screenshots here")
    shots = parser.parse_args().shots
    shots = shots.resolve() if shots else None
    results = [look("replay", finished_replay, shots), look("live", moving_market, shots)]
    passed = sum(result[0] for result in results)
    failures = [failure for result in results for failure in result[1]]
    skipped = {name: reason for name, reason in results[0][2].items() if name in results[1][2]}
    for failure in failures:
        print(f"FAIL {failure}")
    for name, reason in skipped.items():
        print(f"SKIP {name}: {reason}")
    print(f"{passed} passed, {len(failures)} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
