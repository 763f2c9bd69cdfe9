// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/words.h"

#include "config/counted.h"
#include "config/exact_text.h"
#include "launcher/results/model_warnings.h"
#include "launcher/study/plan.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

void append(std::vector<std::string>& notes, const std::vector<std::string>& more) {
  notes.insert(notes.end(), more.begin(), more.end());
}

std::vector<std::string> notes_on_features(const Provenance& run) {
  const FeatureOrigin& origin = run.features;
  std::vector<std::string> notes;
  for (const auto& [name, set] : origin.sets)
    notes.push_back("features " + name + " were made elsewhere and come from " + set.source + " (" +
                    set.reading + ")");
  if (origin.from_table) notes.emplace_back("features come from a table, not from audio");
  if (origin.from_table || !origin.uses_ehc) return notes;
  append(notes,
         {origin.stems == "approximate"
              ? "the sources vocals, drums, bass and other are a signal-processing approximation "
                "(harmonic/percussive separation and band splitting), not separated sources"
              : "the sources vocals, drums, bass and other were separated (" + origin.stems + ")",
          origin.emotion == "none" ? "static valence and arousal are left out: no source for them was given"
                                   : "static valence and arousal come from a " + origin.emotion});
  return notes;
}

std::vector<std::string> notes_on_lengths(const Provenance& run) {
  if (!run.features.from_audio) return {};
  const std::string length = exact_text(run.features.clip_seconds) + " s";
  if (run.adjusted.empty()) return {"every clip lasts " + length};
  std::vector<std::string> notes = {counted(run.adjusted.size(), "clip") + " padded or trimmed to " + length +
                                    ", the others last " + length};
  for (const AdjustedClip& clip : run.adjusted) notes.push_back(clip.track + " " + clip.adjustment);
  return notes;
}

// What `notes_on` says of every run: once where it is the same of all, else with the runs' names.
std::vector<std::string> of_each_run(const RunResults& results,
                                     std::vector<std::string> (*notes_on)(const Provenance&)) {
  std::vector<std::string> shared;
  std::vector<std::string> named;
  bool all_alike = true;
  for (const auto& [name, provenance] : results.provenance) {
    const std::vector<std::string> notes = notes_on(provenance);
    if (&provenance == &results.provenance.front().second) shared = notes;
    all_alike &= notes == shared;
    for (const std::string& note : notes) named.push_back(name + ": " + note);
  }
  return all_alike ? shared : named;
}

// Of protocol audmem, after the size of its folds.
std::string untested_text(const RunPlan& plan) {
  const auto never = std::ranges::count_if(plan.tracks, [](const auto& track) { return track.fold < 0; });
  if (never == 0) return ", which here leaves none untested";
  if (never == 1) return ", so the last track is never tested";
  return ", so the last " + std::to_string(never) + " tracks are never tested";
}

}  // namespace

std::string resamples_text(const RunResults& results) {
  std::vector<int> numbers;
  for (const FitGroup& group : results.groups) {
    if (group.resamples > 0) numbers.push_back(group.resamples);
  }
  return resamples_text(numbers);
}

std::set<std::string> unprepared_tracks(const RunResults& results) {
  // In a report on several runs "<run>/prepare <track>".
  const auto has_failed = [&](const std::string& track) {
    const std::string task = prepare_task_name(track);
    return std::ranges::any_of(results.failures, [&](const Failure& failure) {
      return failure.task == task || failure.task.ends_with("/" + task);
    });
  };
  std::set<std::string> tracks;
  for (std::size_t t = 0; t < results.plan.tracks.size(); ++t) {
    const std::string& name = results.plan.tracks[t].name;
    const bool is_predicted = std::ranges::any_of(
        results.groups, [&](const FitGroup& group) { return !std::isnan(group.prediction[t]); });
    if (!is_predicted && has_failed(name)) tracks.insert(name);
  }
  return tracks;
}

std::string tracks_text(const RunResults& results) {
  const std::size_t all = results.plan.tracks.size();
  const std::size_t failed = unprepared_tracks(results).size();
  const std::size_t groups = count_groups(results.plan);
  return (failed > 0 ? std::to_string(all - failed) + " of " : "") + std::to_string(all) + " tracks" +
         (groups > 0 ? " in " + counted(groups, "group") : "");
}

