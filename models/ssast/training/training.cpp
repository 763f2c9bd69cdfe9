// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/training.h"

#include "config/counted.h"
#include "config/error.h"
#include "distributed/agreement.h"
#include "distributed/gradients/nccl_exchange.h"
#include "models/ssast/training/batches.h"
#include "models/ssast/training/prediction.h"
#include "models/ssast/training/spectrogram_reader.h"
#include "models/ssast/training/state.h"
#include "models/ssast/training/step.h"
#include "models/statistics/metrics.h"
#include "models/tabular/epoch_scalars.h"
#include "models/torch/single_thread.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace musicmem::models {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t batches_ahead = 3;
constexpr std::chrono::seconds log_interval{10};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// While it lives, the group's waits, and those of its duplicates for ever, may last that long.
class Patience {
 public:
  Patience(distributed::Communicator& group, std::chrono::duration<double> deadline)
      : group_(group), before_(group.deadline()) {
    if (deadline.count() > 0.0) group_.set_deadline(deadline);
  }
  ~Patience() { group_.set_deadline(before_); }
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

 private:
  distributed::Communicator& group_;
  std::chrono::duration<double> before_;
};

// Collective.
std::unique_ptr<distributed::GradientExchange> exchange_for(const FitRun& run) {
  const Patience patience(run.group, run.step_deadline);
  if (run.group.size() == 1) return std::make_unique<distributed::NoExchange>();
  if (run.hardware.gpu < 0) return std::make_unique<distributed::HostExchange>(run.group);
  return distributed::make_nccl_exchange(run.group, run.hardware.gpu,
                                         [hardware = run.hardware] { return compute_stream(hardware); });
}

// The requests of this rank from one point of the training on; the reader's thread calls it.
class ShareOfBatches {
 public:
  ShareOfBatches(const SsastTask& task, const config::SsastTraining& settings,
                 const distributed::Communicator& group, const SsastProgress& progress)
      : task_(task),
        settings_(settings),
        rank_(static_cast<std::size_t>(group.rank())),
        ranks_(static_cast<std::size_t>(group.size())),
        epoch_(progress.epoch),
        position_(static_cast<std::size_t>(progress.position)) {}

  std::optional<RowsToRead> operator()() {
    const auto batch = static_cast<std::size_t>(settings_.batch);
    if (position_ == batches_of(task_.train.size(), batch)) {
      ++epoch_;
      position_ = 0;
      order_.clear();
    }
    if (epoch_ > settings_.epochs) return std::nullopt;
    if (order_.empty()) order_ = epoch_order(task_.train, task_.seed, epoch_);
    const auto rows = batch_rows(order_, batch, position_++);
    const Share own = Share::of(rows.size(), rank_, ranks_);
    RowsToRead request;
    for (std::size_t i = own.begin; i < own.end; ++i) {
      request.rows.push_back(rows[i]);
      request.seeds.push_back(row_seed(task_.seed, "input", epoch_, rows[i]));
    }
    return request;
  }

 private:
  const SsastTask& task_;
  const config::SsastTraining& settings_;
  std::size_t rank_;
  std::size_t ranks_;
  int epoch_;
  std::size_t position_;
  std::vector<std::size_t> order_;
};

// Of the steps that this start has made in the current epoch.
struct EpochSoFar {
  double seconds = 0.0;
  double norms = 0.0;  // of the gradients, summed over the good steps
  double good_steps = 0.0;
  std::size_t rows = 0;
};

class SsastTrainer {
 public:
  SsastTrainer(SsastReplicas& replicas, SpectrogramSource& source, const SpectrogramInput& input,
               const SsastTask& task, const config::SsastSettings& settings, const FitRun& run)
      : replicas_(replicas),
        source_(source),
        input_(input),
        task_(task),
        settings_(settings.training),
        run_(run) {
    distributed::together(run.group, "making room for the optimiser", [&] {
      state_ = std::make_unique<SsastState>(replicas, settings);
      step_ = std::make_unique<SsastStep>(replicas, run.hardware, input.size() / spectrogram_bins);
      for (const std::size_t row : task.validation) validation_labels_.push_back(task.label[row]);
    });
    distributed::together(run.group, "connecting the ranks that train together", [&] {
      averager_ = std::make_unique<distributed::GradientAverager>(replicas.parameters(), exchange_for(run),
                                                                  bucket_bytes());
    });
  }

