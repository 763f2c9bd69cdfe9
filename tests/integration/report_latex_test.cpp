// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of a finished study: its report in LaTeX.
#include "tests/integration/report_fixture.h"
#include "tests/integration/scripts.h"

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* packages = "\\usepackage{booktabs}\n\\usepackage{tabularx}\n\\usepackage{graphicx}\n";

// Runs LaTeX in `folder`, where its log and PDF go; exit code 77 where it is not there.
ProgramResult compile(const fs::path& folder, const std::string& engine, const std::string& document) {
  const std::string fonts =
      engine == "lualatex" ? " && kpsewhich fontspec.sty && kpsewhich luaotfload.sty" : "";
  return run({"sh", "-c",
              "(command -v " + engine + fonts + ") >/dev/null || exit 77; max_print_line=10000 " + engine +
                  " -halt-on-error -interaction=nonstopmode " + document},
             folder);
}

TEST_F(Report, compiles_in_latex) {
  const std::string name = "[П] Память -- ,,ő`` ħ 夢 \xF0\x9F\x8E\xB5";
  fs::copy(directory_ / "run", directory_ / name, fs::copy_options::recursive);
  ASSERT_EQ(musicmem({"report", name, "run", "--output", "both"}).exit_code, 0);
  write_text(
      directory_ / "paper.tex",
      std::string("\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{textcomp}\n") +
          packages +
          "\\begin{document}\n\\def\\musicmemfolder{both/}\\input{both/report.tex}\n\\typeout{(\\musicmemletter{П}{041F}\\musicmemletter{ő}{0151})}\n\\end{document}\n");

  for (const std::string document : {"paper", "both/report", "run/report/report"}) {
    const ProgramResult compiled = compile(directory_, "pdflatex", document);
    if (compiled.exit_code == skipped) GTEST_SKIP() << "pdflatex is not installed";
    EXPECT_EQ(compiled.exit_code, 0) << document << compiled.output;
    EXPECT_THAT(compiled.output, Not(HasSubstr("Overfull"))) << document;
    if (document == "paper") {
      EXPECT_THAT(compiled.output, HasSubstr("([U+041F]ő)"));
    }
  }
}

// Fonts without a letter leave it out without an error, which the log alone tells.
TEST_F(Report, loses_no_letters_in_lualatex) {
  const std::string name = "Память -- ő 夢";
  fs::copy(directory_ / "run", directory_ / name, fs::copy_options::recursive);
  ASSERT_EQ(musicmem({"report", name, "run", "--output", "both"}).exit_code, 0);
  write_text(directory_ / "paper.tex",
             std::string("\\documentclass{article}\n\\usepackage{fontspec}\n"
                         "\\setmainfont{DejaVuSerif.ttf}[Path=/usr/share/fonts/truetype/dejavu/]\n") +
                 packages +
                 "\\begin{document}\n\\input{both/report.tex}\n"
                 "\\typeout{(\\musicmemletter{П}{041F}\\musicmemletter{夢}{5922})}\n\\end{document}\n");

  for (const std::string document : {"paper", "both/report"}) {
    const ProgramResult compiled = compile(directory_, "lualatex", document);
    if (compiled.exit_code == skipped) GTEST_SKIP() << "lualatex, luaotfload or fontspec is not installed";
    EXPECT_EQ(compiled.exit_code, 0) << document << compiled.output;
    EXPECT_THAT(text_of(directory_ / (fs::path(document).filename().string() + ".log")),
                Not(HasSubstr("Missing character")));
    if (document == "paper") {
      EXPECT_THAT(compiled.output, HasSubstr("(П[U+5922])"));
    }
  }
}

// As in a journal of two columns: nothing sticks out, every figure is there, and labels can be referred to.
TEST_F(Report, tables_and_figures_fit_a_column_and_are_referred_to_by_the_study_s_name) {
  write_text(
      report() / "paper.tex",
      std::string(
          "\\documentclass[twocolumn]{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{textcomp}\n") +
          packages +
          "\\begin{document}\nSee Table~\\ref{tab:small-results} and Figure~\\ref{fig:small-intervals}.\n"
          "\\input{report.tex}\n\\end{document}\n");
  const std::string tex = text_of(report() / "report.tex");
  EXPECT_THAT(tex, Not(HasSubstr("\\resizebox")));
  ASSERT_THAT(tex, HasSubstr("\\musicmemfigure{intervals.pdf}"));

  ProgramResult compiled = compile(report(), "pdflatex", "paper");
  if (compiled.exit_code == skipped) GTEST_SKIP() << "pdflatex is not installed";
  compiled = compile(report(), "pdflatex", "paper");

  EXPECT_EQ(compiled.exit_code, 0) << compiled.output;
  EXPECT_THAT(compiled.output, Not(HasSubstr("Overfull")));
  EXPECT_THAT(compiled.output, Not(HasSubstr("undefined")));
  for (const char* figure : {"intervals", "differences", "scatter"})
    EXPECT_THAT(compiled.output, HasSubstr(std::string("figures/") + figure + ".pdf"));
  for (const char* left : {"paper.tex", "paper.pdf", "paper.log", "paper.aux"}) fs::remove(report() / left);
}

}  // namespace
}  // namespace musicmem::testing_support
