// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are cut off, joined, damaged, of rare codecs, or that only stand in the place of sound.
#include "features/sound/ffmpeg_reader.h"
#include "tests/features/sound_files.h"

#include <array>

#include <gmock/gmock.h>

namespace musicmem::features {
namespace {

using namespace sound_files;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SoundTrouble : public SoundFile {
 protected:
  void cut(const std::string& name, double share) const {
    const auto size = static_cast<double>(fs::file_size(path(name)));
    fs::resize_file(path(name), static_cast<std::uintmax_t>(size * share));
  }

  static bool can_encode(const std::string& codec) {
    return std::system(("ffmpeg -v quiet -encoders | grep -q ' " + codec + " '").c_str()) == 0;
  }
};

TEST_F(SoundTrouble, cut_off_files_are_called_so_whatever_their_container) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make the files with";
  write("source.wav", 4.9);
  const std::array<std::array<std::string, 2>, 9> files = {{{"a.m4a", "-c:a aac"},
                                                            {"first.m4a", "-c:a aac -movflags faststart"},
                                                            {"a.mov", "-c:a pcm_s16le"},
                                                            {"a.wma", ""},
                                                            {"a.avi", ""},
                                                            {"a.webm", "-c:a libopus"},
                                                            {"a.mka", "-c:a flac"},
                                                            {"a.wv", ""},
                                                            {"a.opus", "-c:a libopus"}}};
  for (const auto& [name, options] : files) {
    ffmpeg("-i source.wav " + options + " " + name);
    EXPECT_EQ(problem(path(name)), "no error") << name;

    cut(name, name == "a.opus" ? 0.01 : 0.7);

    EXPECT_THAT(problem(path(name)), HasSubstr("is cut off: ")) << name;
  }
}

TEST_F(SoundTrouble, an_end_that_cannot_be_decoded_may_be_cut_off) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make the files with";
  write("source.wav", 4.9);
  for (const std::string name : {"a.flac", "a.tta"}) {
    ffmpeg("-i source.wav " + name);
    cut(name, 0.7);

    EXPECT_THAT(problem(path(name)), HasSubstr("is damaged or cut off at its end: ")) << name;
  }
}

TEST_F(SoundTrouble, a_recording_that_was_never_finished_lacks_its_index) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make the file with";
  write("source.wav", 4.9);
  ffmpeg("-i source.wav -c:a aac a.m4a");
  std::string bytes = data::read_file(path("a.m4a"));
  bytes.erase(bytes.rfind("moov") - 4);
  bytes.replace(bytes.find("mdat") - 4, 4, 4, '\0');  // up to the end of the file, as it stands at first
  data::write_file(path("a.m4a"), bytes);

  EXPECT_THAT(problem(path("a.m4a")), HasSubstr("is cut off: it lacks the index (moov)"));
}

TEST_F(SoundTrouble, a_tag_behind_the_boxes_of_an_mp4_is_no_sign_of_a_cut) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make the file with";
  write("source.wav", 4.9);
  ffmpeg("-i source.wav -c:a aac a.m4a");
  const std::string bytes = data::read_file(path("a.m4a"));
  const std::vector<float> expected = read_sound(path("a.m4a"), clip).mono;
  data::write_file(path("a.m4a"), bytes + "TAG" + std::string(125, 'x'));

  EXPECT_EQ(read_sound(path("a.m4a"), clip).mono, expected);
}

