#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad input of every kind gives a clear message with file, line or field, and loses nothing."""
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check_kit import TAPEWIRE, Checks, checks_of, expect, expect_in, tapewire

HEADER = "ticker,volume,open,close,high,low,window_start,transactions"
T0 = 1550068200000000000  # 2019-02-13T14:30:00Z


def row(minute, symbol="AAPL", volume="100", o="10", c="10", h="10", low="10", start=None):
    return f"{symbol},{volume},{o},{c},{h},{low},{start if start is not None else T0 + minute * 60_000_000_000},1"


def bars_file(work, lines, name="2019-02-13.csv", raw=None):
    folder = work / "minute_aggs_v1"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(raw if raw is not None else ("\n".join(lines) + "\n").encode())
    return path


def news_file(work, lines):
    path = work / "news.ndjson"
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def replay(work, *arguments):
    done = tapewire("replay", *arguments, "--data", work / "data", "--json", "--quiet")
    return done, (json.loads(done.out.splitlines()[-1]) if done.status == 0 and done.out else None)


def letters(work):
    return tapewire("dead-letters", "list", "--data", work / "data", "--json").rows()


def sql(work, query, *arguments):
    return tapewire("sql", query, "--data", work / "data", *arguments)


def balanced(account):
    for topic in ("stock-prices", "news-articles"):
        a = account[topic]
        expect(a["read"] == a["appended"] + a["duplicate"] + a["dead_lettered"] + a["dropped"], a)


