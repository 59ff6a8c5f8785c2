#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The steps of the reference system on AM frames, with the libraries it uses, on one core.

Per frame: parse the JSON array, load every event through a marshmallow schema made from a dataclass
(every field present, of the right type, none null), and serialize the object for its topic.
No broker: producing would only slow it down.

usage: reference_system_a.py FRAMES_FILE [SECONDS]     one frame of events a line
prints one JSON object: {"bars": n, "seconds": s, "bars_per_second": r}
"""
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Optional

import marshmallow
import marshmallow_dataclass


@dataclass
class StockPrice:
    symbol: str = field(metadata={"data_key": "sym", "required": True})
    volume: float = field(metadata={"data_key": "v", "required": True})
    accumulated_volume: float = field(metadata={"data_key": "av", "required": True})
    official_open_price: float = field(metadata={"data_key": "op", "required": True})
    vwap: float = field(metadata={"data_key": "vw", "required": True})
    open: float = field(metadata={"data_key": "o", "required": True})
    close: float = field(metadata={"data_key": "c", "required": True})
    high: float = field(metadata={"data_key": "h", "required": True})
    low: float = field(metadata={"data_key": "l", "required": True})
    aggregate_vwap: float = field(metadata={"data_key": "a", "required": True})
    average_size: float = field(metadata={"data_key": "z", "required": True})
    start_timestamp: int = field(metadata={"data_key": "s", "required": True})
    end_timestamp: int = field(metadata={"data_key": "e", "required": True})
    otc: Optional[bool] = field(default=None, metadata={"data_key": "otc"})


class Schema(marshmallow.Schema):
    class Meta:
        unknown = marshmallow.EXCLUDE


load_schema = marshmallow_dataclass.class_schema(StockPrice, base_schema=Schema)()


def handle(frame: str) -> int:
    count = 0
    for event in json.loads(frame):
        if event.get("ev") != "AM":
            continue
        bar = load_schema.load(event)
        value = json.dumps(bar.__dict__).encode()
        key = bar.symbol.encode()
        count += 1 if value and key else 0
    return count


def main() -> None:
    limit = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    with open(sys.argv[1], encoding="utf-8") as lines:
        frames = [line.strip() for line in lines]
    handle(frames[0])
    bars = 0
    started = time.perf_counter()
    elapsed = 0.0
    while elapsed < limit:
        for frame in frames:
            bars += handle(frame)
            elapsed = time.perf_counter() - started
            if elapsed >= limit:
                break
    print(json.dumps({"bars": bars, "seconds": elapsed, "bars_per_second": bars / elapsed}))


if __name__ == "__main__":
    main()
