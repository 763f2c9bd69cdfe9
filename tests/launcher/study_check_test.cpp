// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/checks/study_check.h"

#include "config/experiment.h"
#include "data/demo/study.h"
#include "features/sound/audio.h"
#include "launcher/checks/study_needs.h"
#include "tests/own_path.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class CheckedStudy : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = own_path();
    data::make_demo_study({directory_, 8, 3});
    experiment_.name = "check";
    experiment_.data.labels = directory_ / "data/labels/track_memorability_scores_beta.csv";
    experiment_.data.audio = directory_ / "data/raw_audios/original";
    experiment_.cross_validation.folds.number = 3;
    config::ModelSpec svr;
    svr.name = svr.label = "svr";
    experiment_.models = {svr};
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path clip(int index) const { return experiment_.data.audio / data::demo_track(3, index); }
  const Finding* find(const StudyCheck& check, const std::string& problem) const {
    for (const Finding& finding : check.findings) {
      if (finding.problem == problem) return &finding;
    }
    return nullptr;
  }

  fs::path directory_;
  config::Experiment experiment_;
};

TEST_F(CheckedStudy, that_is_in_order_has_no_findings_but_those_of_its_size) {
  experiment_.models.front().svr.epsilon = 0.01;

  const StudyCheck check = check_study(experiment_);

  ASSERT_EQ(check.findings.size(), 1);
  EXPECT_THAT(check.findings.front().text(), HasSubstr("folds of 2 tracks are small"));
  EXPECT_EQ(check.tracks, 8);
  EXPECT_DOUBLE_EQ(check.seconds.least, 5.0);
  EXPECT_THAT(check.rates, ElementsAre(HasSubstr("8 clips")));
}

TEST_F(CheckedStudy, problems_come_by_class_with_every_place) {
  fs::remove(clip(0));
  std::ofstream(clip(1)) << "no sound";
  std::ofstream(clip(2)) << "";
  fs::copy_file(clip(3), clip(4), fs::copy_options::overwrite_existing);
  fs::copy_file(clip(3), experiment_.data.audio / "nobody.wav");
  std::ofstream(experiment_.data.labels, std::ios::app) << "a.wav,1.5\nb.wav,much\n..,0.5\n";

  const StudyCheck check = check_study(experiment_);

  EXPECT_FALSE(check.can_run());
  EXPECT_THAT(find(check, "label has no audio file")->places, ElementsAre(clip(0).filename().string()));
  EXPECT_EQ(find(check, "clip cannot be used")->places.size(), 2);
  EXPECT_THAT(find(check, "clip has the same bytes as another")->places,
              ElementsAre(HasSubstr(clip(4).filename().string())));
  EXPECT_THAT(find(check, "audio file has no label and is left out")->places, ElementsAre("nobody.wav"));
  EXPECT_THAT(find(check, "score lies outside [0, 1]")->places, ElementsAre(HasSubstr(":10 (a.wav)")));
  EXPECT_THAT(find(check, "score is not a number")->places, ElementsAre(HasSubstr("b.wav")));
  EXPECT_NE(find(check, "track is not the name of a file"), nullptr);
  EXPECT_THAT(find(check, "score lies outside [0, 1]")->text(),
              AllOf(testing::StartsWith("score 1.5 lies outside [0, 1] ("),
                    HasSubstr(":10 (a.wav)); give the share")));
  EXPECT_FALSE(find(check, "clip has the same bytes as another")->is_error);
}

TEST_F(CheckedStudy, a_row_with_a_fault_is_the_only_finding_on_its_clip) {
  std::ofstream(experiment_.data.labels) << "track,score\n"
                                         << data::demo_track(3, 0) << ",much\n"
                                         << data::demo_track(3, 1) << ",0.25\n"
                                         << clip(2).stem().string() << ",7\n"
                                         << data::demo_track(3, 3) << ",0.5\n";

  const StudyCheck check = check_study(experiment_, CheckDepth::names);

  EXPECT_THAT(find(check, "audio file has no label and is left out")->places, testing::SizeIs(4));
  EXPECT_FALSE(check.can_run());
}

