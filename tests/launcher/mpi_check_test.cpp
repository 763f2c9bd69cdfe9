// SPDX-License-Identifier: GPL-3.0-or-later
// What doctor says of launchers that do and do not fit the MPI library, from the texts that they print.
#include "launcher/commands/mpi_check.h"

#include <gmock/gmock.h>

namespace musicmem::launcher {
namespace {

using testing::HasSubstr;

constexpr const char* open_mpi_library =
    "Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022";
constexpr const char* open_mpi_launcher =
    "mpirun (Open MPI) 4.1.4\n\nReport bugs to http://www.open-mpi.org/";
constexpr const char* mpich_library = "MPICH Version:\t4.0.2";
constexpr const char* mpich_launcher =
    "HYDRA build details:\n    Version:                                 4.0.2\n";
constexpr const char* pmix_library = "OpenPMIx 4.2.2rc2 (PMIx Standard: 4.2, Stable ABI: 0.0)";
constexpr const char* slurm_with_versions =
    "MPI plugin types are...\n\tnone\n\tpmi2\n\tpmix\nspecific pmix plugin versions available: pmix_v3,pmix_v4\n";

TEST(MpiCheck, launchers_and_libraries_are_told_by_their_texts) {
  const MpiRelease library = mpi_release_of(open_mpi_library);
  EXPECT_EQ(library.name, "Open MPI");
  EXPECT_EQ(library.version, "4.1.4");
  EXPECT_EQ(mpi_release_of(mpich_library).version, "4.0.2");
  EXPECT_EQ(mpi_release_of(mpich_launcher).name, "MPICH");
  EXPECT_EQ(mpi_release_of("Intel(R) MPI Library for Linux* OS, Version 2021.10 Build 20230619").major, 2021);
  EXPECT_EQ(mpi_release_of("something else").name, "");
}

TEST(MpiCheck, a_launcher_of_the_same_release_is_good) {
  EXPECT_EQ(compare_launcher(open_mpi_library, open_mpi_launcher).verdict, Verdict::good);
  EXPECT_EQ(compare_launcher(mpich_library, mpich_launcher).verdict, Verdict::good);
}

TEST(MpiCheck, a_launcher_of_another_library_is_bad) {
  const Examined examined = compare_launcher(open_mpi_library, mpich_launcher);

  EXPECT_EQ(examined.verdict, Verdict::bad);
  EXPECT_EQ(examined.found, "MPICH 4.0.2; the program runs with Open MPI 4.1.4");
  EXPECT_THAT(examined.advice, HasSubstr("put the mpirun of Open MPI 4.1.4 first on the PATH"));
}

TEST(MpiCheck, another_major_release_is_bad_and_another_minor_one_is_noted) {
  EXPECT_EQ(compare_launcher(open_mpi_library, "mpirun (Open MPI) 5.0.3").verdict, Verdict::bad);
  EXPECT_EQ(compare_launcher(open_mpi_library, "mpirun (Open MPI) 4.0.7").verdict, Verdict::note);
}

TEST(MpiCheck, a_missing_launcher_and_an_unknown_one_are_noted) {
  EXPECT_EQ(compare_launcher(open_mpi_library, std::nullopt).verdict, Verdict::note);
  EXPECT_EQ(compare_launcher(open_mpi_library, "usage: mpirun").verdict, Verdict::note);
}

TEST(MpiCheck, srun_with_the_plugin_of_the_librarys_version_is_good) {
  const Examined examined = compare_pmix(open_mpi_library, pmix_library, slurm_with_versions);

  EXPECT_EQ(examined.verdict, Verdict::good);
  EXPECT_EQ(examined.found, "library OpenPMIx 4.2.2rc2; srun knows pmix, pmix_v3, pmix_v4");
  EXPECT_EQ(compare_pmix(open_mpi_library, pmix_library, "MPI plugin types are...\n\tpmix\n").verdict,
            Verdict::good);
}

TEST(MpiCheck, srun_with_other_plugins_alone_is_told) {
  const auto verdict = [](const char* list) {
    return compare_pmix(open_mpi_library, pmix_library, list).verdict;
  };
  EXPECT_EQ(verdict("MPI plugin types are...\n\tpmix_v5\n"), Verdict::note);
  EXPECT_EQ(verdict("MPI plugin types are...\n\tnone\n\tpmi2\n"), Verdict::note);
  EXPECT_EQ(verdict("MPI plugin types are...\n\tpmix_v1\n"), Verdict::bad);
}

TEST(MpiCheck, without_srun_PMIx_has_nothing_to_fit) {
  EXPECT_EQ(compare_pmix(open_mpi_library, pmix_library, std::nullopt).verdict, Verdict::good);
  EXPECT_EQ(compare_pmix(open_mpi_library, std::nullopt, std::nullopt).verdict, Verdict::good);
}

TEST(MpiCheck, ranks_of_MPICH_are_started_by_pmi2) {
  EXPECT_EQ(compare_pmix(mpich_library, std::nullopt, slurm_with_versions).verdict, Verdict::good);
  EXPECT_EQ(compare_pmix(mpich_library, std::nullopt, "MPI plugin types are...\n\tpmix\n").verdict,
            Verdict::note);
}

}  // namespace
}  // namespace musicmem::launcher
