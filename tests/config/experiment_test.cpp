// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/experiment.h"

#include "config/error.h"
#include "config/io_error.h"
#include "config/nearest.h"
#include "tests/own_path.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::config {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

bool is_usage_error(const fs::path& file, const std::vector<std::string>& overrides) {
  try {
    load_experiment(file, overrides);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::usage;
  }
  return false;
}

class ExperimentFile : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = own_path();
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path write(const std::string& text) {
    const fs::path path = directory_ / "study.yaml";
    std::ofstream(path) << text;
    return path;
  }

  // The message that loading ends with; "" if it succeeds.
  std::string problem(const std::string& text, const std::vector<std::string>& overrides = {}) {
    try {
      load_experiment(write(text), overrides);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path directory_;
};

constexpr const char* small = R"(name: small
data: {labels: labels.csv, audio: clips}
models:
  - {name: svr, variants: [vanilla, augmented], controls: [shuffled]}
  - {name: mlp, variants: [vanilla, lds]}
)";

TEST_F(ExperimentFile, data_can_be_called_the_published_ones_unless_synthetic) {
  const Experiment experiment = load_experiment(write(small), {"data.ytmm=true"});

  EXPECT_TRUE(experiment.data.ytmm);
  EXPECT_THAT(to_yaml(experiment, directory_), HasSubstr("ytmm: true"));
  EXPECT_FALSE(load_experiment(write(small)).data.ytmm);
  EXPECT_THAT(problem(small, {"data.ytmm=true", "data.synthetic=true"}), HasSubstr("YTMM"));
}

TEST_F(ExperimentFile, defaults_are_those_of_the_published_study) {
  const Experiment experiment = load_experiment(write(small));

  EXPECT_EQ(experiment.cross_validation.folds.number, 10);
  EXPECT_THAT(experiment.cross_validation.seeds, ElementsAre(1111, 1000, 2345, 1234));
  EXPECT_THAT(experiment.augment.pitch_semitones, ElementsAre(-5, -4, -3, -2, -1, 1, 2, 3, 4, 5));
  EXPECT_EQ(experiment.models[1].mlp.batch, 16);
  EXPECT_EQ(experiment.cross_validation.pooling, Pooling::mean);
}

TEST_F(ExperimentFile, paths_are_relative_to_the_file) {
  const Experiment experiment = load_experiment(write(small));

  EXPECT_EQ(experiment.data.labels, directory_ / "labels.csv");
  EXPECT_EQ(experiment.features.store, directory_ / "data/features");
}

TEST_F(ExperimentFile, overrides_replace_values_and_lists) {
  const Experiment experiment = load_experiment(
      write(small), {"cross_validation.folds=5", "augment.pitch_semitones=[]", "models.0.C=2.5",
                     "models.1.hidden=[8]", "cross_validation.protocol=audmem"});

  EXPECT_EQ(experiment.cross_validation.folds.number, 5);
  EXPECT_TRUE(experiment.augment.pitch_semitones.empty());
  EXPECT_EQ(experiment.models[0].svr.c, 2.5);
  EXPECT_THAT(experiment.models[1].mlp.hidden, ElementsAre(8));
  EXPECT_EQ(experiment.cross_validation.pooling, Pooling::max);
}

// ELOOP stands for any open that fails though the file may be whole: whoever does without a file that is damaged or
// of another version must not do without this one.
TEST_F(ExperimentFile, a_failing_open_is_no_missing_file) {
  const fs::path loop = directory_ / "loop.yaml";
  fs::create_symlink(loop, loop);

  EXPECT_THROW(load_experiment(loop), IoError);
  try {
    load_experiment(directory_ / "missing.yaml");
    ADD_FAILURE() << "a missing file was read";
  } catch (const IoError&) {
    ADD_FAILURE() << "a missing file is no failure of the system";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("missing.yaml: cannot be opened: No such file"));
  }
}

TEST_F(ExperimentFile, unknown_key_names_file_line_and_nearest_key) {
  const std::string message = problem(std::string(small) + "cross_validation:\n  fold: 5\n");

  EXPECT_THAT(message,
              AllOf(HasSubstr("study.yaml:7"), HasSubstr("cross_validation.fold"), HasSubstr("'folds'")));
}

TEST_F(ExperimentFile, unknown_override_is_a_usage_error) {
  const fs::path file = write(small);

  EXPECT_TRUE(is_usage_error(file, {"cross_validation.fold=5"}));
  EXPECT_TRUE(is_usage_error(file, {"models=[{name: svr, CC: 1}]"}));
  EXPECT_TRUE(is_usage_error(file, {"folds"}));
}

