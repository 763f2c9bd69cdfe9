// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/ffmpeg_reader.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/intreadwrite.h>
}

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

// Formats that hold sound: no playlists, pictures or subtitles, which would open other files.
constexpr const char* known_formats =
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,loas,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,"
    "ogg,oma,tak,truehd,tta,voc,w64,wav,wv";
constexpr std::size_t largest_block = 256 << 20;  // bytes that FFmpeg may ask for at once

struct CloseInput {
  void operator()(AVFormatContext* input) const { avformat_close_input(&input); }
};
struct FreeCodec {
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
};
struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};

// What FFmpeg said first of the trouble at hand on this thread: its return codes rarely tell more than
// "invalid data".
thread_local std::string first_message;

void keep_message(void*, int level, const char* format, va_list values) {
  if (level > AV_LOG_ERROR || !first_message.empty()) return;
  char text[256];
  std::vsnprintf(text, sizeof text, format, values);
  first_message = text;
  first_message.erase(first_message.find_last_not_of("\n.! ") + 1);
  std::ranges::replace_if(
      first_message, [](unsigned char c) { return std::iscntrl(c) != 0; }, '?');
}

void prepare_ffmpeg() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_callback(keep_message);
    av_max_alloc(largest_block);
  });
  first_message.clear();
}

std::string words_of(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(code, text, sizeof text);
  return text;
}

constexpr std::string_view cut_off = "is cut off: ";
constexpr std::string_view damaged = "is damaged";

// What is wrong with the file: `verdict` and FFmpeg's cause, or that the file is cut off where FFmpeg only
// names what it misses.
std::string problem_of(const std::string& verdict, int code) {
  const auto says = [](std::string_view words) { return first_message.find(words) != std::string::npos; };
  const std::string cut(cut_off);
  if (says("moov atom not found")) return cut + "it lacks the index (moov) that is written when all sound is";
  if (says("File ended prematurely") || says("partial file")) return cut + "it ends in the middle of a block";
  if (!first_message.empty()) return verdict + ": " + first_message;
  if (code == AVERROR_EOF) return cut + "it ends before its sound begins";
  if (code == AVERROR(EIO)) return cut + "it ends in the middle of a block";  // so say readers of blocks
  return verdict + ": " + words_of(code);
}

template <typename T>
float full_scale_one(T sample) {
  if constexpr (std::is_floating_point_v<T>) return static_cast<float>(sample);
  if constexpr (std::is_same_v<T, std::uint8_t>) return (static_cast<float>(sample) - 128.0F) / 128.0F;
  constexpr double scale = 1.0 / (static_cast<double>(std::numeric_limits<T>::max()) + 1.0);
  return static_cast<float>(static_cast<double>(sample) * scale);
}

template <typename T>
void interleave(const AVFrame& frame, bool is_planar, std::vector<float>& samples) {
  const auto channels = static_cast<std::size_t>(frame.ch_layout.nb_channels);
  const auto count = static_cast<std::size_t>(frame.nb_samples);
  samples.resize(count * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const T* plane = reinterpret_cast<const T*>(frame.extended_data[is_planar ? c : 0]);
    for (std::size_t i = 0; i < count; ++i) {
      samples[i * channels + c] = full_scale_one(is_planar ? plane[i] : plane[i * channels + c]);
    }
  }
}

std::string_view bytes_of(const AVPacket& packet) {
  return {reinterpret_cast<const char*>(packet.data), static_cast<std::size_t>(packet.size)};
}

// The title and artist of an MP3, which lie among its frames where files were joined.
bool is_tag(const AVPacket& packet) {
  const std::string_view bytes = bytes_of(packet);
  return bytes.starts_with("ID3") || bytes.starts_with("TAG") || bytes.starts_with("APETAGEX");
}

