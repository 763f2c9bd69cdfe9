# SPDX-License-Identifier: GPL-3.0-or-later
# Every outside library, found once and offered as one imported target each. README.md gives the reasons.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

find_package(yaml-cpp REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)

pkg_check_modules(sndfile REQUIRED IMPORTED_TARGET sndfile)
pkg_check_modules(ffmpeg REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil)
pkg_check_modules(soxr REQUIRED IMPORTED_TARGET soxr)
pkg_check_modules(rubberband REQUIRED IMPORTED_TARGET rubberband)
pkg_check_modules(fftw3 REQUIRED IMPORTED_TARGET fftw3)
pkg_check_modules(fftw3f REQUIRED IMPORTED_TARGET fftw3f)
pkg_check_modules(eigen3 REQUIRED IMPORTED_TARGET eigen3)
pkg_check_modules(gsl REQUIRED IMPORTED_TARGET gsl)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)

find_package(ZLIB REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
# The serial library, where there are both; files are opened serially with either.
find_package(HDF5 REQUIRED COMPONENTS C)
if(HDF5_IS_PARALLEL)
  # Its header includes that of MPI, of which nothing but C is needed.
  target_link_libraries(HDF5::HDF5 INTERFACE MPI::MPI_C)
  target_compile_definitions(HDF5::HDF5 INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
endif()

# The reference of svr in the tests. LIBSVM ships neither a CMake package nor a .pc file.
find_path(LIBSVM_INCLUDE_DIR svm.h PATH_SUFFIXES libsvm REQUIRED)
find_library(LIBSVM_LIBRARY svm REQUIRED)
add_library(libsvm::libsvm INTERFACE IMPORTED)
target_include_directories(libsvm::libsvm INTERFACE ${LIBSVM_INCLUDE_DIR})
target_link_libraries(libsvm::libsvm INTERFACE ${LIBSVM_LIBRARY})

# LibTorch spreads work over OpenMP threads, and at::parallel_for in our own code needs the same.
find_package(OpenMP REQUIRED COMPONENTS CXX)
if(MUSICMEM_CUDA AND NOT DEFINED TORCH_CUDA_ARCH_LIST)
  # Nothing here is compiled for a GPU; without this, Torch looks for one on the machine that builds.
  set(TORCH_CUDA_ARCH_LIST "8.0;9.0")
endif()
find_package(Torch REQUIRED)
# Torch's own flags force an older language standard through this variable; the target carries all that is needed.
set(TORCH_CXX_FLAGS "")
# A LibTorch outside the system's directories: its libraries have the names of a distribution's, which Torch's
# own search and the loader would find first.
if(EXISTS "${TORCH_INSTALL_PREFIX}/lib/libc10.so")
  list(TRANSFORM TORCH_LIBRARIES REPLACE "^/.*/libc10\\.so$" "${TORCH_INSTALL_PREFIX}/lib/libc10.so")
  set(CMAKE_BUILD_RPATH "${TORCH_INSTALL_PREFIX}/lib")
  # pip's exports parts of another C++ library, std::filesystem among them, that crash when they are called: the
  # compiler's own has to come first in the program's list of libraries.
  add_link_options(LINKER:--push-state,--no-as-needed -lstdc++ LINKER:--pop-state)
  # pip's brings the headers of an fmt of its own, without the library.
  get_target_property(fmt_headers fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  set(MUSICMEM_FMT_FIRST ${PROJECT_BINARY_DIR}/fmt_first)
  file(MAKE_DIRECTORY ${MUSICMEM_FMT_FIRST})
  file(CREATE_LINK ${fmt_headers}/fmt ${MUSICMEM_FMT_FIRST}/fmt SYMBOLIC)
endif()

if(MUSICMEM_CUDA)
  if(NOT TORCH_CUDA_LIBRARIES AND NOT TARGET torch_cuda)
    message(FATAL_ERROR "MUSICMEM_CUDA is on, but this LibTorch has no CUDA; point CMAKE_PREFIX_PATH to one that has")
  endif()
  find_package(CUDAToolkit REQUIRED)
  # Two copies of NCCL in one process break each other: take the very library that LibTorch was linked with,
  # beside pip's torch in the wheel nvidia-nccl.
  get_filename_component(torch_packages "${TORCH_INSTALL_PREFIX}" DIRECTORY)
  set(NCCL_ROOT "${torch_packages}/nvidia/nccl" CACHE PATH "The NCCL that LibTorch uses")
  find_path(NCCL_INCLUDE_DIR nccl.h HINTS ${NCCL_ROOT}/include REQUIRED)
  find_library(NCCL_LIBRARY NAMES libnccl.so.2 nccl HINTS ${NCCL_ROOT}/lib REQUIRED)
  add_library(nccl::nccl UNKNOWN IMPORTED)
  set_target_properties(nccl::nccl PROPERTIES IMPORTED_LOCATION ${NCCL_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${NCCL_INCLUDE_DIR})
  get_filename_component(nccl_directory "${NCCL_LIBRARY}" DIRECTORY)
  list(APPEND CMAKE_BUILD_RPATH "${nccl_directory}")
endif()
set(CMAKE_INSTALL_RPATH ${CMAKE_BUILD_RPATH})
