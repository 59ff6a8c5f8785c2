// SPDX-License-Identifier: Apache-2.0
#include "server/openapi.h"

namespace tapewire {
namespace {

constexpr std::string_view kSchemas = R"json({
"Time": {"type": "string", "format": "date-time", "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$"},
"TimeOrNull": {"anyOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]},
"Width": {"type": "string", "enum": ["1s", "1m", "5m", "15m", "1h", "1d"]},
"Problem": {
  "type": "object", "required": ["type", "title", "status", "detail"], "additionalProperties": false,
  "properties": {
    "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
    "detail": {"type": "string"}, "parameter": {"type": "string", "description": "the parameter at fault"}}},
"Symbols": {
  "type": "object", "required": ["symbols"], "additionalProperties": false,
  "properties": {"symbols": {"type": "array", "items": {"$ref": "#/components/schemas/Symbol"}}}},
"Symbol": {
  "type": "object", "required": ["symbol", "first_time", "last_time", "last_close", "widths"],
  "additionalProperties": false,
  "properties": {
    "symbol": {"type": "string"}, "first_time": {"$ref": "#/components/schemas/TimeOrNull"},
    "last_time": {"$ref": "#/components/schemas/TimeOrNull"}, "last_close": {"type": ["number", "null"]},
    "widths": {"type": "array", "items": {"$ref": "#/components/schemas/Width"}}}},
"Bar": {
  "type": "object", "additionalProperties": false,
  "required": ["start_time", "end_time", "session", "open", "high", "low", "close", "volume", "vwap", "transactions",
    "ohlc_average", "origin", "revision"],
  "properties": {
    "start_time": {"$ref": "#/components/schemas/Time"}, "end_time": {"$ref": "#/components/schemas/Time"},
    "session": {"type": ["string", "null"], "enum": ["pre_market", "regular", "after_hours", null]},
    "open": {"type": "number"}, "high": {"type": "number"}, "low": {"type": "number"}, "close": {"type": "number"},
    "volume": {"type": "number", "minimum": 0}, "vwap": {"type": ["number", "null"]},
    "transactions": {"type": ["integer", "null"]}, "ohlc_average": {"type": "number"},
    "origin": {"type": "string", "enum": ["vendor", "built", "rolled_up"]},
    "revision": {"type": "integer", "minimum": 0}}},
"Bars": {
  "type": "object", "required": ["symbol", "width", "bars", "truncated"], "additionalProperties": false,
  "properties": {
    "symbol": {"type": "string"}, "width": {"$ref": "#/components/schemas/Width"},
    "bars": {"type": "array", "items": {"$ref": "#/components/schemas/Bar"}},
    "truncated": {"type": "boolean", "description": "there were more than limit"}}},
"NewsItem": {
  "type": "object", "additionalProperties": false,
  "required": ["id", "source", "search", "published_at", "published_on", "first_published_at", "precision",
    "received_at", "title", "summary", "url", "section", "symbols", "revision", "extra"],
  "properties": {
    "id": {"type": "string"}, "source": {"type": "string"}, "search": {"type": "string"},
    "published_at": {"$ref": "#/components/schemas/Time"},
    "published_on": {"type": "string", "format": "date", "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
      "description": "the New York date; with precision day nothing finer is known"},
    "first_published_at": {"$ref": "#/components/schemas/TimeOrNull"},
    "precision": {"type": "string", "enum": ["second", "minute", "day"]},
    "received_at": {"$ref": "#/components/schemas/Time"},
    "title": {"type": "string"}, "summary": {"type": "string"}, "url": {"type": ["string", "null"]},
    "section": {"type": ["string", "null"]}, "symbols": {"type": "array", "items": {"type": "string"}},
    "revision": {"type": "integer", "minimum": 0}, "extra": {"type": "object"}}},
"News": {
  "type": "object", "required": ["news", "next_cursor"], "additionalProperties": false,
  "properties": {
    "news": {"type": "array", "items": {"$ref": "#/components/schemas/NewsItem"}},
    "next_cursor": {"type": ["string", "null"]}}},
"Signal": {
  "type": "object", "required": ["symbol", "time", "kind", "value"], "additionalProperties": false,
  "properties": {
    "symbol": {"type": "string"}, "time": {"$ref": "#/components/schemas/Time"},
    "kind": {"type": "string", "enum": ["change_5m", "change_10m", "change_15m", "delta_10s", "change_10s"]},
    "value": {"type": ["number", "null"]}}},
"Signals": {
  "type": "object", "required": ["signals", "truncated"], "additionalProperties": false,
  "properties": {
    "signals": {"type": "array", "items": {"$ref": "#/components/schemas/Signal"}},
    "truncated": {"type": "boolean", "description": "there were more than limit"}}},
"Topics": {
  "type": "object", "required": ["topics", "consumers"], "additionalProperties": false,
  "properties": {
    "topics": {"type": "array", "items": {
      "type": "object", "additionalProperties": false,
      "required": ["topic", "first_offset", "end_offset", "records", "bytes", "newest_event_time"],
      "properties": {
        "topic": {"type": "string"}, "first_offset": {"type": "integer"}, "end_offset": {"type": "integer"},
        "records": {"type": "integer"}, "bytes": {"type": "integer"},
        "newest_event_time": {"$ref": "#/components/schemas/TimeOrNull"}}}},
    "consumers": {"type": "array", "items": {
      "type": "object", "required": ["consumer", "topic", "offset", "lag"], "additionalProperties": false,
      "properties": {
        "consumer": {"type": "string"}, "topic": {"type": "string"}, "offset": {"type": "integer"},
        "lag": {"type": "integer", "minimum": 0}}}}}},
"DeadLetter": {
  "type": "object", "additionalProperties": false,
  "required": ["log_offset", "topic", "received_at", "stage", "source", "origin", "reason", "field", "expected",
    "payload", "payload_base64", "payload_bytes"],
  "properties": {
    "log_offset": {"type": "integer"}, "topic": {"type": "string"}, "received_at": {"$ref": "#/components/schemas/Time"},
    "stage": {"type": "string"}, "source": {"type": "string"}, "origin": {"type": ["string", "null"]},
    "reason": {"type": "string"}, "field": {"type": ["string", "null"]}, "expected": {"type": ["string", "null"]},
    "payload": {"type": "string", "description": "its first 64 KiB"},
    "payload_base64": {"type": ["string", "null"], "description": "the same bytes where they are not UTF-8"},
    "payload_bytes": {"type": "integer", "minimum": 0}}},
"DeadLetters": {
  "type": "object", "required": ["dead_letters", "next_cursor"], "additionalProperties": false,
  "properties": {
    "dead_letters": {"type": "array", "items": {"$ref": "#/components/schemas/DeadLetter"}},
    "next_cursor": {"type": ["string", "null"]}}},
"TopicAccount": {
  "type": "object",
  "required": ["read", "appended", "duplicate", "dead_lettered", "too_late", "dropped"],
  "properties": {
    "read": {"type": "integer"}, "appended": {"type": "integer"}, "duplicate": {"type": "integer"},
    "dead_lettered": {"type": "integer"}, "too_late": {"type": "integer"}, "dropped": {"type": "integer"}}},
"Health": {
  "type": "object",
  "required": ["status", "version", "mode", "simulated", "started_at", "now", "watermark", "account", "sources", "lag",
    "problems"],
  "properties": {
    "status": {"type": "string", "enum": ["ok", "degraded"]}, "version": {"type": "string"},
    "mode": {"type": "string", "enum": ["live", "replay", "simulated"]}, "simulated": {"type": "boolean"},
    "started_at": {"$ref": "#/components/schemas/Time"}, "now": {"$ref": "#/components/schemas/TimeOrNull"},
    "watermark": {"$ref": "#/components/schemas/TimeOrNull"},
    "account": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/TopicAccount"}},
    "sources": {"type": "array", "items": {
      "type": "object", "required": ["name", "state", "detail"],
      "properties": {"name": {"type": "string"}, "state": {"type": "string"}, "detail": {"type": "string"}}}},
    "lag": {"type": "object", "required": ["pipeline", "store"],
      "properties": {"pipeline": {"type": "integer"}, "store": {"type": "integer"}}},
    "problems": {"type": "array", "items": {"type": "string"}}}},
"SqlRequest": {
  "type": "object", "required": ["query"], "additionalProperties": false,
  "properties": {
    "query": {"type": "string", "minLength": 1}, "max_rows": {"type": "integer", "minimum": 1,
      "description": "at most that of the configuration; json is cut after 1000 when it is absent, the other formats only by the configuration"},
    "format": {"type": "string", "enum": ["json", "csv", "parquet", "ndjson", "table"], "default": "json"}}},
"SqlResult": {
  "type": "object", "required": ["columns", "rows", "truncated", "elapsed_ms"], "additionalProperties": false,
  "properties": {
    "columns": {"type": "array", "items": {
      "type": "object", "required": ["name", "type"], "additionalProperties": false,
      "properties": {"name": {"type": "string"}, "type": {"type": "string"}}}},
    "rows": {"type": "array", "items": {"type": "array"}},
    "truncated": {"type": "boolean"}, "elapsed_ms": {"type": "number", "minimum": 0}}},
"OpenApi": {"type": "object", "required": ["openapi", "info", "paths", "components"]}
})json";

}  // namespace

std::string_view openapi_schemas() { return kSchemas; }

}  // namespace tapewire
