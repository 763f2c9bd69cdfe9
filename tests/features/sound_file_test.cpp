// SPDX-License-Identifier: GPL-3.0-or-later
// Files as encoders, pipes and accidents leave them. The ffmpeg tool makes them and says what their sound is.
#include "tests/features/sound_files.h"

#include <gmock/gmock.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;
using namespace sound_files;
using testing::AllOf;
using testing::HasSubstr;

struct Encoding {
  std::string name;
  std::string options;
  float tolerance = 1e-4F;
};

TEST_F(SoundFile, of_two_rates_is_refused_and_not_cut_where_the_second_begins) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make MP3s with";
  write("a.wav", 3.0);
  ffmpeg("-i a.wav -ar 44100 -c:a libmp3lame a.mp3");
  ffmpeg("-i a.wav -ar 32000 -c:a libmp3lame b.mp3");
  data::write_file(path("joined.mp3"), data::read_file(path("a.mp3")) + data::read_file(path("b.mp3")));

  EXPECT_THAT(problem(path("joined.mp3")), HasSubstr("changes its rate from 44100 to 32000 Hz"));
}

TEST_F(SoundFile, of_any_codec_is_what_ffmpeg_decodes) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to compare with";
  const std::vector<Encoding> encodings = {
      {"xing.mp3", "-c:a libmp3lame -b:a 128k"},
      {"plain_cbr.mp3", "-c:a libmp3lame -b:a 128k -write_xing 0"},
      {"plain_vbr.mp3", "-c:a libmp3lame -q:a 5 -write_xing 0"},
      {"aac.m4a", "-c:a aac"},
      {"adts.aac", "-c:a aac"},
      {"alac.m4a", "-c:a alac"},
      {"wavpack.wv", "-c:a wavpack"},
      {"blocks.voc", "-c:a pcm_s16le"},
      {"windows.wma", "-c:a wmav2"},
      {"vorbis.ogg", "-c:a libvorbis"},
      {"opus.opus", "-c:a libopus", 2e-3F},  // libopus beside FFmpeg's own decoder
      {"opus.webm", "-c:a libopus"},
      {"flac.flac", "-c:a flac"},
      {"flac.oga", "-c:a flac"},
      {"pcm.mov", "-c:a pcm_s24le"},
      {"video.mp4", "-f lavfi -i testsrc=s=64x64:d=1 -map 0:a -map 1:v -c:v mpeg4 -c:a aac"},
      {"video.mkv", "-f lavfi -i testsrc=s=64x64:d=1 -map 0:a -map 1:v -c:v mpeg4 -c:a flac"}};
  for (const double seconds : {4.6, 5.0, 7.3}) {
    write("source.wav", seconds);
    for (const Encoding& encoding : encodings) {
      ffmpeg("-i source.wav " + encoding.options + " " + encoding.name);

      expect_as_ffmpeg(encoding.name, encoding.tolerance);
    }
  }
}

TEST_F(SoundFile, that_libsndfile_reads_keeps_its_samples_bit_by_bit) {
  for (const int format : {SF_FORMAT_WAV | SF_FORMAT_FLOAT, SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
                           SF_FORMAT_OGG | SF_FORMAT_VORBIS}) {
    for (const double seconds : {4.6, 5.0, 7.3}) {
      const fs::path file = write("sound", seconds, format);
      SF_INFO info{};
      SNDFILE* direct = sf_open(file.c_str(), SFM_READ, &info);
      std::vector<float> samples(2 * std::min<std::size_t>(static_cast<std::size_t>(info.frames), 5 * rate));
      sf_read_float(direct, samples.data(), static_cast<sf_count_t>(samples.size()));
      sf_close(direct);
      std::vector<float> expected;
      for (std::size_t i = 0; i < samples.size(); i += 2)
        expected.push_back((samples[i] + samples[i + 1]) / 2.0F);

      EXPECT_EQ(read_sound(file, clip).mono, expected) << format << " of " << seconds << " s";
    }
  }
}