// The best sound stream of a file and its decoder.
class SoundStream {
 public:
  explicit SoundStream(const fs::path& path) : path_(path) {
    prepare_ffmpeg();
    AVFormatContext* input = avformat_alloc_context();
    if (input == nullptr) throw std::bad_alloc();
    input->format_whitelist = av_strdup(known_formats);
    input->protocol_whitelist = av_strdup("file");
    // Frees the context where it fails. A plain name could be taken for a protocol's.
    int code = avformat_open_input(&input, ("file:" + path.string()).c_str(), nullptr, nullptr);
    if (code < 0) fail_to_open(code);
    input_.reset(input);
    keep_sound_only();
    code = avformat_find_stream_info(input_.get(), nullptr);
    if (code < 0) fail_to_open(code);
    choose_stream();
  }

  // The next decoded frame; null at the end of the sound, and at what is damaged in sound that is not
  // `needed`. Valid until the next call.
  const AVFrame* next_frame(bool needed) {
    for (;;) {
      const int code = avcodec_receive_frame(codec_.get(), frame_.get());
      if (code >= 0) {
        if (!failed_.empty() && has_sound_ && !at_end_) {
          if (!needed) return nullptr;
          fail(failed_);
        }
        if (!at_end_) failed_.clear();
        has_sound_ = true;
        return frame_.get();
      }
      if (code == AVERROR_EOF) break;
      if (code == AVERROR(EAGAIN)) {
        send_packet();
      } else {
        note_failure(code);
      }
    }
    const bool is_cut = failed_.starts_with(cut_off);
    if (!needed || failed_.empty() || !(is_cut || is_lossless())) return nullptr;
    if (!is_cut) failed_.replace(0, damaged.size(), "is damaged or cut off at its end");
    fail(failed_);
  }

  // What lies behind the last frame, in seconds, by the times of the packets: without decoding them.
  double seconds_left() {
    double seconds = 0.0;  // of the chained streams that are over
    std::optional<double> begin = frame_end();
    double end = begin.value_or(0.0);
    while (read_packet()) {
      const double time =
          packet_->pts == AV_NOPTS_VALUE ? end : static_cast<double>(packet_->pts) * seconds_a_unit();
      if (!begin || time < *begin) {
        if (begin) seconds += end - *begin;
        begin = end = time;
      }
      end = std::max(end, time + seconds_of(*packet_));
    }
    return seconds + end - begin.value_or(end);
  }

  // By the packets' times, which begin at 0 in Ogg and leave out what is trimmed, or else by their durations.
  // Empty where the times go back.
  std::optional<std::int64_t> count_frames() {
    const bool is_ogg = std::string_view(input_->iformat->name) == "ogg";
    double seconds = 0.0;
    std::int64_t trimmed = 0;
    std::int64_t last_time = std::numeric_limits<std::int64_t>::min();
    while (read_packet()) {
      if (packet_->pts == AV_NOPTS_VALUE || packet_->pts < last_time) return std::nullopt;
      last_time = packet_->pts;
      const double duration = seconds_of(*packet_);
      seconds = duration + (is_ogg ? static_cast<double>(last_time) * seconds_a_unit() : seconds);
      if (!is_ogg) trimmed += trimmed_of(*packet_);
    }
    return std::llround(seconds * stream_->codecpar->sample_rate) - trimmed;
  }

  [[noreturn]] void fail(const std::string& problem) const { fail_sound(path_, problem); }

  [[noreturn]] void fail_without_samples() const { fail(failed_.empty() ? "holds no samples" : failed_); }

 private:
  [[noreturn]] void fail_to_open(int code) const {
    const std::string verdict = "is not audio that can be read";
    const bool is_other = first_message.starts_with("Format not on whitelist");
    fail(is_other ? verdict + ": its format is none of sound" : problem_of(verdict, code));
  }

  // Pictures and subtitles are not even looked at.
  void keep_sound_only() {
    for (unsigned i = 0; i < input_->nb_streams; ++i) {
      AVStream& stream = *input_->streams[i];
      if (stream.codecpar->codec_type != AVMEDIA_TYPE_AUDIO) stream.discard = AVDISCARD_ALL;
    }
  }

  void choose_stream() {
    const AVCodec* decoder = nullptr;
    const int index = av_find_best_stream(input_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, &decoder, 0);
    if (index == AVERROR_DECODER_NOT_FOUND) fail("holds sound of a codec that FFmpeg cannot decode");
    if (index < 0) fail("holds no sound");
    stream_ = input_->streams[index];
    open_decoder(decoder);
  }