  SsastOutcome train(const std::optional<weights::TrainingCheckpoint>& resume) {
    begin(resume);
    while (state_->progress.epoch <= settings_.epochs && !stops_early()) run_epoch();
    distributed::together(run_.group, "taking the best weights", [&] {
      require_whole_step();
      if (std::isfinite(progress().best_mse)) {
        use_weights(state_->best);
      } else if (progress().averaged > 0) {
        use_weights(state_->average);
      }
    });
    outcome_.curve = state_->progress.curve;
    outcome_.bad_steps = state_->progress.bad_steps;
    return std::move(outcome_);
  }

 private:
  // Small models too travel in several parts, the first of them while the last is still computed.
  std::size_t bucket_bytes() const {
    constexpr std::size_t fewest_parts = 4;
    const std::size_t whole = static_cast<std::size_t>(replicas_.layout().size) * sizeof(float);
    return std::min(static_cast<std::size_t>(settings_.bucket_mib * (1 << 20)), whole / fewest_parts);
  }
  bool leads() const { return run_.group.rank() == 0; }
  SsastProgress& progress() { return state_->progress; }
  std::string place() {
    return "epoch " + std::to_string(progress().epoch) + ", step " + std::to_string(progress().position + 1);
  }
  void log(const std::string& line) const {
    if (leads() && run_.log) run_.log(line);
  }

  // From a checkpoint or from the start; then all ranks have what the leader has.
  void begin(const std::optional<weights::TrainingCheckpoint>& resume) {
    distributed::together(run_.group, "beginning to train", [&] {
      if (!leads()) return;
      if (resume) {
        state_->restore(*resume);
        log("resumes from " + place());
        warn_of_other_ranks(*resume);
        warn_of_other_arithmetic(*resume);
      }
      if (run_.open_events) events_ = run_.open_events(resume ? progress().epoch : 0);
    });
    state_->share_progress(run_.group);
    // Reads while the weights travel.
    reader_ = std::make_unique<SpectrogramReader>(
        source_, input_, ShareOfBatches(task_, settings_, run_.group, progress()), batches_ahead);
    state_->share_weights(run_.group);
    if (run_.hardware.gpu >= 0 && run_.group.size() > 1) log("NCCL " + distributed::nccl_version());
    started_ = last_log_ = Clock::now();
    steps_at_start_ = progress().steps;
  }

  void warn_of_other_ranks(const weights::TrainingCheckpoint& found) const {
    const auto number = [&](const char* name) {
      const auto entry = found.counters.find(name);
      return entry == found.counters.end() ? std::int64_t{0} : entry->second;
    };
    if (number("group_size") == run_.group.size() &&
        number("threads") == static_cast<std::int64_t>(replicas_.size())) {
      return;
    }
    log("begun by " + counted(static_cast<std::uint64_t>(number("group_size")), "rank") + " of " +
        counted(static_cast<std::uint64_t>(number("threads")), "thread") +
        ": the result will differ in its last digits");
  }

  void warn_of_other_arithmetic(const weights::TrainingCheckpoint& found) const {
    const auto before = found.texts.find("arithmetic");
    const std::string now = run_.hardware.arithmetic();
    if (before == found.texts.end() || before->second == now) return;
    log("warning: begun in " + before->second + ", resumed in " + now);
  }

  bool stops_early() const {
    return settings_.patience > 0 && !task_.validation.empty() &&
           state_->progress.since_best >= settings_.patience;
  }

  void run_epoch() {
    order_ = epoch_order(task_.train, task_.seed, progress().epoch);
    epoch_ = {};
    const std::size_t batches = batches_of(order_.size(), static_cast<std::size_t>(settings_.batch));
    while (progress().position < static_cast<std::int64_t>(batches)) {
      const Clock::time_point start = Clock::now();
      const bool stop = run_step();
      epoch_.seconds += seconds_since(start);
      outcome_.times.training += seconds_since(start);
      log_progress(batches);
      if (stop) interrupt();
    }
    end_epoch();
  }

  // What failed after the last agreement is told in the next one.
  void require_whole_step() const {
    if (!failure_.empty()) throw Error(failure_);
  }

  void wait_for_sums() {
    const auto tell = [this](const std::string& what) {
      if (run_.waiting_for) run_.waiting_for(what);
    };
    tell("the gradients of " + place());
    try {
      averager_->finish(place());
    } catch (...) {
      tell("");
      throw;
    }
    tell("");
  }

