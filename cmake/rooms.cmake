# SPDX-License-Identifier: GPL-3.0-or-later
function(musicmem_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
  # GCC 12 sees overlaps and overflows in std::string operations that are none (its PR 105651).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-stringop-overflow>)
  # Contraction into fused multiply-add would make sums depend on the compiler's mood.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  if(MUSICMEM_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(MUSICMEM_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${MUSICMEM_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${MUSICMEM_SANITIZE})
  endif()
endfunction()

# musicmem_precompile(TARGET [HEADER ...]): compiles the standard library as most sources use it, and these headers of
# other libraries, once for all sources of the target. Sources name what they include all the same. Not for targets with definitions of
# their own, such as tests with the paths of their build: ccache gives one build's precompiled header, with its
# definitions, to another.
function(musicmem_precompile target)
  set(headers algorithm array chrono cmath cstdint cstdio filesystem fstream functional limits map memory numeric
              optional set span sstream string string_view unordered_map utility variant vector ${ARGN})
  list(TRANSFORM headers REPLACE "(.+)" "<\\1>")
  target_precompile_headers(${target} PRIVATE ${headers})
  # Lets ccache see what the precompiled header holds.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

# musicmem_room(NAME SOURCES ... LINK ... PRIVATE_LINK ... PRECOMPILE header ...): one folder, one library, one
# namespace. Every room writes its texts with fmt.
function(musicmem_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK;PRIVATE_LINK;PRECOMPILE" ${ARGN})
  add_library(musicmem_${name} STATIC ${ROOM_SOURCES})
  add_library(musicmem::${name} ALIAS musicmem_${name})
  target_include_directories(musicmem_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(musicmem_${name} PUBLIC ${ROOM_LINK} PRIVATE ${ROOM_PRIVATE_LINK} fmt::fmt)
  musicmem_compile_options(musicmem_${name})
  musicmem_precompile(musicmem_${name} fmt/ranges.h ${ROOM_PRECOMPILE})
endfunction()