TEST_F(CheckedStudy, without_a_clip_that_can_be_used_cannot_run) {
  for (int i = 0; i < 8; ++i) std::ofstream(clip(i)) << "no sound";

  const StudyCheck check = check_study(experiment_);

  EXPECT_NE(find(check, "no clip can be used"), nullptr);
  EXPECT_FALSE(check.can_run());
}

TEST_F(CheckedStudy, lacks_the_clips_without_audio_and_can_run_without_them) {
  fs::remove(clip(0));

  const StudyCheck check = check_study(experiment_, CheckDepth::names);

  EXPECT_TRUE(check.can_run());
  EXPECT_TRUE(check.costs_clips());
}

TEST(EqualClips, are_named_with_the_first_of_their_file) {
  const auto found = find_equal_clips({"a", "b", "c", "d", "e"}, {"x", "", "x", "", "x"});

  ASSERT_TRUE(found);
  EXPECT_THAT(found->places, ElementsAre("c and a", "e and a"));
  EXPECT_FALSE(find_equal_clips({"a", "b"}, {"x", "y"}));
}

TEST_F(CheckedStudy, a_missing_clip_does_not_hide_what_makes_the_study_impossible) {
  fs::remove(clip(0));
  experiment_.cross_validation.folds.number = 99;

  const StudyCheck check = check_study(experiment_, CheckDepth::names);

  EXPECT_NE(find(check, "label has no audio file"), nullptr);
  EXPECT_TRUE(std::ranges::any_of(check.findings, [](const Finding& finding) {
    return finding.is_error && !finding.costs_clips_alone &&
           finding.problem.find("99 folds") != std::string::npos;
  }));
}

TEST_F(CheckedStudy, names_and_settings_are_looked_at_without_reading_sound) {
  fs::remove(clip(0));
  std::ofstream(clip(1)) << "no sound";

  const StudyCheck check = check_study(experiment_, CheckDepth::names);

  ASSERT_NE(find(check, "label has no audio file"), nullptr);
  EXPECT_TRUE(find(check, "label has no audio file")->costs_clips_alone);
  EXPECT_EQ(find(check, "clip cannot be used"), nullptr);
}

TEST_F(CheckedStudy, findings_are_one_line_that_says_how_many) {
  EXPECT_EQ((Finding{true, "clip is silent", "replace it", {"a.wav"}}.text()),
            "clip is silent (a.wav); replace it");
  EXPECT_EQ((Finding{true, "clip is silent", "", {"a.wav", "b.wav"}}.text()),
            "clip is silent (2, such as a.wav)");
  EXPECT_EQ((Finding{false, "folds are small", "", {}}.text()), "folds are small");
}

TEST_F(CheckedStudy, blanks_around_a_score_do_no_harm) {
  std::ofstream(experiment_.data.labels) << "track,score\n"
                                         << data::demo_track(3, 0) << ", 0.5\n"
                                         << data::demo_track(3, 1) << ",0.25 \n"
                                         << data::demo_track(3, 2) << ",1\n";

  EXPECT_TRUE(check_study(experiment_).can_run());
}

TEST_F(CheckedStudy, sources_of_features_are_looked_at) {
  experiment_.features.ehc.emotion.source = config::Emotion::Source::csv;
  experiment_.features.ehc.emotion.path = directory_ / "emotion.csv";
  std::ofstream table(directory_ / "emotion.csv");
  table << "track,static_valence,static_arousal\n";
  for (int i = 0; i < 7; ++i) table << data::demo_track(3, i) << ",0.5,0.5\n";
  table.close();

  const StudyCheck rows = check_study(experiment_);

  ASSERT_NE(find(rows, "clip has no stems, tempo or emotion that can be used"), nullptr);
  EXPECT_THAT(find(rows, "clip has no stems, tempo or emotion that can be used")->places,
              ElementsAre(HasSubstr(data::demo_track(3, 7))));

  experiment_.features.ehc.emotion.source = config::Emotion::Source::model;
  EXPECT_FALSE(check_study(experiment_).can_run()) << "a table is no model";
}

