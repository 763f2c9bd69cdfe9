// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "config/error.h"
#include "data/files/durable_file.h"
#include "launcher/run/together.h"
#include "launcher/study/farm_out.h"
#include "launcher/study/feature_tables.h"
#include "launcher/study/fit_files.h"
#include "launcher/study/publish.h"
#include "launcher/study/replaced_fits.h"
#include "launcher/study/run_plan.h"
#include "launcher/study/ssast_fits.h"
#include "launcher/study/study_check.h"
#include "models/protocol/fold_fit.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <set>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using Tables = std::map<config::FeatureSet, data::SegmentTable>;

bool is_current(const RunDirectory& run, const FitTask& fit, const config::Experiment& experiment) {
  return check_fit(run.folds() / fit.directory(experiment), fit.hash) == FitState::good;
}

// On rank 0. Preparing has said so.
void tell_of_equal_clips(const StageContext& context, const std::vector<PreparedFeatures>& prepared) {
  if (context.prepares) return;
  const std::vector<std::string> audio = audio_checksums(context.study, prepared);
  if (const auto found = find_equal_clips(context.study.tracks, audio)) context.log.warn(found->text());
}

// "6 fits of mlp lds, svr vanilla". `fits`: by their directories.
std::string moved_text(const std::vector<fs::path>& fits) {
  std::set<std::string> groups;
  for (const fs::path& fit : fits)
    groups.insert(fit.begin()->string() + " " + std::next(fit.begin())->string());
  std::string names;
  for (const std::string& group : groups) names += (names.empty() ? "" : ", ") + group;
  return counted(fits.size(), "fit") + " of " + names;
}

// Indices of the fits to compute: looked up by rank 0, which also writes the plan and the manifest that the
// report reads.
std::vector<std::size_t> fits_to_do(StageContext& context, const std::vector<FitTask>& fits,
                                    const std::vector<PreparedFeatures>& prepared) {
  return indices_from_rank_zero(context.ranks, "looking for finished fits", [&] {
    const config::Experiment& experiment = context.study.experiment;
    if (!context.may_replace)
      refuse_to_replace(fits_to_be_replaced(context.run, context.study, prepared, fits), context.run);
    std::vector<std::string> names;
    for (const FitTask& fit : fits) names.push_back(fit_task_name(fit, experiment));
    context.run.keep_failures_of(names, "fit");
    data::require_writable_directory(context.run.folds());
    const std::string hash = data_hash(context.study, prepared);
    write_run_plan(context.run, context.study, hash, fits, prepared);
    tell_of_equal_clips(context, prepared);
    const std::vector<fs::path> moved =
        set_stale_fits_aside(context.run, experiment, fits, context.may_replace);
    if (!moved.empty()) context.log.tell(moved_text(moved) + " moved to " + stale_fits(context.run).string());
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < fits.size(); ++i) {
      if (is_current(context.run, fits[i], experiment)) {
        context.run.record_success(names[i]);
      } else {
        left.push_back(i);
      }
    }
    context.run.describe_inputs(hash, /*trains=*/!left.empty());
    return left;
  });
}

// What the explainable features take from other files than the clips; empty for nothing.
std::string outside_sources(const config::EhcSettings& ehc) {
  std::vector<std::string> sources;
  if (!ehc.tempo.empty()) sources.emplace_back("a tempo table");
  if (ehc.stems.source != config::Stems::Source::approximate) {
    sources.push_back("stems (" + to_string(ehc.stems.source) + ")");
  }
  if (ehc.emotion.source != config::Emotion::Source::none) {
    sources.push_back("valence and arousal (" + to_string(ehc.emotion.source) + ")");
  }
  return fmt::format("{}", fmt::join(sources, ", "));
}

