// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/commands/machine_check.h"

#include "config/counted.h"
#include "config/error.h"
#include "config/torch_library.h"
#include "data/files/durable_file.h"
#include "distributed/gradients/nccl_exchange.h"
#include "distributed/world.h"
#include "launcher/run/versions.h"
#include "models/machine/blas_kernels.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include <dlfcn.h>
#include <fmt/ranges.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// File names of the shared libraries in this process whose names hold `part`.
std::set<std::string> loaded_libraries(const std::string& part) {
  std::set<std::string> names;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const auto slash = line.rfind('/');
    if (slash == std::string::npos) continue;
    const std::string name = line.substr(slash + 1);
    if (name.find(part) != std::string::npos)
      names.insert(fs::weakly_canonical(line.substr(line.find('/'))).string());
  }
  return names;
}

using Product = void (*)(const char*, const char*, const int*, const int*, const int*, const float*,
                         const float*, const int*, const float*, const int*, const float*, float*,
                         const int*);

// Of a product of two square matrices with the BLAS that LibTorch uses; the better of two.
double product_gigaflops(Product sgemm, int size) {
  const auto elements = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  const std::vector<float> a(elements, 0.5F);
  const std::vector<float> b(elements, 0.25F);
  std::vector<float> c(elements, 0.0F);
  const float one = 1.0F;
  const float zero = 0.0F;
  double best = 0.0;
  for (int i = 0; i < 2; ++i) {
    const auto start = std::chrono::steady_clock::now();
    sgemm("N", "N", &size, &size, &size, &one, a.data(), &size, b.data(), &size, &zero, c.data(), &size);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 2.0 * size * size * size / seconds / 1e9);
  }
  return best;
}

fs::path temporary_directory() {
  const char* named = std::getenv("TMPDIR");
  return named == nullptr || *named == '\0' ? "/tmp" : named;
}

// Why no file can be made in a directory; empty where it can.
std::string problem_of_directory(const fs::path& directory) {
  std::string name = (directory / "musicmem-XXXXXX").string();
  const int file = ::mkstemp(name.data());
  if (file < 0) return std::strerror(errno);
  ::close(file);
  ::unlink(name.c_str());
  return "";
}

const char* value_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// Names of kinds of file systems that behave unlike a local disk.
std::string file_system_name(long magic) {
  static const std::map<long, std::string> names = {
      {0x6969, "NFS"},       {0x0BD00BD0, "Lustre"},  {0x47504653, "GPFS"},  {0xFF534D42, "CIFS"},
      {0x01021994, "tmpfs"}, {0x794C7630, "overlay"}, {0x65735546, "FUSE"},  {0x19830326, "BeeGFS"},
      {0xEF53, "ext"},       {0x58465342, "XFS"},     {0x9123683E, "Btrfs"}, {0x00C36400, "Ceph"}};
  const auto found = names.find(magic);
  return found == names.end() ? "other" : found->second;
}

// Whether a link fails where its name is taken already, which the lease relies on.
bool links_exclusively(const fs::path& directory) {
  const fs::path first = data::temporary_name(directory / "doctor-a");
  const fs::path second = data::temporary_name(directory / "doctor-b");
  data::write_file(first, "");
  const bool linked = ::link(first.c_str(), second.c_str()) == 0;
  const bool again = ::link(first.c_str(), second.c_str()) == 0;
  ::unlink(first.c_str());
  ::unlink(second.c_str());
  return linked && !again;
}

double seconds_of_a_durable_write(const fs::path& directory) {
  const fs::path file = data::temporary_name(directory / "doctor");
  const auto start = std::chrono::steady_clock::now();
  data::write_file_durably(file, "x");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  ::unlink(file.c_str());
  return seconds;
}

}  // namespace