  // True if a rank was asked to stop.
  bool run_step() {
    const auto rows = batch_rows(order_, static_cast<std::size_t>(settings_.batch),
                                 static_cast<std::size_t>(progress().position));
    const double waited = reader_->waited_seconds();
    distributed::StepOutcome outcome;
    averager_->zero();
    const Clock::time_point start = Clock::now();
    try {
      require_whole_step();
      const SpectrogramBatch share = reader_->take();
      outcome.sum = step_->accumulate(
          share, task_, {progress().epoch, rows.size(), static_cast<std::size_t>(settings_.accumulate)},
          *averager_);
    } catch (...) {
      outcome.failure = distributed::cause_of_current_exception();
    }
    outcome_.times.backward += seconds_since(start);
    outcome_.times.waiting_for_reader += reader_->waited_seconds() - waited;
    try {
      wait_for_sums();
    } catch (const distributed::ExchangeFailed& error) {
      if (outcome.failure.empty()) outcome.failure = error.what();
    }
    const distributed::ExchangeTimes exchanged = averager_->take_times();
    outcome_.times.exchanging += exchanged.exchanging_seconds;
    outcome_.times.exchanging_in_backward += exchanged.inside_backward_seconds;
    outcome.stop = run_.stop_requested && run_.stop_requested();
    const distributed::StepOutcome all = distributed::agree(run_.group, outcome, place());
    const double loss = all.sum / static_cast<double>(rows.size());
    outcome_.step_losses.push_back(loss);
    try {
      learn(loss, all.sum);
    } catch (const distributed::SharedError&) {
      throw;
    } catch (...) {
      failure_ = distributed::cause_of_current_exception();
    }
    epoch_.rows += rows.size();
    ++outcome_.times.steps;
    ++progress().position;
    ++progress().steps;
    return all.stop;
  }

  // Every rank has the same sums and decides the same.
  void learn(double loss, double loss_sum) {
    const double norm = gradient_norm(averager_->flat_gradient());
    if (std::isfinite(loss) && std::isfinite(norm)) {
      const double scale = settings_.clip_gradient > 0.0 && norm > settings_.clip_gradient
                               ? settings_.clip_gradient / norm
                               : 1.0;
      state_->adam.step(replicas_.values(), averager_->flat_gradient(), learning_rate(), scale);
      progress().optimizer_steps = state_->adam.steps();
      progress().bad_in_row = 0;
      progress().epoch_loss += loss_sum;
      epoch_.norms += norm;
      ++epoch_.good_steps;
    } else {
      skip(loss);
    }
  }

  void skip(double loss) {
    ++progress().bad_steps;
    log("skips " + place() + ": its " + (std::isfinite(loss) ? "gradient" : "loss") + " is not finite");
    if (++progress().bad_in_row < settings_.max_bad_steps) return;
    throw distributed::SharedError(Error(
        "the loss of ssast was not finite for " + std::to_string(settings_.max_bad_steps) + " steps in a row",
        "", "lower the learning rate of the model, or set clip_gradient"));
  }

  double learning_rate() {
    return settings_.learning_rate *
           rate_factor(settings_, progress().epoch, progress().steps, progress().plateau_factor);
  }

  void log_progress(std::size_t batches) {
    if (Clock::now() - last_log_ < log_interval) return;
    last_log_ = Clock::now();
    const double seconds = seconds_since(started_);
    const auto steps = static_cast<double>(progress().steps - steps_at_start_);
    const double left = static_cast<double>(settings_.epochs) * static_cast<double>(batches) -
                        static_cast<double>(progress().steps);
    log(fmt::format("epoch {} of {}, step {} of {}, loss {:.5f}, {:.1f} rows/s, at most {:.0f} s left",
                    progress().epoch, settings_.epochs, progress().position, batches,
                    outcome_.step_losses.back(), steps * settings_.batch / seconds, left * seconds / steps));
  }

  void end_epoch() {
    CurvePoint point{progress().epoch, progress().epoch_loss / static_cast<double>(task_.train.size()), 0.0};
    const EpochOutcome epoch{point.train_loss, epoch_.norms / std::max(1.0, epoch_.good_steps),
                             learning_rate(),
                             epoch_.seconds > 0.0 ? static_cast<double>(epoch_.rows) / epoch_.seconds : 0.0};
    const bool averages = settings_.average_from > 0 && progress().epoch >= settings_.average_from &&
                          progress().epoch <= settings_.average_to;
    distributed::together(run_.group, "averaging the weights", [&] {
      require_whole_step();
      if (averages) add_to_average();
    });
    std::vector<double> scores;
    if (!task_.validation.empty()) scores = validate(averages, point);
    progress().curve.push_back(point);
    progress().epoch_loss = 0.0;
    progress().position = 0;
    ++progress().epoch;
    log(fmt::format("epoch {}: loss {:.6f}, validation {:.6f}", point.epoch, point.train_loss,
                    point.validation_mse));
    distributed::together(run_.group, "telling of an epoch", [&] {
      if (events_) events_->add(point.epoch, epoch_scalars(epoch, validation_labels_, scores));
    });
    save_checkpoint();
  }

