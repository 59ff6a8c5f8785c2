# SPDX-License-Identifier: Apache-2.0
# tapewire_library(NAME [DEPENDS folder...] [LINK target...] [TEST_LINK target...])
#
# Declares the folder src/NAME: the static library tw_NAME of its .cpp files, and the GoogleTest program NAME_test of
# its *_test.cpp and *_test_support.cpp files, if there are any. DEPENDS names folders of src/ of a lower rank; LINK and
# TEST_LINK name external targets, for both or for the test program alone.
#
# tapewire_gtest(NAME SOURCES file... [LINK target...]) declares a GoogleTest program build/<preset>/tests/NAME.

set(tapewire_ranks
  base 0
  model 1
  net 2 eventlog 2 stream 2 store 2 stats 2
  sources 3 ingest 3 analytics 3 sinks 3 batch 3 server 3
  app 4)

function(tapewire_rank folder out)
  list(FIND tapewire_ranks "${folder}" index)
  if(index EQUAL -1)
    message(FATAL_ERROR "No folder of src/ is called '${folder}' (cmake/tapewire_library.cmake holds the table)")
  endif()
  math(EXPR index "${index} + 1")
  list(GET tapewire_ranks ${index} rank)
  set(${out} ${rank} PARENT_SCOPE)
endfunction()

function(tapewire_gtest name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  if(NOT GTest_FOUND)
    return()
  endif()
  # Release is for shipping and measuring; its tests are built on demand only.
  set(on_demand)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    set(on_demand EXCLUDE_FROM_ALL)
  endif()
  add_executable(${name} ${on_demand} ${arg_SOURCES})
  tapewire_target(${name} PCH pch_test)
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gmock_main)
  if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    # A test's own code runs once: its time is the compiler's. The libraries under it stay as they are.
    target_compile_options(${name} PRIVATE -O0)
  endif()
  # Tests that read the repository's files or ../shared do so from here, wherever they are started.
  target_compile_definitions(${name} PRIVATE TAPEWIRE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_property(GLOBAL APPEND PROPERTY tapewire_gtests ${name})
endfunction()

function(tapewire_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS;LINK;TEST_LINK")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tapewire_library(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}")
  endif()
  tapewire_rank(${name} own)
  set(libraries)
  foreach(folder IN LISTS arg_DEPENDS)
    tapewire_rank(${folder} other)
    if(NOT other LESS own)
      message(FATAL_ERROR "src/${name} (rank ${own}) may not depend on src/${folder} (rank ${other}): only on lower ranks")
    endif()
    list(APPEND libraries tw_${folder})
  endforeach()

  set(folder "${CMAKE_SOURCE_DIR}/src/${name}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test(_support)?\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test(_support)?\\.cpp$")
  list(REMOVE_ITEM sources "${folder}/main.cpp")

  if(sources)
    add_library(tw_${name} STATIC ${sources})
    tapewire_target(tw_${name} PCH pch_source)
    target_link_libraries(tw_${name} PUBLIC ${libraries} ${arg_LINK})
  else()
    add_library(tw_${name} INTERFACE)
    target_link_libraries(tw_${name} INTERFACE tapewire_flags ${libraries} ${arg_LINK})
  endif()

  if(tests)
    tapewire_gtest(${name}_test SOURCES ${tests} LINK tw_${name} ${arg_TEST_LINK})
  endif()
endfunction()
