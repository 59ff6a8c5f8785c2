// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <cerrno>
#include <memory>

#include <gtest/gtest.h>

namespace tapewire {
namespace {

Status step(bool works) {
  if (works) return {};
  return fail(ErrorCode::timeout, "too slow", true);
}

Result<std::unique_ptr<int>> make(bool works) {
  if (works) return std::make_unique<int>(4);
  return fail(ErrorCode::not_found, "no number");
}

Result<int> chain(bool first, bool second) {
  TRY(step(first));
  TRY_ASSIGN(const auto number, make(second));
  return *number;
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(*chain(true, true), 4);
  const auto first = chain(false, true);
  EXPECT_EQ(first.error().code, ErrorCode::timeout);
  EXPECT_TRUE(first.error().retryable);
  const auto second = chain(true, false);
  EXPECT_EQ(second.error().message, "no number");
  EXPECT_FALSE(second.error().retryable);
}

TEST(Result, NamesTheOperatingSystemsErrors) {
  const Status absent = fail_errno("open", "/no/such/file", ENOENT);
  EXPECT_EQ(absent.error().code, ErrorCode::not_found);
  EXPECT_EQ(absent.error().message, "cannot open /no/such/file: No such file or directory");
  EXPECT_EQ(Status(fail_errno("write", "x", ENOSPC)).error().code, ErrorCode::no_space);
  EXPECT_EQ(Status(fail_errno("write", "x", EDQUOT)).error().code, ErrorCode::no_space);
  EXPECT_EQ(Status(fail_errno("write", "x", EIO)).error().code, ErrorCode::io);
  EXPECT_EQ(to_string(ErrorCode::no_space), "no_space");
}

}  // namespace
}  // namespace tapewire
