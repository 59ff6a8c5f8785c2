// SPDX-License-Identifier: Apache-2.0
// Makes small stores by the program's own parts, and leads the whole life of one that is damaged.
//
// Threads: DuckDB starts some; call everything here in a process of its own, as `in_child` does.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

namespace tapewire {

// What a child's exit status says.
enum StoreOutcome : int {
  kSoundAndEqual = 10,  // verify found nothing, and everything was as before
  kReported = 11,       // verify reported it, nothing wrong was served
  kServedWrong = 20,    // rows differ, and no error said so
  kUnreported = 22,     // reading failed, but verify found nothing
  kNameless = 23,       // an error that does not name the file
};

// A data directory as a program left it: its store, and the store's log when it was killed.
struct StoreImage {
  std::string name;
  std::string store;
  std::string wal;
};

// The answers to everything a reader may ask, by question: a digest, or "ERROR words".
using Answers = std::map<std::string, std::string>;

// Runs `work` in a process of its own, its words on stderr in `said`; the status as of waitpid.
// A child that takes longer than a minute ends by SIGALRM.
int in_child(const std::filesystem::path& said, const std::function<int()>& work);

// `program` generates a market and replays it into `data`. Exits when it cannot.
void make_data(const std::string& program, const std::filesystem::path& data);
// Stores of what the log of `data` holds: closed in order; killed with days finished and more in its
// write-ahead log; killed with nothing but that.
std::vector<StoreImage> make_images(const std::filesystem::path& data,
                                    const std::filesystem::path& work);
void put_image(const StoreImage& image, const std::filesystem::path& data,
               const std::filesystem::path& copy);
Answers answers_of(const std::filesystem::path& data);

// verify, then every question, then a writer that takes in what is missing, and every question again.
// REQUIRES: `before` are the undamaged image's answers, `after` those when all of the log is in.
int live_with_damage(const std::filesystem::path& data, const Answers& before,
                     const Answers& after);

}  // namespace tapewire
