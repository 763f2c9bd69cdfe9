# SPDX-License-Identifier: GPL-3.0-or-later
# Every outside library, found once and offered as one imported target each. README.md gives the reasons.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

find_package(yaml-cpp REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)

pkg_check_modules(sndfile REQUIRED IMPORTED_TARGET sndfile)
pkg_check_modules(soxr REQUIRED IMPORTED_TARGET soxr)
pkg_check_modules(rubberband REQUIRED IMPORTED_TARGET rubberband)
pkg_check_modules(fftw3 REQUIRED IMPORTED_TARGET fftw3)
pkg_check_modules(fftw3f REQUIRED IMPORTED_TARGET fftw3f)
pkg_check_modules(gsl REQUIRED IMPORTED_TARGET gsl)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

find_package(HDF5 REQUIRED COMPONENTS C)
if(HDF5_IS_PARALLEL)
  message(FATAL_ERROR "MusicMem needs the serial HDF5 library (libhdf5-dev), this one is parallel")
endif()
find_package(MPI REQUIRED COMPONENTS C)

# LIBSVM ships neither a CMake package nor a .pc file.
find_path(LIBSVM_INCLUDE_DIR svm.h PATH_SUFFIXES libsvm REQUIRED)
find_library(LIBSVM_LIBRARY svm REQUIRED)
add_library(libsvm::libsvm INTERFACE IMPORTED)
target_include_directories(libsvm::libsvm INTERFACE ${LIBSVM_INCLUDE_DIR})
target_link_libraries(libsvm::libsvm INTERFACE ${LIBSVM_LIBRARY})

# LibTorch spreads work over OpenMP threads, and at::parallel_for in our own code needs the same.
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(Torch REQUIRED)
# Torch's own flags force an older language standard through this variable; the target carries all that is needed.
set(TORCH_CXX_FLAGS "")