TEST_F(SoundTrouble, links_of_chained_speex_follow_each_other) {
  if (!has_ffmpeg() || !can_encode("libspeex")) GTEST_SKIP() << "no ffmpeg tool that encodes Speex";
  write("source.wav", 4.0);
  ffmpeg("-i source.wav -t 2 -ac 1 -ar 16000 -c:a libspeex a.spx");
  ffmpeg("-ss 2 -i source.wav -ac 1 -ar 16000 -c:a libspeex -serial_offset 9 b.spx");
  ffmpeg("-i source.wav -t 1 -ac 1 -ar 8000 -c:a libspeex slow.spx");
  data::write_file(path("chain.spx"), data::read_file(path("a.spx")) + data::read_file(path("b.spx")));
  data::write_file(path("mixed.spx"), data::read_file(path("a.spx")) + data::read_file(path("slow.spx")));
  std::vector<float> expected = read_sound(path("a.spx"), clip).mono;
  const std::vector<float> second = read_sound(path("b.spx"), clip).mono;
  expected.insert(expected.end(), second.begin(), second.end());

  EXPECT_EQ(read_sound(path("chain.spx"), clip).mono, expected);
  EXPECT_THAT(problem(path("mixed.spx")), HasSubstr("changes its rate from 16000 to 8000 Hz"));
}

TEST_F(SoundTrouble, stand_ins_are_named_with_what_to_do) {
  data::write_file(path("a.wav"), "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n");
  data::write_file(path("._b.wav"), std::string("\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X", 16));
  data::write_file(path("c.mp3"), "\n<!DOCTYPE html>\n<html>");

  EXPECT_THAT(problem(path("a.wav")), AllOf(HasSubstr("pointer of Git LFS"), HasSubstr("git lfs pull")));
  EXPECT_THAT(problem(path("._b.wav")), AllOf(HasSubstr("macOS"), HasSubstr("give b.wav")));
  EXPECT_THAT(problem(path("c.mp3")), HasSubstr("is a web page"));
}

TEST_F(SoundTrouble, damaged_mp3_raises_one_error_and_no_noise_of_its_decoder) {
  const fs::path file = write("a.mp3", 4.9, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III);
  const auto size = fs::file_size(file);
  for (std::size_t place = size / 4; place < size - 1000; place += size / 9)
    overwrite(file, place, std::string(700, 'U'));

  testing::internal::CaptureStderr();
  const std::string found = problem(file);

  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(found, Not(HasSubstr("no error")));
}

TEST_F(SoundTrouble, frames_are_counted_without_decoding_them) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make the files with";
  for (const double seconds : {3.3, 4.8}) {
    write("source.wav", seconds);
    for (const std::string name : {"a.flac", "a.mp3", "a.ogg", "a.opus"}) {
      ffmpeg("-i source.wav " + name);

      const auto decoded_frames = static_cast<std::int64_t>(read_by_ffmpeg(path(name), clip).mono.size());

      EXPECT_EQ(count_frames_by_ffmpeg(path(name)), decoded_frames) << name;
    }
    data::write_file(path("twice.ogg"), data::read_file(path("a.ogg")) + data::read_file(path("a.ogg")));
    EXPECT_EQ(count_frames_by_ffmpeg(path("twice.ogg")), std::nullopt);
  }
}

int number_at(const std::string& bytes, std::size_t place) {
  const auto low = static_cast<unsigned char>(bytes[place]);
  return static_cast<signed char>(bytes[place + 1]) * 256 + low;
}

int limited(int sample) {
  return std::clamp(sample, -32768, 32767);
}

// IMA Digital Audio Focus and Technical Working Groups, Recommended Practices 3.00 (1992).
class ImaDecoder {
 public:
  ImaDecoder(const std::string& block) : sample_(number_at(block, 0)), index_(block[2]) {}

  int sample() const { return sample_; }

  int decode(int code) {
    // 7 times 1.1 to the power of the index, as the practices list it.
    static constexpr std::array<int, 89> steps = {
        7,    8,     9,     10,    11,    12,    13,    14,    16,    17,    19,    21,    23,    25,   28,
        31,   34,    37,    41,    45,    50,    55,    60,    66,    73,    80,    88,    97,    107,  118,
        130,  143,   157,   173,   190,   209,   230,   253,   279,   307,   337,   371,   408,   449,  494,
        544,  598,   658,   724,   796,   876,   963,   1060,  1166,  1282,  1411,  1552,  1707,  1878, 2066,
        2272, 2499,  2749,  3024,  3327,  3660,  4026,  4428,  4871,  5358,  5894,  6484,  7132,  7845, 8630,
        9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767};
    static constexpr std::array<int, 8> index_steps = {-1, -1, -1, -1, 2, 4, 6, 8};
    const int step = steps[static_cast<std::size_t>(index_)];
    int difference = step >> 3;
    if ((code & 4) != 0) difference += step;
    if ((code & 2) != 0) difference += step >> 1;
    if ((code & 1) != 0) difference += step >> 2;
    sample_ = limited((code & 8) != 0 ? sample_ - difference : sample_ + difference);
    index_ = std::clamp(index_ + index_steps[static_cast<std::size_t>(code & 7)], 0, 88);
    return sample_;
  }

