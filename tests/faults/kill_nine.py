#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the real program at random instants, resumed each time; the end must equal an undisturbed run.

Three campaigns: a `replay` killed at its very beginning, `replay` of recorded files, and `run` of the simulated market. Compared are every table of the
store, every derived topic and the account. usage: kill_nine.py --slice|--full [--seed N]
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TAPEWIRE = os.environ.get("TAPEWIRE") or "build/release/tapewire"
VIEWS = {
    "bars": "select * from bars order by symbol, width, start_time",
    "bars_vendor": "select * from bars_vendor order by all",
    "signals": "select * from signals order by symbol, time, kind",
    "news": "select * exclude (received_at) from news order by source, id",
    "dead_letters": "select * exclude (received_at) from dead_letters order by log_offset",
}
DERIVED = ["bars", "signals", "dead-letters"]


def tapewire(*arguments, check=True):
    done = subprocess.run([TAPEWIRE, *arguments], capture_output=True, text=True, timeout=240)
    if check and done.returncode != 0:
        raise RuntimeError(f"tapewire {' '.join(arguments)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def digest_lines(lines):
    state = hashlib.sha256()
    count = 0
    for line in lines:
        state.update(line.encode() + b"\n")
        count += 1
    return f"{count} rows {state.hexdigest()[:16]}"


def topic_lines(data, topic, last=None):
    """The records of a topic as they are for everyone: without when they were appended."""
    for line in tapewire("tail", topic, "--json", "--data", data).splitlines():
        record = json.loads(line)
        if last is not None and record["offset"] >= last:
            return
        del record["append_time"]
        yield json.dumps(record)


def view_rows(data, query):
    return tapewire("sql", query, "--format", "csv", "--data", data).splitlines()


def state_of(data):
    out = {f"view {name}": digest_lines(view_rows(data, query)) for name, query in VIEWS.items()}
    out.update({f"topic {t}": digest_lines(topic_lines(data, t)) for t in DERIVED})
    return out


def compare(want, got):
    return [f"{name}: undisturbed {want[name]}, after kills {got[name]}" for name in want if want[name] != got[name]]


def kill_after(arguments, delay):
    """Starts the program, kills it after `delay` seconds; returns (killed, stdout)."""
    child = subprocess.Popen([TAPEWIRE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, err = child.communicate(timeout=delay)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.communicate()
        return True, ""
    if child.returncode != 0:
        raise RuntimeError(f"exit {child.returncode} without a kill: {err[-2000:]}")
    return False, out


def check_account(data, out):
    findings = []
    account = json.loads(out.strip().splitlines()[-1])
    for topic in ("stock-prices", "news-articles"):
        a = account[topic]
        if a["read"] != a["appended"] + a["duplicate"] + a["dead_lettered"] + a["dropped"]:
            findings.append(f"account of {topic} does not add up: {a}")
    verified = subprocess.run([TAPEWIRE, "verify", "--data", data, "--quiet"], capture_output=True, text=True)
    if verified.returncode != 0:
        findings.append(f"verify: {verified.stdout[-500:]} {verified.stderr[-500:]}")
    return findings


def replay_campaign(work, kills, rng):
    source = str(work / "source")
    tapewire("generate", "--out", source, "--symbols", "60", "--days", "2", "--start", "2024-07-03", "--seed", "5", "--quiet")
    # Some rows that must become dead letters, and a second kind of event in the same run.
    with open(work / "bad.csv", "w", encoding="utf-8") as bad:
        bad.write("ticker,volume,open,close,high,low,window_start,transactions\n")
        for i in range(200):
            bad.write(f"BAD,{i},{'x' if i % 3 else '1.5'},1.5,1.5,{'2' if i % 2 else '1'},{1719999000000000000 + i * 60000000000},1\n")
    arguments = ["replay", "--bars", source + "/minute_aggs_v1", str(work / "bad.csv"), "--width", "1m",
                 "--news", source + "/news", "--json", "--quiet"]
    straight = str(work / "straight")
    started = time.monotonic()
    out = tapewire(*arguments, "--data", straight)
    span = time.monotonic() - started
    findings = check_account(straight, out)
    want = state_of(straight)
    done = 0
    passed = failed = 0
    rounds = 0
    while done < kills and rounds < 2 * kills:
        rounds += 1
        data = str(work / f"killed{rounds}")
        in_round = 0
        while True:
            # Up to eight kills a round, then it may finish.
            delay = rng.uniform(0.0, span) if in_round < 8 else 200
            killed, out = kill_after([*arguments, "--data", data], delay)
            if not killed:
                break
            in_round += 1
        done += in_round
        if in_round == 0:
            span *= 0.7  # the machine was busy when the undisturbed run was timed
        problems = check_account(data, out) + compare(want, state_of(data))
        if problems:
            failed += 1
            findings += [f"round {rounds} ({in_round} kills): {p}" for p in problems]
        else:
            passed += 1
        shutil.rmtree(data, ignore_errors=True)
    print(f"replay: {done} kills in {rounds} rounds, undisturbed run {span:.2f} s")
    return passed, failed, findings


def begin_campaign(work, _kills, _rng):
    """Killed when the run has begun and no row of it is in the log yet: the same run goes on, no second one begins."""
    source = str(work / "wide")
    tapewire("generate", "--out", source, "--symbols", "1500", "--days", "1", "--start", "2024-07-02", "--seed", "3", "--quiet")
    arguments = ["replay", "--bars", source + "/minute_aggs_v1", "--quiet", "--json"]
    hit = 0
    for attempt in range(10):
        data = str(work / f"begun{attempt}")
        child = subprocess.Popen([TAPEWIRE, *arguments, "--data", data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        seen = {}
        while time.monotonic() < deadline and child.poll() is None and not seen.get("heartbeat"):
            try:
                seen = ends(data)
            except RuntimeError:
                pass  # the directory is being made
        child.kill()
        child.wait()
        if ends(data).get("stock-prices", 0) == 0:
            hit = 1
            break
        shutil.rmtree(data, ignore_errors=True)
    if not hit:
        return 0, 1, ["never saw a run that had begun and given no row"]
    out = tapewire(*arguments, "--data", data)
    findings = check_account(data, out)
    frames = [json.loads(line) for line in tapewire("tail", "heartbeat", "--json", "--data", data).splitlines()]
    begun = [r for r in frames if r["kind"] == "run_begin"]
    ended = [r for r in frames if r["kind"] == "run_end"]
    if [r["run"] for r in begun] != [r["run"] for r in ended] or len(begun) != 1:
        findings.append(f"begun {[r['run'] for r in begun]}, ended {[r['run'] for r in ended]}: expected one run, begun and ended once")
    return (0, 1, findings) if findings else (1, 0, [])


def write_config(work, data):
    path = work / (pathlib.Path(data).name + ".toml")
    path.write_text(f'data = "{data}"\n[server]\nenabled = false\n[simulated]\nenabled = true\nsymbols = 12\n'
                    'start = "2024-07-02"\nseed = 9\nspeed = "12000x"\n', encoding="utf-8")
    return str(path)


def stop_cleanly(child):
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=60)
    if child.returncode != 0:
        raise RuntimeError(f"run ended with {child.returncode}: {err[-2000:]}")


def ends(data):
    rows = [json.loads(line) for line in tapewire("topics", "--json", "--data", data).splitlines()]
    return {row["topic"]: row["end_offset"] for row in rows if "end_offset" in row}


def run_until(config, data, bars, limit_s=120):
    child = subprocess.Popen([TAPEWIRE, "run", "--config", config, "--quiet"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline and child.poll() is None:
        time.sleep(0.1)
        try:
            if ends(data).get("bars", 0) >= bars:
                break
        except RuntimeError:
            continue  # the directory is being made
    stop_cleanly(child)


def live_campaign(work, kills, rng):
    straight = str(work / "live-straight")
    run_until(write_config(work, straight), straight, 15_000)
    passed = failed = done = 0
    findings = []
    data = str(work / "live-killed")
    config = write_config(work, data)
    while done < kills:
        killed, _ = kill_after(["run", "--config", config, "--quiet"], rng.uniform(0.02, 1.2))
        done += 1 if killed else 0
    run_until(config, data, 15_000)
    a, b = ends(straight), ends(data)
    for topic in ("bars", "signals"):
        end = min(a[topic], b[topic])
        want, got = (digest_lines(topic_lines(d, topic, end)) for d in (straight, data))
        if want == got and end > 1000:
            passed += 1
        else:
            failed += 1
            findings.append(f"live topic {topic}: undisturbed {want}, after kills {got}")
    # Whole days that both have finished.
    last = min(view_rows(d, "select coalesce(max(start_time), timestamp '2000-01-01') from bars_1d")[1] for d in (straight, data))
    for view, column in (("bars", "start_time"), ("signals", "time"), ("news", "published_at")):
        columns = "* exclude (received_at)" if view == "news" else "*"
        query = f"select {columns} from {view} where {column} < timestamp '{last}' order by all"
        want, got = (digest_lines(view_rows(d, query)) for d in (straight, data))
        if want == got and not want.startswith("1 rows"):
            passed += 1
        else:
            failed += 1
            findings.append(f"live view {view} before {last}: undisturbed {want}, after kills {got}")
    verified = subprocess.run([TAPEWIRE, "verify", "--data", data, "--quiet"], capture_output=True, text=True)
    if verified.returncode != 0:
        findings.append(f"verify after live kills: {verified.stdout[-500:]}{verified.stderr[-500:]}")
        failed += 1
    print(f"live: {done} kills, compared up to {last}")
    return passed, failed, findings


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 30)
    rng = random.Random(seed)
    work = pathlib.Path(tempfile.mkdtemp(prefix="tapewire-kill-"))
    passed = failed = 0
    findings = []
    try:
        for campaign, kills in ((begin_campaign, 1), (replay_campaign, 150 if options.full else 6),
                                (live_campaign, 60 if options.full else 3)):
            p, f, problems = campaign(work, kills, rng)
            passed, failed, findings = passed + p, failed + f, findings + problems
    finally:
        if not findings:
            shutil.rmtree(work, ignore_errors=True)
    for finding in findings:
        print("FAIL", finding)
    if findings:
        print(f"seed {seed}; kept in {work}")
    print(f"{passed} passed, {failed + (1 if findings and not failed else 0)} failed")
    return 1 if findings or failed else 0


if __name__ == "__main__":
    sys.exit(main())
