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

# Of the launcher's wings, which are commands, files and words: what takes time is computed in the rooms below, and
# optimising the launcher more makes the build longer by a third and nothing faster.
set(MUSICMEM_LAUNCHER_OPTIONS $<$<CONFIG:Release>:-O1>)

# musicmem_precompiled(NAME [EXECUTABLE] [OPTIONS ...] [LINK ...] HEADERS ...): the standard library as most sources use
# it, and these headers of other libraries, compiled once for all targets that use_precompiled() it; EXECUTABLE, if
# those are programs. Sources name what they include all the same. A target of its own, without definitions such as
# the paths of a build: ccache gives one build's precompiled header, with its definitions, to another.
function(musicmem_precompiled name)
  cmake_parse_arguments(PCH "EXECUTABLE" "" "OPTIONS;LINK;HEADERS" ${ARGN})
  set(source ${PROJECT_BINARY_DIR}/precompiled_${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Only its precompiled header is of use.\nint main() {}\n")
  if(PCH_EXECUTABLE)
    add_executable(musicmem_precompiled_${name} EXCLUDE_FROM_ALL ${source})
  else()
    add_library(musicmem_precompiled_${name} OBJECT ${source})
  endif()
  set(headers algorithm array chrono cmath cstdint cstdio filesystem fstream functional limits map memory numeric
              optional set span sstream string string_view unordered_map utility variant vector
              fmt/ranges.h ${PCH_HEADERS})
  list(TRANSFORM headers REPLACE "(.+)" "<\\1>")
  target_link_libraries(musicmem_precompiled_${name} PRIVATE fmt::fmt ${PCH_LINK})
  prefer_fmt(musicmem_precompiled_${name} ${name})
  musicmem_compile_options(musicmem_precompiled_${name})
  target_compile_options(musicmem_precompiled_${name} PRIVATE ${PCH_OPTIONS})
  target_precompile_headers(musicmem_precompiled_${name} PRIVATE ${headers})
endfunction()

# Where LibTorch's headers come with others of fmt.
function(prefer_fmt target precompiled)
  if(MUSICMEM_FMT_FIRST AND precompiled MATCHES "torch")
    target_include_directories(${target} BEFORE PRIVATE ${MUSICMEM_FMT_FIRST})
  endif()
endfunction()

function(use_precompiled target name)
  prefer_fmt(${target} ${name})
  target_precompile_headers(${target} REUSE_FROM musicmem_precompiled_${name})
  # Lets ccache see what the precompiled header holds.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

# musicmem_wing(FOLDER [EXCEPT source ...] [LINK wing or library ...] [PRIVATE_LINK ...] [PRECOMPILED name]): a folder
# with sources is one library, called musicmem::<folder> with _ for /. What it may include stands in
# cmake/layers.txt. PRECOMPILED: see above, standard unless given. Every wing writes its texts with fmt.
function(musicmem_wing folder)
  cmake_parse_arguments(WING "" "PRECOMPILED" "EXCEPT;OPTIONS;LINK;PRIVATE_LINK" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  list(TRANSFORM WING_EXCEPT PREPEND ${PROJECT_SOURCE_DIR}/${folder}/)
  list(REMOVE_ITEM sources ${WING_EXCEPT} "")
  add_library(musicmem_${name} STATIC ${sources})
  add_library(musicmem::${name} ALIAS musicmem_${name})
  target_include_directories(musicmem_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(musicmem_${name} PUBLIC ${WING_LINK} PRIVATE ${WING_PRIVATE_LINK} fmt::fmt)
  musicmem_compile_options(musicmem_${name})
  target_compile_options(musicmem_${name} PRIVATE ${WING_OPTIONS})
  if(NOT WING_PRECOMPILED)
    set(WING_PRECOMPILED standard)
  endif()
  use_precompiled(musicmem_${name} ${WING_PRECOMPILED})
endfunction()

musicmem_precompiled(standard)
musicmem_precompiled(torch LINK ${TORCH_LIBRARIES} OpenMP::OpenMP_CXX HEADERS ATen/ATen.h)
musicmem_precompiled(launcher OPTIONS ${MUSICMEM_LAUNCHER_OPTIONS} LINK nlohmann_json::nlohmann_json HEADERS nlohmann/json.hpp)
musicmem_precompiled(commands OPTIONS ${MUSICMEM_LAUNCHER_OPTIONS} LINK nlohmann_json::nlohmann_json CLI11::CLI11
  HEADERS nlohmann/json.hpp CLI/CLI.hpp)
