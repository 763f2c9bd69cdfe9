// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing finished is lost or computed again, and nothing stale is mixed in.
#include "tests/integration/study_fixture.h"

#include <csignal>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Resume = SmallStudy;

// The task of a log line "... begin prepare x.wav" or "... done fit svr/..., 0.1 s".
std::string task_of(const std::string& line, const std::string& word) {
  const std::size_t start = line.find(word) + word.size();
  return line.substr(start, line.find(", ", start) - start);
}

std::multiset<std::string> tasks_in_logs(const fs::path& run, const std::string& word) {
  std::multiset<std::string> tasks;
  for (const std::string& line : log_lines(run, word)) tasks.insert(task_of(line, word));
  return tasks;
}

// Every file of a run but its logs, with its bytes and when it was written.
std::map<std::string, std::pair<std::string, fs::file_time_type>> state_of(const fs::path& run) {
  std::map<std::string, std::pair<std::string, fs::file_time_type>> state;
  for (const auto& [name, bytes] : contents_of(run)) {
    if (!name.starts_with("logs/")) state[name] = {bytes, fs::last_write_time(run / name)};
  }
  return state;
}

TEST_F(Resume, report_after_three_kills_is_that_of_an_undisturbed_run) {
  ASSERT_EQ(run_study({"features.store=other", "runtime.trace=true"}, 2, "undisturbed").exit_code, 0);
  const fs::path run_path = directory_ / "run";
  // The moments: early and late in prepare, and in train.
  const std::vector<std::pair<std::string, int>> moments = {
      {" done prepare ", 2}, {" done prepare ", 8}, {" done fit ", 6}};

  int interrupted_tasks = 0;
  for (const auto& [word, count] : moments) {
    BackgroundProgram job(study_command({}, 2, "run"), directory_, directory_ / "job.log");
    ASSERT_TRUE(wait_for([&, w = word, n = count] { return count_in_logs(run_path, w) >= n; }, 200))
        << text_of(directory_ / "job.log");
    job.kill_all();
    const auto begun = tasks_in_logs(run_path, " begin ");
    const auto done = tasks_in_logs(run_path, " done ");
    interrupted_tasks +=
        static_cast<int>(begun.size()) - static_cast<int>(done.size()) > interrupted_tasks ? 1 : 0;
  }
  ASSERT_EQ(run_study({}, 2).exit_code, 0);

  EXPECT_TRUE(contents_of(run_path / "folds") == contents_of(directory_ / "undisturbed/folds"));
  EXPECT_TRUE(contents_of(run_path / "report") == contents_of(directory_ / "undisturbed/report"));
  EXPECT_EQ(interrupted_tasks, 3) << "a kill hit no task";
  const auto done = tasks_in_logs(run_path, " done ");
  EXPECT_EQ(std::set<std::string>(done.begin(), done.end()).size(), done.size())
      << "a finished task was computed again";
  for (const auto& [name, bytes] : contents_of(directory_))
    EXPECT_EQ(name.find(".tmp."), std::string::npos) << name;
}

TEST_F(Resume, termination_signal_stops_at_a_task_end_with_75) {
  BackgroundProgram job(study_command({}, 0, "run"), directory_, directory_ / "job.log");
  ASSERT_TRUE(wait_for([&] { return count_in_logs(directory_ / "run", " done prepare ") >= 1; }, 120));
  job.send(SIGTERM);

  EXPECT_EQ(job.wait(), 75);
  EXPECT_EQ(count_in_logs(directory_ / "run", " begin "), count_in_logs(directory_ / "run", " done "));
  EXPECT_EQ(run_study().exit_code, 0);
}

