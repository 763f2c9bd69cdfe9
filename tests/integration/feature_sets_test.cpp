// SPDX-License-Identifier: GPL-3.0-or-later
// Feature sets that were made elsewhere: studies of them, their identity, and what is refused.
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/generator.h"
#include "data/hdf5/hdf5_writer.h"
#include "data/labels.h"
#include "tests/integration/npy_bytes.h"
#include "tests/integration/study_fixture.h"

#include <algorithm>

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

class FeatureSets : public SmallStudy {
 protected:
  static constexpr std::size_t columns = 5;

  void SetUp() override {
    SmallStudy::SetUp();
    data::Generator generator(3);
    for (const data::Label& label : data::read_labels(labels()).labels) {
      tracks_.push_back(label.track);
      for (std::size_t c = 0; c < columns; ++c)
        values_[label.track].push_back(label.score * static_cast<double>(c) + generator.uniform());
    }
    write_csv();
    write_study("ridge", "{name: ridge, features: mine}");
  }

  // Labels and sets alone.
  void write_study(const std::string& name, const std::string& models) const {
    write_text(directory_ / ("study/" + name + ".yaml"),
               "name: " + name +
                   "\ndata: {labels: data/labels/track_memorability_scores_beta.csv}\n"
                   "cross_validation: {folds: 3, seeds: [5]}\n"
                   "features: {sets: {mine: {source: ../mine.csv}, h5: {source: ../mine.h5}, "
                   "npy: {source: ../npy}}}\n"
                   "models: [{name: mean}, " +
                   models + "]\n");
  }

  void write_csv() const {
    std::string text = "track,a,b,c,d,e\n";
    for (const std::string& track : tracks_) {
      text += track;
      for (const double value : values_.at(track)) text += "," + data::format_number(value);
      text += "\n";
    }
    write_text(directory_ / "mine.csv", text);
  }

  void write_other_forms() const {
    data::hdf5::ImageWriter writer;
    for (const std::string& track : tracks_) {
      const std::string stem = fs::path(track).stem().string();
      writer.dataset(stem, values_.at(track), {columns});
      write_text(directory_ / "npy" / (stem + ".npy"), npy_bytes(values_.at(track), "5,"));
    }
    write_text(directory_ / "mine.h5", writer.bytes());
  }

  ProgramResult start(const std::string& study, const Words& more = {}) const {
    Words arguments = {"run", "study/" + study + ".yaml", "--run-dir", study};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return musicmem(arguments);
  }

  std::vector<std::string> predictions(const std::string& study, const std::string& model) const {
    std::vector<std::string> files;
    for (const auto& [name, bytes] : contents_of(directory_ / study / "folds" / model)) {
      if (name.ends_with("predictions.csv")) files.push_back(bytes);
    }
    return files;
  }

  std::vector<std::string> tracks_;
  std::map<std::string, std::vector<double>> values_;
};

TEST_F(FeatureSets, alone_are_a_study_without_audio_and_of_every_form_the_same) {
  write_other_forms();
  fs::remove_all(audio());
  write_study("forms",
              "{name: ridge, features: mine}, {name: ridge, label: of_h5, features: h5}, "
              "{name: ridge, label: of_npy, features: npy}");

  const ProgramResult result = start("forms");

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(summary_cell(directory_ / "forms", "ridge", "vanilla", "fits"), "3");
  EXPECT_EQ(predictions("forms", "ridge").size(), 3U);
  EXPECT_EQ(predictions("forms", "of_h5"), predictions("forms", "ridge"));
  EXPECT_EQ(predictions("forms", "of_npy"), predictions("forms", "ridge"));
  EXPECT_THAT(text_of(directory_ / "forms/report/report.md"),
              AllOf(HasSubstr("features mine were made elsewhere and come from mine.csv"),
                    Not(HasSubstr("clip lasts 5 s"))));
}

TEST_F(FeatureSets, whose_bytes_change_make_their_fits_anew) {
  ASSERT_EQ(start("ridge").exit_code, 0);
  const std::vector<std::string> before = predictions("ridge", "ridge");
  EXPECT_THAT(start("ridge", {"--verbose"}).errors, Not(HasSubstr("begin fit")));

  values_[tracks_[0]][1] += 1.0;
  write_csv();

  const ProgramResult refused = start("ridge");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("would replace 3 of 6 finished fits: feature set mine changed"));
  EXPECT_THAT(musicmem({"status", "ridge"}).output, HasSubstr("feature set mine has changed since"));
  ASSERT_EQ(start("ridge", {"--replace"}).exit_code, 0);
  EXPECT_NE(predictions("ridge", "ridge"), before);
}

