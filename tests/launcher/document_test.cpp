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
    "\\textless{}b\\textgreater{}\\&\\textquotedbl{}\\textquotesingle{}\\textbar{}\\_\\allowbreak{}\\$\\#\\%\\textbackslash{}"
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
          .label = "r"};
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
                         {Picture{.name = "p", .caption = name, .svg = "<svg/>"}},
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
      HasSubstr(
          "<tr><th scope=\"row\" class=\"name\">svr</th><td data-title=\"fits\">3 of 4</td>"
          "<td data-title=\"r\">\u22120.250 ± 0.100</td><td class=\"interval\" data-title=\"95 % interval\">\u22120.500 to "
          "0.000</td><td data-title=\"spread\">0.010</td></tr>\n"
          "<tr><th scope=\"row\" class=\"name\">mlp</th><td data-title=\"fits\">0 of 4</td>"
          "<td data-title=\"r\">\u2013</td><td class=\"interval\" data-title=\"95 % interval\">\u2013</td>"
          "<td data-title=\"spread\">\u2013</td></tr>\n"));
  EXPECT_THAT(as_markdown(document),
              HasSubstr("| model | fits | r | 95 % interval | spread |\n"
                        "|---|---|---|---|---|\n"
                        "| svr | 3 of 4 | \u22120.250 ± 0.100 | \u22120.500 to 0.000 | 0.010 |\n"
                        "| mlp | 0 of 4 | \u2013 | \u2013 | \u2013 |\n"));
  EXPECT_THAT(as_latex(document),
              HasSubstr("\\begin{tabularx}{\\linewidth}{>{\\raggedright\\arraybackslash}Xrl}\n"
                        "    \\toprule\n"
                        "    Model & Fits & $r$ \\\\\n"
                        "    \\midrule\n"
                        "    svr & 3/4 & $-0.250 \\pm 0.100$ $[-0.500, 0.000]$ \\\\\n"
                        "    mlp & 0/4 & -- -- \\\\\n"
                        "    \\bottomrule\n"));
  EXPECT_THAT(as_latex(document), HasSubstr("\\caption{Of $\\pm$ and \\textbf{all}}\n  \\label{tab:t-r}\n"));
  EXPECT_EQ(as_text(table_with_missing_values()),
            "model  fits    r               95 % interval    spread\n"
            "svr    3 of 4  -0.250 ± 0.100  -0.500 to 0.000  0.010\n"
            "mlp    0 of 4  -               -                -\n");
}

TEST(Document, pictures_stand_in_the_page_in_both_forms_and_are_files_beside_the_others) {
  const Picture picture{.name = "scatter",
                        .caption = "All tracks",
                        .svg = "<?xml?><svg id=\"a\"><title>All</title>\n</svg>",
                        .narrow_svg = "<svg id=\"b\"></svg>",
                        .pdf = "%PDF"};
  Document document = document_of({{picture, in_pages | in_latex}, {picture}});
  document.sample = "t, 3 tracks. ";

  EXPECT_THAT(
      as_html(document),
      testing::AllOf(
          HasSubstr(
              "<figure><svg class=\"wide\" role=\"img\" aria-labelledby=\"figure-1\" id=\"a\"></svg>"
              "<svg class=\"narrow\" role=\"img\" aria-labelledby=\"figure-1\" id=\"b\"></svg>"
              "<figcaption id=\"figure-1\"><strong>Figure 1.</strong> All tracks.</figcaption></figure>"),
          HasSubstr("<figcaption id=\"figure-2\"><strong>Figure 2.</strong> All tracks.")));
  EXPECT_THAT(as_markdown(document),
              HasSubstr("\n![All tracks](figures/scatter.svg)\n\nFigure 1. All tracks.\n"));
  EXPECT_THAT(as_latex(document),
              HasSubstr("  \\musicmemfigure{scatter.pdf}\n  \\caption{t, 3 tracks. All tracks.}\n"
                        "  \\label{fig:t-scatter}\n"));
}

// Colours that gnuplot writes in several ways.
TEST(Document, drawings_take_the_colours_of_the_page) {
  const Document document = document_of({{Picture{
      .name = "p",
      .caption = "c",
      .svg =
          "<svg><path stroke='rgb(  0, 114, 178)' fill = 'rgb(213,  94,   0)'/><g fill=\"black\" d=\"black\">"
          "</g><rect fill=\"#ffffff\"/><rect fill='rgb( 10, 114, 178)'/></svg>"}}});

  EXPECT_THAT(
      as_html(document),
      HasSubstr("<path stroke='var(--blue)' fill = 'var(--vermilion)'/><g fill=\"var(--ink)\" d=\"black\">"
                "</g><rect fill=\"var(--paper)\"/><rect fill='rgb( 10, 114, 178)'/></svg>"));
}

TEST(Document, heads_of_tables_have_scopes_and_groups_and_marked_rows_a_star_that_is_explained) {
  using enum Column::Kind;
  const Table table{
      .title = "Tests",
      .columns = {{"pair", name, "Pair"}, {"t", number, "$t$", "folds"}, {"p", number, {}, "folds"}, {"n"}},
      .rows = {{"a", "2.1", "0.01", "3"}, {"b", "-0.1", "0.9", "3"}},
      .label = "l",
      .is_folded = true,
      .marked = {true, false},
      .mark = "below 5 %"};
  const Document document = document_of({{table, in_pages | in_latex}});

  const std::string html = as_html(document);
  EXPECT_THAT(html, HasSubstr("<details><summary>Table 1. Tests</summary>"));
  EXPECT_THAT(
      html,
      HasSubstr("<caption class=\"unseen\">Table 1. Tests</caption><thead><tr class=\"groups\"><td></td>"
                "<th colspan=\"2\" scope=\"colgroup\">folds</th><td></td></tr><tr>"
                "<th scope=\"col\" class=\"name\">pair</th><th scope=\"col\">t</th>"));
  EXPECT_THAT(
      html,
      HasSubstr(
          "<tr class=\"marked\"><th scope=\"row\" class=\"name\"><abbr title=\"below 5 %\">*</abbr> a"));
  EXPECT_THAT(html, HasSubstr("<p class=\"mark\">* below 5 %</p>"));
  EXPECT_THAT(as_markdown(document),
              HasSubstr("| \\* a | 2.1 | 0.01 | 3 |\n| b | \u22120.1 | 0.9 | 3 |\n\n\\* below 5 %\n"));
  EXPECT_THAT(as_latex(document), HasSubstr("    a$^{*}$ & $2.1$ \\\\\n    b & $-0.1$ \\\\\n"));
}

TEST(Document, players_are_named_for_what_they_play_and_stand_in_pages_alone) {
  using enum Column::Kind;
  const Table table{.columns = {{"track", name}, {"listen", sound}},
                    .rows = {{"a&b.wav", "data:audio/flac;base64,AA=="}, {"c.wav", ""}}};
  const Document document = document_of({{table}});

  EXPECT_THAT(
      as_html(document),
      HasSubstr("<td class=\"sound\"><audio controls preload=\"none\" aria-label=\"Play a&amp;b.wav\" "
                "src=\"data:audio/flac;base64,AA==\"></audio></td></tr>"));
  EXPECT_THAT(as_html(document), HasSubstr("c.wav</th><td>\u2013</td>"));
  EXPECT_THAT(as_markdown(document), Not(HasSubstr("flac")));
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
