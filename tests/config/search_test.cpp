// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/search.h"

#include "config/error.h"
#include "config/settings/changed_model.h"
#include "config/settings/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::config {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

ModelSpec model_of(const std::string& name, const std::string& search) {
  ModelSpec model;
  model.name = model.label = name;
  if (name == "ssast") model.features = {{"fbank"}};
  model.search = Search::parse(search);
  return model;
}

// What is said of a search that cannot be; empty for one that can.
std::string problem_of(const std::string& name, const std::string& search) {
  try {
    const auto found = conflict(model_of(name, search));
    return found ? found->problem + "; " + found->advice : "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(SearchSettings, are_read_as_they_are_written) {
  const std::string text =
      "{learning_rate: {log: [1e-05, 0.01]}, dropout: [0.2, 0.5], draws: 16, inner_folds: 3, metric: spearman}";

  const Search search = Search::parse(text);

  EXPECT_EQ(to_string(search), text);
  EXPECT_EQ(search.settings[0].spacing, Spacing::log);
  EXPECT_EQ(search.settings[1].values.size(), 2U);
  EXPECT_EQ(Search::parse(to_string(search)), search);
  EXPECT_EQ(problem_of("mlp", text), "");
  EXPECT_FALSE(Search::parse("none").any());
}

TEST(SearchSettings, change_numbers_and_words_of_a_model) {
  ModelSpec model;
  model.name = "svr";

  EXPECT_EQ(changed_model(model, "C", "10").svr.c, 10.0);
  EXPECT_EQ(changed_model(model, "gamma", "0.5").svr.gamma, 0.5);
  EXPECT_EQ(changed_model(changed_model(model, "gamma", "0.5"), "gamma", "scale").svr.gamma, std::nullopt);
  EXPECT_EQ(changed_model(model, "kernel", "linear").svr.kernel, SvrKernel::linear);
  EXPECT_EQ(changed_model(model, "pca", "3").pca.number, 3);
  EXPECT_THAT(searchable_settings(model), AllOf(Contains("epsilon"), Not(Contains("features")),
                                                Not(Contains("label")), Not(Contains("search"))));
}

TEST(SearchSettings, that_cannot_be_are_told_with_what_to_do) {
  EXPECT_THAT(problem_of("svr", "{C: []}"), HasSubstr("the list of 'C' in search is empty"));
  EXPECT_THAT(problem_of("svr", "{C: {log: [10, 1]}, draws: 4}"), HasSubstr("give the smaller number first"));
  EXPECT_THAT(problem_of("svr", "{C: {log: [0, 1]}, draws: 4}"), HasSubstr("must begin above 0"));
  EXPECT_THAT(problem_of("svr", "{C: {log: [1, 10]}}"), HasSubstr("add draws"));
  EXPECT_THAT(problem_of("svr", "{C: [1, 10], draws: 4}"), HasSubstr("no range to draw from"));
  EXPECT_THAT(problem_of("svr", "{gama: [1]}"),
              AllOf(HasSubstr("svr has no setting 'gama'"), HasSubstr("gamma")));
  EXPECT_THAT(problem_of("svr", "{features: [ehc, classic]}"),
              HasSubstr("changes what the model learns from"));
  EXPECT_THAT(problem_of("svr", "{C: [1, -1]}"), AllOf(HasSubstr("'C' of search"), HasSubstr("'-1' is not")));
  EXPECT_THAT(problem_of("svr", "{C: [1, 1]}"), HasSubstr("given twice"));
  EXPECT_THAT(problem_of("svr", "{kernel: [rbf, poly]}"), HasSubstr("'poly'"));
  EXPECT_THAT(problem_of("svr", "{C: 1}"), HasSubstr("give a list of values"));
  EXPECT_THAT(problem_of("svr", "{C: [1], metric: r2}"), HasSubstr("'r2' is not a metric"));
  EXPECT_THAT(problem_of("svr", "{C: [1], inner_folds: 1}"), HasSubstr("inner_folds"));
  EXPECT_THAT(problem_of("svr", "{inner_folds: 3}"), HasSubstr("names no setting"));
  EXPECT_THAT(problem_of("svr", "[1, 2]"), HasSubstr("is no search"));
  EXPECT_THAT(problem_of("mlp", "{hidden: [100]}"), HasSubstr("mlp has no setting 'hidden'"));
  EXPECT_THAT(problem_of("ssast", "{input: [clip, segment]}"), HasSubstr("learns from"));
}

}  // namespace
}  // namespace musicmem::config
