// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/fit.h"

#include "config/experiment.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "distributed/wire.h"
#include "models/machine/freed_memory.h"
#include "models/protocol/fold_parts.h"
#include "models/ssast/network/weights.h"
#include "models/ssast/reading.h"
#include "models/ssast/training/device.h"
#include "models/ssast/training/prediction.h"
#include "models/ssast/training/step.h"
#include "models/ssast/training/training.h"
#include "models/tables/label_scale.h"
#include "models/tables/pooling.h"
#include "models/tables/training_rows.h"
#include "models/torch/single_thread.h"
#include "weights/pth_file.h"

#include <exception>
#include <memory>
#include <numeric>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace musicmem::models {
namespace {

// One fit on its way.
class SsastFit {
 public:
  SsastFit(const FoldFitRequest& request, const FitRun& run)
      : request_(request),
        settings_(request.model.ssast),
        table_(request.table),
        run_(run),
        split_(make_split(request)),
        source_(*run.spectrograms),
        shape_(ssast_shape(settings_, config::target_length_of(settings_, run.features))) {}

  FoldFitResult fit() {
    const FreedMemoryPolicy kept(FreedMemory::kept);
    const SingleThread one_thread;  // of each replica
    SsastTask task;
    distributed::together(run_.group, "listing the rows", [&] { task = make_task(); });
    const SpectrogramStatistics statistics = training_statistics(task);
    const SpectrogramInput input(settings_.training, target_length(), statistics);
    std::optional<weights::TrainingCheckpoint> resume;
    const std::size_t threads = find_checkpoint(resume);
    distributed::together(run_.group, "preparing the GPU", [&] { prepare(run_.hardware); });
    std::unique_ptr<SsastReplicas> replicas;
    distributed::together(run_.group, "making the model", [&] {
      replicas = std::make_unique<SsastReplicas>(make_model(resume.has_value()), threads);
    });
    const SsastOutcome outcome = train_ssast(*replicas, source_, input, task, settings_, run_, resume);
    log_times(outcome);
    distributed::together(run_.group, "folding the fold's statistics into the weights", [&] {
      fold_in_statistics(replicas->model(), statistics);
      fold_in_labels(replicas->model());
    });
    return result(*replicas, outcome);
  }

 private:
  std::size_t target_length() const { return static_cast<std::size_t>(shape_.target_length); }

  void log(const std::string& line) const {
    if (run_.group.rank() == 0 && run_.log) run_.log(line);
  }

  SsastTask make_task() {
    SsastTask task;
    task.train = rows_of_tracks(table_, split_.train, config::uses_augmented_rows(request_.variant));
    task.validation = rows_of_tracks(table_, split_.validation, false);
    task.seed = fit_seed(request_, "fit");
    const std::vector<double> labels = labels_to_learn(request_, split_);
    for (const int track : table_.row_track) task.label.push_back(labels[static_cast<std::size_t>(track)]);
    const auto learned_labels = [&] {
      std::vector<double> learned;
      for (const std::size_t row : task.train) learned.push_back(task.label[row]);
      return learned;
    };
    label_scale_ = LabelScale::of(request_.range, learned_labels());
    task.label = label_scale_.shares(task.label);
    const std::vector<double> learned = learned_labels();
    const std::vector<double> weights = row_weights(request_, split_, task.train, learned);
    if (!weights.empty()) {
      task.weight.assign(task.label.size(), 1.0);
      for (std::size_t i = 0; i < weights.size(); ++i) task.weight[task.train[i]] = weights[i];
    }
    if (settings_.training.center_labels) {
      label_offset_ =
          std::accumulate(learned.begin(), learned.end(), 0.0) / static_cast<double>(learned.size());
      for (double& label : task.label) label -= label_offset_;
    }
    return task;
  }

  SpectrogramStatistics training_statistics(const SsastTask& task) {
    SpectrogramStatistics statistics;
    if (settings_.training.statistics == config::FbankStatistics::audioset) return statistics;
    distributed::together(run_.group, "measuring the training spectrograms",
                          [&] { statistics = SpectrogramStatistics::of(source_, task.train); });
    return statistics;
  }

  // The leader's newest checkpoint, and the number of threads that the fit was begun with: with another one
  // its last digits would change.
  std::size_t find_checkpoint(std::optional<weights::TrainingCheckpoint>& resume) {
    auto threads = run_.hardware.gpu < 0 ? run_.threads : std::size_t{1};
    distributed::together(run_.group, "looking for a checkpoint", [&] {
      if (run_.group.rank() != 0 || run_.checkpoints == nullptr) return;
      std::vector<std::string> problems;
      resume = run_.checkpoints->load_newest(&problems);
      for (const std::string& problem : problems) log(problem);
      if (resume && run_.hardware.gpu < 0) {
        const auto saved_threads = resume->counters.find("threads");
        if (saved_threads != resume->counters.end())
          threads = static_cast<std::size_t>(saved_threads->second);
      }
    });
    return broadcast(run_.group, threads, "agreeing on threads");
  }

  // With the pre-trained weights on the leader, whose weights all ranks then take.
  std::shared_ptr<Ssast> make_model(bool resumes) {
    auto model = std::make_shared<Ssast>(shape_, fit_seed(request_, "weights"));
    if (run_.group.rank() == 0 && !resumes) {
      if (settings_.pretrained.empty()) {
        log("warning: no pre-trained weights are given, training starts from random ones");
      } else {
        const LoadReport report = load_ssast(*model, read_pretrained());
        log(report.taken());
        for (const std::string& line : report.lines()) log(line);
      }
    }
    if (settings_.freeze_backbone) model->freeze_backbone();
    model->to(device_of(run_.hardware));
    return model;
  }

