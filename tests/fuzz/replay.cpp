// SPDX-License-Identifier: GPL-3.0-or-later
// A fuzz target without libFuzzer: runs it on every file of the corpus, and for `seconds` on random changes
// of them.
//   replay CORPUS_DIRECTORY [SECONDS [SEED]]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Random = std::mt19937_64;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::vector<std::string> read_corpus(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

// One change: a bit, a byte, a number, a piece left out, doubled or taken from another input.
void mutate(std::string& input, const std::vector<std::string>& corpus, Random& random) {
  const std::size_t at = input.empty() ? 0 : random() % input.size();
  const std::size_t length = std::min<std::size_t>(input.size() - at, 1 + random() % 16);
  constexpr unsigned char numbers[] = {0, 1, 2, 4, 0x7f, 0x80, 0xfe, 0xff};
  switch (random() % 6) {
    case 0:
      if (!input.empty()) input[at] = static_cast<char>(input[at] ^ 1 << random() % 8);
      return;
    case 1:
      if (!input.empty()) input[at] = static_cast<char>(random());
      return;
    case 2:
      std::fill_n(input.begin() + static_cast<std::ptrdiff_t>(at), length,
                  static_cast<char>(numbers[random() % std::size(numbers)]));
      return;
    case 3:
      input.erase(at, length);
      return;
    case 4:
      input.insert(at, input.substr(at, length));
      return;
    default: {
      const std::string& other = corpus[random() % corpus.size()];
      if (!other.empty()) input.insert(at, other.substr(random() % other.size(), 1 + random() % 64));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS_DIRECTORY [SECONDS [SEED]]\n", argv[0]);
    return 2;
  }
  const std::vector<std::string> corpus = read_corpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: the corpus is empty\n", argv[1]);
    return 1;
  }
  for (const std::string& input : corpus) run(input);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(argc > 2 ? std::atoi(argv[2]) : 0);
  Random random(argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
  std::size_t runs = corpus.size();
  while (std::chrono::steady_clock::now() < end) {
    std::string input = corpus[random() % corpus.size()];
    for (std::size_t changes = 1 + random() % 8; changes > 0; --changes) mutate(input, corpus, random);
    run(input);
    ++runs;
  }
  std::printf("%zu inputs, no crash\n", runs);
  return 0;
}