TEST_F(FeatureSets, score_new_clips_by_their_arrays_without_the_clips) {
  write_other_forms();
  ASSERT_EQ(start("ridge").exit_code, 0);
  const Words predict = {"predict", "--run", "ridge", "--model", "ridge"};
  const auto with = [&](const Words& more) {
    Words all = predict;
    all.insert(all.end(), more.begin(), more.end());
    return musicmem(all);
  };

  const ProgramResult of_csv = with({"--set", "mine=mine.csv", tracks_[0], tracks_[1]});
  const ProgramResult of_npy = with({"--set", "mine=npy", tracks_[0], tracks_[1]});
  const ProgramResult all = with({"--set", "mine=mine.h5"});

  ASSERT_EQ(of_csv.exit_code, 0) << of_csv.errors;
  EXPECT_EQ(std::ranges::count(of_csv.output, '\n'), 3);
  EXPECT_THAT(of_csv.errors,
              HasSubstr(tracks_[0] + " is called as the study's track '" + tracks_[0] + "' (out-of-fold"));
  EXPECT_THAT(with({tracks_[0]}).errors, HasSubstr("give the clips' arrays: --set mine=FILE"));
  EXPECT_EQ(with({tracks_[0]}).exit_code, 2);
  EXPECT_THAT(with({"--set", "mine=mine.csv", "--set", "other=x.h5", tracks_[0]}).errors,
              HasSubstr("takes no feature set 'other'"));
  EXPECT_EQ(with({"--set", "mine=mine.csv", "absent.wav", tracks_[0]}).exit_code, 3);
  // Columns of a CSV have names of their own: arrays without them are other features.
  EXPECT_THAT(of_npy.errors, HasSubstr("feature 1 of the model is 'a'"));
  EXPECT_EQ(all.exit_code, 1);
}

TEST_F(FeatureSets, join_what_audio_gives_and_are_explained_by_blocks) {
  const Words joined = {"features.sets={mine: {source: mine.csv}}", "augment.pitch_semitones=[]",
                        "models=[{name: svr, features: [ehc, mine], pca: 4}]"};
  ASSERT_EQ(run_study(joined).exit_code, 0);

  const ProgramResult explained = musicmem({"explain", "run", "--model", "svr", "--blocks"});
  const ProgramResult predicted =
      musicmem({"predict", "--run", "run", "--set", "mine=mine.csv", "--explain", clip(0).string()});

  ASSERT_EQ(explained.exit_code, 0) << explained.errors;
  const data::CsvFile shares(directory_ / "run/explain/svr/shap.csv");
  EXPECT_THAT(text_of(directory_ / "run/explain/svr/shap.csv"),
              HasSubstr("segment_idx,base,prediction,ehc.harmony,ehc.tempo,ehc.timbre,mine\n"));
  for (std::size_t row = 0; row < shares.rows(); ++row) {
    double sum = shares.number(row, shares.column("base"));
    for (const char* block : {"ehc.harmony", "ehc.tempo", "ehc.timbre", "mine"})
      sum += shares.number(row, shares.column(block));
    EXPECT_NEAR(sum, shares.number(row, shares.column("prediction")), 1e-9);
  }
  EXPECT_EQ(predicted.exit_code, 0) << predicted.errors;
  EXPECT_THAT(predicted.errors, HasSubstr(" is the study's clip '" + tracks_[0]))
      << "a clip of the study is known by its bytes";
}

