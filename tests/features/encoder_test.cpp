// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "config/experiment.h"
#include "features/separator/torchscript_encoder.h"
#include "features/store/prepare_clip.h"
#include "features/store/store_key.h"
#include "tests/features/signals.h"

#include <cmath>
#include <numeric>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

config::FeatureSource encoder(const std::string& file, int batch = 8) {
  config::FeatureSource source;
  source.encoder = MUSICMEM_TEST_DATA "/" + file;
  source.batch = batch;
  return source;
}

double mean_square(const std::vector<float>& sound) {
  return std::inner_product(sound.begin(), sound.end(), sound.begin(), 0.0) /
         static_cast<double>(sound.size());
}

std::string problem_of(const std::string& file) {
  try {
    open_torchscript_encoder(encoder(file), -1)->encode({signals::noise(0.5f, 1)});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(TorchScriptEncoder, gives_what_the_module_makes_of_each_clip_whatever_the_batch) {
  const std::vector<std::vector<float>> clips = {signals::noise(0.5f, 3), signals::noise(0.1f, 4),
                                                 signals::noise(0.9f, 5)};

  for (const auto& [file, batch] :
       {std::pair("encoder_dim.pt", 2), {"encoder_dim.pt", 1}, {"encoder_single.pt", 8}}) {
    const auto arrays = open_torchscript_encoder(encoder(file, batch), -1)->encode(clips);

    ASSERT_EQ(arrays.size(), clips.size());
    for (std::size_t i = 0; i < clips.size(); ++i) {
      EXPECT_THAT(arrays[i].shape, ElementsAre(3));
      EXPECT_NEAR(arrays[i].values[0], mean_square(clips[i]), 1e-6) << file;
      EXPECT_EQ(arrays[i].values[2], 80000.0);
    }
  }
}

TEST(TorchScriptEncoder, hears_sound_of_its_own_rate) {
  config::FeatureSource source = encoder("encoder_dim.pt");
  source.sample_rate = 48000;

  const auto arrays = open_torchscript_encoder(source, -1)->encode({signals::noise(0.5f, 3)});

  EXPECT_EQ(arrays[0].values[2], 240000.0);
}

TEST(TorchScriptEncoder, that_is_none_is_refused_with_the_reason) {
  EXPECT_THAT(problem_of("absent.pt"), HasSubstr("there is no such encoder file"));
  EXPECT_THAT(problem_of("spectral.h5"), HasSubstr("not a TorchScript module"));
  EXPECT_THAT(problem_of("encoder_pair.pt"), AllOf(HasSubstr("returns a Tuple"), HasSubstr("[batch, dim]")));
}

TEST(EncoderSet, holds_the_chosen_layers_pooled_over_time_of_every_variant) {
  config::Features features;
  features.sets["net"] = encoder("encoder_layers.pt");
  features.sets["net"].reading.layer = config::LayerChoice::parse("1");
  const std::vector<float> sound = signals::noise(0.5f, 3);
  const PitchVariants variants{"a.wav", 5.0, {0, 2}, {sound, signals::noise(0.1f, 4)}};
  ClipPreparer preparer(features, -1);

  const std::vector<SampleArray> arrays = preparer.extract(config::AudioSet("net"), variants);

  ASSERT_EQ(arrays.size(), 1U);
  EXPECT_THAT(arrays[0].shape, ElementsAre(2));
  EXPECT_THAT(arrays[0].columns, ElementsAre("0", "1"));
  const auto& values = std::get<std::vector<double>>(arrays[0].values);
  ASSERT_EQ(values.size(), 4U);
  EXPECT_NEAR(values[1], 2.0 * mean_square(sound), 1e-6);
}

TEST(EncoderSet, is_made_of_the_encoders_bytes_its_rate_and_its_reading_but_not_of_name_or_batch) {
  const auto key = [](const std::string& name, const config::FeatureSource& source) {
    config::Experiment experiment;
    experiment.features.sets[name] = source;
    return store_key(config::AudioSet(name), experiment).hash;
  };
  const config::FeatureSource plain = encoder("encoder_dim.pt");
  config::FeatureSource faster = plain;
  faster.sample_rate = 32000;
  config::FeatureSource pooled = plain;
  pooled.reading.pool = config::TimePool::max;

  EXPECT_EQ(key("net", plain), key("other", encoder("encoder_dim.pt", 1)));
  EXPECT_NE(key("net", plain), key("net", faster));
  EXPECT_NE(key("net", plain), key("net", pooled));
  EXPECT_NE(key("net", plain), key("net", encoder("encoder_layers.pt")));
}

}  // namespace
}  // namespace musicmem::features
