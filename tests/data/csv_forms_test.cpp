// SPDX-License-Identifier: GPL-3.0-or-later
// Tables in the forms that spreadsheets of different countries and systems write.
#include "config/error.h"
#include "data/ehc_table.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/labels.h"
#include "tests/own_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const std::string plain = "track,score\na.wav,0.638\n\"b, c.wav\",0.41\nd.wav,1\n";

class CsvForms : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(directory_ = own_path()); }
  void TearDown() override { fs::remove_all(directory_); }

  LabelTable read(const std::string& bytes) {
    write_file(directory_ / "labels.csv", bytes);
    return read_labels(directory_ / "labels.csv");
  }

  // The text must give the very labels that `plain` gives, with `note`.
  void expect_same(const std::string& bytes, const std::string& note) {
    const LabelTable table = read(bytes);
    const std::vector<Label> expected = read(plain).labels;
    ASSERT_EQ(table.labels.size(), expected.size()) << bytes;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(table.labels[i].track, expected[i].track) << bytes;
      EXPECT_EQ(table.labels[i].score, expected[i].score) << bytes;
    }
    EXPECT_EQ(table.note, note.empty() ? "" : "labels.csv is read as follows: " + note) << bytes;
  }

  void expect_refused(const std::string& bytes, const testing::Matcher<const std::string&>& message) {
    try {
      read(bytes);
      ADD_FAILURE() << "was read: " << bytes;
    } catch (const Error& error) {
      EXPECT_THAT(std::string(error.what()), message);
    }
  }

  fs::path directory_;
};

// As Python's str.encode writes it.
std::string utf16(std::u16string_view text, bool big_endian) {
  std::string bytes;
  const std::u16string marked = u"\uFEFF" + std::u16string(text);
  for (const char16_t unit : marked) {
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 0xFF);
    bytes += big_endian ? std::string{high, low} : std::string{low, high};
  }
  return bytes;
}

TEST_F(CsvForms, plain_tables_carry_no_note) {
  expect_same("\xEF\xBB\xBF" + plain, "");
  expect_same("track , score\r\na.wav,0.638\r\n\"b, c.wav\",.41\r\nd.wav,1\r\n\r\n", "");
}

TEST_F(CsvForms, separators_and_decimal_commas) {
  expect_same("track;score\r\na.wav;0,638\r\nb, c.wav;0,41\r\nd.wav;1\r\n",
              "columns separated by semicolons; numbers with decimal commas");
  expect_same("track\tscore\na.wav\t0.638\nb, c.wav\t.41\nd.wav\t1\n", "columns separated by tabs");
  expect_same("sep=;\n\"track\";\"score, mean\";score\na.wav;;0.638\nb, c.wav;;0.41\nd.wav;;1\n",
              "columns separated by semicolons");
  expect_same("number;score, of listeners;track;score\n1;9;a.wav;0,638\n2;9;b, c.wav;0,41\n3;9;d.wav;1\n",
              "columns separated by semicolons; numbers with decimal commas");
}

TEST_F(CsvForms, lines_of_old_macs_and_of_bad_conversions) {
  std::string text = plain;
  std::replace(text.begin(), text.end(), '\n', '\r');
  expect_same(text, "lines that end with CR");
  text = plain;
  for (std::size_t i = 0; (i = text.find('\n', i)) != std::string::npos; i += 3) text.replace(i, 1, "\r\r\n");
  expect_same(text, "");
}

TEST_F(CsvForms, line_ends_of_several_kinds_in_one_file) {
  expect_same("track,score\r\na.wav,0.638\r\"b, c.wav\",0.41\nd.wav,1\r", "lines that end with CR or LF");
  EXPECT_EQ(read("track,score\r\n\"a\rb.wav\",0.5\r\n").labels[0].track, "a\rb.wav") << "quoted ones stay";
}

TEST_F(CsvForms, empty_lines_before_the_header) {
  expect_same("\r\n;;\n" + plain, "empty lines before the header left out");
  expect_refused("\n\ntrack,score\na.wav,x\n", HasSubstr(":4"));
}

