// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/world.h"

#include "data/files/process.h"
#include "distributed/cores.h"
#include "distributed/local_communicator.h"
#include "distributed/mpi_communicator.h"
#include "distributed/wire.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <mpi.h>
#include <sys/uio.h>
#include <sysexits.h>
#include <unistd.h>

namespace musicmem::distributed {
namespace {

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

int rank_of_this_process() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

void start_mpi(const Launch& launch) {
  // The program has met at a barrier of its own when it ends; Open MPI's fence inside MPI_Finalize would be a
  // second one, without a deadline.
  ::setenv("OMPI_MCA_async_mpi_finalize", "1", 0);
  // Open MPI would try it anew for every large message, and print a line each time.
  if (!may_copy_between_processes()) ::setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);
  int provided = MPI_THREAD_SINGLE;
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread", -1);
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler",
            rank_of_this_process());
  if (provided < MPI_THREAD_MULTIPLE) {
    throw LaunchError("this MPI library was built without MPI_THREAD_MULTIPLE; use one that has it: " +
                      mpi_library_version());
  }
  int size = 1;
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size", rank_of_this_process());
  if (size == 1 && launch.expected_processes.value_or(1) > 1) {
    throw LaunchError(
        "the launcher started " + std::to_string(*launch.expected_processes) +
        " processes, but MPI sees only one; use the launcher of this MPI library, or `srun --mpi=pmix`: " +
        mpi_library_version());
  }
}

constexpr std::chrono::seconds longest_abort{10};
// Beyond the deadline of a wait, which is looked at between calls of MPI only.
constexpr std::chrono::seconds longest_call{60};
constexpr std::chrono::seconds longest_finalize{60};

constexpr int start_again = EX_TEMPFAIL;

// For calls of MPI, which know no deadline: unless it is gone before `patience` is over, the process ends.
class ProcessDeadline {
 public:
  ProcessDeadline(std::chrono::duration<double> patience, int code, std::string step)
      : watch_([=, step = std::move(step)](const std::stop_token& gone) {
          std::mutex mutex;
          std::condition_variable_any woken;
          std::unique_lock lock(mutex);
          woken.wait_for(lock, gone, patience, [] { return false; });
          if (gone.stop_requested()) return;
          std::fprintf(stderr, "%s has not returned for %.3g s on %s; the process ends without it\n",
                       step.c_str(), patience.count(), data::host_name().c_str());
          ::_exit(code);
        }) {}

 private:
  std::jthread watch_;
};

[[noreturn]] void abort_world(int code) {
  // MPI tells the launcher, which may be out of reach from a node that is cut off, as may be open files.
  const ProcessDeadline deadline(longest_abort, code, "MPI_Abort");
  // The other end of the pipe belongs to the launcher, which is about to kill this process.
  std::fflush(nullptr);
  MPI_Abort(MPI_COMM_WORLD, code);
  ::_exit(code);
}

// Collective among the ranks of a node.
int cores_of_node(Communicator& node) {
  return usable_cores(all_gather(node, allowed_cores(), "counting the cores of this node"), cpu_quota());
}

}  // namespace

struct World::Session {
  bool uses_mpi = false;
  std::unique_ptr<Communicator> everyone;
  std::string host_name = data::host_name();
  int local_rank = 0;
  int local_size = 1;
  int node_cores = 1;
  std::vector<std::string> launch_warnings;
  int exceptions_at_start = std::uncaught_exceptions();
  bool has_left = false;
};

World::World(std::chrono::duration<double> longest_start) : session_(std::make_unique<Session>()) {
  const Launch launch = detect_launch(environment_variable);
  std::optional<ProcessDeadline> deadline;
  if (launch.under_mpi)
    deadline.emplace(longest_start, start_again, "the start of MPI, where all ranks meet,");
  session_->uses_mpi = launch.under_mpi;
  if (!launch.warning.empty()) session_->launch_warnings.push_back(launch.warning);
  std::unique_ptr<Communicator> node;
  if (launch.under_mpi) {
    start_mpi(launch);
    session_->everyone = mpi_world_communicator();
    node = mpi_node_communicator();
  } else {
    session_->everyone = std::make_unique<LocalCommunicator>();
    node = session_->everyone->duplicate();
  }
  session_->local_rank = node->rank();
  session_->local_size = node->size();
  session_->node_cores = cores_of_node(*node);
  if (const int mpirun = launch.under_mpi ? mpirun_above() : 0; mpirun > 0) {
    const std::string warning = binding_warning(session_->local_size, session_->node_cores,
                                                usable_cores({allowed_cores(mpirun)}, cpu_quota()));
    if (!warning.empty()) session_->launch_warnings.push_back(warning);
  }
}

World::World(World&&) noexcept = default;