TEST_F(Resume, changed_audio_redoes_that_clip_and_the_fits) {
  const auto hash_of_data = [&](const char* file) {
    const std::string text = text_of(directory_ / "run" / file);
    const std::size_t at = text.find("\"data_hash\": \"");
    return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
  };
  ASSERT_EQ(run_study({"models=[{name: mean}, {name: svr}]"}).exit_code, 0);
  const std::string hash = hash_of_data("manifest.json");
  const auto before = state_of(directory_ / "run");
  fs::copy_file(clip(0), clip(1), fs::copy_options::overwrite_existing);

  const ProgramResult refused =
      run_study({"models=[{name: mean}, {name: svr}]", "cross_validation.seeds=[5, 6]"});
  EXPECT_TRUE(state_of(directory_ / "run") == before) << "a start that stops writes nothing";
  EXPECT_THAT(refused.errors, HasSubstr("clip has the same bytes as another (" + clip(1).filename().string() +
                                        " and " + clip(0).filename().string() + ")"));
  ASSERT_EQ(run_study({"models=[{name: mean}, {name: svr}]", "--replace"}).exit_code, 0);

  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("would replace 6 of 6 finished fits: audio changed (1 clip); "));

  EXPECT_FALSE(hash.empty());
  EXPECT_NE(hash_of_data("manifest.json"), hash);
  for (const char* file : {"plan.json", "report/summary.json"}) {
    EXPECT_THAT(hash_of_data(file), HasSubstr(hash_of_data("manifest.json").substr(0, 40)));
  }
  EXPECT_EQ(count_in_logs(directory_ / "run", " done prepare "), clips + 1);
  EXPECT_EQ(count_in_logs(directory_ / "run", " done fit svr/"), 6);
}

TEST_F(Resume, a_clip_that_is_gone_stops_a_start_before_it_changes_the_run) {
  const Words mean = {"models=[{name: mean}]"};
  ASSERT_EQ(run_study(mean).exit_code, 0);
  fs::rename(clip(0), directory_ / "kept.wav");

  const ProgramResult refused = run_study(mean);
  fs::rename(directory_ / "kept.wav", clip(0));

  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors,
              HasSubstr("would replace 3 of 3 finished fits: audio missing or unusable (1 clip)"));
  EXPECT_EQ(run(program({"report", "run"}), directory_).exit_code, 0);
}

TEST_F(Resume, changed_setting_redoes_only_the_models_it_belongs_to) {
  const Words two_models = {"models=[{name: svr}, {name: mlp, max_epochs: 3}]"};
  ASSERT_EQ(run_study(two_models).exit_code, 0);

  ASSERT_EQ(run_study({"models=[{name: svr, C: 2}, {name: mlp, max_epochs: 3}]", "--replace"}).exit_code, 0);

  EXPECT_EQ(count_in_logs(directory_ / "run", " done prepare "), clips);
  EXPECT_EQ(count_in_logs(directory_ / "run", " done fit svr/"), 6);
  EXPECT_EQ(count_in_logs(directory_ / "run", " done fit mlp/"), 3);
}

TEST_F(Resume, a_start_that_would_replace_finished_fits_stops_and_says_what_differs) {
  const std::string models = "models=[{name: mean}, {name: svr}]";
  const auto errors_of = [&](Words overrides) {
    overrides.insert(overrides.begin(), models);
    const ProgramResult result = run_study(overrides);
    EXPECT_EQ(result.exit_code, 1) << result.errors;
    return result.errors;
  };
  ASSERT_EQ(run_study({models}).exit_code, 0);
  const auto before = contents_of(directory_ / "run/folds");

  EXPECT_THAT(
      errors_of({"cross_validation.folds=4"}),
      AllOf(HasSubstr("would replace 6 of 6 finished fits: cross_validation.folds 3 -> 4"),
            HasSubstr("--run-dir"), HasSubstr("--replace"), HasSubstr((directory_ / "run").string())));
  EXPECT_THAT(errors_of({"models.svr.C=2"}),
              HasSubstr("would replace 3 of 6 finished fits: models.svr.C 1 -> 2"));
  EXPECT_THAT(errors_of({"models=[{name: mean}]"}),
              HasSubstr("would drop 3 of 6 finished fits: models.svr left out"));
  const ProgramResult shown = run_study({models, "models.svr.C=2", "--dry-run"});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_THAT(shown.output, HasSubstr("it would stop"));

  std::string text = text_of(labels());
  const std::size_t last_digit = text.find_last_not_of("\r\n");
  text[last_digit] = text[last_digit] == '1' ? '2' : '1';
  write_text(labels(), text);
  const std::string file = labels().filename().string();
  EXPECT_THAT(errors_of({"cross_validation.folds=4"}),
              HasSubstr("cross_validation.folds 3 -> 4, " + file + " changed"));
  EXPECT_THAT(run(program({"status", "run"}), directory_).output,
              HasSubstr("small: done, but " + file + " has changed since"));
  EXPECT_TRUE(contents_of(directory_ / "run/folds") == before);
}