std::optional<std::string> output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(("timeout 10 " + command + " 2>&1").c_str(), "r"),
                                                   ::pclose);
  if (!pipe) return std::nullopt;
  std::string text;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe.get()))
    text.append(buffer, count);
  const bool missing = text.find("failed to run command") != std::string::npos ||
                       text.find("command not found") != std::string::npos;
  return missing || text.empty() ? std::nullopt : std::optional(text);
}

Examined examine_mpi(const std::vector<std::string>& warnings) {
  std::string found = distributed::mpi_library_version();
  if (!distributed::may_copy_between_processes()) {
    found += "; process_vm_readv is forbidden here, so ranks of a node copy twice (set by the program)";
  }
  if (warnings.empty()) return {Verdict::good, "MPI", found, ""};
  return {Verdict::note, "MPI", found, warnings.back()};
}

Examined examine_temporary_directory() {
  const std::string& settled = settle_temporary_directory();
  const fs::path directory = temporary_directory();
  if (settled.empty()) return {Verdict::good, "scratch", directory.string(), ""};
  const bool usable = problem_of_directory(directory).empty();
  return {usable ? Verdict::note : Verdict::bad, "scratch", settled,
          "set TMPDIR to a directory that you may write to: figures need it"};
}

const std::string& settle_temporary_directory() {
  static const std::string problem = [] {
    const fs::path directory = temporary_directory();
    const std::string cause = problem_of_directory(directory);
    if (cause.empty()) return std::string();
    const std::string said = "scratch files cannot go to " + directory.string() + ": " + cause;
    constexpr const char* otherwise = "/tmp";
    if (directory == otherwise || !problem_of_directory(otherwise).empty()) return said;
    ::setenv("TMPDIR", otherwise, 1);
    return said + " (TMPDIR); /tmp is used";
  }();
  return problem;
}

Examined examine_blas() {
  try {
    open_torch_library();
  } catch (const Error& error) {
    return {Verdict::bad, "LibTorch", error.what(),
            "svr and the baselines do without it, mlp and ssast do not"};
  }
  const auto sgemm = reinterpret_cast<Product>(::dlsym(RTLD_DEFAULT, "sgemm_"));
  if (sgemm == nullptr) return {Verdict::note, "BLAS", "built into LibTorch; its speed was not measured", ""};
  Dl_info origin{};
  const bool known = ::dladdr(reinterpret_cast<void*>(sgemm), &origin) != 0 && origin.dli_fname != nullptr;
  const std::string library = known ? fs::weakly_canonical(origin.dli_fname).string() : "library unknown";
  constexpr int size = 768;
  const double speed = product_gigaflops(sgemm, size);
  const std::string kernels = models::blas_kernels();
  const std::string text = fmt::format("{:.0f} GFLOP/s in single precision, ", speed) +
                           (kernels.empty() ? "" : kernels + " kernels, ");
  constexpr double slowest_optimised = 8.0;
  if (speed < slowest_optimised && library.find("openblas") != std::string::npos) {
    return {Verdict::note, "BLAS", text + library,
            "slow for this library: the machine is busy, or its cores are few"};
  }
  if (speed < slowest_optimised) {
    return {Verdict::bad, "BLAS", text + library,
            "this is the reference BLAS or as slow as it: install OpenBLAS (libopenblas0-pthread) "
            "and choose it with update-alternatives"};
  }
  return {Verdict::good, "BLAS", text + library, ""};
}

Examined examine_hdf5() {
  return {Verdict::good, "HDF5",
          library_versions()["hdf5"] + "; files are opened serially and without locks, so that NFS works",
          ""};
}

