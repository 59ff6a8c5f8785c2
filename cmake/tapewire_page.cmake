# SPDX-License-Identifier: Apache-2.0
# tw_page: the files of web/dist inside the binary (src/server/embedded_page.h).
# Without web/dist a release build fails and says so; other builds hold a placeholder page.

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(placeholder_default OFF)
else()
  set(placeholder_default ON)
endif()
option(TAPEWIRE_PLACEHOLDER_PAGE "Embed a placeholder when web/dist is absent" ${placeholder_default})

add_executable(embed_page tools/embed_page.cpp)
tapewire_target(embed_page)
target_link_libraries(embed_page PRIVATE ZLIB::ZLIB OpenSSL::Crypto)

file(GLOB_RECURSE page_files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/web/dist/*")
set(page_source "${CMAKE_BINARY_DIR}/generated/embedded_page.cpp")
set(page_options)
if(TAPEWIRE_PLACEHOLDER_PAGE)
  set(page_options --placeholder)
endif()
add_custom_command(
  OUTPUT "${page_source}"
  COMMAND ${CMAKE_COMMAND} -E make_directory "${CMAKE_BINARY_DIR}/generated"
  COMMAND embed_page "${CMAKE_SOURCE_DIR}/web/dist" "${page_source}" ${page_options}
  DEPENDS embed_page ${page_files}
  COMMENT "Embedding the web page"
  VERBATIM)
add_library(tw_page STATIC "${page_source}")
tapewire_target(tw_page)
