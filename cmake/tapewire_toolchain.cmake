# SPDX-License-Identifier: Apache-2.0
# Compiler, flags and the tools around them. tapewire_target(NAME) gives a target of ours the project's flags.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
# Binaries find lib/libduckdb.so relative to themselves, so that a build folder can be copied.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

# Line numbers are what reports need; -g1 halves the objects and saves a fifth of the compile time under sanitizers.
# For a debugger: cmake --preset dev -DTAPEWIRE_DEBUG_LEVEL=-g
set(TAPEWIRE_DEBUG_LEVEL "-g1" CACHE STRING "Debug information of Debug builds")
set(CMAKE_CXX_FLAGS_DEBUG "-Og ${TAPEWIRE_DEBUG_LEVEL}" CACHE STRING "" FORCE)
set(CMAKE_C_FLAGS_DEBUG "-Og ${TAPEWIRE_DEBUG_LEVEL}" CACHE STRING "" FORCE)
# NDEBUG turns off assert() only; CHECK stays on in every build.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "" FORCE)
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "" FORCE)

set(TAPEWIRE_SANITIZE "" CACHE STRING "Argument of -fsanitize=, or empty")
option(TAPEWIRE_FUZZ "Build the libFuzzer programs of fuzz/ (clang only)" OFF)

find_program(TAPEWIRE_CCACHE ccache)
if(TAPEWIRE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TAPEWIRE_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${TAPEWIRE_CCACHE})
endif()
find_program(TAPEWIRE_MOLD mold)
if(TAPEWIRE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(tapewire_flags INTERFACE)
target_include_directories(tapewire_flags INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(tapewire_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror)
# libstdc++ 12's own stable_sort uses what it calls deprecated, which clang reports at each use.
target_compile_options(tapewire_flags INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)

# x86-64-v2 (SSE4.2, any x86 server since 2009, and what libduckdb itself assumes) is the oldest level with the crc32
# instruction that the log's record check uses. Nothing newer: a build must run on another machine than its own.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  target_compile_options(tapewire_flags INTERFACE -march=x86-64-v2)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  target_compile_options(tapewire_flags INTERFACE -march=armv8-a+crc)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(tapewire_flags INTERFACE _GLIBCXX_ASSERTIONS)
else()
  target_compile_definitions(tapewire_flags INTERFACE _FORTIFY_SOURCE=2)
endif()

if(TAPEWIRE_SANITIZE)
  set(sanitize -fsanitize=${TAPEWIRE_SANITIZE} -fno-omit-frame-pointer)
  if(TAPEWIRE_SANITIZE MATCHES "undefined")
    list(APPEND sanitize -fno-sanitize-recover=undefined)
    if(NOT TAPEWIRE_FUZZ)
      # These four guard each access through a pointer and double the compile time; AddressSanitizer stops at a null
      # pointer too, and the fuzz build keeps them all.
      list(APPEND sanitize -fno-sanitize=null,alignment,vptr,object-size)
    endif()
  endif()
  if(TAPEWIRE_FUZZ)
    list(APPEND sanitize -fsanitize=fuzzer-no-link)
  endif()
  target_compile_options(tapewire_flags INTERFACE ${sanitize})
  target_link_options(tapewire_flags INTERFACE ${sanitize})
  if(TAPEWIRE_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Boost.Asio and the standard library hold fences, which ThreadSanitizer does not model; the warning is about them.
    target_compile_options(tapewire_flags INTERFACE -Wno-tsan)
  endif()
endif()

# tapewire_target(NAME [PCH name]): PCH shares the precompiled header of that name (tapewire_precompiled_headers).
function(tapewire_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PCH" "")
  target_link_libraries(${name} PRIVATE tapewire_flags)
  if(arg_PCH AND TARGET ${arg_PCH})
    target_precompile_headers(${name} REUSE_FROM ${arg_PCH})
    # Lets ccache see through the precompiled header.
    target_compile_options(${name} PRIVATE -fpch-preprocess)
  endif()
endfunction()

# Debug builds with g++ share two precompiled headers: a third of a test's compile time is the parsing of GoogleMock.
# Release and fuzz builds go without, so a file that forgot an #include does not pass.
function(tapewire_precompiled_headers)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  set(headers <algorithm> <array> <chrono> <cstdint> <expected> <filesystem> <fstream> <functional> <map> <memory> <mutex>
    <optional> <span> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/generated/empty.cpp" CONTENT "")
  add_library(pch_source OBJECT "${CMAKE_BINARY_DIR}/generated/empty.cpp")
  tapewire_target(pch_source)
  target_compile_options(pch_source PRIVATE -fpch-preprocess)
  target_precompile_headers(pch_source PRIVATE ${headers})
  if(GTest_FOUND)
    add_library(pch_test OBJECT "${CMAKE_BINARY_DIR}/generated/empty.cpp")
    tapewire_target(pch_test)
    target_link_libraries(pch_test PRIVATE GTest::gmock_main)
    target_compile_options(pch_test PRIVATE -O0 -fpch-preprocess)
    target_precompile_headers(pch_test PRIVATE ${headers} <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endfunction()
