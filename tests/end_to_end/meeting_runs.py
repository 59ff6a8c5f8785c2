#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where several runs have bars of one symbol and day, the store holds what one run of all of them would give."""
import csv
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check_kit import TAPEWIRE, Checks, expect, tapewire

HEADER = "ticker,volume,open,close,high,low,window_start,transactions\n"
BARS = ("select symbol, width, start_time, end_time, session, open, high, low, close, volume, vwap, transactions, "
        "ohlc_average, origin from bars order by all")
SIGNALS = "select symbol, time, kind, value from signals order by all"


def replay(data, *arguments):
    done = tapewire("replay", *arguments, "--width", "1m", "--data", data, "--json", "--quiet")
    expect(done.status == 0, done.err)
    return json.loads(done.out.splitlines()[-1])


def rows(data, query):
    done = tapewire("sql", query, "--data", data, "--format", "csv")
    expect(done.status == 0, query, done.err)
    return done.out.splitlines()


def expect_same(got, want):
    for query in (BARS, SIGNALS):
        a, b = rows(got, query), rows(want, query)
        expect(len(b) > 50, "too little to compare", b[:3])
        odd = [pair for pair in zip(a, b) if pair[0] != pair[1]]
        expect(a == b, f"{len(a)} rows, expected {len(b)}; first that differ: {odd[:3]}")


def market(work, *more):
    done = tapewire("generate", "--out", work / "sim", "--symbols", 4, "--days", 1, "--start", "2024-07-02", "--seed", 21, "--quiet", *more)
    expect(done.status == 0, done.err)
    with gzip.open(work / "sim/minute_aggs_v1/2024/07/2024-07-02.csv.gz", "rt", encoding="utf-8", newline="") as text:
        return list(csv.reader(text))[1:]


def write(path, lines):
    path.write_text(HEADER + "".join(",".join(line) + "\n" for line in lines), encoding="utf-8")
    return path


def check_a_part_of_a_day_again_changes_nothing(work):
    lines = market(work)
    whole, part = write(work / "whole.csv", lines), write(work / "part.csv", random.Random(3).sample(lines, 60))
    data, once = work / "data", work / "once"
    replay(once, "--bars", whole)
    replay(data, "--bars", whole)
    before = rows(data, BARS.replace("origin", "origin, revision"))
    account = replay(data, "--bars", part)
    expect(account["stock-prices"]["appended"] == 60, account)
    expect(rows(data, BARS.replace("origin", "origin, revision")) == before, "rows or revisions changed")
    expect_same(data, once)


def check_a_corrected_minute_revises_what_holds_it(work):
    lines = market(work)
    # A close near the middle of a session, so that later changes refer to it.
    fixed = list(next(line for line in lines if line[6] == "1719936000000000000"))
    fixed[1] = str(int(float(fixed[1])) + 1000)
    fixed[3] = fixed[4]
    corrected = [fixed if (line[0], line[6]) == (fixed[0], fixed[6]) else line for line in lines]
    data, once = work / "data", work / "once"
    replay(once, "--bars", write(work / "corrected.csv", corrected))
    replay(data, "--bars", write(work / "whole.csv", lines))
    replay(data, "--bars", write(work / "fix.csv", [fixed]))
    expect_same(data, once)
    revised = rows(data, f"select width from bars where revision > 0 and symbol = '{fixed[0]}' order by 1")[1:]
    expect(revised == ["15m", "1d", "1h", "1m", "5m"], revised)


