// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

// Running the built program as a user does.
namespace musicmem::testing_support {

struct ProgramResult {
  int exit_code = 0;   // 128 + signal where one ended it
  std::string output;  // standard output
  std::string errors;  // standard error
};

using Words = std::vector<std::string>;

// The command line of the program alone (ranks = 0) or under mpirun on so many
// ranks, oversubscribed if need be.
Words program(const Words& arguments, int ranks = 0);

// Runs a command in `directory` to its end, at most `seconds` long.
ProgramResult run(const Words& command, const std::filesystem::path& directory, int seconds = 240);

// A command that goes on in the background, in a process group of its own.
class BackgroundProgram {
 public:
  BackgroundProgram(const Words& command, const std::filesystem::path& directory,
                    const std::filesystem::path& log);
  ~BackgroundProgram();
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

  bool is_running();
  // Kills it and all its descendants with SIGKILL, and waits until they are gone.
  void kill_all();
  void send(int signal);
  pid_t pid() const { return pid_; }
  // The processes of the program itself that run below it, each a rank under mpirun.
  std::vector<pid_t> ranks() const;
  // Waits for its end; its exit code.
  int wait();

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

// Waits until `condition` holds; false after `seconds`.
template <typename Condition>
bool wait_for(Condition condition, double seconds);

void pause_briefly();

template <typename Condition>
bool wait_for(Condition condition, double seconds) {
  constexpr double step = 0.02;
  for (double waited = 0.0; waited < seconds; waited += step) {
    if (condition()) return true;
    pause_briefly();
  }
  return condition();
}

}  // namespace musicmem::testing_support
