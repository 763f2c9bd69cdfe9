// SPDX-License-Identifier: GPL-3.0-or-later
// A document in each of its forms.
#include "launcher/text/document.h"

#include <gmock/gmock.h>

namespace musicmem::launcher {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* hostile = "<b>&\"'|_$#%\\{}`*[x]";
constexpr const char* hostile_in_html = "&lt;b&gt;&amp;&quot;&#39;|_$#%\\{}`*[x]";
constexpr const char* hostile_in_markdown = "\\<b\\>\\&\"'\\|\\_\\$\\#%\\\\\\{\\}\\`\\*\\[x\\]";
constexpr const char* hostile_in_latex =
    "\\textless{}b\\textgreater{}\\&\\textquotedbl{}\\textquotesingle{}\\textbar{}\\_\\$\\#\\%\\textbackslash{}"
    "\\{\\}\\textasciigrave{}{*}{[}x]";

Document document_of(std::vector<Block> blocks) {
  return {.title = "t", .sections = {{"s", "S", std::move(blocks)}}};
}

// A model whose second row has no values.
Table table_with_missing_values() {
  using enum Column::Kind;
  return {.columns = {{"model", name, "Model"},
                      {"fits", count, "Fits"},
                      {"r", number, "$r$"},
                      {"95 % interval", interval, ""},
                      {"spread"}},
          .rows = {{Cell("svr"),
                    {3, 4},
                    Cell("-0.250 ± 0.100"),
                    std::optional(models::Interval{-0.5, 0.0}),
                    Cell("0.010")},
                   {Cell("mlp"), {0, 4}, Cell("-"), std::optional<models::Interval>(), Cell("-")}},
          .caption = {"Of ", {"±", Span::Style::symbol}, " and ", {"all", Span::Style::strong}},
          .label = "tab:t"};
}

TEST(Document, hostile_names_are_escaped_wherever_they_stand) {
  const std::string name = hostile;
  Document document{.title = name, .subject = "S", .facts = name, .warnings = {{name, name}}};
  const Table table{.title = "",
                    .columns = {{"n", Column::Kind::name, "N"}},
                    .rows = {{Cell(name)}},
                    .caption = {name, {name, Span::Style::strong}},
                    .label = "l"};
  document.sections = {{"s",
                        "S",
                        {{Heading{name}},
                         {Paragraph{{name, {name, Span::Style::link}}}},
                         {Notes{{name}}},
                         {List{{name}}},
                         {Facts{{{name, name}}}},
                         {Listing{name, name}, in_html},
                         {Picture{"p", name, "<svg/>"}},
                         {table, in_pages | in_latex}}}};

  for (const auto& [form, escaped] :
       {std::pair(as_html(document), hostile_in_html), std::pair(as_markdown(document), hostile_in_markdown),
        std::pair(as_latex(document), hostile_in_latex)}) {
    EXPECT_THAT(form, HasSubstr(escaped));
    EXPECT_THAT(form, Not(HasSubstr(hostile)));
  }
}

TEST(Document, missing_values_are_dashes_and_leave_the_table_its_columns) {
  const Document document = document_of({{table_with_missing_values(), in_pages | in_latex}});

  EXPECT_THAT(
      as_html(document),
      HasSubstr("<tr><td class=\"name\">svr</td><td>3 of 4</td><td>-0.250 ± 0.100</td>"
                "<td>-0.500 to 0.000</td><td>0.010</td></tr>\n"
                "<tr><td class=\"name\">mlp</td><td>0 of 4</td><td>-</td><td>-</td><td>-</td></tr>\n"));
  EXPECT_THAT(as_markdown(document), HasSubstr("| model | fits | r | 95 % interval | spread |\n"
                                               "|---|---|---|---|---|\n"
                                               "| svr | 3 of 4 | -0.250 ± 0.100 | -0.500 to 0.000 | 0.010 |\n"
                                               "| mlp | 0 of 4 | - | - | - |\n"));
  EXPECT_THAT(as_latex(document), HasSubstr("\\begin{tabular}{lrl}\n"
                                            "    \\toprule\n"
                                            "    Model & Fits & $r$ \\\\\n"
                                            "    \\midrule\n"
                                            "    svr & 3/4 & $-0.250 \\pm 0.100$ $[-0.500, 0.000]$ \\\\\n"
                                            "    mlp & 0/4 & -- -- \\\\\n"
                                            "    \\bottomrule\n"));
  EXPECT_THAT(as_latex(document), HasSubstr("\\caption{Of $\\pm$ and \\textbf{all}}\n  \\label{tab:t}\n"));
  EXPECT_EQ(as_text(table_with_missing_values()),
            "model  fits    r               95 % interval    spread\n"
            "svr    3 of 4  -0.250 ± 0.100  -0.500 to 0.000  0.010\n"
            "mlp    0 of 4  -               -                -\n");
}

TEST(Document, pictures_stand_in_the_page_and_are_files_beside_the_markdown) {
  const Document document = document_of({{Picture{"scatter", "All tracks", "<?xml?><svg id=\"a\"></svg>"}}});

  EXPECT_THAT(as_html(document),
              HasSubstr("<figure><div class=\"scroll\" tabindex=\"0\"><svg id=\"a\"></svg></div>"
                        "<figcaption>All tracks</figcaption></figure>"));
  EXPECT_THAT(as_markdown(document), HasSubstr("\n![All tracks](figures/scatter.svg)\n\nAll tracks.\n"));
  EXPECT_THAT(as_latex(document), Not(HasSubstr("All tracks")));
}

TEST(Document, blocks_are_shown_in_their_forms_alone) {
  const Document document = document_of({{Paragraph{{"for the page"}}, in_html},
                                         {Paragraph{{"for readers"}}},
                                         {Paragraph{{"for typesetters"}}, in_latex},
                                         {Paragraph{{"see ", {"a.csv", Span::Style::link}}}, in_html}});

  const std::string html = as_html(document);
  EXPECT_THAT(html, testing::AllOf(HasSubstr("<p>for the page</p>"), HasSubstr("<p>for readers</p>"),
                                   HasSubstr("<p>see <a href=\"a.csv\">a.csv</a></p>")));
  EXPECT_THAT(html, Not(HasSubstr("typesetters")));
  EXPECT_EQ(as_markdown(document), "# t\n\n## S\n\nfor readers\n");
  EXPECT_THAT(as_latex(document), HasSubstr("\n% for typesetters\n"));
  EXPECT_THAT(as_latex(document), Not(HasSubstr("for readers")));
}

}  // namespace
}  // namespace musicmem::launcher
