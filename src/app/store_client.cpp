// SPDX-License-Identifier: Apache-2.0
#include "app/store_client.h"

#include <cstdlib>
#include <filesystem>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace tapewire {
namespace {

using Json = nlohmann::json;

struct HttpAnswer {
  long status = 0;
  std::string body;
};

std::size_t collect(char* data, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

// GET without a body, POST with one.
Result<HttpAnswer> ask(const std::string& address, std::string_view path, const std::string& body) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  if (const std::string token = server_token(); !token.empty()) {
    list = curl_slist_append(list, fmt::format("Authorization: Bearer {}", token).c_str());
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list,
                                                                            &curl_slist_free_all);
  HttpAnswer answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, (address + std::string(path)).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &collect);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  if (!body.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    return fail(ErrorCode::io,
                fmt::format("the running program at {} does not answer: {}", address,
                            curl_easy_strerror(code)),
                true);
  }
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

Error problem(const HttpAnswer& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  std::string words = fmt::format("HTTP {}", answer.status);
  if (answer.status == 401) {
    words = server_token().empty() ? "the running program has a token: set TAPEWIRE_TOKEN to it"
                                   : "the running program's token is not the one in TAPEWIRE_TOKEN";
  } else if (json.is_object()) {
    words = json.value("detail", json.value("title", words));
  }
  return {answer.status == 400 ? ErrorCode::invalid_argument : ErrorCode::io, words,
          answer.status == 503};
}

Result<std::vector<ConsumerOffset>> running_store_offsets(const std::string& address) {
  TRY_ASSIGN(const HttpAnswer answer, ask(address, "/api/v1/topics", ""));
  if (answer.status != 200) return std::unexpected(problem(answer));
  const Json json = Json::parse(answer.body, nullptr, false);
  std::vector<ConsumerOffset> out;
  for (const Json& row :
       json.is_object() ? json.value("consumers", Json::array()) : Json::array()) {
    if (row.value("consumer", "") != "store") continue;
    out.push_back({"store", row.value("topic", ""), row.value("offset", Offset{0})});
  }
  return out;
}

Result<std::unique_ptr<Store>> open_store(const Config& config, const DataPaths& paths) {
  TRY(check_data_dir(paths.root));
  if (!std::filesystem::exists(paths.store)) {
    return fail(ErrorCode::not_found,
                fmt::format("{} holds no store yet; `tapewire replay` or `run` makes it",
                            paths.root.string()));
  }
  StoreOptions options;
  options.read_only = true;
  options.memory_bytes = config.store.memory.bytes;
  options.threads = static_cast<int>(config.store.threads);
  return Store::open(paths.store, options);
}

}  // namespace

Result<std::vector<ConsumerOffset>> consumer_offsets(EventLog& log, const DataPaths& paths) {
  std::vector<ConsumerOffset> out;
  constexpr std::string_view kPrefix = "pipeline/position/";
  TRY_ASSIGN(const auto entries, log.state(kPrefix));
  for (const StateWrite& entry : entries) {
    ByteReader in(entry.value);
    const auto offset = in.fixed<Offset>();
    out.push_back({"pipeline", entry.key.substr(kPrefix.size()), offset});
  }
  if (const auto address = running_server(paths)) {
    TRY_ASSIGN(auto rows, running_store_offsets(*address));
    out.insert(out.end(), rows.begin(), rows.end());
  } else if (std::filesystem::exists(paths.store)) {
    const auto store = open_store(Config{}, paths);
    // A program without a page holds it; the log's own consumers are shown all the same.
    if (!store && store.error().code == ErrorCode::in_use) return out;
    if (!store) return std::unexpected(store.error());
    TRY_ASSIGN(const auto offsets, (*store)->offsets());
    for (const StoreOffset& o : offsets) out.push_back({"store", o.topic, o.offset});
  }
  return out;
}

Status query_store(const Config& config, std::string_view sql, SqlFormat format,
                   const Store::Sink& sink) {
  const DataPaths paths{std::filesystem::path(config.data)};
  const SqlLimits limits{config.sql.time, static_cast<std::uint64_t>(config.sql.rows)};
  const auto address = running_server(paths);
  if (!address) {
    TRY_ASSIGN(const auto store, open_store(config, paths));
    return store->sql(sql, format, limits, sink);
  }
  constexpr std::array<std::string_view, 4> kNames{"ndjson", "csv", "table", "parquet"};
  const Json body{{"query", sql},
                  {"format", kNames[static_cast<std::size_t>(format)]},
                  {"max_rows", limits.rows}};
  TRY_ASSIGN(const HttpAnswer answer, ask(*address, "/api/v1/sql", body.dump()));
  if (answer.status != 200) return std::unexpected(problem(answer));
  sink(answer.body);
  return {};
}

}  // namespace tapewire