TEST_F(SoundFile, of_chained_ogg_goes_on_behind_the_first_link) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make the links with";
  write("source.wav", 4.8);
  for (const std::string codec : {"libvorbis", "libopus"}) {
    ffmpeg("-i source.wav -t 2 -c:a " + codec + " first.ogg");
    ffmpeg("-ss 2 -i source.wav -c:a " + codec + " -serial_offset 9 second.ogg");
    std::ofstream(path("chain.ogg"), std::ios::binary)
        << data::read_file(path("first.ogg")) << data::read_file(path("second.ogg"));

    expect_as_ffmpeg("chain.ogg");
    EXPECT_NEAR(read_sound(path("chain.ogg"), clip).seconds, 4.8, 0.01) << codec;
  }
}

TEST_F(SoundFile, whose_writer_could_not_go_back_to_the_header_is_whole) {
  const std::vector<float> expected = read_sound(write("good.wav", 4.9), clip).mono;
  const auto bytes = static_cast<std::uint32_t>(expected.size() * 4);
  for (const std::uint32_t size : {0U, 0x7ffff000U, 0x7fffffffU - 36U, 0x7fffffffU, 0x80000000U, 0xffffffdbU,
                                   0xffffffffU, bytes + 16U, bytes + 44U}) {
    const fs::path file = write("piped.wav", 4.9);
    overwrite(file, 4, little_endian(size + 36));
    overwrite(file, 40, little_endian(size));

    const Sound sound = read_sound(file, clip);

    EXPECT_EQ(sound.mono, expected) << size;
    EXPECT_DOUBLE_EQ(sound.seconds, static_cast<double>(expected.size()) / rate) << size;
  }
}

TEST_F(SoundFile, of_a_pipe_into_aiff_or_w64_is_whole) {
  const std::string unknown_aiff = {0x7f, 0x00, 0x00, 0x08};        // of sox
  const std::string unknown_w64 = std::string(7, '\xff') + '\x7f';  // of ffmpeg
  const fs::path aiff = write("piped.aiff", 4.9, SF_FORMAT_AIFF | SF_FORMAT_PCM_16);
  const fs::path w64 = write("piped.w64", 4.9, SF_FORMAT_W64 | SF_FORMAT_PCM_16);
  const std::vector<float> expected = read_sound(aiff, clip).mono;
  ASSERT_EQ(read_sound(w64, clip).mono, expected);
  overwrite(aiff, 4, unknown_aiff);
  overwrite(aiff, data::read_file(aiff).find("COMM") + 10, std::string("\x1f\xc0\0\0", 4));
  overwrite(aiff, data::read_file(aiff).find("SSND") + 4, unknown_aiff);
  overwrite(w64, 16, std::string(8, '\xff'));
  overwrite(w64, data::read_file(w64).find("data") + 16, unknown_w64);

  for (const fs::path& file : {aiff, w64}) {
    const Sound sound = read_sound(file, clip);

    EXPECT_EQ(sound.mono, expected) << file;
    EXPECT_DOUBLE_EQ(sound.seconds, static_cast<double>(expected.size()) / rate) << file;
  }
}

// Its bit rate alone tells libsndfile of its length: 5.046 s, of which 193 frames of 1152 samples come.
TEST_F(SoundFile, of_mp3_without_a_header_is_as_long_as_what_comes) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make MP3s with";
  write("source.wav", 5.0);
  ffmpeg("-i source.wav -c:a libmp3lame -b:a 320k -write_xing 0 -id3v2_version 0 bare.mp3");

  const double seconds = static_cast<double>(decoded("bare.mp3").size()) / rate;

  EXPECT_NEAR(seconds, 5.0416, 1e-3);
  EXPECT_DOUBLE_EQ(read_sound(path("bare.mp3"), clip).seconds, seconds);
}