TEST_F(Resume, replaced_and_dropped_fits_are_set_aside_where_no_reader_looks) {
  ASSERT_EQ(run_study({"models=[{name: mean}, {name: svr}]"}).exit_code, 0);
  const Words other = {"models=[{name: svr, C: 2}]"};
  ASSERT_EQ(run_study(other, 0, "fresh").exit_code, 0);

  const ProgramResult replaced = run_study({other.front(), "--replace"});
  ASSERT_EQ(replaced.exit_code, 0);

  EXPECT_THAT(replaced.errors, HasSubstr("musicmem: 6 fits of mean vanilla, svr vanilla moved to " +
                                         (directory_ / "run/folds/.stale").string() + "\n"));
  const auto stale = contents_of(directory_ / "run/folds/.stale");
  EXPECT_EQ(stale.size(), 6 * 4);
  fs::remove_all(directory_ / "run/folds/.stale");
  EXPECT_TRUE(contents_of(directory_ / "run/folds") == contents_of(directory_ / "fresh/folds"));
  EXPECT_TRUE(contents_of(directory_ / "run/report") == contents_of(directory_ / "fresh/report"));
}

// As if another version of the program, which gives fits other identities, had made the run.
TEST_F(Resume, fits_that_this_version_makes_anew_are_not_replaced_unasked) {
  const Words models = {"models=[{name: mean}]"};
  ASSERT_EQ(run_study(models).exit_code, 0);
  const fs::path file = directory_ / "run/plan.json";
  nlohmann::json plan = nlohmann::json::parse(text_of(file));
  for (nlohmann::json& fit : plan.at("fits")) {
    const fs::path metrics =
        directory_ / "run/folds" / fit.at("directory").get<std::string>() / "metrics.json";
    nlohmann::json content = nlohmann::json::parse(text_of(metrics));
    content["hash"] = fit["hash"] = "of another version";
    write_text(metrics, content.dump());
  }
  write_text(file, plan.dump());

  const ProgramResult refused = run_study(models);

  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(
      refused.errors,
      HasSubstr(
          "would replace 3 of 3 finished fits: this version of musicmem computes these fits differently; "));
  EXPECT_EQ(run_study({models.front(), "--replace"}).exit_code, 0);
}

TEST_F(Resume, what_only_adds_fits_needs_no_leave) {
  ASSERT_EQ(run_study({"models=[{name: svr}]"}).exit_code, 0);

  const ProgramResult result =
      run_study({"models=[{name: random}, {name: svr, variants: [vanilla, augmented], controls: [shuffled]}]",
                 "cross_validation.seeds=[5, 6]"});

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(count_in_logs(directory_ / "run", " done fit svr/vanilla/"), 3);
  EXPECT_FALSE(fs::exists(directory_ / "run/folds/.stale"));
}

TEST_F(Resume, added_seed_keeps_the_fits_of_the_others) {
  ASSERT_EQ(run_study({"models=[{name: random}]"}).exit_code, 0);

  ASSERT_EQ(run_study({"models=[{name: random}]", "cross_validation.seeds=[5, 6]"}).exit_code, 0);

  EXPECT_EQ(count_in_logs(directory_ / "run", " done fit random/"), 6);
}

TEST_F(Resume, damaged_shard_and_fit_are_found_and_made_again) {
  ASSERT_EQ(run_study({"models=[{name: svr}]"}).exit_code, 0);
  const auto before = contents_of(directory_ / "run/report");
  const fs::path shard = store() / "shards" / (clip(3).stem().string() + ".h5");
  std::string bytes = text_of(shard);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_text(shard, bytes);
  const fs::path predictions = directory_ / "run/folds/svr/vanilla/seed-none/fold-1/predictions.csv";
  write_text(predictions, text_of(predictions) + "extra.wav,1,none,0.5,0.5\n");

  const ProgramResult result = run_study({"models=[{name: svr}]"});

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(count_in_logs(directory_ / "run", " done prepare " + clip(3).filename().string()), 2);
  EXPECT_EQ(count_in_logs(directory_ / "run", " done fit svr/vanilla/seed-none/fold-1"), 2);
  EXPECT_EQ(count_in_logs(directory_ / "run", " done "), clips + 3 + 2);
  EXPECT_TRUE(contents_of(directory_ / "run/report") == before);
}

