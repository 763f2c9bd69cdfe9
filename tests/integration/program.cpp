// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/program.h"

#include "data/files/process.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

[[noreturn]] void become(const Words& command, const fs::path& directory, const fs::path& output,
                         const fs::path& errors) {
  ::setpgid(0, 0);
  if (::chdir(directory.c_str()) != 0) ::_exit(126);
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  const int err = output == errors ? out : ::open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

pid_t start(const Words& command, const fs::path& directory, const fs::path& output, const fs::path& errors) {
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("no process can be started");
  if (pid == 0) become(command, directory, output, errors);
  ::setpgid(pid, pid);
  return pid;
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void add_descendants(pid_t pid, std::vector<pid_t>& found) {
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const pid_t candidate = static_cast<pid_t>(std::strtol(entry.path().filename().c_str(), nullptr, 10));
    if (candidate > 0 && data::parent_of(candidate) == pid) {
      found.push_back(candidate);
      add_descendants(candidate, found);
    }
  }
}

}  // namespace

Words program(const Words& arguments, int ranks) {
  Words command;
  if (ranks > 0) command = {"mpirun", "--oversubscribe", "-np", std::to_string(ranks)};
  command.emplace_back(MUSICMEM_PROGRAM);
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

ProgramResult run(const Words& command, const fs::path& directory, int seconds) {
  static int count = 0;
  const fs::path base = fs::temp_directory_path() /
                        ("musicmem-run-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
  const fs::path output = base.string() + ".out";
  const fs::path errors = base.string() + ".err";
  const pid_t pid = start(command, directory, output, errors);
  int status = 0;
  const bool ended = wait_for([&] { return ::waitpid(pid, &status, WNOHANG) == pid; }, seconds);
  if (!ended) {
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, &status, 0);
  }
  ProgramResult result{exit_code_of(status), read_text(output), read_text(errors)};
  if (!ended) result.errors += "\n(killed by the test: it ran longer than " + std::to_string(seconds) + " s)";
  fs::remove(output);
  fs::remove(errors);
  return result;
}

BackgroundProgram::BackgroundProgram(const Words& command, const fs::path& directory, const fs::path& log)
    : pid_(start(command, directory, log, log)) {}

BackgroundProgram::~BackgroundProgram() {
  if (!ended_) kill_all();
}

bool BackgroundProgram::is_running() {
  if (!ended_ && ::waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

void BackgroundProgram::kill_all() {
  if (!is_running()) return;
  std::vector<pid_t> victims = {pid_};
  ::kill(pid_, SIGSTOP);
  add_descendants(pid_, victims);
  for (const pid_t victim : victims) ::kill(victim, SIGKILL);
  ::waitpid(pid_, &status_, 0);
  ended_ = true;
  wait_for(
      [&] {
        for (const pid_t victim : victims) {
          if (data::is_at_work(victim)) return false;
        }
        return true;
      },
      10);
}

std::vector<pid_t> BackgroundProgram::ranks() const {
  std::vector<pid_t> found;
  add_descendants(pid_, found);
  std::erase_if(
      found, [](pid_t pid) { return read_text("/proc/" + std::to_string(pid) + "/comm") != "musicmem\n"; });
  return found;
}

void BackgroundProgram::send(int signal) {
  ::kill(pid_, signal);
}

int BackgroundProgram::wait() {
  if (!ended_) ::waitpid(pid_, &status_, 0);
  ended_ = true;
  return exit_code_of(status_);
}

void pause_briefly() {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

}  // namespace musicmem::testing_support
