// SPDX-License-Identifier: Apache-2.0
// Carries a value or an error across every boundary that can fail.
//
// Errors: `retryable` is true only when trying the same call again later can succeed.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace tapewire {

enum class ErrorCode {
  invalid_argument,   // the caller's words are wrong: usage, configuration, a query
  invalid_data,       // bytes or rows that cannot be what they should be
  not_found,
  already_exists,
  in_use,             // another process or writer holds it
  no_space,           // disk, map or a stated limit is full
  io,                 // the operating system refused
  corrupt,            // a check failed on stored bytes
  timeout,
  cancelled,
  internal,
};

std::string_view to_string(ErrorCode code);

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  bool retryable = false;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, bool retryable = false) {
  return std::unexpected<Error>(Error{code, std::move(message), retryable});
}

// Names an errno in words: "cannot open X: No such file or directory".
std::unexpected<Error> fail_errno(std::string_view doing, std::string_view path, int error_number);

}  // namespace tapewire

#define TAPEWIRE_CONCAT_(a, b) a##b
#define TAPEWIRE_CONCAT(a, b) TAPEWIRE_CONCAT_(a, b)

// TRY(expression) returns the error of a Status or drops the value of a Result.
#define TRY(...)                                                                               \
  do {                                                                                         \
    auto&& try_result = (__VA_ARGS__);                                                         \
    if (!try_result) return std::unexpected<::tapewire::Error>(std::move(try_result).error()); \
  } while (false)

// TRY_ASSIGN(auto x, expression) declares x from the value, or returns the error.
#define TRY_ASSIGN(declaration, ...) \
  TRY_ASSIGN_(TAPEWIRE_CONCAT(try_result_, __LINE__), declaration, __VA_ARGS__)
#define TRY_ASSIGN_(name, declaration, ...)                                      \
  auto name = (__VA_ARGS__);                                                     \
  if (!name) return std::unexpected<::tapewire::Error>(std::move(name).error()); \
  declaration = std::move(*name)
