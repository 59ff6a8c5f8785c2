// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace tapewire {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::invalid_data: return "invalid_data";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::already_exists: return "already_exists";
    case ErrorCode::in_use: return "in_use";
    case ErrorCode::no_space: return "no_space";
    case ErrorCode::io: return "io";
    case ErrorCode::corrupt: return "corrupt";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

std::unexpected<Error> fail_errno(std::string_view doing, std::string_view path, int error_number) {
  const auto code = error_number == ENOSPC || error_number == EDQUOT ? ErrorCode::no_space
                    : error_number == ENOENT                         ? ErrorCode::not_found
                                                                     : ErrorCode::io;
  return fail(code, fmt::format("cannot {} {}: {}", doing, path,
                                std::generic_category().message(error_number)));
}

}  // namespace tapewire
