// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/demo/listeners.h"
#include "data/demo/study.h"
#include "data/demo/synth.h"
#include "data/demo/wav.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "tests/own_path.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DemoStudyTest : public testing::Test {
 protected:
  ~DemoStudyTest() override { fs::remove_all(root_); }

  fs::path root_ = own_path();
};

// Every file below a directory, by its path from there.
std::map<std::string, std::string> contents(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) {
      files[entry.path().lexically_relative(directory).string()] = read_file(entry.path());
    }
  }
  return files;
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sx += x[i];
    sy += y[i];
    sxx += x[i] * x[i];
    syy += y[i] * y[i];
    sxy += x[i] * y[i];
  }
  return (n * sxy - sx * sy) / std::sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
}

double rms(const std::vector<float>& signal) {
  double sum = 0.0;
  for (const float sample : signal) sum += double{sample} * double{sample};
  return std::sqrt(sum / static_cast<double>(signal.size()));
}

TEST_F(DemoStudyTest, same_seed_gives_the_same_bytes) {
  make_demo_study({root_ / "a", 3, 5});
  make_demo_study({root_ / "b", 3, 5});

  const auto first = contents(root_ / "a");
  const auto second = contents(root_ / "b");

  EXPECT_EQ(first.size(), 9u);
  EXPECT_EQ(first, second);
}

TEST_F(DemoStudyTest, writes_the_layout_of_a_real_study) {
  const DemoSummary summary = make_demo_study({root_, 2, 5});

  const CsvFile labels(root_ / "data/labels/track_memorability_scores_beta.csv");

  EXPECT_EQ(labels.header(), (std::vector<std::string>{"track", "score"}));
  ASSERT_EQ(labels.rows(), 2u);
  for (std::size_t row = 0; row < labels.rows(); ++row) {
    EXPECT_TRUE(fs::exists(root_ / "data/raw_audios/original" / labels.field(row, 0)));
  }
  EXPECT_THAT(read_file(summary.experiment), HasSubstr("synthetic: true"));
  EXPECT_THAT(read_file(root_ / "README.txt"), HasSubstr("--clips 2 --seed 5"));
}

TEST_F(DemoStudyTest, truth_adds_up_to_the_labels) {
  make_demo_study({root_, 4, 9});
  const CsvFile labels(root_ / "data/labels/track_memorability_scores_beta.csv");
  const CsvFile truth(root_ / "truth.csv");
  const auto value = [&](std::size_t row, const std::string& name) {
    return truth.number(row, truth.column(name));
  };

  for (std::size_t row = 0; row < truth.rows(); ++row) {
    double latent = value(row, "intercept") + value(row, "noise");
    for (const DemoEffect& effect : demo_effects()) {
      const double standardised = (value(row, effect.trait) - value(row, effect.name + "_center")) /
                                  value(row, effect.name + "_spread");
      EXPECT_NEAR(value(row, effect.name + "_effect"), value(row, effect.name + "_size") * standardised,
                  1e-12);
      latent += value(row, effect.name + "_effect");
    }

    EXPECT_EQ(truth.field(row, 0), labels.field(row, 0));
    EXPECT_EQ(value(row, "score"), labels.number(row, 1));
    EXPECT_EQ(value(row, "score"), value(row, "recognised") / value(row, "listeners"));
    EXPECT_NEAR(value(row, "latent"), latent, 1e-12);
    EXPECT_NEAR(value(row, "probability"), 1.0 / (1.0 + std::exp(-latent)), 1e-12);
  }
}

TEST_F(DemoStudyTest, reports_progress_after_each_clip) {
  std::vector<int> done;

  make_demo_study({root_, 3, 5}, [&](int count, int total) {
    EXPECT_EQ(total, 3);
    done.push_back(count);
  });

  EXPECT_EQ(done, (std::vector<int>{1, 2, 3}));
}

TEST_F(DemoStudyTest, completes_a_study_that_was_cut_off) {
  make_demo_study({root_, 2, 5});
  const auto whole = contents(root_);
  const fs::path clip = root_ / "data/raw_audios/original" / demo_track(5, 1);
  write_file_durably(clip, "half a file");
  fs::remove(root_ / "truth.csv");

  make_demo_study({root_, 2, 5});

  EXPECT_EQ(contents(root_), whole);
}

TEST_F(DemoStudyTest, keeps_an_experiment_that_the_user_changed) {
  const DemoSummary summary = make_demo_study({root_, 2, 5});
  write_file_durably(summary.experiment, "name: mine\n");

  make_demo_study({root_, 2, 5});

  EXPECT_EQ(read_file(summary.experiment), "name: mine\n");
}

