# SPDX-License-Identifier: Apache-2.0
# External libraries: all Debian 12 packages except libduckdb.so, which is a package of web/package-lock.json.
# `./dev setup` installs what is missing.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(date REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(lmdb REQUIRED IMPORTED_TARGET lmdb)
add_library(lmdb ALIAS PkgConfig::lmdb)

# Only some builds need these: a release build on a bare machine is made without them.
find_package(GTest QUIET)
find_package(benchmark QUIET)

# duckdb: the header of the project, the library of the web package's lock file, copied beside the binaries.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(duckdb_package node-bindings-linux-arm64)
else()
  set(duckdb_package node-bindings-linux-x64)
endif()
set(duckdb_source "${CMAKE_SOURCE_DIR}/web/node_modules/@duckdb/${duckdb_package}/libduckdb.so")
set(duckdb_library "${CMAKE_BINARY_DIR}/lib/libduckdb.so")
if(NOT EXISTS "${duckdb_source}")
  message(WARNING "No ${duckdb_source}: what links DuckDB will not build until `./dev setup` (npm ci in web/) has run")
endif()
add_custom_command(
  OUTPUT "${duckdb_library}"
  COMMAND ${CMAKE_COMMAND} -E make_directory "${CMAKE_BINARY_DIR}/lib"
  COMMAND ${CMAKE_COMMAND} -E copy "${duckdb_source}" "${duckdb_library}"
  DEPENDS "${duckdb_source}"
  COMMENT "Copying libduckdb.so beside the binaries"
  VERBATIM)
add_custom_target(duckdb_library DEPENDS "${duckdb_library}")
add_library(duckdb SHARED IMPORTED GLOBAL)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION "${duckdb_library}"
  IMPORTED_SONAME libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_SOURCE_DIR}/third_party/duckdb")
add_dependencies(duckdb duckdb_library)

# Every target has these two, so that all of them fit the same precompiled headers.
target_link_libraries(tapewire_flags INTERFACE fmt::fmt Threads::Threads)
tapewire_precompiled_headers()
