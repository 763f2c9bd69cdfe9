// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded into the program: every sync and rename takes 30 ms longer, as on a
// network file system under load.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

static void wait_a_little(void) {
  const struct timespec pause = {0, 30 * 1000 * 1000};
  nanosleep(&pause, NULL);
}

int fsync(int file) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_a_little();
  return next(file);
}

int rename(const char* from, const char* to) {
  int (*next)(const char*, const char*) = (int (*)(const char*, const char*))dlsym(RTLD_NEXT, "rename");
  wait_a_little();
  return next(from, to);
}

int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned int flags) {
  int (*next)(int, const char*, int, const char*, unsigned int) =
      (int (*)(int, const char*, int, const char*, unsigned int))dlsym(RTLD_NEXT, "renameat2");
  wait_a_little();
  return next(from_directory, from, to_directory, to, flags);
}