  void add_to_average() {
    const c10::NoGradGuard no_grad;
    ++progress().averaged;
    state_->average.add_(replicas_.values() - state_->average, 1.0 / progress().averaged);
  }

  std::vector<double> validate(bool averages, CurvePoint& point) {
    at::Tensor candidate;
    at::Tensor current;
    distributed::together(run_.group, "taking the weights to validate", [&] {
      candidate = (averages ? state_->average : replicas_.values()).clone();
      current = replicas_.values().clone();
      use_weights(candidate);
    });
    std::vector<double> scores = predict_ssast(*step_, source_, input_, task_.validation, run_.group);
    distributed::together(run_.group, "judging the epoch", [&] {
      use_weights(current);
      point.validation_mse = mean_squared_error(validation_labels_, scores);
      judge(candidate, point.validation_mse);
    });
    return scores;
  }

  void judge(const at::Tensor& candidate, double mse) {
    if (mse < progress().best_mse) {
      progress().best_mse = mse;
      progress().since_best = progress().plateau_wait = 0;
      state_->best.copy_(candidate);
      return;
    }
    ++progress().since_best;
    if (++progress().plateau_wait < settings_.plateau_patience) return;
    progress().plateau_wait = 0;
    progress().plateau_factor *= settings_.schedule_factor;
  }

  void use_weights(const at::Tensor& values) {
    const c10::NoGradGuard no_grad;
    replicas_.values().copy_(values);
  }

  void save_checkpoint() {
    if (run_.checkpoints == nullptr) return;
    distributed::together(run_.group, "writing a checkpoint", [&] {
      require_whole_step();
      if (!leads()) return;
      if (run_.before_saving) run_.before_saving();
      weights::TrainingCheckpoint checkpoint = state_->checkpoint(order_);
      checkpoint.counters["group_size"] = run_.group.size();
      checkpoint.counters["threads"] = static_cast<std::int64_t>(replicas_.size());
      checkpoint.texts["arithmetic"] = run_.hardware.arithmetic();
      run_.checkpoints->save(checkpoint);
    });
  }

  [[noreturn]] void interrupt() {
    save_checkpoint();
    throw distributed::Interrupted("interrupted after step " + std::to_string(progress().steps));
  }

  SsastReplicas& replicas_;
  SpectrogramSource& source_;
  const SpectrogramInput& input_;
  const SsastTask& task_;
  const config::SsastTraining& settings_;
  const FitRun& run_;
  std::unique_ptr<SsastState> state_;
  std::unique_ptr<distributed::GradientAverager> averager_;
  std::unique_ptr<SsastStep> step_;
  std::unique_ptr<SpectrogramReader> reader_;
  std::unique_ptr<data::EventFile> events_;  // of the leader
  std::vector<double> validation_labels_;
  std::vector<std::size_t> order_;  // of the current epoch
  EpochSoFar epoch_;
  SsastOutcome outcome_;
  Clock::time_point started_;
  Clock::time_point last_log_;
  std::int64_t steps_at_start_ = 0;
  std::string failure_;  // of this rank after the last agreement
};

}  // namespace

void require_batch(const config::SsastTraining& settings, int ranks) {
  if (settings.batch >= ranks) return;
  throw distributed::SharedError(Error("the batch of " + std::to_string(settings.batch) +
                                           " rows is smaller than the group of " + std::to_string(ranks) +
                                           " ranks",
                                       "", "raise the model's batch or lower runtime.ranks_per_model"));
}

SsastOutcome train_ssast(SsastReplicas& replicas, SpectrogramSource& source, const SpectrogramInput& input,
                         const SsastTask& task, const config::SsastSettings& settings, const FitRun& run,
                         const std::optional<weights::TrainingCheckpoint>& resume) {
  require_batch(settings.training, run.group.size());
  const SingleThread one_thread;
  return SsastTrainer(replicas, source, input, task, settings, run).train(resume);
}

}  // namespace musicmem::models
