// SPDX-License-Identifier: Apache-2.0
#include "store/sql_value.h"

#include <charconv>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "base/decimal.h"

namespace tapewire {
namespace {

__extension__ using UnsignedInt128 = unsigned __int128;

void append_digits(std::string& out, UnsignedInt128 n) {
  char digits[40];
  char* at = std::end(digits);
  do {
    *--at = static_cast<char>('0' + static_cast<int>(n % 10));
    n /= 10;
  } while (n != 0);
  out.append(at, std::end(digits));
}

// The shortest exact text of n / 10^scale.
void append_scaled(std::string& out, Int128 n, int scale) {
  if (n < 0) out += '-';
  UnsignedInt128 rest = n < 0 ? -static_cast<UnsignedInt128>(n) : static_cast<UnsignedInt128>(n);
  while (scale > 0 && rest % 10 == 0) {
    rest /= 10;
    --scale;
  }
  std::string digits;
  append_digits(digits, rest);
  const auto places = static_cast<std::size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (places > 0) digits.insert(digits.size() - places, 1, '.');
  out += digits;
}

Int128 hugeint(const duckdb_hugeint& n) {
  return static_cast<Int128>(
      (static_cast<UnsignedInt128>(static_cast<std::uint64_t>(n.upper)) << 64) | n.lower);
}

Int128 integer(duckdb_type id, const DuckColumn& column, idx_t row) {
  switch (id) {
    case DUCKDB_TYPE_TINYINT: return column.at<std::int8_t>(row);
    case DUCKDB_TYPE_SMALLINT: return column.at<std::int16_t>(row);
    case DUCKDB_TYPE_INTEGER: return column.at<std::int32_t>(row);
    case DUCKDB_TYPE_BIGINT: return column.at<std::int64_t>(row);
    case DUCKDB_TYPE_UTINYINT: return column.at<std::uint8_t>(row);
    case DUCKDB_TYPE_USMALLINT: return column.at<std::uint16_t>(row);
    case DUCKDB_TYPE_UINTEGER: return column.at<std::uint32_t>(row);
    case DUCKDB_TYPE_UBIGINT: return column.at<std::uint64_t>(row);
    default: return hugeint(column.at<duckdb_hugeint>(row));
  }
}

bool is_integer(duckdb_type id) {
  return (id >= DUCKDB_TYPE_TINYINT && id <= DUCKDB_TYPE_UBIGINT) || id == DUCKDB_TYPE_HUGEINT ||
         id == DUCKDB_TYPE_UHUGEINT;
}

template <class Float>
void append_float(std::string& out, Float value) {
  if (std::isnan(value)) {
    out += "nan";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-inf" : "inf";
  } else {
    char text[64];
    const auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
    out.append(text, end);
  }
}

void append_fraction(std::string& out, std::int64_t part, int digits) {
  if (part == 0) return;
  std::string text = fmt::format("{:0{}}", part, digits);
  text.erase(text.find_last_not_of('0') + 1);
  out += '.';
  out += text;
}

void append_date(std::string& out, std::int32_t days) {
  if (!duckdb_is_finite_date({days})) {
    out += days < 0 ? "-infinity" : "infinity";
    return;
  }
  const duckdb_date_struct date = duckdb_from_date({days});
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

// `per_second` units since 1970, as 2019-02-13T14:30:00.25Z.
void append_timestamp(std::string& out, std::int64_t value, std::int64_t per_second, int digits) {
  if (value == INT64_MAX || value == -INT64_MAX) {
    out += value < 0 ? "-infinity" : "infinity";
    return;
  }
  std::int64_t second = value / per_second;
  std::int64_t part = value % per_second;
  if (part < 0) {
    part += per_second;
    --second;
  }
  std::int64_t day = second / 86400;
  std::int64_t clock = second % 86400;
  if (clock < 0) {
    clock += 86400;
    --day;
  }
  append_date(out, static_cast<std::int32_t>(day));
  fmt::format_to(std::back_inserter(out), "T{:02}:{:02}:{:02}", clock / 3600, clock / 60 % 60,
                 clock % 60);
  append_fraction(out, part, digits);
  out += 'Z';
}

void append_time(std::string& out, std::int64_t value, std::int64_t per_second, int digits) {
  const std::int64_t second = value / per_second;
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", second / 3600, second / 60 % 60,
                 second % 60);
  append_fraction(out, value % per_second, digits);
}

void append_interval(std::string& out, const duckdb_interval& value) {
  std::string text;
  if (value.months != 0) text += fmt::format("{} months ", value.months);
  if (value.days != 0) text += fmt::format("{} days ", value.days);
  if (value.micros != 0 || text.empty()) {
    if (value.micros < 0) text += '-';
    append_time(text, value.micros < 0 ? -value.micros : value.micros, 1'000'000, 6);
  } else {
    text.pop_back();
  }
  out += text;
}

void append_uuid(std::string& out, const duckdb_hugeint& value) {
  const std::uint64_t high = static_cast<std::uint64_t>(value.upper) ^ (std::uint64_t{1} << 63);
  const std::string text = fmt::format("{:016x}{:016x}", high, value.lower);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    out += text[i];
  }
}

// Printable ASCII as it is, every other byte as \xNN.
void append_blob(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\')
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", byte);
  }
}

