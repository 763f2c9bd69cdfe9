// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/sound_check.h"

#include "config/error.h"
#include "features/sound/clip_remarks.h"
#include "tests/features/signals.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int rate = 16000;

// Two channels: the samples, and the samples times `other`.
Sound stereo(const std::vector<float>& samples, float other) {
  Sound sound;
  sound.rate = rate;
  sound.channels = 2;
  for (const float sample : samples) sound.add(std::vector<float>{sample, sample * other}, 2, "a.wav");
  return sound;
}

std::string refusal(const Sound& sound) {
  try {
    require_sound(sound, "a.wav");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(SoundCheck, healthy_sound_has_no_anomaly) {
  for (const float level : {0.001F, 0.5F, 1.0F, 1.4F}) {
    for (const float other : {1.0F, 0.0F, -0.5F}) {
      const Sound sound = stereo(signals::noise(level, 1), other);

      EXPECT_EQ(sound_anomaly(sound), "") << level << " " << other;
      EXPECT_EQ(refusal(sound), "") << level << " " << other;
    }
  }
}

TEST(SoundCheck, silence_is_known_with_an_offset) {
  std::vector<float> ends_early = signals::noise(0.5F, 1, 5 * rate);
  std::fill(ends_early.begin() + 3 * rate, ends_early.end(), 0.001F);

  EXPECT_EQ(sound_anomaly(stereo(ends_early, 1.0F)), "is silent in its last 2.00 s");
  EXPECT_EQ(sound_anomaly(stereo(signals::constant(0.01F), 1.0F)), "is silent but for a constant offset");
}

TEST(SoundCheck, samples_of_another_scale_are_refused) {
  for (const float scale : {100.0F, 127.0F, 2047.0F, 32767.0F, 8388607.0F, 2147483648.0F}) {
    EXPECT_THAT(refusal(stereo(signals::noise(scale, 1), 1.0F)), HasSubstr("is far too loud: it peaks at"));
  }
  EXPECT_THAT(refusal(stereo({32767.0F, 1.0F}, 1.0F)), HasSubstr("peaks at 32767, 90 dB above full scale"));
}

TEST(SoundCheck, peaks_that_no_music_has_are_anomalies) {
  EXPECT_EQ(sound_anomaly(stereo(signals::constant(4.0F), 1.0F)),
            "is too loud: it peaks 12.0 dB above full scale");
  EXPECT_EQ(sound_anomaly(stereo(signals::constant(0.5F / 32768.0F), 1.0F)),
            "is almost silent: it peaks at -96 dB");
  EXPECT_EQ(sound_anomaly(stereo(signals::constant(0.0F), 1.0F)), "is silent");
}

TEST(SoundCheck, channels_that_cancel_each_other_are_anomalies_by_the_level_of_their_mix) {
  const std::vector<float> noise = signals::noise(0.5F, 1);

  EXPECT_EQ(sound_anomaly(stereo(noise, -1.0F)),
            "has channels that cancel each other: their mono mix is silent");
  EXPECT_EQ(sound_anomaly(stereo(noise, -0.999F)),
            "has channels that cancel each other: their mono mix lies 66 dB below them");
  EXPECT_THAT(sound_anomaly(stereo(noise, -0.9F)), HasSubstr("26 dB below"));
  EXPECT_EQ(sound_anomaly(stereo(noise, -0.6F)), "");  // 12 dB below
}

TEST(SoundCheck, an_empty_end_is_an_anomaly_from_a_second_on) {
  std::vector<float> clip = signals::noise(0.5F, 1);
  std::fill(clip.end() - rate * 9 / 10, clip.end(), 0.0F);
  EXPECT_EQ(sound_anomaly(stereo(clip, 1.0F)), "");

  std::fill(clip.end() - rate * 3 / 2, clip.end(), 1.0F / 32768.0F);

  EXPECT_EQ(sound_anomaly(stereo(clip, 1.0F)), "is silent in its last 1.50 s");
}

TEST(ClipRemarks, come_back_from_their_text) {
  const ClipRemarks remarks{"trimmed by 1.30 s", {"is silent", "has stems that do not add up to it"}};

  const ClipRemarks read = ClipRemarks::of_text(remarks.text());

  EXPECT_EQ(read.adjustment, remarks.adjustment);
  EXPECT_EQ(read.anomalies, remarks.anomalies);
  EXPECT_EQ(ClipRemarks::of_text("cut by 1.30 s").adjustment, "trimmed by 1.30 s") << "of an earlier version";
  EXPECT_THAT(read.lines(5.0), ElementsAre("trimmed by 1.30 s to 5 s", "is silent", remarks.anomalies[1]));
  EXPECT_EQ(ClipRemarks{}.text(), "");
  EXPECT_THAT(ClipRemarks::of_text("").lines(5.0), ElementsAre());
}

}  // namespace
}  // namespace musicmem::features
