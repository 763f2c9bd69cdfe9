// SPDX-License-Identifier: GPL-3.0-or-later
// Valence and arousal: functionals of the classic set, the model's file, and the tables beside the clips.
#include "config/error.h"
#include "data/files/durable_file.h"
#include "features/descriptors/functionals.h"
#include "features/ehc.h"
#include "features/sources/emotion_model.h"
#include "features/sources/side_inputs.h"
#include "tests/features/signals.h"
#include "tests/own_path.h"

#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;

class EmotionFiles : public testing::Test {
 protected:
  void SetUp() override {
    root_ = own_path();
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path write(const std::string& name, const std::string& bytes) const {
    data::write_file(root_ / name, bytes);
    return root_ / name;
  }

  config::EhcSettings with_tables(const std::string& tempo, const std::string& emotion) const {
    config::EhcSettings settings;
    if (!tempo.empty()) settings.tempo = write("tempo.csv", tempo);
    if (!emotion.empty()) {
      settings.emotion = {config::Emotion::Source::csv, write("emotion.csv", emotion)};
    }
    return settings;
  }

  fs::path root_;
};

template <typename Work>
std::string message_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Functionals, are_those_of_numpy) {
  // numpy: mean, std, quantile 0.25, 0.5, 0.75, polyfit of degree 1
  const FeatureMatrix matrix{"rms", "1", 1, 6, {3.0f, 1.0f, 4.0f, 1.0f, 5.0f, 9.0f}};

  const PooledFeatures pooled = functionals({{matrix}});

  EXPECT_THAT(pooled.columns,
              ElementsAre("rms_mean", "rms_std", "rms_q25", "rms_q50", "rms_q75", "rms_slope"));
  EXPECT_THAT(pooled.values, ElementsAre(DoubleNear(3.8333333333, 1e-9), DoubleNear(2.7335365778, 1e-9),
                                         DoubleNear(1.5, 1e-12), DoubleNear(3.5, 1e-12),
                                         DoubleNear(4.75, 1e-12), DoubleNear(1.1142857143, 1e-9)));
}

TEST(Functionals, of_a_single_frame_have_no_slope) {
  const PooledFeatures pooled = functionals({{FeatureMatrix{"rms", "1", 1, 1, {2.0f}}}});

  EXPECT_THAT(pooled.values, ElementsAre(2, 0, 2, 2, 2, 0));
}

EmotionModel small_model() {
  return {{"a", "b"}, {1.0, 2.0}, {2.0, 4.0}, {{0.5, 0.25}, 0.1}, {{-1.0, 0.0}, 0.6}, 40};
}

TEST_F(EmotionFiles, model_reads_back_what_was_written) {
  const fs::path path = write("model.h5", to_bytes(small_model()));

  const EmotionModel model = read_emotion_model(path);
  const StaticEmotion emotion = model.predict({{"a", "b"}, {3.0, 6.0}});

  EXPECT_EQ(model.clips, 40u);
  EXPECT_DOUBLE_EQ(emotion.valence, 0.1 + 0.5 * 1.0 + 0.25 * 1.0);
  EXPECT_DOUBLE_EQ(emotion.arousal, 0.6 - 1.0);
  EXPECT_EQ(to_bytes(model), to_bytes(small_model()));
}

TEST_F(EmotionFiles, unfit_models_are_refused) {
  std::string damaged = to_bytes(small_model());
  damaged[damaged.size() / 2] ^= 1;
  EmotionModel uneven = small_model();
  uneven.valence.weights.pop_back();

  EXPECT_THAT(message_of([&] { read_emotion_model(write("m.h5", damaged)); }), HasSubstr("m.h5"));
  EXPECT_THAT(message_of([&] { read_emotion_model(write("u.h5", to_bytes(uneven))); }),
              HasSubstr("do not fit together"));
  EXPECT_THAT(message_of([&] { read_emotion_model(write("t.txt", "hello")); }), HasSubstr("t.txt"));
  EXPECT_THAT(message_of([&] { small_model().predict({{"a", "c"}, {1, 2}}); }), HasSubstr("other features"));
}

TEST_F(EmotionFiles, tables_give_values_by_file_name_or_stem_in_any_column_order) {
  const SideInputs inputs(
      with_tables("bpm,track\n97.5,one.wav\n", "static_arousal,track,static_valence\n0.2,one,0.7\n"));

  EXPECT_EQ(inputs.bpm("one.wav"), 97.5);
  EXPECT_EQ(inputs.emotion("one.wav")->valence, 0.7);
  EXPECT_EQ(inputs.emotion("one.wav")->arousal, 0.2);
  EXPECT_FALSE(SideInputs({}).bpm("one.wav"));
}