TEST_F(SoundFile, of_flac_whose_stated_length_is_wrong_is_read_to_its_end) {
  for (const double seconds : {4.7, 6.5}) {
    const Sound expected = read_sound(write("good.flac", seconds, SF_FORMAT_FLAC | SF_FORMAT_PCM_16), clip);
    for (const std::uint32_t frames : {0U, 3U * rate, 90U * rate}) {
      const fs::path file = write("edited.flac", seconds, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
      std::string big_endian = little_endian(frames);
      std::ranges::reverse(big_endian);
      overwrite(file, 22, big_endian);  // the low 32 of STREAMINFO's 36 bits

      const Sound sound = read_sound(file, clip);

      EXPECT_EQ(sound.mono, expected.mono) << frames;
      EXPECT_NEAR(sound.seconds, seconds, 1e-3) << frames;
    }
  }
}

TEST_F(SoundFile, that_is_shorter_than_its_header_promises_is_cut_off) {
  for (const int container : {SF_FORMAT_WAV, SF_FORMAT_RF64, SF_FORMAT_W64, SF_FORMAT_AIFF, SF_FORMAT_AU,
                              SF_FORMAT_CAF, SF_FORMAT_WAVEX}) {
    const fs::path file = write("cut", 5.0, container | SF_FORMAT_PCM_16);
    EXPECT_EQ(problem(file), "no error") << container;

    fs::resize_file(file, fs::file_size(file) - 5000);

    EXPECT_THAT(problem(file), HasSubstr("is cut off: its header promises")) << container;
  }
}

TEST_F(SoundFile, that_its_decoder_calls_damaged_is_refused) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make the files with";
  write("source.wav", 5.0);
  for (const std::string name : {"a.flac", "a.ogg", "a.m4a", "a.wv"}) {
    ffmpeg("-i source.wav " + name);
    overwrite(path(name), fs::file_size(path(name)) / 2, std::string(300, 'U'));

    EXPECT_THAT(problem(path(name)), AllOf(HasSubstr(name), HasSubstr("is damaged: "))) << name;
  }
}

TEST_F(SoundFile, that_ends_where_no_header_says_so_is_as_long_as_what_came) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make the files with";
  write("source.wav", 5.0);
  for (const std::string name : {"cut.ogg", "cut.mp3", "cut.aac"}) {
    ffmpeg("-i source.wav " + name);
    fs::resize_file(path(name), fs::file_size(path(name)) * 9 / 10);

    const Sound sound = read_sound(path(name), clip);

    EXPECT_LT(sound.mono.size(), 4.8 * rate) << name;
    EXPECT_NEAR(sound.seconds, static_cast<double>(sound.mono.size()) / rate, 1e-9) << name;
  }
}

TEST_F(SoundFile, of_joined_mp3_goes_on_behind_the_tags_between) {
  if (!has_ffmpeg()) GTEST_SKIP() << "no ffmpeg tool to make the files with";
  write("source.wav", 2.5);
  ffmpeg("-i source.wav -metadata title=one a.mp3");
  const std::string once = data::read_file(path("a.mp3"));
  std::ofstream(path("twice.mp3"), std::ios::binary) << once << once;

  EXPECT_GT(read_sound(path("twice.mp3"), clip).seconds, 4.9);
}

TEST_F(SoundFile, is_not_looked_for_in_other_files) {
  std::ofstream(path("text.wav")) << "no sound\n";
  std::ofstream(path("list.m3u8")) << "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n"
                                   << write("good.wav", 5.0).string() << "\n#EXT-X-ENDLIST\n";
  EXPECT_THAT(problem(path("text.wav")), HasSubstr("is not audio that can be read"));
  EXPECT_THAT(problem(path("list.m3u8")), HasSubstr("is not audio that can be read"));
  if (!has_ffmpeg()) return;
  ffmpeg("-f lavfi -i testsrc=s=64x64:d=1 -c:v mpeg4 silent.mp4");
  EXPECT_THAT(problem(path("silent.mp4")), HasSubstr("holds no sound"));
}

}  // namespace
}  // namespace musicmem::features
