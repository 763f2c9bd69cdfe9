// SPDX-License-Identifier: GPL-3.0-or-later
// Features from beside the audio: stems, tempo and emotion tables, the emotion model.
#include "data/files/csv.h"
#include "data/labels.h"
#include "features/sound/audio.h"
#include "tests/integration/study_fixture.h"

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Sources : public SmallStudy {
 protected:
  const Words few_ = {"models=[{name: svr}]", "augment.pitch_semitones=[]"};

  Words with(Words overrides) const {
    overrides.insert(overrides.end(), few_.begin(), few_.end());
    return overrides;
  }

  std::vector<std::string> tracks() const {
    std::vector<std::string> names;
    for (const auto& label : data::read_labels(labels()).labels) names.push_back(label.track);
    return names;
  }

  void write_emotions(double first_valence) const {
    std::string text = "track,static_valence,static_arousal\n";
    for (const std::string& track : tracks()) {
      text += track + "," + (track == tracks()[0] ? data::format_number(first_valence) : "0.5") + ",0.25\n";
    }
    write_text(directory_ / "emotion.csv", text);
  }

  int begun() const { return count_in_logs(directory_ / "run", "begin prepare"); }
};

TEST_F(Sources, emotion_table_adds_two_columns_and_a_change_is_prepared_again) {
  write_emotions(0.5);
  const Words overrides = with({"features.ehc.emotion={source: csv, path: emotion.csv}"});
  ASSERT_EQ(run_study(overrides).exit_code, 0);
  EXPECT_EQ(begun(), clips);
  EXPECT_THAT(text_of(directory_ / "run/report/report.md"), HasSubstr("arousal come from a csv"));

  write_emotions(0.75);
  Words again = overrides;
  again.push_back("--replace");
  ASSERT_EQ(run_study(again).exit_code, 0);

  EXPECT_EQ(begun(), clips + 1) << "only the clip whose row changed";
  const std::string hdf5 = text_of(compacted());
  EXPECT_THAT(hdf5, AllOf(HasSubstr("static_valence"), HasSubstr("come from a table")));
}

TEST_F(Sources, stems_are_read_and_a_clip_without_them_fails_by_name) {
  for (const std::string& track : tracks()) {
    if (track == tracks()[2]) continue;
    const auto sound = features::read_clip(audio() / track).samples;
    for (const char* source : {"vocals", "drums", "bass", "other"}) {
      features::write_wav(directory_ / "stems" / fs::path(track).stem() / (std::string(source) + ".wav"),
                          sound, features::study_rate);
    }
  }

  fs::rename(directory_ / "stems" / fs::path(tracks()[3]).stem() / "bass.wav", directory_ / "bass.wav");
  const std::string lacking = tracks()[3];

  const ProgramResult result = run_study(with({"features.ehc.stems={source: directory, path: stems}"}));
  const ProgramResult validated = run(
      program({"validate", "study/experiment.yaml", "features.ehc.stems={source: directory, path: stems}"}),
      directory_);

  EXPECT_EQ(result.exit_code, 3) << result.errors;
  EXPECT_EQ(validated.exit_code, 3) << validated.errors;
  EXPECT_THAT(validated.output,
              HasSubstr(" (the stems of clip '" + lacking + "' lack the source 'bass'); add bass.wav"));
  EXPECT_THAT(result.errors, HasSubstr("no folder for clip '" + fs::path(tracks()[2]).stem().string()));
  const std::string report = text_of(directory_ / "run/report/report.md");
  EXPECT_THAT(report, AllOf(HasSubstr("separated (directory)"), HasSubstr("Failed")));
}

TEST_F(Sources, emotion_model_is_trained_and_used) {
  std::string annotations = "musicId,Arousal(mean),Valence(mean)\n";
  for (std::size_t i = 0; i < tracks().size(); ++i) {
    annotations += fs::path(tracks()[i]).stem().string() + "," + data::format_number(0.05 * i) + "," +
                   data::format_number(0.9 - 0.05 * i) + "\n";
  }
  write_text(directory_ / "pmemo.csv", annotations);

  const ProgramResult trained =
      run(program({"emotion", "train", audio().string(), "pmemo.csv", "--folds", "3", "--output", "w/e.h5"}),
          directory_);
  ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  EXPECT_THAT(trained.output,
              AllOf(HasSubstr("target,r2,spearman\nstatic_valence,"), HasSubstr("static_arousal,")));
  const ProgramResult study = run_study(with({"features.ehc.emotion={source: model, path: w/e.h5}"}));
  EXPECT_EQ(study.exit_code, 0) << study.errors;
  const ProgramResult prediction =
      run(program({"predict", "--run", "run", "--model", "svr", clip(0).string()}), directory_);

  EXPECT_EQ(prediction.exit_code, 0) << prediction.errors;
  EXPECT_THAT(text_of(compacted()), HasSubstr("predicted by a linear SVR"));
}

TEST_F(Sources, unfit_files_are_refused_by_name) {
  const auto refused = [&](const std::string& override_text, const std::string& part) {
    const ProgramResult result = run_study(with({override_text}));
    EXPECT_EQ(result.exit_code, 1) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(part));
  };
  write_text(directory_ / "bad.csv", "track,valence\na,1\n");

  refused("features.ehc.emotion={source: csv, path: bad.csv}", "static_valence");
  refused("features.ehc.tempo=bad.csv", "bpm");
  refused("features.ehc.emotion={source: csv}", "no path");
  refused("features.ehc.stems={source: torchscript, path: bad.csv}", "not a TorchScript module");
  refused("features.ehc.stems={source: torchscript, path: bad.csv, sources: [drums, bass]}", "'vocals'");
  refused("features.ehc.stems={source: directory, path: absent}", "absent");
  refused("features.ehc.emotion={source: model, path: absent.h5}", "absent.h5");
}

TEST_F(Sources, annotations_that_do_not_fit_are_refused) {
  const auto refused = [&](const std::string& csv, const std::string& part) {
    write_text(directory_ / "a.csv", csv);
    const ProgramResult result = run(program({"emotion", "train", audio().string(), "a.csv"}), directory_);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.errors, HasSubstr(part));
  };

  refused("musicId,Arousal(mean)\n1,0.5\n", "Valence(mean)");
  refused("musicId,Arousal(mean),Valence(mean)\n1,0.5,0.5\n", "none of its 1 clips");
  const std::string name = tracks()[0];
  const std::string stem = fs::path(name).stem().string();
  refused("musicId,Arousal(mean),Valence(mean)\n" + name + ",0.5,0.5\n" + stem + ",0.5,0.5\n", "given twice");
  write_text(audio() / (stem + ".flac"), "another clip");
  refused("musicId,Arousal(mean),Valence(mean)\n" + stem + ",0.5,0.5\n", stem + ".flac' and '" + name);
}

// Whatever the number of clips: nothing is kept of a clip that is done.
TEST_F(Sources, preparation_needs_less_than_300_MB) {
  const ProgramResult result =
      run(program({"prepare", "study/experiment.yaml", "--run-dir", "run"}), directory_);
  ASSERT_EQ(result.exit_code, 0) << result.errors;

  const std::vector<std::string> lines = log_lines(directory_ / "run", "peak memory after preparing: ");

  ASSERT_EQ(lines.size(), 1u);
  const std::size_t number = lines[0].find_first_of("0123456789", lines[0].rfind(": "));
  EXPECT_LT(std::stoul(lines[0].substr(number)), 300u * 1024u) << lines[0];
}

}  // namespace
}  // namespace musicmem::testing_support