  // The fit is named by the weights that it starts from: throws Error where they are others by now.
  weights::StateDict read_pretrained() const {
    weights::StateDict tensors = weights::read_checkpoint(settings_.pretrained).tensors;
    if (!run_.pretrained.empty() &&
        data::checksum(data::read_file(settings_.pretrained)) != run_.pretrained) {
      throw Error("was replaced after the study was started", settings_.pretrained.string(),
                  "run the same command again");
    }
    return tensors;
  }

  void log_times(const SsastOutcome& outcome) const {
    const SsastTimes& times = outcome.times;
    log(
        fmt::format("trained {} steps in {:.3f} s: passes {:.3f} s, waiting for spectrograms {:.3f} s, "
                    "gradients in transit {:.3f} s, of these inside the passes {:.3f} s; {} steps skipped",
                    times.steps, times.training, times.backward, times.waiting_for_reader, times.exchanging,
                    times.exchanging_in_backward, outcome.bad_steps));
  }

  // The patch convolution W x + b for x normalised by the fold becomes that for x normalised by AudioSet.
  static void fold_in_statistics(Ssast& model, const SpectrogramStatistics& fold) {
    const SpectrogramStatistics audioset;
    if (fold.mean == audioset.mean && fold.deviation == audioset.deviation) return;
    const c10::NoGradGuard no_grad;
    const double factor = audioset.deviation / fold.deviation;
    const double shift = (audioset.mean - fold.mean) / (2.0 * fold.deviation);
    auto parameters = model.named_parameters();
    at::Tensor weight = parameters["v.patch_embed.proj.weight"];
    at::Tensor bias = parameters["v.patch_embed.proj.bias"];
    bias.add_(weight.sum({1, 2, 3}), shift);
    weight.mul_(factor);
  }

  // Makes the last layer of the head, which is linear, give labels.
  void fold_in_labels(Ssast& model) const {
    const c10::NoGradGuard no_grad;
    const std::vector<torch::Tensor> head = model.head_parameters();
    if (label_offset_ != 0.0) head.back().add_(label_offset_);
    if (label_scale_.is_identity()) return;
    head[head.size() - 2].mul_(label_scale_.span);
    head.back().mul_(label_scale_.span).add_(label_scale_.low);
  }

  std::vector<SegmentPrediction> predict(SsastStep& step, const SpectrogramInput& input,
                                         const std::vector<int>& tracks) {
    const Rows rows = rows_of_tracks(table_, tracks, false);
    return segment_predictions(request_, rows, predict_ssast(step, source_, input, rows, run_.group));
  }

  FoldFitResult result(SsastReplicas& replicas, const SsastOutcome& outcome) {
    const SpectrogramInput input(settings_.training, target_length(), SpectrogramStatistics{});
    std::unique_ptr<SsastStep> step;
    distributed::together(run_.group, "beginning to predict", [&] {
      step = std::make_unique<SsastStep>(replicas, run_.hardware, target_length());
    });
    const config::CrossValidation& cv = request_.cross_validation;
    FoldFitResult result;
    result.segments = predict(*step, input, split_.test);
    result.tracks = pool_tracks(result.segments, cv);
    result.test = metrics_of(result.tracks);
    if (!split_.validation.empty()) {
      result.validation = metrics_of(pool_tracks(predict(*step, input, split_.validation), cv));
    }
    result.curve = outcome.curve;
    result.arithmetic = run_.hardware.arithmetic();
    result.checkpoint =
        weights::PthFile{save_ssast(replicas.model()), "",
                         ssast_remarks(shape_, settings_.input, pooling_of(cv), run_.features.clip),
                         ssast_settings(shape_, settings_.input, pooling_of(cv), run_.features.clip,
                                        request_.shuffled_control)};
    return result;
  }

  const FoldFitRequest& request_;
  const config::SsastSettings& settings_;
  const data::SegmentTable& table_;
  const FitRun& run_;
  Split split_;
  SpectrogramSource& source_;
  SsastShape shape_;
  LabelScale label_scale_;
  double label_offset_ = 0.0;  // of scaled labels
};

}  // namespace

FoldFitResult fit_ssast(const FoldFitRequest& request, const FitRun& run) {
  try {
    std::unique_ptr<SsastFit> fit;
    distributed::together(run.group, "checking the fit", [&] {
      check_request(request);
      fit = std::make_unique<SsastFit>(request, run);
    });
    FoldFitResult result;
    distributed::end_job_on_lone_failure(run.group, "training ssast", [&] { result = fit->fit(); });
    return result;
  } catch (const distributed::CommunicationError&) {
    throw;
  } catch (const distributed::Interrupted&) {
    throw;
  } catch (const std::exception&) {
    require_working_gpu(run.hardware, run.group.rank());
    throw;
  }
}

ModelCheck check_ssast(const config::Experiment& experiment, const config::ModelSpec& model) {
  ModelCheck check;
  const config::SsastSettings& settings = model.ssast;
  const SsastShape shape = ssast_shape(settings, config::target_length_of(settings, experiment.features));
  require_batch(settings.training, experiment.runtime.ranks_per_model.value_or(1));
  if (settings.pretrained.empty()) {
    check.warnings.push_back(model.label +
                             ": no pre-trained weights are given, training starts from random ones");
    return check;
  }
  const std::string place = model.label + ": " + settings.pretrained.string() + ": ";
  Ssast loaded(shape, std::nullopt);
  const LoadReport report = load_ssast(loaded, weights::read_checkpoint(settings.pretrained).tensors);
  check.taken.push_back(place + report.taken());
  for (const std::string& line : report.unexpected_lines()) check.warnings.push_back(place + line);
  return check;
}

}  // namespace musicmem::models
