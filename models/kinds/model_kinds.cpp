// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/kinds/model_kinds.h"

#include "config/error.h"
#include "data/files/file_reading.h"
#include "features/feature_blocks.h"
#include "models/protocol/trained_model.h"
#include "models/shap/shap.h"
#include "models/ssast/kind.h"

#include <algorithm>
#include <ranges>

#include <fmt/ranges.h>

namespace musicmem::models {
namespace {

struct NamedRows {
  std::vector<std::string> columns;
  data::Matrix rows;
};

// The features of one clip as data::join_tables has those of a study; one row without columns where there are none.
NamedRows joined_rows(const ClipFeatures& clip, const std::vector<std::string>& sets) {
  if (clip.empty()) return {{}, data::Matrix(1, 0)};
  if (clip.size() == 1) return {clip.front().columns, features::rows_of(clip.front())};
  NamedRows joined;
  std::vector<data::Matrix> parts;
  std::size_t rows = 1;
  for (std::size_t s = 0; s < clip.size(); ++s) {
    for (const std::string& column : clip[s].columns) joined.columns.push_back(sets[s] + "." + column);
    const data::Matrix& part = parts.emplace_back(features::rows_of(clip[s]));
    if (part.rows() == 1) continue;
    if (rows > 1 && rows != part.rows())
      throw Error(fmt::format("feature set {} has {} segments, another one {}", sets[s], part.rows(), rows),
                  "", "make both of the same segments");
    rows = part.rows();
  }
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<double> row;
    for (const data::Matrix& part : parts) {
      const auto values = part.row(part.rows() == 1 ? 0 : r);
      row.insert(row.end(), values.begin(), values.end());
    }
    joined.rows.append_row(row);
  }
  return joined;
}

// Those of the columns that a model learned from, in its order; all of them where one is missing.
NamedRows with_columns(const NamedRows& all, const std::vector<std::string>& columns) {
  std::vector<std::size_t> places;
  for (const std::string& column : columns) {
    const auto found = std::ranges::find(all.columns, column);
    if (found == all.columns.end()) return all;
    places.push_back(static_cast<std::size_t>(found - all.columns.begin()));
  }
  NamedRows chosen{columns, data::Matrix(all.rows.rows(), columns.size())};
  for (std::size_t r = 0; r < all.rows.rows(); ++r) {
    for (std::size_t c = 0; c < places.size(); ++c) chosen.rows(r, c) = all.rows(r, places[c]);
  }
  return chosen;
}

// A model on tables, from the weights.h5 of its fit.
class TablePredictor : public Predictor {
 public:
  explicit TablePredictor(const weights::StateFile& state)
      : kind_(state.text("model_name")), texts_(state.texts), model_(state) {}

  std::string_view kind() const override { return kind_; }
  std::vector<std::string> feature_sets() const override { return model_.description().features.sets; }
  std::map<std::string, std::string> feature_settings() const override { return texts_; }

  bool is_control() const override { return model_.description().shuffled_control; }

  double predict(const ClipFeatures& clip) const override {
    const NamedRows named = rows_of(clip);
    model_.check_columns(named.columns);
    return model_.predict_clip(named.rows);
  }

  std::optional<FarValue> furthest_value(const ClipFeatures& clip) const override {
    const auto& training = model_.description().normalisation;
    if (!training) return std::nullopt;
    const NamedRows named = rows_of(clip);
    if (training->mean.size() != named.columns.size()) return std::nullopt;
    const Outlier outlier = training->furthest(named.rows);
    return FarValue{named.columns[outlier.column], outlier.deviations};
  }

