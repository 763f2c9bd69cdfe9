// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report.h"

#include <algorithm>
#include <cstdio>

namespace musicmem::launcher {
namespace {

std::string rounded(const std::optional<double>& value) {
  if (!value) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", *value);
  return text;
}

std::string rounded(const FoldStatistic& statistic) {
  return rounded(statistic.mean) + " ± " + rounded(statistic.deviation);
}

// Names from files, made harmless for a Markdown table or list.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (std::string("\\`*_{}[]<>|#").find(c) != std::string::npos) result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::string fits_text(const SummaryRow& row) {
  return std::to_string(row.fits) + " of " + std::to_string(row.expected_fits);
}

std::vector<std::string> cells(const SummaryRow& row) {
  return {row.model,
          row.variant,
          fits_text(row),
          rounded(row.spearman),
          rounded(row.pearson),
          rounded(row.mse),
          rounded(row.mae),
          rounded(row.pooled_spearman)};
}

const std::vector<std::string>& headings() {
  static const std::vector<std::string> names = {"model",   "variant", "fits", "Spearman",
                                                 "Pearson", "MSE",     "MAE",  "pooled Spearman"};
  return names;
}

std::string markdown_row(const std::vector<std::string>& row) {
  std::string text = "|";
  for (const std::string& cell : row) text += " " + cell + " |";
  return text + "\n";
}

std::string results_section(const RunResults& results) {
  std::string text = "## Results\n\n" + markdown_row(headings()) + "|---|---|---|---|---|---|---|---|\n";
  for (const SummaryRow& row : results.summary) {
    std::vector<std::string> escaped_cells;
    for (const std::string& cell : cells(row)) escaped_cells.push_back(escaped(cell));
    text += markdown_row(escaped_cells);
  }
  text +=
      "\nMean ± standard deviation (n - 1) over folds, seeds averaged within a fold first. The pooled "
      "correlation is taken "
      "over all tested tracks of a seed at once and averaged over seeds; it is shown for complete grids "
      "only. A dash stands "
      "for an undefined value, such as the correlation of constant predictions.\n";
  for (const SummaryRow& row : results.summary) {
    if (row.undefined == 0) continue;
    text += "\n" + escaped(row.model + " " + row.variant) + ": the correlation is undefined in " +
            std::to_string(row.undefined) + " of " + std::to_string(row.fits) +
            " fits, which are left out of its means.\n";
  }
  if (std::any_of(results.summary.begin(), results.summary.end(),
                  [](const SummaryRow& row) { return row.model == "mean"; })) {
    text +=
        "\nThe pooled correlation of `mean` is negative by construction: a fold with high labels lowers the "
        "mean of the "
        "labels it is predicted from.\n";
  }
  if (std::any_of(results.summary.begin(), results.summary.end(),
                  [](const SummaryRow& row) { return row.variant == "shuffled"; })) {
    text += "\n`shuffled` is a control: the same model trained on permuted labels.\n";
  }
  if (results.plan.ytmm) {
    text += "\nHuman consistency: two random halves of the listeners agree with a Spearman correlation of " +
            rounded(human_consistency).substr(0, 4) +
            " on average, the ceiling for any predictor of these scores.\n";
  }
  return text + "\n";
}

std::string protocol_section(const RunResults& results) {
  const RunPlan& plan = results.plan;
  if (plan.protocol == config::Protocol::strict) return "";
  const auto never =
      std::count_if(plan.tracks.begin(), plan.tracks.end(), [](const PlannedTrack& t) { return t.fold < 0; });
  return "> **Warning: protocol `audmem`.** For comparison with the published numbers only: (1) folds hold "
         "floor(N/k) "
         "tracks, so the last " +
         std::to_string(never) +
         " tracks are never tested; (2) test features are normalised with the test fold's own statistics; "
         "(3) segment "
         "predictions are pooled by their maximum.\n\n";
}

std::string data_section(const RunResults& results) {
  const RunPlan& plan = results.plan;
  double sum = 0.0;
  double least = 1.0;
  double most = 0.0;
  for (const PlannedTrack& track : plan.tracks) {
    sum += track.label;
    least = std::min(least, track.label);
    most = std::max(most, track.label);
  }
  std::string text = "## Data\n\n- " + std::to_string(plan.tracks.size()) + " tracks, scores from " +
                     rounded(least) + " to " + rounded(most) + ", mean " +
                     rounded(sum / static_cast<double>(plan.tracks.size())) + "\n- " +
                     std::to_string(plan.folds) + " folds, protocol " + to_string(plan.protocol) +
                     ", segment predictions pooled by their " + to_string(plan.pooling) + "\n";
  if (plan.from_table) text += "- features come from a table, not from audio\n";
  if (!plan.from_table && plan.uses_ehc && plan.stems_source == "approximate") {
    text +=
        "- the sources vocals, drums, bass and other are a signal-processing approximation "
        "(harmonic/percussive separation "
        "and band splitting), not separated sources\n";
  } else if (!plan.from_table && plan.uses_ehc) {
    text += "- the sources vocals, drums, bass and other were separated (" + plan.stems_source + ")\n";
  }
  if (!plan.from_table && plan.uses_ehc && plan.emotion_source == "none") {
    text += "- static valence and arousal are left out: no source for them was given\n";
  } else if (!plan.from_table && plan.uses_ehc) {
    text += "- static valence and arousal come from a " + plan.emotion_source + "\n";
  }
  for (const std::string& warning : plan.warnings) text += "- " + escaped(warning) + "\n";
  if (!plan.adjusted.empty()) {
    text += "- " + std::to_string(plan.adjusted.size()) + " clip(s) were brought to 5 s:\n";
    for (const AdjustedClip& clip : plan.adjusted) {
      text += "  - " + escaped(clip.track) + " " + clip.adjustment + "\n";
    }
  }
  return text + "\n";
}

std::string problems_section(const RunResults& results) {
  std::string text;
  if (!results.failures.empty()) {
    text += "## Failed\n\n";
    for (const Failure& failure : results.failures) {
      text += "- " + escaped(failure.task) + ": " + escaped(failure.problem) + "\n";
    }
    text += "\n";
  }
  if (!results.missing.empty()) {
    text += "## Missing\n\n" + std::to_string(results.fits.size()) + " of " +
            std::to_string(results.plan.fits.size()) + " fits are there. Missing:\n\n";
    for (const PlannedFit& fit : results.missing) text += "- " + escaped(fit.directory) + "\n";
    text += "\n";
  }
  return text;
}

// Characters, not bytes, so that columns with ± line up.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string report_markdown(const RunResults& results) {
  std::string text = "# " + escaped(results.plan.name) + ": music memorability, cross-validation\n\n";
  if (results.plan.synthetic) {
    text +=
        "> **Synthetic study.** Rendered sounds and simulated listeners: these numbers test the program, "
        "they say nothing "
        "about music.\n\n";
  }
  return text + protocol_section(results) + results_section(results) + problems_section(results) +
         data_section(results);
}

std::string summary_table(const RunResults& results) {
  std::vector<std::vector<std::string>> rows = {headings()};
  for (const SummaryRow& row : results.summary) rows.push_back(cells(row));
  std::vector<std::size_t> widths(headings().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  std::string text =
      results.plan.synthetic ? results.plan.name + " (synthetic study)\n" : results.plan.name + "\n";
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c)
      line += row[c] + std::string(widths[c] - width_of(row[c]) + 2, ' ');
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace musicmem::launcher