Examined examine_gpus() {
  int devices = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/dev", ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("nvidia") && name.size() > 6 &&
        name.find_first_not_of("0123456789", 6) == std::string::npos)
      ++devices;
  }
  std::set<std::string> cuda = loaded_libraries("torch_cuda");
  const std::set<std::string> nccl = loaded_libraries("nccl");
  const std::string visible = value_of("CUDA_VISIBLE_DEVICES");
  std::string found = counted(static_cast<std::uint64_t>(devices), "NVIDIA device");
  if (!visible.empty()) found += ", CUDA_VISIBLE_DEVICES=" + visible;
  if (cuda.empty()) {
    found += "; this LibTorch is for CPUs, without NCCL";
    if (devices == 0) return {Verdict::good, "GPUs", found, ""};
    return {Verdict::note, "GPUs", found, "build with a CUDA LibTorch (preset cuda) to train SSAST on them"};
  }
  found += "; LibTorch for CUDA, NCCL " + distributed::nccl_version_late();
  if (!nccl.empty()) found += fmt::format(" from {}", fmt::join(nccl, ", "));
  if (nccl.size() > 1) {
    return {Verdict::bad, "GPUs", found,
            "two copies of NCCL in one process break each other: link LibTorch's alone"};
  }
  if (devices == 0 || visible == "-1") {
    return {Verdict::note, "GPUs", found,
            "no GPU is visible: ask Slurm for some (--gpus-per-node), or unset CUDA_VISIBLE_DEVICES"};
  }
  return {Verdict::good, "GPUs", found, ""};
}

Examined examine_slurm() {
  const auto version = output_of("srun --version");
  if (!version) return {Verdict::good, "Slurm", "none here; use mpirun", ""};
  if (!version->starts_with("slurm")) {
    return {Verdict::good, "Slurm", "its commands are installed, but no cluster answers; use mpirun", ""};
  }
  const std::string plugins = output_of("srun --mpi=list").value_or("");
  if (plugins.find("pmix") == std::string::npos) {
    return {Verdict::bad, "Slurm", first_line(*version) + " without pmix",
            "srun cannot start MPI ranks: use mpirun inside the job (the batch scripts do), "
            "or ask the site for pmix"};
  }
  const std::string fence = value_of("SLURM_PMIX_FENCE");
  if (fence != "ring") {
    return {Verdict::note, "Slurm", first_line(*version) + " with pmix",
            "set SLURM_PMIX_FENCE=ring for srun: with the default fence some starts crash in MPI_Init "
            "(the batch scripts set it)"};
  }
  return {Verdict::good, "Slurm", first_line(*version) + " with pmix and the ring fence", ""};
}

Examined examine_slurm_variables() {
  const std::string job = value_of("SLURM_JOB_ID");
  if (job.empty()) return {Verdict::good, "job", "not inside a Slurm job", ""};
  const std::string task = value_of("SLURM_TASK_PID");
  if (!task.empty() && !distributed::is_this_process_or_above(std::atoi(task.c_str()))) {
    return {Verdict::bad, "job",
            "the environment holds variables of job " + job + ", which this process is no part of",
            "unset them, or mpirun and srun take its nodes for theirs: unset ${!SLURM_@}"};
  }
  return {Verdict::good, "job", "inside Slurm job " + job, ""};
}

Examined examine_file_system(const fs::path& directory) {
  const std::string what = "files";
  struct statfs status {};
  if (::statfs(directory.c_str(), &status) != 0) {
    return {Verdict::bad, what, directory.string() + " cannot be examined", "give a directory that exists"};
  }
  const std::string kind = file_system_name(static_cast<long>(status.f_type));
  std::string found = directory.string() + " is on " + kind;
  try {
    if (!links_exclusively(directory)) {
      return {Verdict::bad, what, found + ", which cannot make hard links",
              "two programs could take the same run: keep runs on another file system"};
    }
    const double seconds = seconds_of_a_durable_write(directory);
    found += fmt::format(", a durable write takes {:.1f} ms", 1e3 * seconds);
    if (seconds > 1.0)
      return {Verdict::note, what, found, "slow: keep the store and the runs on a faster disk"};
  } catch (const Error& error) {
    return {Verdict::bad, what, found + ": " + error.problem(), "choose a place that you may write to"};
  }
  if (kind == "tmpfs")
    return {Verdict::note, what, found, "it is lost at a reboot and seen by this node alone"};
  return {Verdict::good, what, found, ""};
}

}  // namespace musicmem::launcher