 private:
  int sample_;
  int index_;
};

// Microsoft's ADPCM: predictions are shifted (rounded down), as its own codec does.
class MicrosoftDecoder {
 public:
  MicrosoftDecoder(const std::string& block)
      : coefficients_(static_cast<std::size_t>(block[0])),
        delta_(number_at(block, 1)),
        last_(number_at(block, 3)),
        before_(number_at(block, 5)) {}

  int last() const { return last_; }
  int before() const { return before_; }

  int decode(int code) {
    static constexpr std::array<int, 7> first = {256, 512, 0, 192, 240, 460, 392};
    static constexpr std::array<int, 7> second = {0, -256, 0, 64, 0, -208, -232};
    static constexpr std::array<int, 16> adaptation = {230, 230, 230, 230, 307, 409, 512, 614,
                                                       768, 614, 512, 409, 307, 230, 230, 230};
    const int prediction = (last_ * first[coefficients_] + before_ * second[coefficients_]) >> 8;
    before_ = last_;
    last_ = limited(prediction + (code < 8 ? code : code - 16) * delta_);
    delta_ = std::max(16, adaptation[static_cast<std::size_t>(code)] * delta_ >> 8);
    return last_;
  }

 private:
  std::size_t coefficients_;
  int delta_;
  int last_;
  int before_;
};

std::vector<float> decoded_by_definition(const std::string& file, bool is_microsoft) {
  const auto block_bytes = static_cast<std::size_t>(number_at(file, 32));
  std::vector<int> samples;
  for (std::size_t place = file.find("data") + 8; place + block_bytes <= file.size(); place += block_bytes) {
    const std::string block = file.substr(place, block_bytes);
    const auto code = [&](std::size_t i, int shift) {
      return static_cast<unsigned char>(block[i]) >> shift & 15;
    };
    if (is_microsoft) {
      MicrosoftDecoder decoder(block);
      samples.insert(samples.end(), {decoder.before(), decoder.last()});
      for (std::size_t i = 7; i < block_bytes; ++i)
        for (const int shift : {4, 0}) samples.push_back(decoder.decode(code(i, shift)));
    } else {
      ImaDecoder decoder(block);
      samples.push_back(decoder.sample());
      for (std::size_t i = 4; i < block_bytes; ++i)
        for (const int shift : {0, 4}) samples.push_back(decoder.decode(code(i, shift)));
    }
  }
  std::vector<float> sound;
  for (const int sample : samples) sound.push_back(static_cast<float>(sample) / 32768.0F);
  return sound;
}

TEST_F(SoundTrouble, adpcm_is_decoded_by_its_definition) {
  for (const bool is_microsoft : {false, true}) {
    SF_INFO info{};
    info.samplerate = rate;
    info.channels = 1;
    info.format = SF_FORMAT_WAV | (is_microsoft ? SF_FORMAT_MS_ADPCM : SF_FORMAT_IMA_ADPCM);
    std::vector<float> samples = signals::noise(0.5F, 3, 3 * rate);
    for (std::size_t i = 1; i < samples.size(); ++i) samples[i] = 0.9F * samples[i - 1] + 0.1F * samples[i];
    SNDFILE* file = sf_open(path("a.wav").c_str(), SFM_WRITE, &info);
    sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(file);

    EXPECT_EQ(read_sound(path("a.wav"), clip).mono,
              decoded_by_definition(data::read_file(path("a.wav")), is_microsoft));
  }
}

}  // namespace
}  // namespace musicmem::features
