// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <mutex>

#include "store/open_files.h"
#include "store/open_store.h"
#include "store/store_queries.h"
#include "store/store_writer.h"
#include "store/symbol_stats.h"
#include "store/user_sql.h"
#include "store/verify_store.h"

namespace tapewire {

// Connections for queries, used again: what DuckDB keeps per connection is then built once.
class ConnectionPool {
 public:
  explicit ConnectionPool(const DuckDatabaseHandle& database) : database_(database) {}

  template <class Use>
  auto with(const Use& use) -> decltype(use(std::declval<DuckConnection&>())) {
    DuckConnection connection;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        connection = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (connection.get() == nullptr) {
      TRY_ASSIGN(connection, DuckConnection::open(database_));
    }
    auto result = use(connection);
    const std::lock_guard lock(mutex_);
    if (result && idle_.size() < kIdleMax) idle_.push_back(std::move(connection));
    return result;
  }

 private:
  static constexpr std::size_t kIdleMax = 8;
  const DuckDatabaseHandle& database_;
  std::mutex mutex_;
  std::vector<DuckConnection> idle_;
};

struct Store::Impl {
  Impl(OpenFile claimed, OpenedStore opened, StoreOptions chosen, std::filesystem::path path,
       const std::filesystem::path& temporary)
      : claim(std::move(claimed)),
        file(std::move(path)),
        database(std::move(opened.database)),
        note(std::move(opened.note)),
        options(std::move(chosen)),
        watch(options.memory_bytes + (std::uint64_t{512} << 20)),
        sql(database, watch, temporary),
        pool(database) {}

  // Declared so that the file is given up last.
  OpenFile claim;
  std::filesystem::path file;
  DuckDatabaseHandle database;
  std::string note;
  StoreOptions options;
  SymbolStats stats;
  QueryWatch watch;
  UserSql sql;
  ConnectionPool pool;
  std::mutex writing;
  std::unique_ptr<StoreWriter> writer;

  Status check_writable() const {
    if (writer) return {};
    return fail(ErrorCode::invalid_argument, "the store is open for reading only");
  }
  // What goes wrong with the file itself names it; a query's own mistakes do not.
  template <class R>
  R named(R result) const {
    if (!result &&
        (result.error().code == ErrorCode::corrupt || result.error().code == ErrorCode::io)) {
      result.error() = name_store_file(file, std::move(result.error()));
    }
    return result;
  }
  template <class Work>
  auto ask(const Work& work) {
    return named(pool.with(work));
  }
  // Memory taken by users' queries must not stop the writer: they go, it tries again.
  template <class Work>
  Status write(const Work& work) {
    TRY(check_writable());
    const std::lock_guard lock(writing);
    Status status = work();
    for (int i = 0; i < 3 && !status && status.error().code == ErrorCode::no_space &&
                    watch.stop_all(QueryWatch::Stop::writer);
         ++i) {
      status = work();
    }
    return named(std::move(status));
  }
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file,
                                           StoreOptions options) {
  const std::filesystem::path temporary = file.parent_path() / "tmp";
  TRY_ASSIGN(OpenFile claim, OpenFile::claim(file, options.read_only));
  TRY_ASSIGN(OpenedStore opened, open_store_file(file, options, temporary));
  auto impl = std::make_unique<Impl>(std::move(claim), std::move(opened), options, file, temporary);
  if (!options.read_only) {
    TRY_ASSIGN(DuckConnection connection, DuckConnection::open(impl->database));
    impl->writer = std::make_unique<StoreWriter>(
        std::move(connection), impl->stats,
        StoreWriter::Keep{options.keep_trades, options.keep_quotes}, options.recompute);
  }
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Status Store::apply(const StoreBatch& batch) {
  return impl_->write([&] { return impl_->writer->apply(batch); });
}

Result<std::vector<StoreOffset>> Store::offsets() {
  return impl_->ask([](DuckConnection& connection) -> Result<std::vector<StoreOffset>> {
    TRY_ASSIGN(DuckResult rows,
               connection.query("SELECT topic, next_offset FROM offsets ORDER BY topic"));
    std::vector<StoreOffset> out;
    while (true) {
      TRY_ASSIGN(const DuckChunk chunk, rows.next());
      if (!chunk) return out;
      const DuckColumn topics(chunk, 0), offsets(chunk, 1);
      for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i) {
        out.push_back({std::string(topics.text(i)), offsets.at<std::uint64_t>(i)});
      }
    }
  });
}

Status Store::finish_days(TradingDate before) {
  return impl_->write([&] { return impl_->writer->finish_days(calendar().midnight(before)); });
}

Status Store::checkpoint() {
  return impl_->write([&] { return impl_->writer->checkpoint(); });
}

Result<std::vector<std::string>> Store::verify() {
  const std::lock_guard lock(impl_->writing);
  TRY_ASSIGN(DuckConnection connection, DuckConnection::open(impl_->database));
  return impl_->named(verify_store(connection));
}

Result<std::vector<Bar>> Store::bars(const BarQuery& query) {
  return impl_->ask(
      [&](DuckConnection& connection) { return query_bars(connection, impl_->stats, query); });
}

Result<NewsPage> Store::news(const NewsQuery& query) {
  return impl_->ask([&](DuckConnection& connection) { return query_news(connection, query); });
}

Result<SignalPage> Store::signals(const SignalQuery& query) {
  return impl_->ask([&](DuckConnection& connection) { return query_signals(connection, query); });
}

Result<DeadLetterPage> Store::dead_letters(const DeadLetterQuery& query) {
  return impl_->ask(
      [&](DuckConnection& connection) { return query_dead_letters(connection, query); });
}

Result<std::vector<SymbolRow>> Store::symbols() {
  return impl_->ask([&](DuckConnection& connection) { return impl_->stats.symbols(connection); });
}

Status Store::sql(std::string_view query, SqlFormat format, const SqlLimits& limits,
                  const Sink& sink, const std::stop_token& gone) {
  return impl_->named(impl_->sql.run(query, format, limits, sink, gone));
}

Result<std::string> Store::sql_json(std::string_view query, std::uint64_t rows_max,
                                    const SqlLimits& limits, const std::stop_token& gone) {
  return impl_->named(impl_->sql.run_json(query, rows_max, limits, gone));
}

const std::string& Store::opening_note() const { return impl_->note; }

void Store::stop_queries() { impl_->watch.stop_all(QueryWatch::Stop::ending); }

}  // namespace tapewire