void write_list(std::string& out, const SqlType& type, const DuckColumn& child, idx_t from,
                idx_t count) {
  out += '[';
  for (idx_t i = from; i < from + count; ++i) {
    if (i != from) out += ',';
    write_json(out, type.children[0], child, i);
  }
  out += ']';
}

void write_nested(std::string& out, const SqlType& type, const DuckColumn& column, idx_t row) {
  if (type.id == DUCKDB_TYPE_STRUCT) {
    out += '{';
    for (std::size_t i = 0; i < type.children.size(); ++i) {
      if (i != 0) out += ',';
      write_json_text(out, type.words[i]);
      out += ':';
      write_json(out, type.children[i],
                 DuckColumn(duckdb_struct_vector_get_child(column.vector(), i)), row);
    }
    out += '}';
  } else if (type.id == DUCKDB_TYPE_ARRAY) {
    write_list(out, type, DuckColumn(duckdb_array_vector_get_child(column.vector())),
               row * type.array_size, type.array_size);
  } else {
    const auto entry = column.at<duckdb_list_entry>(row);
    write_list(out, type, DuckColumn(duckdb_list_vector_get_child(column.vector())), entry.offset,
               entry.length);
  }
}

bool is_nested(duckdb_type id) {
  return id == DUCKDB_TYPE_LIST || id == DUCKDB_TYPE_ARRAY || id == DUCKDB_TYPE_MAP ||
         id == DUCKDB_TYPE_STRUCT;
}

std::string take(char* text) {
  std::string out = text != nullptr ? text : "";
  duckdb_free(text);
  return out;
}

}  // namespace

SqlType sql_type_of(duckdb_logical_type type) {
  SqlType out;
  out.id = duckdb_get_type_id(type);
  const auto child = [&](duckdb_logical_type raw) {
    const DuckType owned(raw);
    out.children.push_back(sql_type_of(owned.get()));
  };
  switch (out.id) {
    case DUCKDB_TYPE_DECIMAL:
      out.inner = duckdb_decimal_internal_type(type);
      out.scale = duckdb_decimal_scale(type);
      break;
    case DUCKDB_TYPE_ENUM:
      out.inner = duckdb_enum_internal_type(type);
      for (std::uint32_t i = 0; i < duckdb_enum_dictionary_size(type); ++i) {
        out.words.push_back(take(duckdb_enum_dictionary_value(type, i)));
      }
      break;
    case DUCKDB_TYPE_LIST: child(duckdb_list_type_child_type(type)); break;
    case DUCKDB_TYPE_ARRAY:
      out.array_size = duckdb_array_type_array_size(type);
      child(duckdb_array_type_child_type(type));
      break;
    case DUCKDB_TYPE_MAP: {
      SqlType entry;
      entry.id = DUCKDB_TYPE_STRUCT;
      entry.words = {"key", "value"};
      const DuckType key(duckdb_map_type_key_type(type)), value(duckdb_map_type_value_type(type));
      entry.children = {sql_type_of(key.get()), sql_type_of(value.get())};
      out.children.push_back(std::move(entry));
      break;
    }
    case DUCKDB_TYPE_STRUCT:
      for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
        out.words.push_back(take(duckdb_struct_type_child_name(type, i)));
        child(duckdb_struct_type_child_type(type, i));
      }
      break;
    default: break;
  }
  return out;
}

