// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/explain/explanations.h"
#include "launcher/stages/fit_files.h"
#include "launcher/study/run_plan.h"

#include <filesystem>
#include <string>
#include <vector>

namespace musicmem::launcher {

// What is explained: a model's fits in one variant, in the plan's order.
struct ExplainSubject {
  const RunDirectory& run;
  const RunPlan& plan;
  ExplainedModel of;
  std::vector<PlannedFit> fits;

  std::filesystem::path directory() const { return run.explain() / of.name; }
};

// What an explanation says on a terminal.
struct ExplanationSummary {
  std::string table;
  std::string warning = {};
};

// A way to explain a model. Its work is tasks, each on one fit; every task is a function of the files and the
// settings alone and leaves a file of its own, so that ranks share the tasks and a second start does none of
// them again.
class Explainer {
 public:
  virtual ~Explainer() = default;
  Explainer(const Explainer&) = delete;
  Explainer& operator=(const Explainer&) = delete;

  // Tasks whose file is not there, is damaged or was made of something else.
  std::vector<std::size_t> tasks_left() const;
  const std::string& name_of(std::size_t task) const { return tasks_[task].name; }  // among the run's timings

  // Throws Error where the fit's weights are missing or damaged.
  void compute(std::size_t task) const;

  // After all tasks are done: writes tables, figures and explanation.json into the subject's directory. Throws
  // Error where the file of a task is missing.
  ExplanationSummary write() const;

 protected:
  explicit Explainer(ExplainSubject subject) : subject_(std::move(subject)) {}

  struct Task {
    std::size_t fit = 0;  // of the subject
    std::string name;
    std::filesystem::path file;
    std::string hash;  // of all that the file is made of
  };

  // What the tables, figures and the terminal say.
  struct Findings {
    std::vector<std::pair<std::string, std::string>> files;  // names and bytes
    std::vector<Figure> figures;
    ExplanationSummary summary;
  };

  virtual bool is_done(std::size_t task) const = 0;
  virtual void explain(std::size_t task, FitWeights weights) const = 0;
  virtual Findings findings() const = 0;  // of all tasks
  virtual ExplanationMethod method() const = 0;

  // A task on a fit: `ending` completes the name of its file; `version` is raised whenever the same inputs
  // would give other values; `settings` are what the result follows from beside the fit and its weights.
  void add_task(std::size_t fit, std::string name, const std::string& ending, const std::string& version,
                const std::vector<double>& settings);

  const PlannedFit& fit_of(std::size_t task) const { return subject_.fits[tasks_[task].fit]; }

  const ExplainSubject subject_;
  std::vector<Task> tasks_;
};

}  // namespace musicmem::launcher
