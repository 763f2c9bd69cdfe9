// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as the YAML file of a study: it is refused, or read into settings that are the same once they were
// written and read again.
#include "config/error.h"
#include "config/experiment.h"
#include "tests/fuzz/input_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace config = musicmem::config;
  static const musicmem::testing_support::InputFile file;
  static const musicmem::testing_support::InputFile written;
  file.put(data, size);
  std::string text;
  try {
    const config::Experiment experiment = config::load_experiment(file.path());
    config::results_yaml(experiment);
    text = config::to_yaml(experiment, written.path().parent_path());
  } catch (const musicmem::Error&) {  // expected of bytes that are no study
    return 0;
  }
  written.put(text);
  const config::Experiment again = config::load_experiment(written.path());
  if (config::to_yaml(again, written.path().parent_path()) != text) std::abort();
  return 0;
}
