// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/report.h"

#include "config/io_error.h"
#include "data/files/durable_file.h"
#include "launcher/report/figures.h"
#include "launcher/report/words.h"
#include "launcher/results/learning_curve.h"
#include "launcher/run/json_file.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// Writes what changed; a file that holds these bytes already is left alone.
void write_if_changed(const fs::path& file, const std::string& bytes) {
  if (fs::is_regular_file(file) && fs::file_size(file) == bytes.size() && data::read_file(file) == bytes)
    return;
  data::write_file_durably(file, bytes);
}

// The pictures that the report in `directory` says it wrote; none where there is no report that says so.
std::vector<std::string> pictures_of_earlier_report(const fs::path& directory) {
  const fs::path summary = directory / "summary.json";
  if (!fs::is_regular_file(summary)) return {};
  try {
    return read_json(summary).at("figures").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    return {};
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return {};
  }
}

// Only what an earlier report wrote and this one does not have: anything else in figures/ is somebody's own.
void remove_earlier_pictures(const fs::path& directory, const std::map<std::string, std::string>& kept) {
  for (const std::string& name : pictures_of_earlier_report(directory)) {
    const bool picture = name.ends_with(".svg") || name.ends_with(".png") || name.ends_with(".pdf");
    if (!picture || fs::path(name).filename() != name || kept.contains(name)) continue;
    std::error_code ignored;
    fs::remove(directory / "figures" / name, ignored);
  }
}

// Sounds that an earlier report kept, known by their names of hexadecimal digits, and this one does not have.
void remove_earlier_sounds(const fs::path& directory, const std::set<std::string>& kept) {
  std::error_code ignored;
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const std::string stem = entry.path().stem().string();
    const bool is_ours = entry.path().extension() == ".flac" &&
                         stem.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (is_ours && !kept.contains(entry.path().filename())) others.push_back(entry.path());
  }
  for (const fs::path& other : others) fs::remove(other, ignored);
  fs::remove(directory, ignored);  // where nothing is left in it
}

// Of a report that lies in its run also to the page beside its logs.
Links links_of(const Report& report, const fs::path& directory) {
  Links links;
  const RunResults& results = report.results;
  std::set<std::string> kept;
  for (const std::string& track : worst_tracks(results)) {
    const auto planned = std::ranges::find(results.plan.tracks, track, &PlannedTrack::name);
    links.sounds[track] = results.sounds.address(track, planned->audio, directory);
    kept.insert(results.sounds.kept_name(planned->audio));
  }
  remove_earlier_sounds(directory / "sounds",
                        results.sounds.form == config::ReportAudio::embed ? kept : std::set<std::string>());
  const RunDirectory run(fs::absolute(directory).lexically_normal().parent_path());
  if (fs::exists(run.plan()) && run.report().filename() == directory.filename())
    links.timings = "../" + run.logs().filename().string() + "/timings.html";
  return links;
}

}  // namespace

std::unique_ptr<Report> make_report(RunResults results, std::vector<Explanation> explanations,
                                    bool allow_partial) {
  auto report = std::make_unique<Report>();
  report->results = std::move(results);
  report->comparisons = compare_groups(report->results, allow_partial);
  report->explanations = std::move(explanations);
  return report;
}

std::string report_place(const fs::path& directory) {
  return "report: " + (directory / "index.html").string() +
         " (also report.md, report.tex, CSV, JSON, figures)";
}

void write_report(const Report& report, const fs::path& directory) {
  data::require_writable_directory(directory);
  const std::vector<Figure> figures = report_figures(report.results, report.comparisons);
  std::map<std::string, std::string> pictures = draw_or_warn(figures, "the report");
  std::vector<Picture> drawn;
  for (const Figure& figure : figures) {
    if (!pictures.contains(figure.name + ".svg")) continue;
    drawn.push_back({.name = figure.name,
                     .caption = figure.caption,
                     .svg = pictures.at(figure.name + ".svg"),
                     .narrow_svg = pictures.at(figure.name + "-narrow.svg"),
                     .png = pictures.at(figure.name + ".png"),
                     .pdf = pictures.at(figure.name + ".pdf")});
  }
  const Document document = report_document(report, drawn, links_of(report, directory));
  for (const Explanation& explanation : report.explanations) {
    for (const Picture& picture : explanation.pictures) {
      pictures[picture.name + ".svg"] = picture.svg;
      pictures[picture.name + ".png"] = picture.png;
      if (!picture.narrow_svg.empty()) pictures[picture.name + "-narrow.svg"] = picture.narrow_svg;
      if (!picture.pdf.empty()) pictures[picture.name + ".pdf"] = picture.pdf;
    }
  }
  data::make_directories(directory / "figures");
  remove_earlier_pictures(directory, pictures);
  for (const auto& [name, bytes] : pictures) write_if_changed(directory / "figures" / name, bytes);
  write_if_changed(directory / "report.md", as_markdown(document));
  write_if_changed(directory / "report.tex", as_latex(document));
  write_if_changed(directory / "summary.csv", summary_csv(report.results));
  write_if_changed(directory / "folds.csv", folds_csv(report.results));
  write_predictions(report.results, directory / "predictions.csv");
  write_if_changed(directory / "comparisons.csv", comparisons_csv(report.comparisons));
  const auto write_or_remove = [&](const char* name, bool is_there, const auto& text_of) {
    if (is_there) {
      write_if_changed(directory / name, text_of(report.results));
    } else if (fs::exists(directory / name)) {
      fs::remove(directory / name);  // of an earlier report
    }
  };
  write_or_remove("learning_curve.csv", !learning_curves(report.results).empty(), learning_curve_csv);
  write_or_remove("searches.csv", has_searches(report.results), searches_csv);
  write_if_changed(directory / "summary.json", summary_json(report, pictures));
  write_if_changed(directory / "index.html", as_html(document));
}

}  // namespace musicmem::launcher
