// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/demo/study.h"

#include "config/error.h"
#include "data/demo/game.h"
#include "data/demo/listeners.h"
#include "data/demo/synth.h"
#include "data/demo/texts.h"
#include "data/demo/wav.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

constexpr int fewest_clips = 2;
constexpr int most_clips = 99999;

struct TextFile {
  fs::path path;
  std::string text;
  bool users = false;  // theirs to edit once it is written
};

bool holds(const fs::path& path, std::string_view bytes) {
  std::error_code error;
  return fs::file_size(path, error) == bytes.size() && !error && read_file(path) == bytes;
}

void check_clips(int clips) {
  if (clips >= fewest_clips && clips <= most_clips) return;
  throw Error("a synthetic study of " + std::to_string(clips) + " clips cannot be made", "",
              "ask for " + std::to_string(fewest_clips) + " to " + std::to_string(most_clips) + " clips");
}

std::vector<TextFile> text_files(const fs::path& directory, const DemoStudy& study) {
  return {{directory / "data/labels/track_memorability_scores_beta.csv", labels_csv(study)},
          {directory / "truth.csv", truth_csv(study)},
          {directory / "data/listeners/long.csv", long_log_csv(study)},
          {directory / "data/listeners/audmem.csv", audmem_log_csv(study)},
          {directory / "README.txt", readme_txt(study), true},
          {directory / "experiment.yaml", experiment_yaml(study), true}};
}

// Sees to it that nothing is overwritten that belongs to another study. The labels, which are written first,
// tell whose directory it is.
void refuse_foreign_files(const fs::path& directory, const std::vector<TextFile>& files) {
  const bool ours = holds(files.front().path, files.front().text);
  for (const TextFile& file : files) {
    std::error_code error;
    if (!fs::exists(file.path, error) || holds(file.path, file.text) || (ours && file.users)) continue;
    throw Error("already holds a different " + file.path.lexically_relative(directory).string(),
                directory.string(), "give an empty directory, or the clips and the seed of the study there");
  }
}

void write_missing(const TextFile& file) {
  std::error_code error;
  if (holds(file.path, file.text) || (file.users && fs::exists(file.path, error))) return;
  make_directories(file.path.parent_path());
  write_file_durably(file.path, file.text);
}

DemoSummary summarise(const DemoOptions& options, const DemoStudy& study) {
  double sum = 0.0;
  double squares = 0.0;
  for (const Hearing& hearing : study.hearings) {
    sum += hearing.score();
    squares += hearing.score() * hearing.score();
  }
  const double mean = sum / options.clips;
  return {options.directory,
          options.directory / "experiment.yaml",
          options.clips,
          options.seed,
          mean,
          std::sqrt(std::max(0.0, squares / options.clips - mean * mean))};
}

}  // namespace

std::string demo_track(std::uint64_t seed, int index) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  std::uint64_t bits = seed_from({"demo track", std::to_string(seed), std::to_string(index)});
  std::string id;
  // 64 bits: ten characters of six and, first, one of four, which is always a letter.
  for (int place = 0; place < 11; ++place, bits >>= 6) id.insert(id.begin(), alphabet[bits & 63]);
  return "normalize_5s_intro_" + id + ".wav";
}

DemoArtist demo_artist(std::uint64_t seed, int index) {
  Generator random(seed_from({"demo artist", std::to_string(seed), std::to_string(index)}));
  DemoArtist artist{"artist_" + std::to_string(index + 1), draw_traits(random)};
  artist.effect = demo_artist_spread * random.normal();
  return artist;
}

std::vector<ClipTraits> demo_traits(std::uint64_t seed, int clips, bool groups) {
  std::vector<ClipTraits> traits;
  traits.reserve(static_cast<std::size_t>(clips));
  for (int i = 0; i < clips; ++i) {
    Generator random(seed_from({"demo traits", std::to_string(seed), std::to_string(i)}));
    traits.push_back(groups ? draw_traits_near(demo_artist(seed, i / demo_clips_per_artist).traits, random)
                            : draw_traits(random));
  }
  return traits;
}

DemoSummary make_demo_study(const DemoOptions& options, const DemoProgress& progress) {
  check_clips(options.clips);
  if (options.groups && options.clips <= demo_clips_per_artist) {
    throw Error("groups need more than " + std::to_string(demo_clips_per_artist) + " clips, of two artists",
                "", "ask for more clips");
  }
  DemoStudy study;
  study.seed = options.seed;
  study.ssast = options.ssast;
  study.traits = demo_traits(options.seed, options.clips, options.groups);
  std::vector<double> effects;
  for (int i = 0; options.groups && i < options.clips; ++i) {
    study.artists.push_back(demo_artist(options.seed, i / demo_clips_per_artist));
    effects.push_back(study.artists.back().effect);
  }
  study.hearings = simulate_listeners(study.traits, options.seed, effects);
  for (int i = 0; i < options.clips; ++i) study.tracks.push_back(demo_track(options.seed, i));

  require_writable_directory(options.directory);
  const std::vector<TextFile> files = text_files(options.directory, study);
  refuse_foreign_files(options.directory, files);
  for (const TextFile& file : files) write_missing(file);

  const fs::path audio = options.directory / "data/raw_audios/original";
  make_directories(audio);
  for (int i = 0; i < options.clips; ++i) {
    const auto clip = static_cast<std::size_t>(i);
    const std::uint64_t seed = seed_from({"demo sound", std::to_string(options.seed), std::to_string(i)});
    const fs::path path = audio / study.tracks[clip];
    std::error_code error;
    // All clips are equally long, and each is either whole or absent.
    if (fs::file_size(path, error) != demo_wav_bytes || error) {
      write_file_durably(path, wav_bytes(render_clip(study.traits[clip], seed)));
    }
    if (progress) progress(i + 1, options.clips);
  }
  return summarise(options, study);
}

bool is_demo_study(const std::filesystem::path& labels) {
  // <study>/data/labels/<labels> and <study>/truth.csv
  const std::filesystem::path study =
      std::filesystem::absolute(labels).parent_path().parent_path().parent_path();
  const std::filesystem::path readme = study / "README.txt";
  return std::filesystem::exists(study / "truth.csv") && std::filesystem::is_regular_file(readme) &&
         read_file(readme).starts_with(std::string(demo_title) + "\n");
}

}  // namespace musicmem::data