TEST_F(FeatureSets, that_do_not_serve_the_study_are_refused_by_name) {
  const auto problem = [&](const Words& more = {}) { return start("ridge", more).errors; };

  EXPECT_THAT(problem({"models.ridge.features=mime"}),
              HasSubstr("the study has no feature set 'mime'; did you mean 'mine'?"));
  EXPECT_THAT(problem({"models.ridge.features=[mine, ehc]"}),
              HasSubstr("model 'ridge' takes ehc features, and the study has no data.audio"));
  EXPECT_THAT(problem({"models.ridge.variants=[augmented]"}),
              AllOf(HasSubstr("variant augmented of model 'ridge' learns from pitch variants"),
                    HasSubstr("feature set mine holds originals only")));
  EXPECT_THAT(problem({"models.ridge.pca=6"}),
              HasSubstr("pca asks for 6 components of 8 training rows with 5 columns; set pca to at most 5"));
  EXPECT_THAT(problem({"features.sets.mine.layer=3"}), HasSubstr("which has nothing for layer to choose"));

  values_[tracks_[2]].pop_back();
  write_csv();
  EXPECT_THAT(problem({"--fresh"}), HasSubstr("mine.csv"));

  values_.erase(tracks_[2]);
  const std::string lost = tracks_[2];
  std::erase(tracks_, lost);
  write_csv();
  EXPECT_THAT(problem(), HasSubstr("feature set mine lacks 1 track of 12 (original), such as " + lost));
}

TEST_F(FeatureSets, are_made_by_an_encoder_and_new_clips_need_nothing_else) {
  const std::string file = MUSICMEM_INTEGRATION_SCRIPTS "/../features/golden/encoder_layers.pt";
  const Words encoded = {
      "features.sets={net: {encoder: " + file + ", layer: mean}}", "augment.pitch_semitones=[2]",
      "models=[{name: mean}, {name: ridge, features: net, variants: [vanilla, augmented]}]"};

  const ProgramResult result = run_study(encoded);
  const ProgramResult predicted = musicmem({"predict", "--run", "run", clip(0).string()});
  const ProgramResult again = run_study(encoded);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(count_in_logs(directory_ / "run", "begin prepare"), clips) << "once";
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(predicted.exit_code, 0) << predicted.errors;
  EXPECT_THAT(text_of(store() / "parameters.yaml"),
              AllOf(HasSubstr("feature_set: encoder"), HasSubstr("layer: mean")));
}

TEST_F(FeatureSets, have_a_block_for_each_layer_also_counted_from_the_end) {
  const std::string file = MUSICMEM_INTEGRATION_SCRIPTS "/../features/golden/encoder_layers.pt";
  const Words encoded = {"features.sets={net: {encoder: " + file + ", layer: [-1, -2]}}",
                         "augment.pitch_semitones=[]",
                         "models=[{name: ridge, features: net, ablate: [without]}]"};

  const ProgramResult result = run_study(encoded);
  const ProgramResult explained = musicmem({"explain", "run", "--model", "ridge", "--blocks"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(fs::exists(directory_ / "run/folds/ridge/without-layer-1"));
  EXPECT_TRUE(fs::exists(directory_ / "run/folds/ridge/without-layer-2"));
  ASSERT_EQ(explained.exit_code, 0) << explained.errors;
  EXPECT_THAT(text_of(directory_ / "run/explain/ridge/shap.csv"), HasSubstr("prediction,layer-1,layer-2\n"));
}

TEST_F(FeatureSets, are_ablated_block_by_block) {
  const Words ablated = {"augment.pitch_semitones=[]",
                         "models=[{name: ridge, ablate: [without, only], pca: 3}]"};

  const ProgramResult result = run_study(ablated);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const data::CsvFile comparisons(directory_ / "run/report/comparisons.csv");
  std::vector<std::string> parts;
  for (std::size_t row = 0; row < comparisons.rows(); ++row) {
    if (comparisons.field(row, comparisons.column("family")) == "ablation" &&
        comparisons.field(row, comparisons.column("metric")) == "spearman")
      parts.push_back(comparisons.field(row, comparisons.column("variant_a")));
  }
  std::ranges::sort(parts);
  EXPECT_THAT(parts, ::testing::ElementsAre("only-harmony", "only-tempo", "only-timbre", "without-harmony",
                                            "without-tempo", "without-timbre"));
  EXPECT_THAT(text_of(directory_ / "run/report/report.md"),
              HasSubstr("Models on a part of their features against all of them"));
  const Words predict = {"predict", "--run", "run", "--variant", "without-harmony", clip(0).string()};
  EXPECT_EQ(musicmem(predict).exit_code, 0) << musicmem(predict).errors;
  EXPECT_EQ(musicmem({"explain", "run", "--model", "ridge", "--variant", "only-timbre"}).exit_code, 0);
}

}  // namespace
}  // namespace musicmem::testing_support