TEST_F(EmotionFiles, tables_that_lack_something_are_refused_by_name) {
  EXPECT_THAT(message_of([&] { SideInputs(with_tables("track,tempo\na,1\n", "")); }),
              AllOf(HasSubstr("tempo.csv"), HasSubstr("bpm")));
  EXPECT_THAT(message_of([&] { SideInputs(with_tables("", "track,static_valence\na,1\n")); }),
              HasSubstr("static_arousal"));
  EXPECT_THAT(message_of([&] { SideInputs(with_tables("track,bpm\na,1\na,2\n", "")); }),
              HasSubstr("already given"));
  EXPECT_THAT(message_of([&] { SideInputs(with_tables("track,bpm\na,-1\n", "")).bpm("a.wav"); }),
              HasSubstr("no tempo"));
  EXPECT_THAT(message_of([&] { SideInputs(with_tables("track,bpm\nother,90\n", "")).bpm("a.wav"); }),
              AllOf(HasSubstr("'a.wav'"), HasSubstr("'other'")));
}

TEST_F(EmotionFiles, hash_follows_the_clips_own_rows) {
  data::KnownFiles known;
  const auto hash = [&](const std::string& rows) {
    return SideInputs(with_tables("track,bpm\n" + rows, "")).hash("one.wav", {2}, known);
  };

  EXPECT_EQ(SideInputs({}).hash("one.wav", {2}, known), "");
  EXPECT_EQ(hash("one,90\ntwo,80\n"), hash("two,81\none,90\n"));
  EXPECT_NE(hash("one,90\n"), hash("one,91\n"));
  EXPECT_NE(hash("one,90\n"), hash("two,90\n"));
}

TEST_F(EmotionFiles, explainable_features_take_tempo_and_emotion_from_tables) {
  Analysers analysers;
  config::Features settings;
  settings.ehc = with_tables("track,bpm\none,97.5\n", "track,static_valence,static_arousal\none,0.7,0.2\n");
  EhcExtractor extractor(settings);
  const PitchVariants variants{"one.wav", 5.0, {0}, {signals::noise(0.3f, 1)}};
  ClipAnalysis clip(variants.samples[0], analysers);

  extractor.open(variants);
  const EhcFeatures features = extractor.extract(0, clip);

  ASSERT_EQ(extractor.columns().size(), 35u);
  EXPECT_EQ(extractor.columns()[33], "static_valence");
  EXPECT_EQ(features.bpm, 97.5);
  EXPECT_EQ(features.values[24], 97.5);
  EXPECT_EQ(features.values[33], 0.7);
  EXPECT_EQ(features.values[8 * 35 + 34], 0.2);
}

TEST_F(EmotionFiles, explainable_features_take_emotion_from_a_model_of_each_variants_sound) {
  Analysers analysers;
  const PitchVariants variants{"one.wav", 5.0, {0, 1}, {signals::noise(0.3f, 1), signals::square(40)}};
  ClipAnalysis first(variants.samples[0], analysers);
  ClipAnalysis second(variants.samples[1], analysers);
  EmotionModel model;
  model.columns = functionals(first.classic()).columns;
  model.mean.assign(model.columns.size(), 0.0);
  model.scale.assign(model.columns.size(), 1.0);
  model.valence = {std::vector<double>(model.columns.size(), 0.0), 0.25};
  model.arousal = model.valence;
  model.arousal.weights.back() = 1.0;
  const std::size_t mean_rms = model.columns.size() - 6;
  model.valence.weights[mean_rms] = 1.0;
  config::Features settings;
  settings.ehc.emotion = {config::Emotion::Source::model, write("model.h5", to_bytes(model))};
  EhcExtractor extractor(settings);

  extractor.open(variants);
  const EhcFeatures noise = extractor.extract(0, first);
  const EhcFeatures square = extractor.extract(1, second);

  EXPECT_EQ(model.columns[mean_rms], "rms_mean");
  EXPECT_NEAR(noise.values[33], 0.25 + functionals(first.classic()).values[mean_rms], 1e-12);
  EXPECT_NEAR(square.values[33], 0.25 + functionals(second.classic()).values[mean_rms], 1e-12);
  EXPECT_NE(noise.values[33], square.values[33]);
}

}  // namespace
}  // namespace musicmem::features