  void open_decoder(const AVCodec* decoder) {
    codec_.reset(avcodec_alloc_context3(decoder));
    if (!codec_ || avcodec_parameters_to_context(codec_.get(), stream_->codecpar) < 0) throw std::bad_alloc();
    codec_->thread_count = 1;  // equal results and messages on this thread
    codec_->pkt_timebase = stream_->time_base;
    if (is_lossless()) codec_->err_recognition |= AV_EF_CRCCHECK | AV_EF_EXPLODE;
    const int code = avcodec_open2(codec_.get(), decoder, nullptr);
    if (code < 0) fail_to_open(code);
  }

  bool is_lossless() const {
    const AVCodecDescriptor* descriptor = avcodec_descriptor_get(stream_->codecpar->codec_id);
    return descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_LOSSLESS) != 0;
  }

  // The next packet of the stream in packet_; false at the end.
  bool read_packet() {
    for (;;) {
      av_packet_unref(packet_.get());
      first_message.clear();
      const int code = av_read_frame(input_.get(), packet_.get());
      require_readable();
      if (!first_message.empty() || (code < 0 && code != AVERROR_EOF)) note_failure(code);
      at_end_ = code < 0;
      if (at_end_) return false;
      if (packet_->stream_index == stream_->index && !take_speex_header()) return true;
    }
  }

  // In chained Speex files FFmpeg takes the headers of the further links for sound. Each link gets a decoder
  // of its own, as speexdec has it.
  bool take_speex_header() {
    constexpr std::size_t header_bytes = 80;
    constexpr std::size_t count_of_extra_headers = 68;  // its place, in little-endian order
    if (speex_headers_left_ > 0) {
      --speex_headers_left_;
      return true;
    }
    const std::string_view bytes = bytes_of(*packet_);
    const bool is_header = bytes.starts_with("Speex   ") && bytes.size() >= header_bytes;
    if (stream_->codecpar->codec_id != AV_CODEC_ID_SPEEX || !is_header) return false;
    speex_headers_left_ = 1 + static_cast<unsigned char>(bytes[count_of_extra_headers]);  // one of comments
    set_extradata(bytes);
    open_decoder(codec_->codec);
    return true;
  }

  void set_extradata(std::string_view bytes) {
    AVCodecParameters& parameters = *stream_->codecpar;
    av_freep(&parameters.extradata);
    parameters.extradata =
        static_cast<std::uint8_t*>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (parameters.extradata == nullptr) throw std::bad_alloc();
    std::ranges::copy(bytes, parameters.extradata);
    parameters.extradata_size = static_cast<int>(bytes.size());
  }

  void send_packet() {
    const bool has_packet = read_packet();
    const int code = avcodec_send_packet(codec_.get(), has_packet ? packet_.get() : nullptr);
    if (code < 0 && code != AVERROR_EOF && !(has_packet && is_tag(*packet_))) note_failure(code);
  }

  // A disk that fails is no end of the sound.
  void require_readable() const {
    const int error = input_->pb != nullptr ? input_->pb->error : 0;
    if (error < 0 && error != AVERROR_EOF) fail_to_read(path_, std::strerror(-error));
  }

  // What cannot be decoded is damage where sound lies on both sides of it: what stands before or behind the
  // sound of lossy files, such as tags or half a frame, is nothing that anyone hears.
  void note_failure(int code) {
    if (failed_.empty()) failed_ = problem_of(std::string(damaged), code);
  }

  double seconds_a_unit() const { return av_q2d(stream_->time_base); }

  double seconds_of(const AVPacket& packet) const {
    if (packet.duration > 0) return static_cast<double>(packet.duration) * seconds_a_unit();
    return static_cast<double>(av_get_audio_frame_duration2(stream_->codecpar, packet.size)) /
           codec_->sample_rate;
  }

  // Frames of encoder delay and padding.
  static std::int64_t trimmed_of(const AVPacket& packet) {
    std::size_t size = 0;
    const std::uint8_t* counts = av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
    return size < 8 ? 0 : std::int64_t{AV_RL32(counts)} + std::int64_t{AV_RL32(counts + 4)};
  }

  // Empty where the last frame carries no time.
  std::optional<double> frame_end() const {
    if (frame_->best_effort_timestamp == AV_NOPTS_VALUE) return std::nullopt;
    return static_cast<double>(frame_->best_effort_timestamp) * seconds_a_unit() +
           static_cast<double>(frame_->nb_samples) / frame_->sample_rate;
  }

  fs::path path_;
  std::unique_ptr<AVFormatContext, CloseInput> input_;
  std::unique_ptr<AVCodecContext, FreeCodec> codec_;
  std::unique_ptr<AVPacket, FreePacket> packet_{av_packet_alloc()};
  std::unique_ptr<AVFrame, FreeFrame> frame_{av_frame_alloc()};
  AVStream* stream_ = nullptr;
  bool has_sound_ = false;
  bool at_end_ = false;  // all packets are read
  int speex_headers_left_ = 0;
  std::string failed_;  // what is wrong with the last packets, which could not be decoded
};

