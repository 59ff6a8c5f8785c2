#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the store's files at every point where they are written, under the real program's `replay`.

tests/faults/file_layer/shim.cpp stands under the program and watches store.duckdb and its write-ahead logs. A dry run
counts the calls that change them; then, for each call and each kind of fault, a replay into a fresh directory:
  - an error, once or for good (ENOSPC, EIO, half a write): the program ends with status 0 or 1; with 1 it names the
    file, and a full disk as such;
  - the power goes before or after the call: all or some unsynced sectors and names are lost.
Then the same command without faults must finish, `verify` must find nothing, and every table must equal an undisturbed
run's. usage: store_file_layer.py --slice|--full [--seed N] [--kind KIND --at N [--times N] [--loss N]]
"""
import argparse
import collections
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("TAPEWIRE_BUILD") or "build/release").resolve()
TAPEWIRE = os.environ.get("TAPEWIRE") or str(BUILD / "tapewire")
SHIM = BUILD / "tests/faults/fault_shim.so"
FOREVER = 1 << 62
TABLES = {"bars": "bars", "bars_vendor": "bars_vendor", "signals": "signals",
          "news": "(select * exclude (received_at) from news)",
          "dead_letters": "(select * exclude (received_at) from dead_letters)"}
# The commands' exit status says nothing of a sanitizer's preloading order; leaks are looked for elsewhere.
SANITIZERS = {"ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}

Fault = collections.namedtuple("Fault", "kind at times loss")


class Campaign:
    def __init__(self, work):
        self.work = work
        self.outcomes = collections.Counter()
        self.passed = self.failed = 0
        source = str(work / "source")
        self.must("generate", "--out", source, "--symbols", "3", "--days", "2", "--start", "2024-07-02", "--seed", "5",
                  "--quiet")
        bad = work / "bad.csv"
        lines = [f"BAD,{i},x,1.5,1.5,1,{1719999000000000000 + i * 60000000000},1" for i in range(30)]
        bad.write_text("\n".join(["ticker,volume,open,close,high,low,window_start,transactions", *lines, ""]))
        # Small and frequent commits, so that the store's log is written as well as its file.
        config = work / "config.toml"
        config.write_text('[store]\ncommit_every = "1ms"\n')
        self.replay = ["replay", "--config", str(config), "--bars", source + "/minute_aggs_v1", str(bad), "--width", "1m",
                       "--news", source + "/news", "--quiet"]
        straight = work / "straight"
        self.must(*self.replay, "--data", str(straight))
        self.want = self.tables(straight)

    def run(self, *arguments, env=None):
        return subprocess.run([TAPEWIRE, *arguments], capture_output=True, text=True, errors="replace", timeout=120,
                              env={**os.environ, **SANITIZERS, **(env or {})})

    def must(self, *arguments):
        done = self.run(*arguments)
        if done.returncode != 0:
            raise RuntimeError(f"tapewire {' '.join(arguments)}: exit {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout

    def tables(self, data):
        parts = [f"select '{name}', count(*), bit_xor(hash(t)), sum(hash(t)) from {source} t" for name, source in TABLES.items()]
        return self.must("sql", " union all ".join(parts) + " order by 1", "--format", "csv", "--data", str(data))

    def broken_replay(self, fault, data):
        """Returns (the finished process, calls counted, faults that happened)."""
        side = self.work / "side"
        counters = self.work / "counters"
        shutil.rmtree(side, ignore_errors=True)
        side.mkdir()
        counters.write_bytes(bytes(16))
        env = {"LD_PRELOAD": str(SHIM), "TAPEWIRE_FAULT_PATH": "/store.duckdb", "TAPEWIRE_FAULT_KIND": fault.kind,
               "TAPEWIRE_FAULT_AT": str(fault.at), "TAPEWIRE_FAULT_TIMES": str(fault.times),
               "TAPEWIRE_FAULT_SEED": str(fault.loss), "TAPEWIRE_FAULT_NAMES": "1", "TAPEWIRE_FAULT_SIDE": str(side),
               "TAPEWIRE_FAULT_COUNT": str(counters)}
        done = self.run(*self.replay, "--data", str(data), env=env)
        return done, *struct.unpack("=QQ", counters.read_bytes())

    def calls(self):
        data = self.work / "counted"
        done, calls, _ = self.broken_replay(Fault("count", 0, 0, 0), data)
        if done.returncode != 0 or calls == 0:
            raise RuntimeError(f"the dry run: exit {done.returncode}, {calls} calls: {done.stderr[-2000:]}")
        shutil.rmtree(data)
        return calls

    def what_is_wrong(self, fault, done, data):
        """Empty: right."""
        power = fault.kind.startswith("power")
        words = done.stderr.strip()
        if done.returncode not in ([137] if power else [0, 1]):
            return f"ended with status {done.returncode}: {words[-1500:]}"
        if done.returncode == 1:
            if "store.duckdb" not in words:
                return f"does not name the file: {words[-1500:]}"
            if fault.kind == "enospc" and "space" not in words and "full" not in words:
                return f"does not say that the disk is full: {words[-1500:]}"
        again = self.run(*self.replay, "--data", str(data))
        if again.returncode != 0:
            return f"did not go on: status {again.returncode}: {again.stderr[-1500:]} (before: {words[-500:]})"
        verified = self.run("verify", "--data", str(data), "--quiet")
        if verified.returncode != 0:
            return f"verify: {verified.stdout[-1500:]} {verified.stderr[-500:]}"
        got = self.tables(data)
        return "" if got == self.want else f"other tables than undisturbed:\n{got}\nundisturbed:\n{self.want}"

    def attempt(self, fault):
        data = self.work / "data"
        shutil.rmtree(data, ignore_errors=True)
        done, _, faults = self.broken_replay(fault, data)
        # Commits come by the clock: a run may have fewer calls than the dry one.
        if faults == 0 and done.returncode == 0:
            self.outcomes["not reached"] += 1
            return
        wrong = self.what_is_wrong(fault, done, data)
        length = "" if fault.kind.startswith("power") else " once" if fault.times == 1 else " for good"
        outcome = "FAILED" if wrong else {0: "borne", 1: "ended with words"}.get(done.returncode, "resumed")
        self.outcomes[f"{fault.kind}{length}: {outcome}"] += 1
        if not wrong:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL --kind {fault.kind} --at {fault.at} --times {fault.times} --loss {fault.loss}: {wrong}", flush=True)


def faults_at(kind, at, rng):
    if kind.startswith("power"):
        return [Fault(kind, at, 1, 0), Fault(kind, at, 1, rng.randrange(1, 1 << 20))]
    return [Fault(kind, at, 1, 0), Fault(kind, at, FOREVER, 0)]


def run_all(campaign, full, rng):
    calls = campaign.calls()
    print(f"{calls} calls to break")
    faults = [f for kind in ("enospc", "eio", "short", "power_before", "power_after") for at in range(1, calls + 1)
              for f in faults_at(kind, at, rng)]
    limit = time.monotonic() + (900 if full else 30)
    rng.shuffle(faults)
    tried = 0
    for fault in faults if full else faults[:60]:
        if time.monotonic() > limit:
            break
        campaign.attempt(fault)
        tried += 1
    print(f"NOTE {tried} of {len(faults)} faults at {calls} calls")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--kind")
    parser.add_argument("--at", type=int, default=1)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--loss", type=int, default=0, help="which unsynced sectors a loss of power takes; 0: all")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}")
    work = pathlib.Path(tempfile.mkdtemp(prefix="tapewire-store-faults-"))
    try:
        campaign = Campaign(work)
        if options.kind:
            campaign.attempt(Fault(options.kind, options.at, options.times, options.loss))
        else:
            run_all(campaign, options.full, random.Random(seed))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for outcome, count in sorted(campaign.outcomes.items()):
        print(f"{outcome}: {count}")
    print(f"{campaign.passed} passed, {campaign.failed} failed")
    return 1 if campaign.failed else 0


if __name__ == "__main__":
    sys.exit(main())
