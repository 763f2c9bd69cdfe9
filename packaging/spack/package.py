# SPDX-License-Identifier: GPL-3.0-or-later
# MusicMem for Spack, as CMake installs it. In a folder musicmem of a package repository of your own (`spack repo create`),
# and the program from a working copy:
#
#   spack dev-build -d MUSICMEM musicmem@main
#
# Spack itself was not tried. Its repository has neither soxr nor rubberband: give them as externals in packages.yaml.
# Behind each dependency stands its name in cmake/dependencies.cmake; a test holds the two lists against each other.
from spack.package import *


class Musicmem(CMakePackage):
    """Distributed study of how memorable a piece of music is."""

    license("GPL-3.0-or-later")

    version("main")

    variant("cuda", default=False, description="train on GPUs")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.22:", type="build")
    depends_on("ninja", type="build")
    generator("ninja")

    depends_on("pkgconfig", type="build")  # PkgConfig
    depends_on("yaml-cpp")  # yaml-cpp
    depends_on("cli11")  # CLI11
    depends_on("fmt")  # fmt
    depends_on("spdlog")  # spdlog
    depends_on("nlohmann-json")  # nlohmann_json
    depends_on("libsndfile")  # sndfile
    depends_on("ffmpeg@5:")  # ffmpeg
    depends_on("soxr")  # soxr
    depends_on("rubberband@3:")  # rubberband
    depends_on("fftw precision=float,double")  # fftw3 fftw3f
    depends_on("eigen@3.4:3")  # eigen3
    depends_on("gsl")  # gsl
    depends_on("utf8proc")  # utf8proc
    depends_on("xxhash")  # xxhash
    depends_on("libzip")  # libzip
    depends_on("zlib-api")  # ZLIB
    depends_on("hdf5")  # HDF5
    depends_on("mpi")  # MPI
    depends_on("libsvm")  # LIBSVM
    depends_on("py-torch@1.13: ~cuda", when="~cuda")  # Torch
    depends_on("py-torch@2: +cuda+nccl", when="+cuda")
    depends_on("cuda", when="+cuda")  # CUDAToolkit
    depends_on("nccl", when="+cuda")  # NCCL
    depends_on("gnuplot", type="run")

    requires("%gcc@12:", "%clang@16:", policy="one_of")  # C++20, and OpenMP of the compiler

    def cmake_args(self):
        torch = join_path(self.spec["py-torch"].package.cmake_prefix_paths[0], "Torch")
        arguments = [
            self.define("MUSICMEM_TESTS", False),
            self.define("Torch_DIR", torch),
            self.define_from_variant("MUSICMEM_CUDA", "cuda"),
        ]
        if self.spec.satisfies("+cuda"):
            arguments.append(self.define("NCCL_ROOT", self.spec["nccl"].prefix))
        return arguments