TEST_F(ExperimentFile, overrides_of_entries_that_are_not_there_are_usage_errors) {
  for (const char* entry : {"models.99999999999999999999.C=1", "models.2.C=1"}) {
    EXPECT_THAT(problem(small, {entry}), HasSubstr("count from 0 to 1")) << entry;
    EXPECT_TRUE(is_usage_error(write(small), {entry})) << entry;
  }
  EXPECT_THAT(problem(small, {"models.x.C=1"}), HasSubstr("known are: svr, mlp"));
  EXPECT_THAT(problem(small, {"augment.pitch_semitones=[]", "augment.pitch_semitones.0=1"}),
              HasSubstr("the list is empty"));
}

TEST_F(ExperimentFile, wrong_types_and_ranges_name_what_was_expected) {
  EXPECT_THAT(problem(small, {"cross_validation.folds=five"}), HasSubstr("whole number"));
  EXPECT_THAT(problem(small, {"cross_validation.folds=1"}), HasSubstr("from 2"));
  EXPECT_THAT(problem(std::string(small) + "runtime: {keep_going: 7}\n"),
              AllOf(HasSubstr(":6"), HasSubstr("true or false")));
  EXPECT_THAT(problem(std::string(small) + "augment: [1]\n"), HasSubstr("mapping"));
  EXPECT_THAT(problem(small, {"models.0.C=nan"}), HasSubstr("models.0.C"));
}

TEST_F(ExperimentFile, clips_and_segments_that_cannot_be_are_refused_with_what_can) {
  EXPECT_THAT(problem(small, {"features.clip.segment=0.1"}), HasSubstr("from 0.128 to 60"));
  EXPECT_THAT(problem(small, {"features.clip={seconds: 3, segment: 4}"}),
              HasSubstr("a segment of 4 s does not fit into a clip of 3 s"));
  EXPECT_THAT(problem(small, {"features.clip.seconds=61"}), HasSubstr("from 0.5 to 60"));
  EXPECT_THAT(problem(small, {"features.clip.offset=-1"}), HasSubstr("from 0 to"));
  EXPECT_THAT(problem(small, {"features.clip.hop=0"}), HasSubstr("from 0.01"));
}

TEST_F(ExperimentFile, target_lengths_follow_the_geometry_of_clips_and_segments) {
  const auto lengths = [&](const std::vector<std::string>& overrides) {
    const Features features = load_experiment(write(small), overrides).features;
    return std::pair(clip_frames(features), segment_frames(features));
  };

  EXPECT_EQ(lengths({}), std::pair(500, 100));
  EXPECT_EQ(lengths({"features.clip={seconds: 10, segment: 2}"}), std::pair(1000, 200));
  EXPECT_EQ(lengths({"features.clip={seconds: 0.5, segment: 0.128}"}), std::pair(50, 16));
  EXPECT_EQ(lengths({"features.clip.seconds=10", "features.fbank.target_length=1024"}), std::pair(1024, 100));
}

TEST_F(ExperimentFile, syntax_errors_name_file_and_line) {
  EXPECT_THAT(problem("name: x\ndata:\n\tlabels: a\n"), AllOf(HasSubstr("study.yaml:3"), HasSubstr("YAML")));
  EXPECT_THAT(problem("name: [x\n"), HasSubstr("study.yaml:"));
}

TEST_F(ExperimentFile, repeated_keys_and_models_are_refused) {
  EXPECT_THAT(problem(std::string(small) + "name: again\n"), HasSubstr("given twice"));
  EXPECT_THAT(problem(small, {"models=[{name: svr}, {name: svr}]"}), HasSubstr("label"));
  EXPECT_EQ(problem(small, {"models=[{name: svr}, {name: svr, label: svr_classic, features: classic}]"}), "");
}

TEST_F(ExperimentFile, variants_that_a_model_lacks_are_refused) {
  EXPECT_THAT(problem(small, {"models.0.variants=[lds]"}),
              HasSubstr("svr has no variant 'lds': it gives every row the same weight"));
  EXPECT_THAT(problem(small, {"models=[{name: mean, variants: [augmented]}]"}), HasSubstr("vanilla"));
}

TEST_F(ExperimentFile, an_average_of_weights_that_ends_before_it_begins_is_refused) {
  const auto problem_of = [&](const std::string& training) {
    return problem(small, {"models=[{name: ssast, " + training + "}]"});
  };
  EXPECT_THAT(problem_of("average_from: 9, average_to: 8"),
              AllOf(HasSubstr("average_to"), HasSubstr("before it begins, at epoch 9")));
  EXPECT_EQ(problem_of("average_from: 9, average_to: 9"), "");
  EXPECT_EQ(problem_of("average_from: 0, average_to: 0"), "");
}