void take_samples(const AVFrame& frame, std::vector<float>& samples, const SoundStream& stream) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool is_planar = av_sample_fmt_is_planar(format) != 0;
  switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8:
      return interleave<std::uint8_t>(frame, is_planar, samples);
    case AV_SAMPLE_FMT_S16:
      return interleave<std::int16_t>(frame, is_planar, samples);
    case AV_SAMPLE_FMT_S32:
      return interleave<std::int32_t>(frame, is_planar, samples);
    case AV_SAMPLE_FMT_S64:
      return interleave<std::int64_t>(frame, is_planar, samples);
    case AV_SAMPLE_FMT_FLT:
      return interleave<float>(frame, is_planar, samples);
    case AV_SAMPLE_FMT_DBL:
      return interleave<double>(frame, is_planar, samples);
    default:
      stream.fail("holds samples of an unknown kind");
  }
}

}  // namespace

std::optional<std::int64_t> count_frames_by_ffmpeg(const fs::path& path) {
  return SoundStream(path).count_frames();
}

Sound read_by_ffmpeg(const fs::path& path, const SoundPart& part) {
  SoundStream stream(path);
  Sound sound;
  std::vector<float> samples;
  std::size_t begin = 0;
  std::size_t wanted = 0;  // from the file's begin on, of which those from `begin` on are kept
  std::size_t frames = 0;  // decoded
  // A little beyond the part, so that a length close to its end is known to the frame.
  while (wanted == 0 || frames < wanted + static_cast<std::size_t>(sound.rate)) {
    const AVFrame* frame = stream.next_frame(wanted == 0 || frames < wanted);
    if (frame == nullptr) break;
    if (sound.rate == 0) {
      require_known_rate(path, frame->sample_rate);
      sound.rate = frame->sample_rate;
      sound.channels = frame->ch_layout.nb_channels;
      begin = frames_before(part, sound.rate);
      wanted = begin + frames_of(part, sound.rate);
    }
    if (frame->sample_rate != sound.rate) {
      throw ChangedRate("changes its rate from " + std::to_string(sound.rate) + " to " +
                            std::to_string(frame->sample_rate) + " Hz on the way",
                        path.string(), "replace the file");
    }
    take_samples(*frame, samples, stream);
    const auto channels = static_cast<std::size_t>(frame->ch_layout.nb_channels);
    const auto decoded = static_cast<std::size_t>(frame->nb_samples);
    const std::size_t before = std::min(decoded, begin - sound.skipped);
    const std::size_t kept = std::min(decoded - before, wanted - begin - sound.mono.size());
    sound.skipped += before;
    sound.add(std::span(samples).subspan(before * channels, kept * channels), channels, path);
    frames += decoded;
  }
  if (frames == 0) stream.fail_without_samples();
  sound.seconds = static_cast<double>(frames) / sound.rate + stream.seconds_left();
  return sound;
}

}  // namespace musicmem::features