def check_truncated_gzip_keeps_the_good_rows(work):
    whole = gzip.compress("\n".join([HEADER, *(row(i) for i in range(3000))]).encode())
    path = bars_file(work, None, "2019-02-13.csv.gz", whole[: len(whole) // 2])
    done, account = replay(work, "--bars", path)
    expect(done.status == 0, done.err)
    balanced(account)
    expect(account["stock-prices"]["appended"] > 100, account)
    found = letters(work)
    expect(any("2019-02-13.csv.gz" in json.dumps(x) for x in found), found)


def check_missing_column_refuses_the_file_by_name(work):
    path = bars_file(work, ["ticker,volume,open,close,high,window_start,transactions", "AAPL,1,1,1,1,1550068200000000000,1"])
    done, _ = replay(work, "--bars", path)
    expect(done.status != 0)
    expect_in("low", done.err)
    expect_in("2019-02-13.csv", done.err)


def check_byte_order_mark_crlf_and_quotes_are_read(work):
    text = "\ufeff" + HEADER + "\r\n" + row(0).replace("AAPL", '"AAPL"') + "\r\n" + row(1) + "\r\n"
    path = bars_file(work, None, raw=text.encode())
    done, account = replay(work, "--bars", path)
    expect(done.status == 0 and account["stock-prices"]["appended"] == 2, done.err, done.out)


def check_line_of_50_mb_is_a_dead_letter(work):
    path = bars_file(work, [HEADER, row(0), "AAPL," + "9" * 50_000_000 + ",1,1,1,1,1,1", row(1)])
    done, account = replay(work, "--bars", path)
    expect(done.status == 0, done.err)
    balanced(account)
    expect(account["stock-prices"]["appended"] == 2 and account["stock-prices"]["dead_lettered"] == 1, account)


def check_directory_without_files(work):
    (work / "empty").mkdir()
    done, _ = replay(work, "--bars", work / "empty")
    expect(done.status != 0)
    expect_in("empty", done.err)


def check_numbers_that_do_not_fit_name_field_and_line(work):
    cases = {"NaN": "open", "1e400": "open", "abc": "open", "": "open", "0": "open", "-5": "open"}
    lines = [HEADER] + [row(i, o=value, c="10", h="10", low="10") for i, value in enumerate(cases)]
    path = bars_file(work, lines)
    done, account = replay(work, "--bars", path)
    expect(done.status == 0, done.err)
    expect(account["stock-prices"]["dead_lettered"] == len(cases), account)
    for letter in letters(work):
        expect(letter["field"] == "open", letter)
        expect(letter["expected"], letter)
        expect("2019-02-13.csv" in json.dumps(letter) or letter["stage"], letter)


def check_minus_zero_and_17_decimals(work):
    path = bars_file(work, [HEADER, row(0, volume="-0"), row(1, o="10.12345678912345678", c="10.12345678912345678", h="11", low="9")])
    done, account = replay(work, "--bars", path)
    expect(done.status == 0 and account["stock-prices"]["appended"] == 2, done.out, done.err)
    expect(account["rounded"] == 2, account)
    answer = sql(work, "select open from bars_1m order by start_time desc limit 1", "--format", "csv")
    expect_in("10.123456789", answer.out)


def check_price_of_zero_and_broken_ranges(work):
    path = bars_file(work, [HEADER, row(0, o="0", low="0"), row(1, h="9"), row(2, volume="-5"), row(3, symbol=""), row(4, start=T0 // 1000)])
    done, account = replay(work, "--bars", path)
    expect(done.status == 0, done.err)
    expect(account["stock-prices"]["dead_lettered"] == 5, account, letters(work))
    unit = next(letter for letter in letters(work) if letter["field"] == "window_start")
    expect_in("microseconds", unit["reason"])
    expect_in("nanoseconds", unit["expected"])


def check_the_future_keeps_its_bytes_and_its_place(work):
    ahead = (int(time.time()) // 60 + 10_000) * 60 * 10**9
    line = row(0, start=ahead)
    done, account = replay(work, "--bars", bars_file(work, [HEADER, row(1), line]))
    expect(done.status == 0 and account["stock-prices"]["dead_lettered"] == 1, done.out, done.err)
    [letter] = letters(work)
    expect(letter["payload"] == line.strip() and ".csv:3" in letter["origin"], letter)
    expect_in("2", letter["reason"])


def check_a_reader_of_stdout_that_has_gone_is_no_crash(work):
    replay(work, "--bars", bars_file(work, [HEADER, *(row(i) for i in range(50))]))
    for words in (("sql", "select * from bars", "--json"), ("topics", "--json"), ("tail", "stock-prices", "--json"), ("config", "defaults")):
        with open("/dev/full", "wb") as full:
            where = () if words[0] == "config" else ("--data", str(work / "data"))
            done = subprocess.run([TAPEWIRE, *words, *where], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        expect(done.returncode == 1, words, done.returncode, done.stderr)
        expect_in("stdout", done.stderr)


def check_the_later_file_corrects_the_earlier(work):
    folder = work / "minute_aggs_v1"
    folder.mkdir()
    for name, close in (("2019-02-13.csv", "9.5"), ("2019-02-13_corrected.csv", "9.75")):
        (folder / name).write_text("\n".join([HEADER, row(0, c=close, low="9")]) + "\n", encoding="utf-8")
    done, _ = replay(work, "--bars", folder)
    expect(done.status == 0, done.err)
    expect_in("9.75", sql(work, "select close from bars_1m", "--format", "csv").out)


def check_unordered_rows_are_put_in_order(work):
    path = bars_file(work, [HEADER, row(4, c="9.5", low="9"), row(0), row(2), row(1), row(3)])
    done, account = replay(work, "--bars", path)
    expect(account["stock-prices"]["appended"] == 5 and account["stock-prices"]["too_late"] == 0, done.out)
    expect_in("9.5", sql(work, "select close from bars_5m", "--format", "csv").out)


def check_news_faults_are_letters_and_good_news_stays(work):
    good = {"source": "wire", "published_at": "2019-02-13T14:30:00Z", "precision": "minute", "headline": "Good \U0001F680 \U00010348", "summary": ""}
    html = dict(good, headline="<img src=x onerror=alert(1)>")
    lines = [json.dumps(good), "this is not JSON", json.dumps(dict(good, headline="")),
             json.dumps({k: v for k, v in good.items() if k != "headline"}),
             json.dumps(dict(good, published_at="2019-02-13T14:30:00")), json.dumps(html)]
    done, account = replay(work, "--news", news_file(work, lines))
    expect(done.status == 0, done.err)
    expect(account["news-articles"]["appended"] == 2 and account["news-articles"]["dead_lettered"] == 4, account, letters(work))
    titles = [r["title"] for r in sql(work, "select title from news", "--json").rows()]
    expect(sorted(titles) == sorted([good["headline"], html["headline"]]), titles)
    expect(any("zone" in x["reason"] + x["expected"] for x in letters(work)), letters(work))


def check_dead_letters_show_export_and_retry(work):
    path = bars_file(work, [HEADER, row(0), row(1, o="x")])
    replay(work, "--bars", path)
    offset = letters(work)[0]["log_offset"]
    shown = tapewire("dead-letters", "show", offset, "--data", work / "data")
    expect_in(row(1, o="x"), shown.out)
    out = work / "letters.ndjson"
    expect(tapewire("dead-letters", "export", out, "--data", work / "data").status == 0)
    expect(len(out.read_text(encoding="utf-8").splitlines()) == 1)
    again = tapewire("dead-letters", "retry", offset, "--data", work / "data")
    expect(again.status == 1, again.out, again.err)
    expect_in("open", again.out + again.err)
    missing = tapewire("dead-letters", "show", "999", "--data", work / "data")
    expect(missing.status == 1)
    expect_in("999", missing.err)


def write_config(work, text):
    path = work / "tapewire.toml"
    path.write_text(text, encoding="utf-8")
    return path


def check_unknown_config_key(work):
    done = tapewire("check-config", "--config", write_config(work, "[server]\nlisten = \"127.0.0.1:0\"\nlissten = 1\n"))
    expect(done.status == 2, done.status)
    expect_in("tapewire.toml:3", done.err)
    expect_in("server.lissten", done.err)


def check_duration_without_unit(work):
    done = tapewire("check-config", "--config", write_config(work, "[files]\npoll = 200\n"))
    expect(done.status == 2)
    expect_in("files.poll", done.err)
    done = tapewire("check-config", "--config", write_config(work, "[files]\npoll = \"200\"\n"))
    expect(done.status == 2)
    expect_in("unit", done.err)


def simulated(work, port=0, data=None):
    return write_config(work, f'data = "{data or work / "data"}"\n[server]\nlisten = "127.0.0.1:{port}"\n[simulated]\nenabled = true\nspeed = "600x"\n')


def check_port_in_use(work):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = tapewire("run", "--config", simulated(work, port))
    expect(done.status != 0)
    expect_in(str(port), done.err)


def check_address_beyond_loopback_needs_a_token(work):
    config = write_config(work, f'data = "{work / "data"}"\n[server]\nlisten = "0.0.0.0:0"\n[simulated]\nenabled = true\n')
    done = tapewire("run", "--config", config, env={k: v for k, v in os.environ.items() if k != "TAPEWIRE_TOKEN"})
    expect(done.status == 2, done.status, done.err)
    expect_in("token", done.err)


def check_read_only_data_directory(work):
    data = work / "data"
    data.mkdir()
    os.chmod(data, 0o555)
    if os.access(data, os.W_OK):
        # The superuser writes everywhere; a file in the place of the directory is as good an obstacle.
        os.chmod(data, 0o755)
        data.rmdir()
        data.write_text("not a directory", encoding="utf-8")
    done, _ = replay(work, "--bars", bars_file(work, [HEADER, row(0)]))
    expect(done.status != 0)
    expect_in("data", done.err)


def check_data_directory_of_another_program(work):
    data = work / "data"
    data.mkdir()
    (data / "precious.txt").write_text("mine", encoding="utf-8")
    done, _ = replay(work, "--bars", bars_file(work, [HEADER, row(0)]))
    expect(done.status != 0)
    expect((data / "precious.txt").read_text(encoding="utf-8") == "mine" and len(list(data.iterdir())) == 1, list(data.iterdir()))


def check_second_writer_is_told_the_first_ones_process(work):
    first = subprocess.Popen([TAPEWIRE, "run", "--config", str(simulated(work))], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = first.stdout.readline().split()[-1]
        expect(address.startswith("http://127.0.0.1:"), address)
        done, _ = replay(work, "--bars", bars_file(work, [HEADER, row(0)]))
        expect(done.status == 1, done.status)
        expect_in(str(first.pid), done.err)
        # Readers work beside it.
        expect(tapewire("topics", "--data", work / "data").status == 0)
        expect(tapewire("tail", "stock-prices", "--last", "1", "--data", work / "data").status == 0)
        answer = sql(work, "select 41 + 1 as answer", "--format", "csv")
        expect(answer.status == 0 and "42" in answer.out, answer.err)
        begun = time.monotonic()
        first.send_signal(signal.SIGINT)
        expect(first.wait(timeout=20) == 0)
        expect(time.monotonic() - begun < 15, "took too long to stop")
    finally:
        if first.poll() is None:
            first.kill()
        first.stdout.close()


def check_sql_that_writes_reads_files_or_never_ends(work):
    replay(work, "--bars", bars_file(work, [HEADER, row(0)]))
    for query in ("delete from bars", "create table x(a int)", "drop view bars", "insert into news select * from news",
                  "attach 'x.db'", "set memory_limit='1TB'", "copy bars to 'x.csv'", "pragma database_list", "install httpfs",
                  "select 1; select 2"):
        done = sql(work, query)
        expect(done.status == 2, query, done.status, done.err)
    for query in ("select * from read_csv('/etc/passwd')", "select * from '/etc/passwd'", "select * from read_text('/etc/hostname')",
                  "select * from glob('/*')"):
        done = sql(work, query)
        expect(done.status != 0 and "root:" not in done.out, query)
    limited = write_config(work, f'data = "{work / "data"}"\n[sql]\ntime = "1s"\nrows = 1000\n')
    done = tapewire("sql", "select count(*) from range(100000000000) a, range(1000000) b", "--config", limited, timeout=60)
    expect(done.status == 1, done.status, done.err)
    expect_in("1s", done.err)
    done = tapewire("sql", "select * from range(50000000)", "--config", limited, timeout=60)
    expect(done.status == 1, done.status)
    expect_in("1000", done.err)
    done = sql(work, "select symbl from bars")
    expect(done.status == 2)
    expect_in("symbl", done.err)
    expect(sql(work, "select count(*) as n from bars_1m", "--format", "csv").out.split() == ["n", "1"])


def check_sql_writes_parquet_and_csv_files(work):
    replay(work, "--bars", bars_file(work, [HEADER, *(row(i) for i in range(5))]))
    out = work / "bars.parquet"
    expect(sql(work, "select * from bars_1m", "--out", out).status == 0)
    expect(out.read_bytes()[:4] == b"PAR1")
    again = work / "minute_aggs_v1" / "again.csv"
    expect(sql(work, "select symbol as ticker, volume, open, close, high, low, epoch_ns(start_time) as window_start, transactions from bars_1m", "--out", again).status == 0)
    expect(sql(work, "select 1", "--out", work / "x.doc").status == 2)


def check_wrong_usage(work):
    for arguments in ([], ["nonsense"], ["replay"], ["replay", "--speed", "fast", "--bars", "x"], ["tail", "no-such-topic", "--data", work / "none"],
                      ["generate"], ["sql"], ["run", "--config", work / "missing.toml"], ["generate", "--out", work / "g", "--start", "soon"]):
        done = tapewire(*arguments)
        expect(done.status in (1, 2) and done.err.strip(), arguments, done.status, done.err)
        expect(len(done.err) < 2000, done.err)
    for verb in ("run", "replay", "generate", "topics", "tail", "dead-letters", "sql", "verify", "check-config", "config", "version"):
        done = tapewire(verb, "--help")
        expect(done.status == 0, verb, done.err)
        expect_in("Example", done.out)


def check_generated_days_in_the_future_are_said(work):
    start = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86400))
    done = tapewire("generate", "--out", work / "ahead", "--symbols", "2", "--start", start, "--quiet")
    expect(done.status == 0, done.err)
    expect_in("in the future", done.err)
    _, account = replay(work, "--bars", work / "ahead" / "minute_aggs_v1")
    prices = account["stock-prices"]
    expect(prices["read"] == prices["dead_lettered"] > 0, prices)
    done = tapewire("generate", "--out", work / "past", "--symbols", "2", "--start", "2024-03-04", "--quiet")
    expect(done.status == 0 and not done.err, done.err)


def check_missing_file(work):
    done, _ = replay(work, "--bars", work / "nowhere.csv")
    expect(done.status != 0)
    expect_in("nowhere.csv", done.err)


if __name__ == "__main__":
    checks = Checks()
    checks.run(checks_of(globals()))
    sys.exit(checks.finish())