def check_halves_of_a_day_in_any_order(work):
    lines = market(work)
    once = work / "once"
    replay(once, "--bars", write(work / "whole.csv", lines))
    by_time = sorted(lines, key=lambda line: line[6])
    random_half = set(map(tuple, random.Random(4).sample(lines, len(lines) // 2)))
    cuts = {
        "time": (by_time[: len(lines) // 2], by_time[len(lines) // 2 :]),
        "random": ([l for l in lines if tuple(l) in random_half], [l for l in lines if tuple(l) not in random_half]),
    }
    for name, (a, b) in cuts.items():
        first, second = write(work / f"{name}1.csv", a), write(work / f"{name}2.csv", b)
        for order in ((first, second), (second, first)):
            data = work / f"{name}_{order[0].stem}"
            for file in order:
                replay(data, "--bars", file)
            expect_same(data, once)


def check_bars_and_trades_in_runs_of_their_own(work):
    lines = market(work, "--trades")
    bars = write(work / "half.csv", random.Random(5).sample(lines, len(lines) // 2))
    trades = work / "sim/trades_v1"
    once = work / "once"
    replay(once, "--bars", bars, "--trades", trades)
    for order in ((("--bars", bars), ("--trades", trades)), (("--trades", trades), ("--bars", bars))):
        data = work / f"data{order[0][0]}"
        for source in order:
            replay(data, *source)
        expect_same(data, once)
    # A few trades again, in another file: what is built from all of them stays.
    with gzip.open(trades / "2024/07/2024-07-02.csv.gz", "rt", encoding="utf-8") as text:
        some = text.readlines()
    (work / "again").mkdir()
    (work / "again/trades_v1.csv").write_text("".join(some[:200]), encoding="utf-8")
    replay(work / "data--bars", "--trades", work / "again/trades_v1.csv")
    expect_same(work / "data--bars", once)


def check_a_late_trade_retried_joins_its_minute(work):
    (work / "trades_v1").mkdir()
    head = "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape,trf_id,trf_timestamp\n"
    start = 1719927000 * 10**9  # 2024-07-02 09:30 in New York

    def trade(number, seconds, price):
        at = start + int(seconds * 1e9)
        return f"AAA,,0,4,t{number},{at},{price},{number},{at},100,1,0,0\n"

    on_time = [trade(i, i * 2, 10 + i % 7) for i in range(300)]
    late = trade(1000, 5.5, 99)
    live = work / "trades_v1/2024-07-02.csv"
    live.write_text(head + "".join(on_time), encoding="utf-8")
    config = work / "live.toml"
    config.write_text(f'data = "{work / "data"}"\n[server]\nenabled = false\n[files]\ntrades = ["{work / "trades_v1"}"]\n', encoding="utf-8")
    child = subprocess.Popen([TAPEWIRE, "run", "--config", str(config), "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def wait_for(topic, count):
        for _ in range(300):
            shown = tapewire("topics", "--json", "--data", work / "data")
            if shown.status == 0 and any(r.get("topic") == topic and r.get("end_offset", 0) >= count for r in shown.rows()):
                return
            time.sleep(0.1)
        raise AssertionError(f"{topic} did not reach {count}")

    try:
        wait_for("stock-prices", 300)
        time.sleep(1.5)  # silence lets the windows close
        with open(live, "a", encoding="utf-8") as out:
            out.write(late)
        wait_for("dead-letters", 1)
    finally:
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=60)
    expect(child.returncode == 0, err)
    retried = tapewire("dead-letters", "retry", "--all", "--data", work / "data")
    expect(retried.status == 0, retried.out, retried.err)
    once = work / "once"
    whole = work / "whole/trades_v1"
    whole.mkdir(parents=True)
    (whole / "2024-07-02.csv").write_text(head + "".join(on_time) + late, encoding="utf-8")
    replay(once, "--trades", whole)
    # The live run stopped within its last minute.
    finished = ("select start_time, open, high, low, close, volume, transactions from bars_1m "
                "where start_time < timestamp '2024-07-02 13:39:00' order by start_time")
    want = rows(once, finished)
    expect(len(want) == 10 and ",99," in want[1], want)
    expect(rows(work / "data", finished) == want, rows(work / "data", finished), want)


if __name__ == "__main__":
    kit = Checks()
    kit.run([check_a_part_of_a_day_again_changes_nothing, check_a_corrected_minute_revises_what_holds_it,
             check_halves_of_a_day_in_any_order, check_bars_and_trades_in_runs_of_their_own,
             check_a_late_trade_retried_joins_its_minute])
    sys.exit(kit.finish())