TEST_F(ExperimentFile, overrides_name_a_model_by_its_label) {
  const Experiment experiment = load_experiment(
      write(small), {"models.svr.C=10", "models.1.label=net.small", "models.net.small.learning_rate=0.5"});

  EXPECT_EQ(experiment.models[0].svr.c, 10.0);
  EXPECT_EQ(experiment.models[1].label, "net.small");
  EXPECT_EQ(experiment.models[1].mlp.learning_rate, 0.5);
}

TEST_F(ExperimentFile, labels_of_models_are_compared_in_composed_form) {
  const std::string composed = "\u00e9";
  const std::string decomposed = "e\u0301";
  const std::string named = std::string(small) + "  - {name: svr, label: " + decomposed + "}\n";

  const Experiment experiment = load_experiment(write(named), {"models." + composed + ".C=2"});

  EXPECT_EQ(experiment.models.back().svr.c, 2.0);
  EXPECT_EQ(experiment.models.back().label, decomposed);
  EXPECT_THAT(problem(named + "  - {name: mlp, label: " + composed + "}\n"),
              HasSubstr("two models are called"));
}

TEST_F(ExperimentFile, an_entry_of_a_list_is_called_by_its_label_in_what_is_wrong_with_it) {
  EXPECT_THAT(problem(small, {"models.svr.CC=1"}), HasSubstr("unknown key 'models.svr.CC'"));
  EXPECT_THAT(problem(small, {"models.0.C=x"}), HasSubstr("'models.svr.C' must be"));
}

TEST_F(ExperimentFile, an_override_of_a_model_that_is_not_there_names_the_nearest) {
  EXPECT_THAT(problem(small, {"models.srv.C=10"}),
              AllOf(HasSubstr("override 'models.srv.C'"), HasSubstr("did you mean 'svr'?")));
  EXPECT_TRUE(is_usage_error(write(small), {"models.srv.C=10"}));
  EXPECT_THAT(problem(small, {"models.2.C=10"}), HasSubstr("count from 0 to 1"));
  EXPECT_THAT(problem(small, {"models.svr.C=x"}), HasSubstr("override 'models.svr.C'"));
  EXPECT_THAT(problem(small, {"models.svr.D=1"}), HasSubstr("override 'models.svr.D'"));
}

TEST_F(ExperimentFile, folds_are_shuffled_unless_the_file_or_the_protocol_keeps_the_order) {
  const auto shuffle = [&](const std::vector<std::string>& overrides) {
    return load_experiment(write(small), overrides).cross_validation.shuffle;
  };

  EXPECT_EQ(shuffle({}), 0U);
  EXPECT_EQ(shuffle({"cross_validation.shuffle=7"}), 7U);
  EXPECT_EQ(shuffle({"cross_validation.shuffle=none"}), std::nullopt);
  EXPECT_EQ(shuffle({"cross_validation.protocol=audmem"}), std::nullopt);
  EXPECT_THAT(problem(small, {"cross_validation.protocol=audmem", "cross_validation.shuffle=7"}),
              HasSubstr("set shuffle: none"));
  EXPECT_THAT(to_yaml(load_experiment(write(small)), directory_), HasSubstr("shuffle: 0"));
  EXPECT_THAT(to_yaml(load_experiment(write(small), {"cross_validation.shuffle=none"}), directory_),
              HasSubstr("shuffle: none"));
}

TEST_F(ExperimentFile, resolved_file_reads_back_to_the_same_experiment) {
  const Experiment experiment = load_experiment(
      write(small), {"cross_validation.shuffle=3", "features.ehc.harmony.tuning=0.25", "models.0.gamma=0.1"});
  const fs::path run = directory_ / "runs" / "small";
  fs::create_directories(run);
  std::ofstream(run / "experiment.yaml") << to_yaml(experiment, run);

  const Experiment again = load_experiment(run / "experiment.yaml");

  EXPECT_EQ(to_yaml(again, run), to_yaml(experiment, run));
  EXPECT_EQ(again.data.labels, experiment.data.labels);
  EXPECT_EQ(again.features.ehc.harmony.tuning.fraction, 0.25);
}

TEST(NearestWord, finds_typing_errors_and_nothing_far_away) {
  EXPECT_EQ(nearest_word("fold", {"folds", "seeds"}), "folds");
  EXPECT_EQ(nearest_word("banana", {"folds", "seeds"}), "");
}

TEST_F(ExperimentFile, a_job_is_warned_of_before_it_is_ended) {
  EXPECT_EQ(problem(small, {"runtime.stall_warning=5", "runtime.stall_abort=5"}), "");
  EXPECT_THAT(problem(small, {"runtime.stall_warning=5", "runtime.stall_abort=4"}), HasSubstr("stall_abort"));
}

}  // namespace
}  // namespace musicmem::config
