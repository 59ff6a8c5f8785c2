#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The main job on real input: a week of 24 stocks and its headlines, checked against the files themselves."""
import collections
import csv
import decimal
import gzip
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check_kit import SHARED, Checks, Skip, expect, tapewire

REAL = SHARED / "real"


def replay(data):
    done = tapewire("replay", "--bars", REAL / "minute_aggs_v1", "--news", REAL / "news", "--data", data, "--json", "--quiet")
    expect(done.status == 0, done.err)
    return json.loads(done.out.splitlines()[-1])


def sql(data, query):
    done = tapewire("sql", query, "--data", data, "--json")
    expect(done.status == 0, query, done.err)
    return [json.loads(line, parse_float=decimal.Decimal) for line in done.out.splitlines()]


def minute_rows():
    rows = []
    for path in sorted((REAL / "minute_aggs_v1").rglob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            rows += list(csv.DictReader(text))
    return rows


def rollup(rows, seconds):
    """The definition, written again: earliest open, latest close, extremes, sum."""
    out = {}
    for r in sorted(rows, key=lambda r: (r["ticker"], int(r["window_start"]))):
        start = int(r["window_start"]) // 10**9 // seconds * seconds
        key = (r["ticker"], start)
        values = [decimal.Decimal(r[k]) for k in ("open", "high", "low", "close", "volume")]
        if key not in out:
            out[key] = values
        else:
            o = out[key]
            out[key] = [o[0], max(o[1], values[1]), min(o[2], values[2]), values[3], o[4] + values[4]]
    return out


def check_week_replayed_twice(work):
    if not REAL.is_dir():
        raise Skip("no ../shared/real")
    data = work / "data"
    account = replay(data)
    rows = minute_rows()
    prices, news = account["stock-prices"], account["news-articles"]
    expect(prices["read"] == len(rows), prices, len(rows))
    for a in (prices, news):
        expect(a["read"] == a["appended"] + a["duplicate"] + a["dead_lettered"] + a["dropped"], a)
    expect(prices["too_late"] == 0 and prices["dropped"] == 0, prices)
    headlines = sum(1 for path in (REAL / "news").rglob("*.ndjson") for _ in open(path, encoding="utf-8"))
    expect(news["read"] == headlines, news, headlines)

    good = [r for r in rows if all(decimal.Decimal(r[k]) > 0 for k in ("open", "high", "low", "close"))
            and decimal.Decimal(r["low"]) <= min(decimal.Decimal(r["open"]), decimal.Decimal(r["close"]))
            and decimal.Decimal(r["high"]) >= max(decimal.Decimal(r["open"]), decimal.Decimal(r["close"]))]
    expect(prices["appended"] == len(good), prices, len(good))
    for name, seconds in (("1m", 60), ("5m", 300), ("15m", 900), ("1h", 3600)):
        want = rollup(good, seconds)
        got = {(r["symbol"], int(r["t"])): [decimal.Decimal(r[k]) for k in ("open", "high", "low", "close", "volume")]
               for r in sql(data, f"select symbol, epoch(start_time)::bigint t, open, high, low, close, volume from bars_{name}")}
        expect(got == want, name, len(got), len(want), [(k, got.get(k), want[k]) for k in want if got.get(k) != want[k]][:3])
    day = sql(data, "select * from bars_1d where symbol = 'AAPL' and start_time = timestamp '2019-02-13 14:30:00'")
    expect(len(day) == 1 and day[0]["session"] == "regular", day)
    expect(day[0]["end_time"].startswith("2019-02-13T21:00"), day)

    check_signals(data, good)
    # The same command again changes nothing.
    views = ("bars", "signals", "news", "dead_letters")
    before = {v: sql(data, f"select count(*) n, sum(hash(x)) h from {v} x") for v in views}
    again = replay(data)
    expect(again["stock-prices"]["duplicate"] == again["stock-prices"]["read"] == len(rows), again)
    expect(again["news-articles"]["duplicate"] == again["news-articles"]["read"] == headlines, again)
    expect(before == {v: sql(data, f"select count(*) n, sum(hash(x)) h from {v} x") for v in views})
    verified = tapewire("verify", "--data", data, "--quiet")
    expect(verified.status == 0, verified.out, verified.err)
    days = sql(data, "select count(*) n from news where precision = 'day'")
    expect(int(days[0]["n"]) > 300, days)


def check_signals(data, rows):
    """change_5m of every AAPL minute of one day, from its definition."""
    closes = {int(r["window_start"]) // 10**9 + 60: float(r["close"]) for r in rows
              if r["ticker"] == "AMT" and 1550068200 <= int(r["window_start"]) // 10**9 < 1550091600}
    ends = sorted(closes)
    want = {}
    for end in ends:
        earlier = [e for e in ends if e <= end - 300]
        if earlier:
            want[end] = (closes[end] / closes[earlier[-1]] - 1) * 100
    got = {int(r["t"]): float(r["value"]) for r in sql(
        data, "select epoch(time)::bigint t, value from signals where symbol = 'AMT' and kind = 'change_5m' "
              "and time > timestamp '2019-02-13 14:30:00' and time <= timestamp '2019-02-13 21:00:00'")}
    expect(got.keys() == want.keys(), len(got), len(want))
    worst = max(abs(got[k] - want[k]) for k in want)
    expect(worst < 1e-9, worst)
    kinds = collections.Counter(r["kind"] for r in sql(data, "select distinct kind from signals"))
    expect(set(kinds) == {"change_5m", "change_10m", "change_15m"}, kinds)


if __name__ == "__main__":
    checks = Checks()
    checks.run([check_week_replayed_twice])
    sys.exit(checks.finish())