bool can_write(const SqlType& type) {
  for (const SqlType& child : type.children) {
    if (!can_write(child)) return false;
  }
  switch (type.id) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
    case DUCKDB_TYPE_DECIMAL:
    case DUCKDB_TYPE_ENUM:
    case DUCKDB_TYPE_UUID:
    case DUCKDB_TYPE_DATE:
    case DUCKDB_TYPE_TIME:
    case DUCKDB_TYPE_TIME_NS:
    case DUCKDB_TYPE_INTERVAL:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_SQLNULL: return true;
    default: return is_integer(type.id) || is_nested(type.id);
  }
}

void write_plain(std::string& out, const SqlType& type, const DuckColumn& column, idx_t row) {
  switch (type.id) {
    case DUCKDB_TYPE_BOOLEAN: out += column.at<bool>(row) ? "true" : "false"; return;
    case DUCKDB_TYPE_FLOAT: append_float(out, column.at<float>(row)); return;
    case DUCKDB_TYPE_DOUBLE: append_float(out, column.at<double>(row)); return;
    case DUCKDB_TYPE_VARCHAR: out += column.text(row); return;
    case DUCKDB_TYPE_BLOB: append_blob(out, column.text(row)); return;
    case DUCKDB_TYPE_DECIMAL:
      append_scaled(out, integer(type.inner, column, row), type.scale);
      return;
    case DUCKDB_TYPE_UHUGEINT: {
      const auto& n = column.at<duckdb_uhugeint>(row);
      append_digits(out, (static_cast<UnsignedInt128>(n.upper) << 64) | n.lower);
      return;
    }
    case DUCKDB_TYPE_ENUM: {
      const auto index = static_cast<std::size_t>(integer(type.inner, column, row));
      if (index < type.words.size()) out += type.words[index];
      return;
    }
    case DUCKDB_TYPE_UUID: append_uuid(out, column.at<duckdb_hugeint>(row)); return;
    case DUCKDB_TYPE_DATE: append_date(out, column.at<std::int32_t>(row)); return;
    case DUCKDB_TYPE_TIME: append_time(out, column.at<std::int64_t>(row), 1'000'000, 6); return;
    case DUCKDB_TYPE_TIME_NS:
      append_time(out, column.at<std::int64_t>(row), 1'000'000'000, 9);
      return;
    case DUCKDB_TYPE_INTERVAL: append_interval(out, column.at<duckdb_interval>(row)); return;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      append_timestamp(out, column.at<std::int64_t>(row), 1'000'000, 6);
      return;
    case DUCKDB_TYPE_TIMESTAMP_S: append_timestamp(out, column.at<std::int64_t>(row), 1, 0); return;
    case DUCKDB_TYPE_TIMESTAMP_MS:
      append_timestamp(out, column.at<std::int64_t>(row), 1'000, 3);
      return;
    case DUCKDB_TYPE_TIMESTAMP_NS:
      append_timestamp(out, column.at<std::int64_t>(row), 1'000'000'000, 9);
      return;
    default:
      if (is_nested(type.id))
        write_nested(out, type, column, row);
      else if (is_integer(type.id))
        append_scaled(out, integer(type.id, column, row), 0);
  }
}

void write_json(std::string& out, const SqlType& type, const DuckColumn& column, idx_t row) {
  if (type.id == DUCKDB_TYPE_SQLNULL || column.null(row)) {
    out += "null";
    return;
  }
  if ((type.id == DUCKDB_TYPE_DOUBLE && !std::isfinite(column.at<double>(row))) ||
      (type.id == DUCKDB_TYPE_FLOAT && !std::isfinite(column.at<float>(row)))) {
    out += "null";
  } else if (is_nested(type.id) || is_integer(type.id) || type.id == DUCKDB_TYPE_DECIMAL ||
             type.id == DUCKDB_TYPE_BOOLEAN || type.id == DUCKDB_TYPE_DOUBLE ||
             type.id == DUCKDB_TYPE_FLOAT) {
    write_plain(out, type, column, row);
  } else {
    std::string text;
    write_plain(text, type, column, row);
    write_json_text(out, text);
  }
}

void write_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        else
          out += c;
    }
  }
  out += '"';
}