TEST_F(CsvForms, quoted_decimal_commas_between_commas) {
  expect_same("track,score\na.wav,\"0,638\"\n\"b, c.wav\",\"0,41\"\nd.wav,1\n",
              "numbers with decimal commas");
  expect_same("n,track,score\n\"1,234\",a.wav,\"0,638\"\n7,\"b, c.wav\",\"0,41\"\n8,d.wav,\"1,000\"\n",
              "numbers with decimal commas");
  expect_refused("track,score\na.wav,\"0,638\"\nb.wav,0.5\n", AllOf(HasSubstr(":2"), HasSubstr("alike")));
}

TEST_F(CsvForms, separators_of_thousands_are_refused_as_such) {
  const auto refused = testing::AllOf(HasSubstr(":2"), HasSubstr("may mean thousands or decimals"));
  expect_refused("track,score\na.wav,\"1,234\"\nb.wav,\"2,500\"\n", refused);
  expect_refused("track;score;bpm\na.wav;1,234;98.6\n", refused);
  for (const std::string number : {"1,234.5", "1.234,5", "1,234,567", "1 234", "1\u00a0234,5", "1'234"})
    expect_refused("track;score\na.wav;" + number + "\n", HasSubstr("separators of thousands"));
}

TEST_F(CsvForms, rows_that_are_separated_otherwise_than_the_header) {
  expect_same("track;score\na.wav,0.638\n\"b, c.wav\",0.41\n\nd.wav,1\n",
              "header separated by semicolons, rows by commas");
  expect_same("track,score\na.wav\t0.638\nb, c.wav\t0.41\nd.wav\t1\n",
              "header separated by commas, rows by tabs");
  EXPECT_EQ(read("track,score\nArtist; Title.wav,0.5\n").labels[0].track, "Artist; Title.wav");
  expect_refused("track,score\na.wav;0,5\n",
                 AllOf(HasSubstr("separated by commas"), HasSubstr("semicolons")));
}

TEST_F(CsvForms, characters_that_nobody_sees_around_fields) {
  expect_same("\uFEFF\uFEFFtrack\u200b,score\u00a0\na.wav,0.638\u200b\n\"b, c.wav\",0.41\nd.wav,\uFEFF1\n",
              "");
}

TEST_F(CsvForms, tables_without_rows_say_so) {
  for (const std::string end : {"", "\n", "\r\n\r\n", "\n,\n"})
    expect_refused("track,score" + end, AllOf(HasSubstr("names no track"), HasSubstr("add rows")));
}

TEST_F(CsvForms, utf16_of_either_byte_order) {
  const std::u16string_view text = u"track\tscore\r\na.wav\t0,638\r\nb, c.wav\t0,41\r\nd.wav\t1\r\n";
  for (const bool big_endian : {false, true}) {
    expect_same(utf16(text, big_endian),
                "UTF-16 text; columns separated by tabs; numbers with decimal commas");
  }
  EXPECT_EQ(read(utf16(u"track,score\n\U0001D11E \u3042.wav,0.5\n", true)).labels[0].track,
            "\U0001D11E \u3042.wav");
  expect_refused(utf16(u"track,score\n\xD834.wav,0.5\n", false), HasSubstr("damaged"));
  expect_refused(utf16(text, false) + "x", HasSubstr("cut off"));
  expect_refused(utf16(text, false).substr(2), HasSubstr("UTF-16 without its mark"));
}

TEST_F(CsvForms, empty_rows_and_empty_ends) {
  expect_same("track,score\na.wav,0.638\n,\n\"b, c.wav\",0.41\nd.wav,1\n,\n ,\n", "3 empty rows left out");
  expect_same("track,score\na.wav,0.638,,\n\"b, c.wav\",0.41\nd.wav,1,\n,,,\n",
              "1 empty row left out; empty fields beyond the header left out in 2 rows");
}