TEST_F(DemoStudyTest, refuses_a_directory_of_another_study_and_leaves_it_alone) {
  make_demo_study({root_, 2, 5});
  const auto before = contents(root_);

  const std::string other_seed = message_of([&] { make_demo_study({root_, 2, 6}); });
  const std::string other_size = message_of([&] { make_demo_study({root_, 3, 5}); });

  EXPECT_THAT(other_seed, HasSubstr(root_.string()));
  EXPECT_THAT(other_seed, HasSubstr("already holds a different data/labels"));
  EXPECT_EQ(other_size, other_seed);
  EXPECT_EQ(contents(root_), before);
}

TEST_F(DemoStudyTest, refuses_a_directory_with_a_foreign_experiment) {
  make_directories(root_);
  write_file_durably(root_ / "experiment.yaml", "name: mine\n");

  const std::string message = message_of([&] { make_demo_study({root_, 2, 5}); });

  EXPECT_THAT(message, HasSubstr("already holds a different experiment.yaml"));
  EXPECT_EQ(contents(root_).size(), 1u);
}

TEST_F(DemoStudyTest, refuses_numbers_of_clips_out_of_range) {
  for (const int clips : {-1, 1, 100000}) {
    const std::string message = message_of([&] { make_demo_study({root_, clips, 5}); });

    EXPECT_THAT(message, HasSubstr("2 to 99999"));
  }
  EXPECT_FALSE(fs::exists(root_));
}

TEST_F(DemoStudyTest, refuses_a_file_in_the_place_of_the_directory) {
  make_directories(root_);
  write_file_durably(root_ / "taken", "text");

  const std::string message = message_of([&] { make_demo_study({root_ / "taken", 2, 5}); });

  EXPECT_THAT(message, HasSubstr((root_ / "taken").string()));
}

TEST(DemoTrackTest, ids_look_like_video_ids) {
  for (int index = 0; index < 500; ++index) {
    EXPECT_THAT(demo_track(7, index),
                testing::MatchesRegex("normalize_5s_intro_[A-Za-z][A-Za-z0-9_-]{10}\\.wav"));
  }
}

TEST(DemoTrackTest, different_seeds_share_no_track) {
  std::set<std::string> tracks;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (int index = 0; index < 500; ++index) tracks.insert(demo_track(seed, index));
  }

  EXPECT_EQ(tracks.size(), 20u * 500u);
}

TEST(DemoTraitsTest, larger_study_begins_with_the_smaller_one) {
  const auto small = simulate_listeners(demo_traits(7, 5), 7);
  const auto large = simulate_listeners(demo_traits(7, 9), 7);

  for (std::size_t i = 0; i < small.size(); ++i) {
    EXPECT_EQ(small[i].recognised, large[i].recognised);
    EXPECT_EQ(small[i].latent, large[i].latent);
  }
}

TEST(ListeningGameTest, scores_spread_like_a_real_study) {
  const auto hearings = simulate_listeners(demo_traits(7, 200), 7);

  double sum = 0.0;
  double squares = 0.0;
  for (const Hearing& hearing : hearings) {
    EXPECT_GE(hearing.listeners, 70);
    EXPECT_LE(hearing.listeners, 80);
    EXPECT_GE(hearing.score(), 0.0);
    EXPECT_LE(hearing.score(), 1.0);
    sum += hearing.score();
    squares += hearing.score() * hearing.score();
  }
  const double mean = sum / 200;
  EXPECT_NEAR(mean, 0.6, 0.05);
  EXPECT_NEAR(std::sqrt(squares / 200 - mean * mean), 0.15, 0.03);
}

TEST(ListeningGameTest, latent_follows_the_planted_effects_and_no_decoy) {
  const auto traits = demo_traits(7, 200);
  const auto hearings = simulate_listeners(traits, 7);
  std::vector<double> latent;
  latent.reserve(hearings.size());
  for (const Hearing& hearing : hearings) latent.push_back(hearing.latent);

  for (const DemoEffect& effect : demo_effects()) {
    std::vector<double> values;
    values.reserve(traits.size());
    for (const ClipTraits& clip : traits) values.push_back(effect.value(clip));
    const double r = correlation(values, latent);

    if (effect.size > 0.0) {
      EXPECT_GT(r, 0.2) << effect.name;
    } else {
      EXPECT_LT(std::abs(r), 0.2) << effect.name;
    }
  }
}

TEST(ListeningGameTest, scores_follow_the_probabilities) {
  const auto hearings = simulate_listeners(demo_traits(7, 200), 7);

  std::vector<double> probabilities;
  std::vector<double> scores;
  for (const Hearing& hearing : hearings) {
    probabilities.push_back(hearing.probability);
    scores.push_back(hearing.score());
  }

  EXPECT_GT(correlation(probabilities, scores), 0.9);
}