std::string sql_type_name(duckdb_logical_type type) {
  switch (duckdb_get_type_id(type)) {
    case DUCKDB_TYPE_BOOLEAN: return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT: return "TINYINT";
    case DUCKDB_TYPE_SMALLINT: return "SMALLINT";
    case DUCKDB_TYPE_INTEGER: return "INTEGER";
    case DUCKDB_TYPE_BIGINT: return "BIGINT";
    case DUCKDB_TYPE_UTINYINT: return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT: return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER: return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT: return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT: return "HUGEINT";
    case DUCKDB_TYPE_UHUGEINT: return "UHUGEINT";
    case DUCKDB_TYPE_FLOAT: return "FLOAT";
    case DUCKDB_TYPE_DOUBLE: return "DOUBLE";
    case DUCKDB_TYPE_VARCHAR: return "VARCHAR";
    case DUCKDB_TYPE_BLOB: return "BLOB";
    case DUCKDB_TYPE_DECIMAL:
      return fmt::format("DECIMAL({},{})", duckdb_decimal_width(type), duckdb_decimal_scale(type));
    case DUCKDB_TYPE_DATE: return "DATE";
    case DUCKDB_TYPE_TIME: return "TIME";
    case DUCKDB_TYPE_TIME_NS: return "TIME_NS";
    case DUCKDB_TYPE_TIME_TZ: return "TIME WITH TIME ZONE";
    case DUCKDB_TYPE_TIMESTAMP: return "TIMESTAMP";
    case DUCKDB_TYPE_TIMESTAMP_TZ: return "TIMESTAMP WITH TIME ZONE";
    case DUCKDB_TYPE_TIMESTAMP_S: return "TIMESTAMP_S";
    case DUCKDB_TYPE_TIMESTAMP_MS: return "TIMESTAMP_MS";
    case DUCKDB_TYPE_TIMESTAMP_NS: return "TIMESTAMP_NS";
    case DUCKDB_TYPE_INTERVAL: return "INTERVAL";
    case DUCKDB_TYPE_UUID: return "UUID";
    case DUCKDB_TYPE_ENUM: return "ENUM";
    case DUCKDB_TYPE_MAP: return "MAP";
    case DUCKDB_TYPE_STRUCT: return "STRUCT";
    case DUCKDB_TYPE_UNION: return "UNION";
    case DUCKDB_TYPE_BIT: return "BIT";
    case DUCKDB_TYPE_BIGNUM: return "BIGNUM";
    case DUCKDB_TYPE_VARIANT: return "VARIANT";
    case DUCKDB_TYPE_GEOMETRY: return "GEOMETRY";
    case DUCKDB_TYPE_SQLNULL: return "NULL";
    case DUCKDB_TYPE_LIST: {
      const DuckType child(duckdb_list_type_child_type(type));
      return sql_type_name(child.get()) + "[]";
    }
    case DUCKDB_TYPE_ARRAY: {
      const DuckType child(duckdb_array_type_child_type(type));
      return fmt::format("{}[{}]", sql_type_name(child.get()), duckdb_array_type_array_size(type));
    }
    default: return "OTHER";
  }
}

}  // namespace tapewire