std::vector<std::string> model_notes(const RunResults& results) {
  const auto labels_where = [&](const auto& is_meant) {
    std::vector<std::string> labels;
    for (const FitGroup& group : results.groups) {
      const bool is_new = std::find(labels.begin(), labels.end(), group.model) == labels.end();
      if (is_new && is_meant(group)) labels.push_back(group.model);
    }
    return fmt::format("{}", fmt::join(labels, ", "));
  };
  std::vector<std::string> notes;
  for (const FitGroup& group : results.groups) {
    if (group.undefined_resamples == 0) continue;
    notes.push_back(group.name() + ": the pooled correlation is undefined in " +
                    with_thousands(group.undefined_resamples) + " of " + with_thousands(group.resamples) +
                    " resamples, which are left out of its interval.");
  }
  for (const FitGroup& group : results.groups) {
    const auto& interval = group.pooled_interval;
    const auto& pooled = group.pooled_spearman;
    if (!interval || interval->holds(*pooled)) continue;
    notes.push_back(group.name() +
                    ": the pooled correlation lies outside its bootstrap interval, which says "
                    "little about so few or so even predictions.");
  }
  const std::string negative =
      labels_where([](const FitGroup& g) { return g.is_negative_by_construction(); });
  if (!negative.empty()) {
    notes.push_back(
        "The pooled correlation of " + negative +
        " is negative by construction: a fold with high labels lowers the mean of the labels it is "
        "predicted from.");
  }
  const std::string untrained = labels_where([](const FitGroup& g) { return g.began_at_random(); });
  if (!untrained.empty()) notes.push_back(random_weights_note(untrained) + ".");
  return notes;
}

std::vector<Warning> report_warnings(const RunPlan& plan) {
  std::vector<Warning> warnings;
  if (plan.synthetic) {
    warnings.push_back({"Synthetic study.",
                        "Rendered sounds and simulated listeners: these numbers test the program, they say "
                        "nothing about music."});
  }
  if (plan.protocol == config::Protocol::audmem) {
    warnings.push_back({"Protocol audmem.",
                        "For comparison with the published numbers only: (1) folds hold floor(N/k) tracks" +
                            untested_text(plan) +
                            "; (2) test features are normalised with the test fold's own "
                            "statistics; (3) segment predictions are pooled by their maximum."});
  }
  return warnings;
}

std::string terms_note(const RunResults& results) {
  const auto occurs = [&](const std::string& variant) {
    return std::any_of(results.groups.begin(), results.groups.end(),
                       [&](const FitGroup& group) { return group.variant == variant; });
  };
  std::string text = "Terms: ";
  const auto explain = [&](bool is_used, const std::string& term, const std::string& meaning) {
    if (is_used) text += term + ", " + meaning + "; ";
  };
  explain(occurs("vanilla"), "vanilla", "trained on the original clips only");
  explain(occurs("augmented"), "augmented", "trained on pitch-shifted copies as well");
  explain(occurs("lds"), "lds", "rows weighted by label distribution smoothing, rare scores more");
  explain(occurs("augmented_lds"), "augmented_lds", "pitch-shifted copies and lds weights together");
  explain(occurs("shuffled"), "shuffled", "a control: the same model trained on permuted labels");
  explain(std::ranges::any_of(results.groups, &FitGroup::is_ablation), "without-X and only-X",
          "the first variant fitted without the block X of its features, and on that alone");
  explain(std::ranges::any_of(results.groups, &FitGroup::is_share), "share-X",
          "the first variant fitted on the share X of the training tracks");
  explain(!results.plan.covariates.empty(), "covariates",
          "ridge regression on the covariates alone, which says what they predict by themselves");
  explain(results.plan.protocol == config::Protocol::strict, "strict",
          "every track is tested once, by a model that has not seen it in any form");
  explain(std::any_of(results.provenance.begin(), results.provenance.end(),
                      [](const auto& run) { return run.second.features.uses_ehc; }),
          "Cs, Ds, Fs, Gs and As", "the notes C sharp to A sharp");
  return text + "pooled, over the tested tracks of all folds at once.";
}

std::string folds_text(const RunPlan& plan) {
  const std::string once = std::to_string(plan.folds / plan.repeats) + " folds";
  return plan.repeats == 1 ? once : once + ", repeated " + std::to_string(plan.repeats) + " times";
}

std::size_t count_groups(const RunPlan& plan) {
  std::set<std::string> groups;
  for (const PlannedTrack& track : plan.tracks) {
    if (!track.group.empty()) groups.insert(track.group);
  }
  return groups.size();
}