TEST_F(CsvForms, names_of_columns_in_other_capitals) {
  expect_same("\"Track\", SCORE \na.wav,0.638\n\"b, c.wav\",0.41\nd.wav,1\n",
              "column 'Track' as 'track'; column 'SCORE' as 'score'");
  expect_same("Track,track,score\n1,a.wav,0.638\n2,\"b, c.wav\",0.41\n3,d.wav,1\n", "");
  expect_refused("Track,TRACK,score\na.wav,b.wav,0.638\n", HasSubstr("no column 'track'"));
}

TEST_F(CsvForms, scores_in_percent) {
  expect_same("track,score\na.wav,63.8 %\n\"b, c.wav\",41%\nd.wav,100%\n", "percentages as shares of 1");
  expect_same("track;score\na.wav;63,8\u00a0%\nb, c.wav;41\u202f%\nd.wav;100%\n",
              "columns separated by semicolons; numbers with decimal commas; percentages as shares of 1");
  expect_refused("track,score\na.wav,63.8%\nb.wav,0.5\n", AllOf(HasSubstr(":2"), HasSubstr("in percent")));
  expect_refused("track,score\na.wav,63.8\nb.wav,41\n",
                 AllOf(HasSubstr(":2"), HasSubstr("divide them by 100")));
  expect_refused("track,score\na.wav,4\nb.wav,5\n",
                 AllOf(HasSubstr(":2"), HasSubstr("[0, 1]"), testing::Not(HasSubstr("divide"))));
  expect_refused("track,score\na.wav,163%\n", HasSubstr("[0, 1]"));
}

TEST_F(CsvForms, causes_are_named) {
  expect_refused("track,score\na.wav,0,638\n", AllOf(HasSubstr(":2"), HasSubstr("decimal point")));
  expect_refused("track,score\na, b.wav,0.638\n", AllOf(HasSubstr(":2"), HasSubstr("quotes")));
  expect_refused("track;score\na.wav;0,638\nb.wav;0.5\n", AllOf(HasSubstr(":2"), HasSubstr("alike")));
  expect_refused("track|score\na.wav|0.638\n", HasSubstr("commas, semicolons or tabs"));
  expect_refused("track,score\na\xed\xa0\x80.wav,0.5\n", HasSubstr("UTF-8"));  // half a surrogate pair
  expect_refused("track,score\n\nBeyonc\xe9.wav,0.5\n",
                 AllOf(HasSubstr(":3"), HasSubstr("E9"), HasSubstr("Latin-1")));
  expect_refused(std::string("PK\x03\x04\0\0", 6), HasSubstr("xlsx"));
  expect_refused("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n",
                 AllOf(HasSubstr("pointer of Git LFS"), HasSubstr("git lfs pull")));
  expect_refused("../.git/annex/objects/Xk/9v/SHA256E-s1--4d7a.csv\n", HasSubstr("git annex get labels.csv"));
  expect_refused("<!DOCTYPE html>\n<html>", HasSubstr("web page"));
}

TEST_F(CsvForms, what_the_program_writes_is_read_strictly) {
  write_file(directory_ / "predictions.csv", "track;fold\na;0\n");
  EXPECT_EQ(CsvFile(directory_ / "predictions.csv").header().size(), 1);
  write_file(directory_ / "predictions.csv", "track,fold\na,0,\n");
  EXPECT_THROW(CsvFile(directory_ / "predictions.csv"), Error);
}

TEST_F(CsvForms, feature_tables_are_read_in_all_of_them) {
  write_file(directory_ / "plain.csv", "YT_id,label,a,b\nx,0.5,1.5,-2\ny,0.25,2.5,3e-2\n");
  write_file(directory_ / "other.csv", "yt_id;Label;a;b\rx;50 %;1,5;-2\ry;25 %;2,5;3e-2\r;;;\r");
  std::string note;

  const SegmentTable table = read_segment_table(directory_ / "other.csv", &note);

  EXPECT_EQ(to_csv(table), to_csv(read_segment_table(directory_ / "plain.csv")));
  EXPECT_THAT(note, AllOf(HasSubstr("semicolons"), HasSubstr("CR"), HasSubstr("percentages")));
}

}  // namespace
}  // namespace musicmem::data