TEST(DemoTraitsTest, constants_of_the_effects_are_those_of_the_traits) {
  const auto traits = demo_traits(7, 20000);

  for (const DemoEffect& effect : demo_effects()) {
    double sum = 0.0;
    double squares = 0.0;
    for (const ClipTraits& clip : traits) {
      const double standardised = (effect.value(clip) - effect.center) / effect.spread;
      sum += standardised;
      squares += standardised * standardised;
    }
    EXPECT_NEAR(sum / 20000, 0.0, 0.03) << effect.name;
    EXPECT_NEAR(squares / 20000, 1.0, 0.03) << effect.name;
  }
}

TEST(DemoSongTest, full_repetition_states_the_motif_in_every_bar) {
  ClipTraits traits;
  traits.hook_repetition = 1.0;
  Generator random(3);

  const Song song = compose(traits, 5.0, random);

  const double bar_s = 2.0 * 60.0 / traits.tempo_bpm;
  for (const Note& note : song.hook) {
    const auto again = std::find_if(song.hook.begin(), song.hook.end(), [&](const Note& later) {
      return std::abs(later.start_s - note.start_s - bar_s) < 1e-9;
    });
    if (again != song.hook.end()) {
      EXPECT_EQ(again->pitch, note.pitch);
    }
  }
  EXPECT_GT(song.hook.back().start_s, 2.0 * bar_s);
}

TEST(DemoSongTest, mode_decides_the_thirds) {
  ClipTraits traits;
  traits.key = 0;
  for (const bool major : {true, false}) {
    traits.major_mode = major;
    Generator random(3);

    const Song song = compose(traits, 5.0, random);

    const auto sounds = [&](int pitch_class) {
      const auto matches = [&](const Note& note) { return std::lround(note.pitch) % 12 == pitch_class; };
      return std::any_of(song.chords.begin(), song.chords.end(), matches);
    };
    EXPECT_EQ(sounds(4), major);
    EXPECT_EQ(sounds(3), !major);
  }
}

TEST(DemoSynthTest, clips_are_five_seconds_of_stereo_neither_silent_nor_clipped) {
  const auto traits = demo_traits(7, 4);
  for (std::size_t i = 0; i < traits.size(); ++i) {
    const StereoSound sound = render_clip(traits[i], i);

    for (const auto* channel : {&sound.left, &sound.right}) {
      ASSERT_EQ(channel->size(), 5u * 44100u);
      const auto [low, high] = std::minmax_element(channel->begin(), channel->end());
      EXPECT_LT(std::max(-*low, *high), 0.999f);
      EXPECT_GT(rms(*channel), 0.03);
    }
    EXPECT_NE(sound.left, sound.right);
  }
}

TEST(DemoSynthTest, drum_level_sets_the_loudness_of_the_drums) {
  ClipTraits quiet;
  ClipTraits loud;
  quiet.drum_level_db = -18.0;
  loud.drum_level_db = 0.0;

  const double quiet_rms = rms(render_clip(quiet, 1).left);
  const double loud_rms = rms(render_clip(loud, 1).left);

  // Powers add: 1 + 10^(-1.8) against 1 + 1, if the limiter and the width of the image are left out.
  EXPECT_NEAR(loud_rms / quiet_rms, std::sqrt(2.0 / 1.016), 0.15);
}

TEST_F(DemoStudyTest, clips_are_16_bit_wav_files_at_44100_hz) {
  make_directories(root_);
  const StereoSound sound = render_clip(ClipTraits{}, 1);
  const fs::path path = root_ / "clip.wav";
  write_file_durably(path, wav_bytes(sound));

  SF_INFO info{};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
  ASSERT_NE(file, nullptr);
  std::vector<float> read(static_cast<std::size_t>(info.frames * info.channels));
  const sf_count_t frames = sf_readf_float(file, read.data(), info.frames);
  sf_close(file);

  EXPECT_EQ(info.samplerate, 44100);
  EXPECT_EQ(info.channels, 2);
  EXPECT_EQ(info.format, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
  ASSERT_EQ(frames, 5 * 44100);
  for (std::size_t n = 0; n < sound.left.size(); ++n) {
    ASSERT_NEAR(read[2 * n], sound.left[n], 1e-4);
    ASSERT_NEAR(read[2 * n + 1], sound.right[n], 1e-4);
  }
  // A canonical file has a 44-byte header and nothing after the samples.
  EXPECT_EQ(fs::file_size(path), 44u + 4u * 5u * 44100u);
}

}  // namespace
}  // namespace musicmem::data