TEST_F(CheckedStudy, stems_have_findings_of_their_own) {
  experiment_.features.ehc.stems.source = config::Stems::Source::directory;
  experiment_.features.ehc.stems.path = directory_ / "stems";
  const auto write_stem = [&](int i, const std::string& source, float gain, std::size_t times = 1) {
    std::vector<float> samples;
    for (const float sample : features::read_clip(clip(i)).samples) samples.push_back(gain * sample);
    samples.resize(times * samples.size(), 0.0F);
    features::write_wav(directory_ / "stems" / clip(i).stem() / (source + ".wav"), samples,
                        features::study_rate);
  };
  for (int i = 0; i < 8; ++i) {
    for (const std::string source : {"vocals", "drums", "bass", "other"}) write_stem(i, source, 0.25F);
  }
  write_stem(0, "vocals", 1.0F);
  write_stem(1, "drums", 0.25F, 2);

  const StudyCheck check = check_study(experiment_);

  ASSERT_NE(find(check, "clip has stems that may not be its own"), nullptr);
  EXPECT_THAT(find(check, "clip has stems that may not be its own")->places,
              ElementsAre(HasSubstr(clip(0).filename().string())));
  EXPECT_EQ(find(check, "clip has sound that cannot be meant"), nullptr);
  ASSERT_NE(find(check, "clip has no stems, tempo or emotion that can be used"), nullptr);
  EXPECT_THAT(
      find(check, "clip has no stems, tempo or emotion that can be used")->places,
      ElementsAre(AllOf(HasSubstr(clip(1).filename().string()), HasSubstr("drums.wav is 10.00 s long"))));
}

TEST_F(CheckedStudy, a_clip_that_the_system_cannot_read_is_not_called_unusable) {
  fs::remove(clip(0));
  fs::create_symlink("/proc/self/mem", clip(0));  // whose first byte gives EIO

  const StudyCheck check = check_study(experiment_);

  EXPECT_EQ(find(check, "clip cannot be used"), nullptr);
  ASSERT_NE(find(check, "cannot be read: Input/output error"), nullptr);
  EXPECT_FALSE(find(check, "cannot be read: Input/output error")->costs_clips_alone);
}

TEST_F(CheckedStudy, too_many_folds_and_missing_files_are_findings) {
  experiment_.cross_validation.folds.number = 9;
  const StudyCheck folds = check_study(experiment_);
  fs::remove(experiment_.data.labels);
  const StudyCheck labels = check_study(experiment_);

  ASSERT_FALSE(folds.can_run());
  EXPECT_THAT(folds.findings[0].problem, HasSubstr("9 folds"));
  EXPECT_FALSE(labels.can_run());
}

TEST_F(CheckedStudy, a_study_without_a_single_usable_label_has_only_its_rows_to_blame) {
  std::ofstream(experiment_.data.labels) << "track,score\na.wav,1.5\nb.wav,much\n";

  const StudyCheck check = check_study(experiment_);

  EXPECT_EQ(check.findings.size(), 2);
  EXPECT_NE(find(check, "score lies outside [0, 1]"), nullptr);
  EXPECT_NE(find(check, "score is not a number"), nullptr);
}

TEST_F(CheckedStudy, needs_grow_with_tracks_and_pitches) {
  const StudyNeeds small = estimate_needs(experiment_, 10, 3);
  const StudyNeeds large = estimate_needs(experiment_, 1000, 3);
  experiment_.augment.pitch_semitones = {};
  const StudyNeeds plain = estimate_needs(experiment_, 1000, 3);

  EXPECT_EQ(large.feature_bytes, 100 * small.feature_bytes);
  EXPECT_EQ(large.feature_bytes, 11 * plain.feature_bytes);
  EXPECT_GT(large.memory_per_rank, small.memory_per_rank);
}

}  // namespace
}  // namespace musicmem::launcher
