// SPDX-License-Identifier: Apache-2.0
// Stops queries of users that run too long, take too much memory or are wanted by nobody any more, and
// gives way to the writer.
//
// Memory:  DuckDB's own limit covers its buffers; this watches what the whole process gained since the
//          query began, which also holds what DuckDB does not count.
// Threads: any; one thread of its own, alive while queries run.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/time.h"
#include "store/duck.h"

namespace tapewire {

class QueryWatch {
 public:
  enum class Stop { none, time, memory, reader, writer, ending };

  explicit QueryWatch(std::uint64_t memory_gain_max) : memory_gain_max_(memory_gain_max) {}
  ~QueryWatch();
  QueryWatch(const QueryWatch&) = delete;
  QueryWatch& operator=(const QueryWatch&) = delete;

 private:
  struct Query {
    duckdb_connection connection;
    Duration deadline;
    std::uint64_t memory_before;
    std::stop_token gone;
    Stop stop = Stop::none;
  };

 public:
  // Watches a connection for as long as it lives.
  class Guard {
   public:
    // `gone`: asked to stop once the reader no longer waits.
    Guard(QueryWatch& watch, const DuckConnection& connection, Duration limit,
          std::stop_token gone);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    [[nodiscard]] Stop stopped() const;

   private:
    QueryWatch& watch_;
    std::list<Query>::iterator query_;
  };

  // Stops every query, for the writer needs their memory or the program ends, and waits a little for them
  // to end. False when none was running.
  bool stop_all(Stop why);

 private:
  void run();

  const std::uint64_t memory_gain_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable ended_;
  std::list<Query> queries_;
  bool ending_ = false;
  std::thread thread_;
};

// Bytes of memory this process has resident.
std::uint64_t resident_bytes();

}  // namespace tapewire