World::~World() {
  if (session_ && std::uncaught_exceptions() <= session_->exceptions_at_start) leave(EXIT_SUCCESS);
}

int World::leave(int code) {
  if (!session_->uses_mpi || session_->has_left) return code;
  session_->has_left = true;
  try {
    {
      const auto patience = session_->everyone->deadline();
      std::optional<ProcessDeadline> deadline;
      if (patience.count() > 0) deadline.emplace(patience + longest_call, start_again, "the last barrier");
      // Here the ranks wait for each other with a deadline and without burning a core; see start_mpi().
      session_->everyone->barrier("end of the program");
    }
    const ProcessDeadline deadline(longest_finalize, code, "MPI_Finalize");
    session_->everyone.reset();
    check_mpi(MPI_Finalize(), "MPI_Finalize", rank_of_this_process());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    abort_world(start_again);
  }
  return code;
}

Communicator& World::communicator() {
  return *session_->everyone;
}

int World::rank() const {
  return session_->everyone->rank();
}

int World::size() const {
  return session_->everyone->size();
}

bool World::uses_mpi() const {
  return session_->uses_mpi;
}

const std::string& World::host_name() const {
  return session_->host_name;
}

int World::local_rank() const {
  return session_->local_rank;
}

int World::local_size() const {
  return session_->local_size;
}

int World::node_cores() const {
  return session_->node_cores;
}

const std::vector<std::string>& World::launch_warnings() const {
  return session_->launch_warnings;
}

int World::abort(int code) {
  if (size() > 1) abort_world(code);
  return code;
}

bool is_this_process_or_above(int process) {
  for (int pid = ::getpid(); pid > 0; pid = data::parent_of(pid)) {
    if (pid == process) return true;
  }
  return false;
}

int mpirun_above() {
  constexpr std::array<std::string_view, 7> names = {"mpirun",  "mpiexec", "orterun",       "orted",
                                                     "prterun", "prted",   "mpirun.openmpi"};
  int pid = ::getpid();
  while (const auto process = data::find_process(pid)) {
    if (std::find(names.begin(), names.end(), process->name) != names.end()) return pid;
    pid = process->parent;
  }
  return 0;
}

std::string binding_warning(int ranks, int bound_cores, int cores_of_mpirun) {
  if (bound_cores >= cores_of_mpirun) return "";
  return "mpirun binds the " + std::to_string(ranks) + (ranks == 1 ? " rank" : " ranks") +
         " of this node to " + std::to_string(bound_cores) + " of its " + std::to_string(cores_of_mpirun) +
         " cores; to use all of them, start with mpirun --bind-to none, or with one rank per core";
}

bool may_copy_between_processes() {
  // Where security modules restrict it to debuggers or to nobody; at 1 Open MPI asks for leave by itself.
  std::ifstream restriction("/proc/sys/kernel/yama/ptrace_scope");
  int scope = 0;
  if (restriction >> scope && scope > 1 && ::geteuid() != 0) return false;
  // Reading itself is forbidden by nothing but filters of system calls, which forbid it all.
  char from = 1;
  char to = 0;
  const iovec source{&from, 1};
  const iovec target{&to, 1};
  return ::process_vm_readv(::getpid(), &target, 1, &source, 1, 0) == 1;
}

Launch detect_launch(const std::function<std::optional<std::string>(const char*)>& variable,
                     const std::function<bool(int process)>& is_above) {
  const auto count = [&](const char* name) -> std::optional<int> {
    const auto text = variable(name);
    if (!text) return std::nullopt;
    const int value = std::atoi(text->c_str());
    return value > 0 ? std::optional(value) : std::nullopt;
  };
  if (const auto size = count("OMPI_COMM_WORLD_SIZE")) return {true, size, ""};
  const auto tasks_of_step = count("SLURM_STEP_NUM_TASKS");
  if (const auto task = count("SLURM_TASK_PID"); task && !is_above(*task)) {
    return {false, std::nullopt,
            "the environment holds SLURM variables of another job (" +
                variable("SLURM_JOB_ID").value_or("?") + "), which are ignored"};
  }
  if (variable("PMIX_NAMESPACE") && variable("PMIX_RANK")) return {true, tasks_of_step, ""};
  if (const auto size = count("PMI_SIZE"); size && variable("PMI_RANK")) return {true, size, ""};
  if (tasks_of_step.value_or(1) > 1) {
    throw LaunchError("srun started " + std::to_string(*tasks_of_step) +
                      " tasks that are not connected; start them with `srun --mpi=pmix`");
  }
  return {};
}

std::string mpi_library_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  check_mpi(MPI_Get_library_version(text, &length), "MPI_Get_library_version", 0);
  const std::string version = text;  // the length counts a zero at the end
  return version.substr(0, version.find('\n'));
}

}  // namespace musicmem::distributed
