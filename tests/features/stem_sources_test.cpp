// SPDX-License-Identifier: GPL-3.0-or-later
// Sources from beside the program: a directory of stems and a TorchScript separator.
#include "config/error.h"
#include "features/separator/torchscript_stems.h"
#include "features/sound/pitch_shift.h"
#include "features/sources/stem_directory.h"
#include "tests/features/signals.h"
#include "tests/own_path.h"

#include <cmath>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const std::string track = "normalize_5s_intro_abcdefghijk.wav";
const std::string clip_name = "normalize_5s_intro_abcdefghijk";

template <typename Work>
std::string message_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

class StemFiles : public testing::Test {
 protected:
  void SetUp() override {
    root_ = own_path();
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  // Four stems of noise whose levels tell them and the folder apart.
  void write_stems(const std::string& folder, float level, std::size_t samples = 80000) {
    for (std::size_t i = 0; i < 4; ++i) {
      const float source_level = level * std::pow(0.1f, static_cast<float>(i));
      write_wav(root_ / folder / (config::stem_names()[i] + ".wav"),
                signals::noise(source_level, static_cast<std::uint32_t>(i + 1), samples), study_rate);
    }
  }

  ClipTimbre levels(int semitones = 0) {
    StemDirectory source(root_);
    const PitchVariants variants{track, 5.0, {semitones}, {signals::constant(0.0f)}};
    source.open(variants);
    return source.levels(0, {});
  }

  fs::path root_;
};

TEST_F(StemFiles, of_the_whole_clip_give_each_source_its_level) {
  write_stems(clip_name, 0.5f);

  const ClipTimbre timbre = levels();

  for (const auto& segment : timbre) {
    // Uniform noise of level a has the mean 20 log10 a - 8.69 dB.
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(segment[2 * i], -14.7 - 20.0 * i, 0.3) << i;
  }
}

TEST_F(StemFiles, of_a_shifted_variant_are_the_shifted_ones_of_the_clip) {
  write_stems(clip_name, 0.5f);
  const std::vector<float> vocals = read_clip(root_ / clip_name / "vocals.wav").samples;
  Stems expected;
  expected.vocals = pitch_shift(vocals, study_rate, 3);
  for (auto* other : {&expected.drums, &expected.bass, &expected.other}) *other = expected.vocals;

  const ClipTimbre timbre = levels(3);

  EXPECT_EQ(timbre[4][0], clip_timbre(expected)[4][0]);
}

TEST_F(StemFiles, are_found_in_any_form_of_unicode_and_for_names_of_any_length) {
  write_stems("Beyonce\u0301", 0.5f);
  write_stems(std::string(251, 'x'), 0.5f);

  EXPECT_NO_THROW(require_stems(root_, "Beyonc\u00e9.wav", {0, 2}));
  EXPECT_NO_THROW(require_stems(root_, std::string(251, 'x') + ".wav", {0, 2}));
  EXPECT_THAT(message_of([&] { require_stems(root_, "Beyonce.wav", {0}); }), HasSubstr("no folder"));
}

TEST_F(StemFiles, nearest_to_the_variant_are_taken_first) {
  write_stems(clip_name, 0.5f);
  write_stems("abcdefghijk_3_semitones", 0.05f);

  EXPECT_NEAR(levels(3)[0][0], -14.7 - 20.0, 0.3) << "the id is a name too";

  for (int segment = 1; segment <= 9; ++segment) {
    write_stems(clip_name + "_3_semitones_" + std::to_string(segment), 0.005f * segment, study_rate);
  }

  EXPECT_NEAR(levels(3)[0][0], -14.7 - 40.0, 0.3);
  EXPECT_NEAR(levels(3)[8][0], -14.7 - 40.0 + 20.0 * std::log10(9.0), 0.3);
}

TEST_F(StemFiles, that_are_missing_are_named) {
  EXPECT_THAT(message_of([&] { levels(); }), AllOf(HasSubstr(clip_name), HasSubstr("vocals.wav")));

  write_stems(clip_name, 0.5f);
  fs::remove(root_ / clip_name / "bass.wav");

  EXPECT_THAT(message_of([&] { levels(); }), AllOf(HasSubstr(track), HasSubstr("'bass'")));
  EXPECT_THAT(message_of([&] { StemDirectory(root_ / "nothing"); }), HasSubstr("nothing"));
}

TEST_F(StemFiles, of_another_length_than_the_clip_are_refused) {
  write_stems(clip_name, 0.5f, 10 * study_rate);
  EXPECT_THAT(message_of([&] { levels(); }),
              AllOf(HasSubstr("vocals.wav"), HasSubstr("is 10.00 s long, its clip 5.00 s")));

  write_stems(clip_name, 0.5f, 3 * study_rate);
  EXPECT_THAT(message_of([&] { levels(); }), HasSubstr("is 3.00 s long"));
}

TEST_F(StemFiles, of_the_whole_file_and_of_its_part_give_a_clip_the_same_levels) {
  const config::ClipGeometry part{3.0, 4.0, 1.0, 0.5};
  const auto levels_of_part = [&] {
    StemDirectory source(root_, part);
    const PitchVariants variants{track, 8.0, {0}, {signals::constant(0.0f, 48000)}};
    source.open(variants);
    return source.levels(0, {});
  };
  write_stems(clip_name, 0.5f, 8 * study_rate);
  const ClipTimbre of_file = levels_of_part();
  for (const std::string& name : config::stem_names()) {
    const fs::path file = root_ / clip_name / (name + ".wav");
    write_wav(file, read_clip(file, part_of(part)).samples, study_rate);
  }

  EXPECT_EQ(of_file.size(), 5u);
  EXPECT_EQ(levels_of_part(), of_file);
}

TEST_F(StemFiles, of_segments_are_as_many_as_the_study_has) {
  const config::ClipGeometry longer{10.0, 0.0, 2.0, 1.0};
  for (int segment = 1; segment <= 9; ++segment)
    write_stems(clip_name + "_original_" + std::to_string(segment), 0.05f * segment, 2 * study_rate);
  StemDirectory source(root_, longer);
  const PitchVariants variants{track, 10.0, {0}, {signals::constant(0.0f, 160000)}};
  source.open(variants);

  const ClipTimbre timbre = source.levels(0, {});

  EXPECT_EQ(timbre.size(), 9u);
  EXPECT_NEAR(timbre[8][0] - timbre[0][0], 20.0 * std::log10(9.0), 0.3);
  EXPECT_NO_THROW(require_stems(root_, track, {0}, longer));
  EXPECT_THAT(message_of([&] {
                require_stems(root_, track, {0}, {30.0, 0.0, 2.0, 1.0});
              }),
              AllOf(HasSubstr("original_10"), HasSubstr("vocals")));
}

TEST_F(StemFiles, that_are_missing_can_be_found_without_reading_the_others) {
  write_stems(clip_name, 0.5f);
  write_stems(clip_name + "_-1_semitones", 0.5f);
  EXPECT_NO_THROW(require_stems(root_, track, {0, -1, 4}));

  fs::remove(root_ / (clip_name + "_-1_semitones") / "drums.wav");

  EXPECT_THAT(message_of([&] {
                require_stems(root_, track, {0, -1});
              }),
              AllOf(HasSubstr("-1_semitones"), HasSubstr("'drums'")));
}

TEST_F(StemFiles, of_further_sources_are_added_to_other) {
  write_stems(clip_name, 0.5f);
  const std::vector<float> guitar = signals::noise(0.3f, 7);
  write_wav(root_ / clip_name / "guitar.wav", guitar, study_rate);
  std::vector<float> expected = read_clip(root_ / clip_name / "other.wav").samples;
  const std::vector<float> added = read_clip(root_ / clip_name / "guitar.wav").samples;
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += added[i];

  const ClipTimbre timbre = levels();

  const ClipTimbre of_the_sum = clip_timbre({expected, expected, expected, expected});
  for (std::size_t segment = 0; segment < timbre.size(); ++segment) {
    EXPECT_NEAR(timbre[segment][0], -14.7, 0.3);  // vocals are what they were
    EXPECT_EQ(timbre[segment][6], of_the_sum[segment][6]);
    EXPECT_EQ(timbre[segment][7], of_the_sum[segment][7]);
  }
}

TEST_F(StemFiles, that_hold_other_sources_are_refused_by_name) {
  for (const std::string mix :
       {"no_vocals", "accompaniment", "mixture", "Accompaniment", "No-Vocals", "vocals (copy)", "Vocals"}) {
    write_stems(clip_name, 0.5f);
    const fs::path file = root_ / clip_name / (mix + ".wav");
    write_wav(file, signals::noise(0.3f, 7), study_rate);

    EXPECT_THAT(message_of([&] { levels(); }), AllOf(HasSubstr("'" + mix + "'"), HasSubstr(clip_name)));
    EXPECT_THAT(message_of([&] { require_stems(root_, track, {0}); }), HasSubstr("'" + mix + "'"));
    fs::remove(file);
  }
}

TEST_F(StemFiles, are_known_in_any_capitals) {
  write_stems(clip_name, 0.5f);
  data::KnownFiles known;
  const std::string before = stem_files_hash(root_, track, {0}, known);
  const ClipTimbre expected = levels();
  const fs::path folder = root_ / clip_name;
  fs::rename(folder / "vocals.wav", folder / "Vocals.wav");
  fs::rename(folder / "bass.wav", folder / "BASS.WAV");

  EXPECT_EQ(levels(), expected);
  EXPECT_NE(stem_files_hash(root_, track, {0}, known), before) << "the names of the files are part of it";
}

TEST_F(StemFiles, that_do_not_add_up_to_the_clip_are_an_anomaly) {
  write_stems(clip_name, 0.5f);
  std::vector<float> mix(80000, 0.0f);
  for (const std::string& source : config::stem_names()) {
    const std::vector<float> stem = read_clip(root_ / clip_name / (source + ".wav")).samples;
    for (std::size_t i = 0; i < mix.size(); ++i) mix[i] += stem[i];
  }
  const auto anomaly = [&](const std::vector<float>& of_mix) {
    StemDirectory source(root_);
    const PitchVariants variants{track, 5.0, {0}, {of_mix}};
    source.open(variants);
    source.levels(0, {});
    return source.anomaly();
  };
  const auto louder = [&](float gain) {
    std::vector<float> louder_mix = mix;
    for (float& sample : louder_mix) sample *= gain;
    return louder_mix;
  };

  EXPECT_EQ(anomaly(mix), "");
  EXPECT_EQ(anomaly(louder(1.0f / 0.8f)), "");                          // 14 dB below
  EXPECT_THAT(anomaly(louder(1.0f / 0.7f)), HasSubstr("10 dB below"));  // stems that are 3 dB too quiet
  EXPECT_EQ(anomaly(louder(0.5f)), "has stems that do not add up to it: the difference lies 0 dB below it");
  EXPECT_THAT(anomaly(signals::noise(0.5f, 9)), HasSubstr("lies 3 dB above it"));  // of another clip
}

TEST_F(StemFiles, hash_changes_with_any_byte_and_any_missing_file) {
  write_stems(clip_name, 0.5f);
  data::KnownFiles known;
  const auto hash = [&] { return stem_files_hash(root_, track, {0, 2}, known); };
  const std::string before = hash();
  EXPECT_EQ(hash(), before);

  std::fstream(root_ / clip_name / "other.wav", std::ios::in | std::ios::out | std::ios::binary)
      .seekp(5000)
      .put('x');
  const std::string edited = hash();
  fs::remove(root_ / clip_name / "other.wav");

  EXPECT_NE(edited, before);
  EXPECT_NE(hash(), edited);
}

config::Stems separator(const std::string& file) {
  config::Stems settings;
  settings.source = config::Stems::Source::torchscript;
  settings.path = fs::path(MUSICMEM_TEST_DATA) / file;
  settings.sample_rate = study_rate;
  return settings;
}

// The same split by its definition, of mono sound: what passes moving averages of 9 and 101 samples.
std::vector<float> moving_average(const std::vector<float>& y, int width) {
  std::vector<float> result(y.size());
  const int size = static_cast<int>(y.size());
  for (int i = 0; i < size; ++i) {
    double sum = 0.0;
    int count = 0;
    for (int j = std::max(0, i - width / 2); j <= std::min(size - 1, i + width / 2); ++j, ++count) {
      sum += y[static_cast<std::size_t>(j)];
    }
    result[static_cast<std::size_t>(i)] = static_cast<float>(sum / count);
  }
  return result;
}

TEST(TorchScriptStems, are_the_modules_outputs_in_the_order_of_the_settings) {
  const std::vector<float> clip = signals::noise(0.5f, 3);
  TorchScriptStems source(separator("separator.pt"), 0);

  const Stems stems = source.separate({clip}).front();

  const std::vector<float> below = moving_average(clip, 9);
  const std::vector<float> bass = moving_average(clip, 101);
  for (std::size_t i = 0; i < clip.size(); ++i) {
    ASSERT_NEAR(stems.drums[i], clip[i] - below[i], 1e-5f) << i;
    ASSERT_NEAR(stems.bass[i], bass[i], 1e-5f) << i;
    ASSERT_NEAR(stems.vocals[i], 0.75f * (below[i] - bass[i]), 1e-5f) << i;
  }
}

TEST(TorchScriptStems, do_not_depend_on_the_batch) {
  const std::vector<std::vector<float>> clips = {signals::noise(0.5f, 3), signals::noise(0.1f, 4),
                                                 signals::noise(0.9f, 5)};
  config::Stems settings = separator("separator.pt");
  settings.batch = 2;
  TorchScriptStems in_batches(settings, 0);
  TorchScriptStems single_only(separator("traced_single.pt"), 0);
  settings.batch = 1;
  TorchScriptStems one_by_one(settings, 0);

  const auto expected = one_by_one.separate(clips);

  for (TorchScriptStems* source : {&in_batches, &single_only}) {
    const auto stems = source->separate(clips);
    ASSERT_EQ(stems.size(), clips.size());
    for (std::size_t i = 0; i < clips.size(); ++i) EXPECT_EQ(stems[i].vocals, expected[i].vocals) << i;
  }
}

TEST(TorchScriptStems, count_further_outputs_as_other) {
  config::Stems settings = separator("separator.pt");
  settings.sources = {"vocals", "drums", "bass", "other"};
  const auto four = TorchScriptStems(settings, 0).separate({signals::noise(0.5f, 3)}).front();
  settings.sources = {"vocals", "drums", "guitar", "other"};

  const auto three = TorchScriptStems(settings, 0).separate({signals::noise(0.5f, 3)}).front();

  for (std::size_t i = 0; i < four.other.size(); ++i) {
    ASSERT_NEAR(three.other[i], four.other[i] + four.bass[i], 1e-6f) << i;
  }
}

TEST(TorchScriptStems, work_at_the_separators_rate) {
  config::Stems settings = separator("separator.pt");
  settings.sample_rate = 44100;
  const std::vector<float> clip = signals::constant(0.25f);

  const Stems stems = TorchScriptStems(settings, 0).separate({clip}).front();

  EXPECT_EQ(stems.bass.size(), clip.size());
  EXPECT_NEAR(stems.bass[40000], 0.25f, 1e-4f);
}

TEST(TorchScriptStems, of_an_unfit_module_are_refused_with_the_reason) {
  const auto separate = [](const std::string& file) {
    return message_of([&] { TorchScriptStems(separator(file), 0).separate({signals::noise(0.5f, 1)}); });
  };

  EXPECT_THAT(separate("wrong_shape.pt"),
              AllOf(HasSubstr("expected [1, 4, 2, 80000]"), HasSubstr("got [1, 3, 2, 80000]")));
  EXPECT_THAT(separate("spectral.h5"),
              AllOf(HasSubstr("spectral.h5"), HasSubstr("not a TorchScript module")));
  EXPECT_THAT(separate("absent.pt"), HasSubstr("there is no such separator"));
}

}  // namespace
}  // namespace musicmem::features
