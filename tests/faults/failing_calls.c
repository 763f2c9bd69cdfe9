// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded into the program: calls that reach the disk fail as failing_calls.h says, as on a disk that is
// full or a network file system that hiccups. A failed call does nothing, but for close: what is left open
// would be no use to anyone, and half of a file whose close fails is lost, as where it is sent to a server
// only then.
#define _GNU_SOURCE
#include "tests/faults/failing_calls.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static struct FaultRecord* record;  // NULL until all is known: calls before that pass
static const char* below;
static int kind_to_fail = -1;
static unsigned long call_to_fail;
static int error_to_give;
static double chance;
static uint64_t seed;

#define NEXT(result, name, ...)       \
  static result (*next)(__VA_ARGS__); \
  if (next == NULL) next = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static const char* setting(const char* name) {
  const char* value = getenv(name);
  return value == NULL ? "" : value;
}

static int really_open(const char* path, int flags) {
  NEXT(int, "open", const char*, int, ...);
  return next(path, flags, 0666);
}

static int really_close(int file) {
  NEXT(int, "close", int);
  return next(file);
}

static void __attribute__((constructor)) read_settings(void) {
  const int file = really_open(setting("FAULTS_RECORD"), O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* memory = mmap(NULL, sizeof(struct FaultRecord), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  really_close(file);
  for (int kind = 0; kind < fault_kinds; ++kind) {
    if (strcmp(setting("FAULTS_KIND"), fault_words[kind]) == 0) kind_to_fail = kind;
  }
  below = setting("FAULTS_BELOW");
  call_to_fail = strtoul(setting("FAULTS_AT"), NULL, 10);
  error_to_give = atoi(setting("FAULTS_ERRNO"));
  chance = strtod(setting("FAULTS_CHANCE"), NULL);
  seed = strtoull(setting("FAULTS_SEED"), NULL, 10);
  if (memory != MAP_FAILED) record = memory;
}

static int is_below(const char* path) {
  for (const char* start = below; *start != '\0';) {
    const size_t length = strcspn(start, ":");
    if (strncmp(path, start, length) == 0 && (path[length] == '/' || path[length] == '\0')) return 1;
    start += length + (start[length] == ':');
  }
  return 0;
}

// splitmix64: https://prng.di.unimi.it/splitmix64.c
static uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

// Whether this call fails; errno is set where it does and left alone where it does not.
static int fails(enum FaultKind kind, const char* path) {
  static const int errors[] = {EIO, ENOSPC, EDQUOT, ESTALE};
  if (!is_below(path)) return 0;
  const unsigned long call = __atomic_add_fetch(&record->calls[kind], 1, __ATOMIC_RELAXED);
  int error = error_to_give;
  if (chance > 0.0) {
    const uint64_t draw = mixed(mixed(seed * fault_kinds + kind) + call);
    if ((double)(draw >> 11) * 0x1p-53 >= chance) return 0;
    error = errors[mixed(draw) % 4];
  } else if ((int)kind != kind_to_fail || call != call_to_fail) {
    return 0;
  }
  __atomic_add_fetch(&record->failed, 1, __ATOMIC_RELAXED);
  snprintf(record->last, sizeof record->last, "%s of %s", fault_words[kind], path);
  errno = error;
  return 1;
}

static int fails_on_file(enum FaultKind kind, int file) {
  if (record == NULL) return 0;
  const int error = errno;
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  errno = error;
  if (length <= 0) return 0;
  path[length] = '\0';
  return fails(kind, path);
}

static int fails_on_path(enum FaultKind kind, int directory, const char* path) {
  if (record == NULL || path == NULL) return 0;
  const int error = errno;
  char link[64] = "/proc/self/cwd";
  char whole[2 * PATH_MAX];
  if (path[0] == '/') return fails(kind, path);
  if (directory != AT_FDCWD) snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
  ssize_t length = readlink(link, whole, PATH_MAX);
  errno = error;
  if (length < 0) return 0;
  snprintf(whole + length, sizeof whole - (size_t)length, "/%s", path);
  return fails(kind, whole);
}

// Cuts off the second half of a file that is open for writing.
static void lose_half(int file) {
  NEXT(int, "ftruncate", int, off_t);
  const int error = errno;
  struct stat status;
  const int is_written = (fcntl(file, F_GETFL) & O_ACCMODE) != O_RDONLY;
  if (is_written && fstat(file, &status) == 0 && S_ISREG(status.st_mode))
    (void)next(file, status.st_size / 2);
  errno = error;
}

#define OPEN(name)                                            \
  int name(const char* path, int flags, ...) {                \
    NEXT(int, #name, const char*, int, ...);                  \
    va_list arguments;                                        \
    va_start(arguments, flags);                               \
    const mode_t mode = va_arg(arguments, mode_t);            \
    va_end(arguments);                                        \
    if (fails_on_path(fault_open, AT_FDCWD, path)) return -1; \
    return next(path, flags, mode);                           \
  }
#define OPENAT(name)                                           \
  int name(int directory, const char* path, int flags, ...) {  \
    NEXT(int, #name, int, const char*, int, ...);              \
    va_list arguments;                                         \
    va_start(arguments, flags);                                \
    const mode_t mode = va_arg(arguments, mode_t);             \
    va_end(arguments);                                         \
    if (fails_on_path(fault_open, directory, path)) return -1; \
    return next(directory, path, flags, mode);                 \
  }
#define FOPEN(name)                                             \
  FILE* name(const char* path, const char* mode) {              \
    NEXT(FILE*, #name, const char*, const char*);               \
    if (fails_on_path(fault_open, AT_FDCWD, path)) return NULL; \
    return next(path, mode);                                    \
  }
#define PREAD(name, offset)                                                    \
  ssize_t name(int file, void* bytes, size_t size, offset at) {                \
    NEXT(ssize_t, #name, int, void*, size_t, offset);                          \
    return fails_on_file(fault_read, file) ? -1 : next(file, bytes, size, at); \
  }
#define PWRITE(name, offset)                                                    \
  ssize_t name(int file, const void* bytes, size_t size, offset at) {           \
    NEXT(ssize_t, #name, int, const void*, size_t, offset);                     \
    return fails_on_file(fault_write, file) ? -1 : next(file, bytes, size, at); \
  }
#define FTRUNCATE(name, offset)                                      \
  int name(int file, offset size) {                                  \
    NEXT(int, #name, int, offset);                                   \
    return fails_on_file(fault_write, file) ? -1 : next(file, size); \
  }
#define SYNC(name)                                            \
  int name(int file) {                                        \
    NEXT(int, #name, int);                                    \
    return fails_on_file(fault_sync, file) ? -1 : next(file); \
  }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
FOPEN(fopen)
FOPEN(fopen64)
PREAD(pread, off_t)
PREAD(pread64, off64_t)
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)
SYNC(fsync)
SYNC(fdatasync)

DIR* opendir(const char* path) {
  NEXT(DIR*, "opendir", const char*);
  return fails_on_path(fault_open, AT_FDCWD, path) ? NULL : next(path);
}

int mkdir(const char* path, mode_t mode) {
  NEXT(int, "mkdir", const char*, mode_t);
  return fails_on_path(fault_open, AT_FDCWD, path) ? -1 : next(path, mode);
}

ssize_t read(int file, void* bytes, size_t size) {
  NEXT(ssize_t, "read", int, void*, size_t);
  return fails_on_file(fault_read, file) ? -1 : next(file, bytes, size);
}

ssize_t write(int file, const void* bytes, size_t size) {
  NEXT(ssize_t, "write", int, const void*, size_t);
  return fails_on_file(fault_write, file) ? -1 : next(file, bytes, size);
}

ssize_t writev(int file, const struct iovec* parts, int count) {
  NEXT(ssize_t, "writev", int, const struct iovec*, int);
  return fails_on_file(fault_write, file) ? -1 : next(file, parts, count);
}

// Streams call the system from within the library, where nothing can be laid over the calls.
size_t fwrite(const void* bytes, size_t size, size_t count, FILE* stream) {
  NEXT(size_t, "fwrite", const void*, size_t, size_t, FILE*);
  return fails_on_file(fault_write, fileno(stream)) ? 0 : next(bytes, size, count, stream);
}

size_t fread(void* bytes, size_t size, size_t count, FILE* stream) {
  NEXT(size_t, "fread", void*, size_t, size_t, FILE*);
  return fails_on_file(fault_read, fileno(stream)) ? 0 : next(bytes, size, count, stream);
}

int fflush(FILE* stream) {
  NEXT(int, "fflush", FILE*);
  return stream != NULL && fails_on_file(fault_write, fileno(stream)) ? EOF : next(stream);
}

int fclose(FILE* stream) {
  NEXT(int, "fclose", FILE*);
  const int file = fileno(stream);
  if (file < 0 || !fails_on_file(fault_close, file)) return next(stream);
  const int error = errno;
  const int kept = dup(file);
  (void)next(stream);
  lose_half(kept);
  really_close(kept);
  errno = error;
  return EOF;
}

int close(int file) {
  if (!fails_on_file(fault_close, file)) return really_close(file);
  const int error = errno;
  lose_half(file);
  really_close(file);
  errno = error;
  return -1;
}

int rename(const char* from, const char* to) {
  NEXT(int, "rename", const char*, const char*);
  return fails_on_path(fault_rename, AT_FDCWD, to) ? -1 : next(from, to);
}

int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) {
  NEXT(int, "renameat2", int, const char*, int, const char*, unsigned);
  if (fails_on_path(fault_rename, to_directory, to)) return -1;
  return next(from_directory, from, to_directory, to, flags);
}

int link(const char* from, const char* to) {
  NEXT(int, "link", const char*, const char*);
  return fails_on_path(fault_rename, AT_FDCWD, to) ? -1 : next(from, to);
}
