// SPDX-License-Identifier: Apache-2.0
// Answers the questions of the page: bars, news, signals, dead letters.
//
// Cost:   reads no more days than the answer needs: without bounds it looks at ever longer spans of
//         time from the end it was asked for.
// Errors: invalid_argument for a cursor that is not ours; else of DuckDB.
#pragma once

#include <vector>

#include "store/duck.h"
#include "store/store_values.h"
#include "store/symbol_stats.h"

namespace tapewire {

Result<std::vector<Bar>> query_bars(DuckConnection& connection, SymbolStats& stats,
                                    const BarQuery& query);
Result<NewsPage> query_news(DuckConnection& connection, const NewsQuery& query);
Result<SignalPage> query_signals(DuckConnection& connection, const SignalQuery& query);
Result<DeadLetterPage> query_dead_letters(DuckConnection& connection, const DeadLetterQuery& query);

}  // namespace tapewire