std::vector<std::string> result_notes(const RunResults& results) {
  std::vector<std::string> notes = {
      "Mean ± standard deviation (n \u2212 1) over folds, seeds averaged within a fold first. The pooled "
      "correlation is "
      "taken over all tested tracks of a seed at once and averaged over seeds; its 95 % interval is the "
      "percentile "
      "bootstrap over tracks (" +
      resamples_text(results) +
      " resamples). Both are shown for complete grids only. A dash stands for "
      "an "
      "undefined value, such as the correlation of constant predictions. Spread over seeds: standard "
      "deviation of "
      "the Spearman correlation over seeds within a fold, averaged over folds."};
  for (const FitGroup& group : results.groups) {
    if (group.undefined == 0) continue;
    notes.push_back(group.name() + ": the correlation is undefined in " + std::to_string(group.undefined) +
                    " of " + std::to_string(group.fits.size()) + " fits, which are left out of its means.");
  }
  for (const FitGroup& group : results.groups) {
    if (group.undefined_r2 == 0) continue;
    notes.push_back(group.name() + ": R² is undefined in " + std::to_string(group.undefined_r2) + " of " +
                    std::to_string(group.fits.size()) + " fits, whose labels are all the same.");
  }
  if (count_groups(results.plan) > 0) {
    notes.push_back(
        "The tracks of a group are never parted: they are trained on, validated or tested together, the bootstrap "
        "draws whole groups, and the permutation test changes the sign of whole groups.");
  }
  append(notes, model_notes(results));
  notes.push_back(terms_note(results));
  if (const auto reliability = reliability_of(results.plan))
    notes.push_back("Listeners' agreement: " + reliability_text(*reliability) + ".");
  return notes;
}

std::vector<std::string> explanation_notes(const Report& report) {
  const auto any = [&](ExplanationMethod method) {
    return std::any_of(report.explanations.begin(), report.explanations.end(),
                       [&](const Explanation& explanation) {
                         return explanation.is_current && explanation.method == method;
                       });
  };
  const std::string& target = report.results.plan.target.column;
  std::vector<std::string> notes;
  if (any(ExplanationMethod::shap)) {
    notes.push_back(
        "SHAP values show how far each feature moved a prediction from the mean prediction of the background "
        "clips (Lundberg and Lee, 2017), in units of the " +
        target +
        ". Permutation importance shows how much the "
        "mean squared error of the test folds grows when a feature's values are shuffled between the clips "
        "(Breiman, 2001).");
  }
  if (any(ExplanationMethod::shap) && report.results.plan.synthetic) {
    notes.emplace_back(
        "Of the effects planted in the built-in study, features can see the tempo (bpm), the drums "
        "(drums_db_mean) and the mode (the major thirds E_mean, A_mean and B_mean above its three tonics). "
        "They "
        "cannot see the repetition of the hook: each describes one second, and nothing in a second says that "
        "it "
        "comes again.");
  }
  if (any(ExplanationMethod::integrated_gradients)) {
    notes.push_back(
        "Integrated gradients show how far each part of the log-mel spectrogram moved a prediction from that "
        "of a clip with the mean spectrum of the training clips (Sundararajan, Taly and Yan, 2017), in units "
        "of the " +
        target + ".");
  }
  for (const Explanation& explanation : report.explanations) {
    if (explanation.is_current) continue;
    notes.push_back("The explanation of " + explanation.of.title() +
                    " is not shown: it is damaged or belongs to other fits. Run musicmem explain again.");
  }
  return notes;
}

std::vector<std::string> feature_notes(const RunResults& results) {
  return of_each_run(results, notes_on_features);
}

std::vector<std::string> data_notes(const RunResults& results) {
  const RunPlan& plan = results.plan;
  std::vector<std::string> notes;
  if (!plan.tracks.empty()) {
    double count = 0.0;
    double sum = 0.0;
    double least = std::numeric_limits<double>::infinity();
    double most = -least;
    const std::set<std::string> failed = unprepared_tracks(results);
    for (const PlannedTrack& track : plan.tracks) {
      if (failed.contains(track.name)) continue;
      ++count;
      sum += track.label;
      least = std::min(least, track.label);
      most = std::max(most, track.label);
    }
    if (count > 0.0)
      notes.push_back(tracks_text(results) + ", " +
                      (plan.target.column == config::Target().column ? "scores" : plan.target.column) +
                      " from " + rounded(least) + " to " + rounded(most) + ", mean " + rounded(sum / count));
  }
  notes.push_back(folds_text(plan) + ", protocol " + to_string(plan.protocol) +
                  ", segment predictions pooled by their " + to_string(plan.pooling));
  append(notes, feature_notes(results));
  append(notes, plan.warnings);
  append(notes, of_each_run(results, notes_on_lengths));
  notes.push_back(counted(results.failures.size(), "failed task"));
  return notes;
}

std::vector<std::pair<std::string, std::string>> provenance_facts(const Provenance& provenance) {
  std::string versions;
  for (const auto& [library, version] : provenance.versions) {
    versions += (versions.empty() ? "" : ", ") + library + " " + version;
  }
  std::string seeds;
  for (const std::string& seed : provenance.seeds) seeds += (seeds.empty() ? "" : ", ") + seed;
  return {{"data hash", provenance.data_hash},
          {"program", provenance.revision},
          {"libraries", versions},
          {"seeds", seeds}};
}

}  // namespace musicmem::launcher