void compute_fit(const StageContext& context, const FitTask& fit, const Tables& tables) {
  const config::Experiment& experiment = context.study.experiment;
  const config::ModelSpec& model = experiment.models[fit.model];
  const std::unique_ptr<data::EventFile> events = begin_events(context, fit);
  models::FitLimits limits;
  limits.events = events.get();
  if (context.memory_bytes > 0) limits.memory_bytes = context.memory_bytes;
  const models::FoldFitRequest request{tables.at(model.features),
                                       model,
                                       experiment.cross_validation,
                                       fit.variant,
                                       fit.shuffled,
                                       fit.seed,
                                       fit.fold,
                                       limits};
  models::FoldFitResult result = models::fit_fold(request);
  // What a clip's features must be made with to be scored by these weights.
  result.weights.texts["harmony_tuning"] = to_string(experiment.features.ehc.harmony.tuning);
  if (const std::string sources = outside_sources(experiment.features.ehc); !sources.empty()) {
    result.weights.texts["outside_sources"] = sources;
  }
  publish(context, fit, result);
}

bool is_ssast(const config::Experiment& experiment, const FitTask& fit) {
  return experiment.models[fit.model].name == "ssast";
}

// On rank 0. The report would set fits of one precision beside those of another.
void warn_of_other_arithmetic(const StageContext& context, const std::vector<FitTask>& fits,
                              const std::vector<std::size_t>& to_do, const std::string& now) {
  const config::Experiment& experiment = context.study.experiment;
  std::map<std::string, std::size_t> others;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    if (!is_ssast(experiment, fits[i]) || std::binary_search(to_do.begin(), to_do.end(), i)) continue;
    const std::string known = read_fit_record(context.run.folds() / fits[i].directory(experiment)).arithmetic;
    if (!known.empty() && known != now) ++others[known];
  }
  for (const auto& [arithmetic, count] : others) {
    context.log.warn(counted(count, "fit") + " of ssast on disk computed in " + arithmetic +
                     ", this start computes in " + now + "; --fresh computes them all again");
  }
}

bool any_ssast(const config::Experiment& experiment, const std::vector<FitTask>& fits,
               const std::vector<std::size_t>& to_do) {
  return std::any_of(to_do.begin(), to_do.end(),
                     [&](std::size_t index) { return is_ssast(experiment, fits[index]); });
}

}  // namespace

StageResult train_stage(StageContext& context) {
  Tables tables;
  std::vector<PreparedFeatures> prepared;
  if (!context.study.experiment.data.from_table()) prepared = prepared_everywhere(context);
  together(context.ranks, "reading the features", [&] {
    const Trace::Span span(context.trace, "io", "read the features");
    open_tables(prepared);
    tables = load_feature_tables(context.study, prepared);
  });
  const std::vector<FitTask> fits = plan_fits(context.study, tables);
  const std::vector<std::size_t> to_do = fits_to_do(context, fits, prepared);

  std::optional<SsastFits> ssast;
  if (any_ssast(context.study.experiment, fits, to_do)) {
    ssast.emplace(context, prepared);
    if (context.ranks.rank() == 0) warn_of_other_arithmetic(context, fits, to_do, ssast->arithmetic());
  }

  FarmWork work;
  work.stage = "train";
  work.on_disk = fits.size() - to_do.size();
  for (const std::size_t index : to_do) {
    work.names.push_back(fit_task_name(fits[index], context.study.experiment));
    work.hashes.push_back(fits[index].hash);
    work.costs.push_back(fits[index].expected_cost);
    work.for_group.push_back(is_ssast(context.study.experiment, fits[index]));
  }
  const StageResult result = farm_out(context, work, [&](std::size_t task) {
    const FitTask& fit = fits[to_do[task]];
    if (work.for_group[task]) {
      ssast->compute(fit);
    } else {
      compute_fit(context, fit, tables);
    }
  });
  // A fit that failed, as on a full disk, goes on from its checkpoint once that is mended.
  if (context.ranks.rank() == 0 && !result.interrupted && result.failed == 0) {
    context.claim.require_held();
    fs::remove_all(context.run.checkpoints());
  }
  return result;
}

}  // namespace musicmem::launcher
