// SPDX-License-Identifier: GPL-3.0-or-later
// <bundle>/bin/NAME: runs <bundle>/libexec/NAME with the loader and the libraries of the bundle, wherever it lies and
// whatever the system has. Linked statically, so that it needs nothing itself.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(const char* what) {
  fprintf(stderr, "bundle: %s\n", what);
  exit(127);
}

static char* joined(const char* root, const char* rest) {
  char* path = malloc(strlen(root) + strlen(rest) + 1);
  if (path == NULL) fail("out of memory");
  return strcat(strcpy(path, root), rest);
}

static int is_in_path(const char* program) {
  const char* path = getenv("PATH");
  while (path != NULL && *path != '\0') {
    char file[PATH_MAX];
    const int length = (int)strcspn(path, ":");
    snprintf(file, sizeof file, "%.*s/%s", length, path, program);
    if (access(file, X_OK) == 0) return 1;
    path += length + (path[length] == ':');
  }
  return 0;
}

// Cuts the last name off `path` and returns it.
static char* last_of(char* path) {
  char* slash = strrchr(path, '/');
  if (slash == NULL) fail("its own path cannot be told; start it by a path");
  *slash = '\0';
  return slash + 1;
}

int main(int argc, char** argv) {
  char root[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", root, sizeof root - 1);
  if (length > 0) {
    root[length] = '\0';
  } else if (realpath(argv[0], root) == NULL) {  // no /proc, and not started by a path
    fail("its own path cannot be told; start it by a path");
  }
  char* self = joined(root, "");
  const char* name = joined("/libexec/", last_of(root));
  last_of(root);  // bin

  setenv("OPAL_PREFIX", root, 1);
  setenv("PMIX_PREFIX", root, 1);
  setenv("OMPI_MCA_mca_base_param_files", joined(root, "/etc/openmpi-mca-params.conf"), 0);
  setenv("UCX_MODULE_DIR", joined(root, "/lib/ucx"), 1);
  setenv("PMIX_MCA_pcompress_base_silence_warning", "1", 0);  // its plugin for zlib does not matter
  // Each rank of the program looks for its cores itself.
  setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 0);
  if (geteuid() == 0) {  // as in containers, where nothing else is there to spoil
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 0);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 0);
  }
  // Without a remote shell there is this node alone.
  if (getenv("SLURM_JOB_ID") == NULL && !is_in_path("ssh") && !is_in_path("rsh"))
    setenv("OMPI_MCA_plm", "isolated", 0);
  // For the figures of reports.
  const char* path = getenv("PATH");
  char* own = joined(root, "/bin");
  setenv("PATH", path == NULL ? own : joined(joined(own, ":"), path), 1);
  setenv("FONTCONFIG_PATH", joined(root, "/share/fonts"), 1);
  setenv("GNUPLOT_DRIVER_DIR", joined(root, "/libexec"), 1);

  char** words = calloc((size_t)argc + 6, sizeof *words);
  if (words == NULL) fail("out of memory");
  size_t count = 0;
  words[count++] = joined(root, "/lib/ld-linux-x86-64.so.2");
  words[count++] = "--argv0";
  words[count++] = self;
  words[count++] = "--library-path";
  words[count++] = joined(root, "/lib");
  words[count++] = joined(root, name);
  for (int i = 1; i < argc; ++i) words[count++] = argv[i];
  execv(words[0], words);
  perror(words[0]);
  return 127;
}