  std::optional<Contributions> contributions(const ClipFeatures& clip) const override {
    constexpr std::size_t samples = 600;
    const FitDescription& description = model_.description();
    if (!description.normalisation) return std::nullopt;
    // Normalised features are 0 at the mean of the training rows.
    const Background average{data::Matrix(1, description.columns.size()), {1.0}};
    const data::Matrix x = description.normalisation->apply(rows_of(clip).rows);
    if (description.columns.size() <= most_explained_features || model_.regressor().linear_slope())
      return Contributions{description.columns,
                           shap_values(model_.regressor(), x, average, {samples, 1}).values};
    Contributions by_block;
    std::vector<Block> blocks;
    for (features::FeatureBlock& block :
         features::feature_blocks(description.features, description.columns)) {
      by_block.columns.push_back(std::move(block.name));
      blocks.push_back(std::move(block.columns));
    }
    by_block.values = shap_values(model_.regressor(), x, average, blocks, {samples, 1}).values;
    return by_block;
  }

 private:
  NamedRows rows_of(const ClipFeatures& clip) const {
    NamedRows rows = joined_rows(clip, model_.description().features.sets);
    return texts_.contains("ablation") ? with_columns(rows, model_.description().columns) : rows;
  }

  std::string kind_;
  std::map<std::string, std::string> texts_;  // of the file
  TrainedModel model_;
};

FoldFitResult fit_on_table(const FoldFitRequest& request, const FitRun& run) {
  const std::unique_ptr<data::EventFile> events = run.open_events ? run.open_events(0) : nullptr;
  FoldFitRequest alone = request;
  alone.limits = {run.memory_bytes, events.get()};
  return fit_fold(alone);
}

std::vector<Metrics> score_on_table(const FoldFitRequest& request,
                                    const std::vector<config::ModelSpec>& models, const FitRun& run) {
  FoldFitRequest alone = request;
  alone.limits = {run.memory_bytes};
  return score_models(alone, models);
}

std::unique_ptr<Predictor> load_table_predictor(const weights::StateFile& state) {
  return std::make_unique<TablePredictor>(state);
}

ModelKind kind_on_tables(const TableModel& model) {
  return {.name = model.name,
          .costs = model.costs,
          .fit = fit_on_table,
          .score = score_on_table,
          .load = load_table_predictor,
          .is_linear = model.is_linear,
          .settings_warning = model.settings_warning};
}

std::unique_ptr<Predictor> load_state(const weights::StateFile& state) {
  const ModelKind& kind = kind_of(state.text("model_name"), state.origin);
  if (kind.load != nullptr) return kind.load(state);
  throw Error(fmt::format("weights of {} are kept in .pth files", kind.name), state.origin);
}

// The one kind whose fits leave checkpoints.
std::unique_ptr<Predictor> load_checkpoint(const weights::PthFile& file, const SsastAnswers& answers) {
  const auto has_checkpoints = [](const ModelKind& kind) { return kind.load_checkpoint != nullptr; };
  return std::ranges::find_if(model_kinds(), has_checkpoints)->load_checkpoint(file, answers);
}

}  // namespace

const std::vector<ModelKind>& model_kinds() {
  static const std::vector<ModelKind> kinds = [] {
    std::vector<ModelKind> all;
    for (const TableModel* model : table_models()) all.push_back(kind_on_tables(*model));
    all.push_back(ssast_kind);
    return all;
  }();
  return kinds;
}

const ModelKind& kind_of(std::string_view name, const std::string& where) {
  const auto found = std::ranges::find(model_kinds(), name, &ModelKind::name);
  if (found != model_kinds().end()) return *found;
  throw Error(
      fmt::format("unknown model '{}'", name), where,
      fmt::format("models are {}", fmt::join(model_kinds() | std::views::transform(&ModelKind::name), ", ")));
}

std::unique_ptr<Predictor> load_predictor(std::string bytes, const std::filesystem::path& file) {
  if (file.extension() == ".h5") return load_state(weights::parse_state_file(bytes, file.string()));
  return load_checkpoint(weights::parse_pth(std::move(bytes), file.string()), {.of_own_fit = true});
}

std::unique_ptr<Predictor> read_predictor(const std::filesystem::path& file, const SsastAnswers& answers) {
  if (data::is_hdf5(file)) return load_state(weights::read_state_file(file));
  return load_checkpoint(weights::read_checkpoint(file), answers);
}

}  // namespace musicmem::models