TEST_F(Resume, train_refuses_features_of_other_audio_and_of_other_studies) {
  const Words models = {"models=[{name: svr}]"};
  ASSERT_EQ(run_study(models).exit_code, 0);
  fs::copy_file(clip(0), clip(1), fs::copy_options::overwrite_existing);
  Words train = program({"train", "study/experiment.yaml", "--run-dir", "run"});
  train.insert(train.end(), models.begin(), models.end());

  const ProgramResult result = run(train, directory_);

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("1 clip not prepared, such as " + clip(1).filename().string()));
}

TEST_F(Resume, studies_that_share_a_store_train_on_their_own_clips) {
  const Words models = {"models=[{name: svr}]"};
  ASSERT_EQ(run_study(models).exit_code, 0);
  std::string fewer = text_of(labels());
  fewer.resize(fewer.rfind('\n', fewer.size() - 2) + 1);
  write_text(directory_ / "study/data/labels/fewer.csv", fewer);
  ASSERT_EQ(
      run_study({"models=[{name: svr}]", "data.labels=study/data/labels/fewer.csv", "name=fewer"}, 0, "other")
          .exit_code,
      0);
  Words train = program({"train", "study/experiment.yaml", "--run-dir", "again", "models=[{name: svr}]"});

  ASSERT_EQ(run(train, directory_).exit_code, 0);

  EXPECT_TRUE(contents_of(directory_ / "again/folds") == contents_of(directory_ / "run/folds"));
}

TEST_F(Resume, failure_is_forgotten_once_the_clip_is_back) {
  const Words models = {"models=[{name: mean}]"};
  ASSERT_EQ(run_study(models).exit_code, 0);
  const auto before = contents_of(directory_ / "run/report");
  fs::rename(clip(2), directory_ / "away.wav");
  const ProgramResult refused = run_study(models);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("audio missing or unusable (1 clip)"));
  const ProgramResult without = run_study({models.front(), "--replace"});
  fs::rename(directory_ / "away.wav", clip(2));
  fs::remove_all(directory_ / "run/folds/.stale");

  const ProgramResult healed = run_study(models);

  EXPECT_EQ(without.exit_code, 3);
  EXPECT_THAT(without.errors, HasSubstr("fits that lack a clip of them are made anew"));
  EXPECT_EQ(healed.exit_code, 0);
  EXPECT_THAT(healed.errors, HasSubstr("musicmem: 3 finished fits are made anew: " +
                                       clip(2).filename().string() + " has features now\n"));
  EXPECT_EQ(contents_of(directory_ / "run/folds/.stale").size(), 3 * 4);
  EXPECT_TRUE(contents_of(directory_ / "run/report") == before);
  EXPECT_EQ(count_in_logs(directory_ / "run", " done prepare "), clips);
}

TEST_F(Resume, kept_audio_is_written_for_clips_that_are_prepared_already) {
  ASSERT_EQ(run_study({"models=[{name: mean}]"}).exit_code, 0);

  ASSERT_EQ(run_study({"models=[{name: mean}]", "augment.keep_audio=true"}).exit_code, 0);

  EXPECT_TRUE(fs::exists(audio().parent_path() / "2_semitones" / clip(0).filename()));
}

TEST_F(Resume, second_program_on_a_run_directory_stops_with_the_holders_name) {
  BackgroundProgram first(study_command({}, 0, "run"), directory_, directory_ / "job.log");
  ASSERT_TRUE(wait_for([&] { return count_in_logs(directory_ / "run", " begin prepare ") >= 1; }, 60));
  first.send(SIGSTOP);

  const ProgramResult second = run_study();

  first.send(SIGCONT);
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.errors, HasSubstr("is in use by process"));
  EXPECT_EQ(first.wait(), 0);
}

}  // namespace
}  // namespace musicmem::testing_support
