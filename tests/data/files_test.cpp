// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/io_error.h"
#include "data/ehc_table.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/file_reading.h"
#include "data/files/hold_file.h"
#include "data/files/sealed_file.h"
#include "data/hdf5/hdf5.h"
#include "data/hdf5/hdf5_trial.h"
#include "data/labels.h"
#include "tests/failing_write.h"
#include "tests/own_path.h"

#include <chrono>
#include <csignal>
#include <filesystem>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = own_path();
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path write(const std::string& name, const std::string& text) {
    write_file(directory_ / name, text);
    return directory_ / name;
  }

  template <typename Work>
  static std::string problem(Work work) {
    try {
      work();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path directory_;
};

TEST_F(Files, csv_accepts_mark_crlf_quotes_and_blank_lines_at_the_end) {
  const CsvFile csv(
      write("a.csv", "\xEF\xBB\xBF\"name\",value\r\n\"a,\"\"b\"\"\n c\",1.5\r\nplain,-2e-3\r\n\r\n"));

  EXPECT_THAT(csv.header(), ElementsAre("name", "value"));
  ASSERT_EQ(csv.rows(), 2);
  EXPECT_EQ(csv.field(0, 0), "a,\"b\"\n c");
  EXPECT_EQ(csv.number(1, 1), -2e-3);
  EXPECT_EQ(csv.line(1), 4);
}

TEST_F(Files, csv_problems_name_the_line) {
  EXPECT_THAT(problem([&] { CsvFile(write("a.csv", "x,y\n1,2\n3\n")); }),
              AllOf(HasSubstr("a.csv:3"), HasSubstr("1 fields")));
  EXPECT_THAT(problem([&] { CsvFile(write("b.csv", "x\n\"open\n")); }),
              AllOf(HasSubstr("b.csv:2"), HasSubstr("closed")));
  EXPECT_THAT(problem([&] { CsvFile(write("e.csv", "x\ncaf\xe9\n")); }),
              AllOf(HasSubstr("e.csv:2"), HasSubstr("UTF-8")));
  EXPECT_THAT(problem([&] { CsvFile(write("c.csv", "")); }), HasSubstr("empty"));
  EXPECT_THAT(problem([&] { CsvFile(write("d.csv", std::string("x\n\0\n", 4))); }), HasSubstr("binary"));
}

TEST_F(Files, numbers_read_back_exactly) {
  for (const double value : {0.1, 1.0 / 3.0, -1e-300, 123456789.125, 5e-324}) {
    EXPECT_EQ(parse_number(format_number(value)), value);
  }
  EXPECT_FALSE(parse_number("1.5x").has_value());
  EXPECT_FALSE(parse_number("").has_value());
}

TEST_F(Files, durable_file_replaces_whole_and_leaves_no_temporary) {
  const fs::path path = write("a.txt", "old");

  write_file_durably(path, "new content");

  EXPECT_EQ(read_file(path), "new content");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
}

TEST_F(Files, a_temporary_file_that_is_not_put_in_place_is_removed) {
  const fs::path path = write("a.txt", "old");
  {
    const TemporaryFile temporary(path);
    write_file(temporary.name(), "half");
  }

  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
}

// The memory of a process cannot be read where nothing lies: EIO.
TEST_F(Files, a_read_that_fails_is_told_from_a_file_that_is_missing) {
  EXPECT_THROW(read_file("/proc/self/mem"), IoError);
  try {
    read_file(directory_ / "missing");
    ADD_FAILURE() << "it was read";
  } catch (const IoError&) {
    ADD_FAILURE() << "a missing file is no failure of the disk";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("No such file"));
  }
}

TEST_F(Files, failed_write_keeps_what_was_there_and_says_why) {
  const std::string message = problem([&] { write_file_durably(directory_ / "none" / "a.txt", "x"); });

  EXPECT_THAT(message, AllOf(HasSubstr("a.txt"), HasSubstr("No such file")));
}

TEST_F(Files, published_directory_never_replaces_another) {
  make_directories(directory_ / "first");
  make_directories(directory_ / "second");
  write("first/a", "1");
  write("second/a", "2");

  EXPECT_TRUE(publish_directory(directory_ / "first", directory_ / "target"));
  EXPECT_FALSE(publish_directory(directory_ / "second", directory_ / "target"));

  EXPECT_EQ(read_file(directory_ / "target/a"), "1");
  EXPECT_FALSE(fs::exists(directory_ / "second"));
}

TEST_F(Files, temporaries_of_dead_processes_are_removed_and_others_kept) {
  const std::string mine = temporary_name("x").filename();
  const std::string host_part = mine.substr(0, mine.rfind('.') + 1);
  write(host_part + "999999999", "dead");
  write(host_part + "1", "alive");

  EXPECT_EQ(remove_stale_temporaries(directory_), 1);

  EXPECT_TRUE(fs::exists(directory_ / (host_part + "1")));
  EXPECT_EQ(remove_stale_temporaries(directory_, StaleMakers::all), 1);
}

TEST_F(Files, names_that_only_look_like_temporaries_are_kept) {
  write("song.tmp.wav.h5", "");
  write("song.tmp.host.-1", "");
  write("song.tmp.host.1x", "");

  EXPECT_EQ(remove_stale_temporaries(directory_, StaleMakers::all), 0);
}

TEST_F(Files, temporaries_of_a_killed_process_that_nobody_waited_for_are_removed) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const std::string mine = temporary_name("x").filename();
  write(mine.substr(0, mine.rfind('.') + 1) + std::to_string(child), "");

  EXPECT_EQ(remove_stale_temporaries(directory_), 0);
  ::kill(child, SIGKILL);
  siginfo_t ended;
  ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
  EXPECT_EQ(remove_stale_temporaries(directory_), 1);

  ::waitpid(child, nullptr, 0);
}

std::string small_image() {
  hdf5::ImageWriter writer;
  writer.dataset("group/numbers", std::vector<double>{1, 2, 3, 4, 5, 6}, {2, 3}, {{1, 3}});
  writer.attribute("group/numbers", "columns", std::vector<std::string>{"a", "b", "ü"});
  writer.attribute("/", "count", std::int64_t{7});
  writer.dataset("names", std::vector<std::string>{"x", ""});
  return writer.bytes();
}

TEST_F(Files, hdf5_reads_back_what_was_written) {
  const hdf5::Reader reader(write("a.h5", small_image()));

  EXPECT_THAT(reader.shape("group/numbers"), ElementsAre(2, 3));
  EXPECT_THAT(reader.doubles("group/numbers"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(reader.texts_attribute("group/numbers", "columns"), ElementsAre("a", "b", "ü"));
  EXPECT_THAT(reader.strings("names"), ElementsAre("x", ""));
  EXPECT_EQ(reader.number_attribute("/", "count"), 7);
  EXPECT_THAT(reader.children("/"), ElementsAre("group", "names"));
  EXPECT_FALSE(reader.has("group/none"));
}

TEST_F(Files, lists_that_no_attribute_can_hold_are_kept_whole) {
  std::vector<std::string> names;
  for (int i = 0; i < 6373; ++i) names.push_back("feature_" + std::to_string(i));
  hdf5::ImageWriter writer;
  writer.dataset("rows", std::vector<double>{1, 2}, {2});
  writer.attribute("rows", "columns", names);
  writer.attribute("/", "columns", names);
  const std::string bytes = writer.bytes();

  const hdf5::Reader reader(bytes, "long.h5");

  for (const char* path : {"rows", "/"}) {
    EXPECT_TRUE(reader.has_attribute(path, "columns"));
    EXPECT_EQ(reader.texts_attribute(path, "columns"), names);
  }
}

TEST_F(Files, hdf5_images_are_the_same_bytes_every_time) {
  EXPECT_EQ(small_image(), small_image());
}

// Three rows, which compress or do not, and a dataset that has no rows.
hdf5::Reader rows_in_memory() {
  hdf5::ImageWriter writer;
  writer.dataset("numbers", std::vector<float>{0, 0.5F, 1, 1.5F, 2, 2.5F}, {3, 2}, {{1, 2}});
  writer.dataset("flat", std::vector<double>(300, 7.0), {3, 100}, {{1, 100}});
  writer.dataset("whole", std::vector<float>{0, 0.5F, 1, 1.5F}, {2, 2}, {{2, 2}});
  return {writer.bytes(), "rows in memory"};
}

TEST_F(Files, rows_are_copied_as_they_are_stored) {
  const hdf5::Reader source = rows_in_memory();
  hdf5::FileWriter writer(directory_ / "rows.h5", "rows.h5");
  writer.empty_dataset("numbers", hdf5::FileWriter::Number::f32, {3, 2});
  writer.empty_dataset("flat", hdf5::FileWriter::Number::f64, {2, 100});
  for (std::uint64_t row = 0; row < 3; ++row)
    writer.write_row("numbers", row, source.stored_rows("numbers", row, 1).front());
  writer.write_row("flat", 1, source.stored_rows("flat", 2, 1).front());
  EXPECT_EQ(writer.row_storage("numbers"), source.row_storage("numbers"));
  EXPECT_EQ(writer.row_storage("flat"), source.row_storage("flat"));
  writer.close();

  const hdf5::Reader reader(directory_ / "rows.h5");

  EXPECT_THAT(reader.floats("numbers"), ElementsAre(0, 0.5F, 1, 1.5F, 2, 2.5F));
  EXPECT_TRUE(reader.is_single_precision("numbers"));
  EXPECT_EQ(reader.double_row("flat", 1), std::vector<double>(100, 7.0));
  EXPECT_EQ(reader.stored_rows("numbers", 0, 3), source.stored_rows("numbers", 0, 3));
  EXPECT_THAT(problem([&] { reader.stored_rows("flat", 0, 1); }),
              HasSubstr("cannot read row 0 of dataset flat"));
  EXPECT_NE(source.row_storage("numbers"), source.row_storage("flat"));
  EXPECT_EQ(source.row_storage("whole"), "");
  EXPECT_THAT(problem([&] { source.stored_rows("numbers", 2, 2); }), HasSubstr("has fewer rows"));
}

// Two datasets, one of them row by row, and attributes.
void write_rows(const fs::path& path) {
  hdf5::FileWriter writer(path, "rows.h5");
  writer.empty_dataset("numbers", hdf5::FileWriter::Number::f32, {3, 2});
  writer.attribute("numbers", "columns", std::vector<std::string>{"a", "b"});
  const std::vector<hdf5::StoredRow> rows = rows_in_memory().stored_rows("numbers", 0, 3);
  for (std::uint64_t row = 0; row < rows.size(); ++row) writer.write_row("numbers", row, rows[row]);
  writer.dataset("names", std::vector<std::string>{"x", "y"});
  writer.close();
}

TEST_F(Files, every_write_of_hdf5_that_fails_is_said_with_its_cause) {
  int failed = 0;
  for (int at = 1;; ++at) {
    const FailingWrite failing(at, EIO);
    const std::string said = problem([&] { write_rows(directory_ / ("rows" + std::to_string(at) + ".h5")); });
    if (failing.never_came()) break;
    EXPECT_THAT(said,
                AllOf(HasSubstr("rows.h5"), HasSubstr("Input/output error"), HasSubstr("check the disk")))
        << "write " << at;
    ++failed;
  }

  EXPECT_GT(failed, 6);
}

TEST_F(Files, a_full_disk_is_said_by_hdf5) {
  EXPECT_THAT(problem([] { write_rows("/dev/full"); }),
              AllOf(HasSubstr("No space left on device"), HasSubstr("free some space")));
}

TEST_F(Files, files_in_memory_do_not_meet_files_of_the_working_directory) {
  const fs::path before = fs::current_path();
  fs::current_path(directory_);
  for (const char* name : {"image", "in memory"}) fs::create_directory(name);

  EXPECT_EQ(problem([] { hdf5::Reader(small_image(), "memory").strings("names"); }), "");

  fs::current_path(before);
}

TEST_F(Files, what_is_read_through_an_open_reader_is_what_its_seal_was_checked_of) {
  std::string image = small_image();
  seal_image(image, "kind", "hash");
  const fs::path path = write("a.h5", image);
  const hdf5::Reader reader(path);
  fs::rename(write("b.h5", "something else"), path);

  EXPECT_EQ(check_seal(reader.descriptor(), path, "kind", "hash"), SealState::good);
  EXPECT_THAT(reader.strings("names"), ElementsAre("x", ""));
  EXPECT_EQ(check_seal(path, "kind", "hash"), SealState::damaged);
}

TEST_F(Files, a_file_stays_while_somebody_at_work_holds_it) {
  const fs::path path = write("a.h5", "content");
  const std::string mine = temporary_name(path.string() + ".held").filename();
  {
    const HoldFile hold(path);
    EXPECT_TRUE(fs::exists(directory_ / mine));
    EXPECT_FALSE(remove_unless_held(path));
  }
  EXPECT_FALSE(fs::exists(directory_ / mine));
  EXPECT_EQ(read_file(path), "content");

  EXPECT_TRUE(remove_unless_held(path));

  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Files, what_a_killed_process_held_is_free) {
  const fs::path path = write("a.h5", "content");
  const pid_t child = ::fork();
  if (child == 0) {
    const HoldFile hold(path);
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  const auto files = std::distance(fs::directory_iterator(directory_), fs::directory_iterator());
  ASSERT_EQ(files, 2) << "the child left its hold";

  EXPECT_TRUE(remove_unless_held(path));
}

TEST_F(Files, what_another_host_held_is_free_after_ten_minutes_without_a_sign_of_life) {
  const fs::path path = write("a.h5", "content");
  const fs::path hold = write("a.h5.held.tmp.elsewhere.123", "");
  EXPECT_TRUE(is_held(path));

  fs::last_write_time(hold, fs::last_write_time(hold) - std::chrono::minutes(11));

  EXPECT_FALSE(is_held(path));
}

TEST_F(Files, files_that_are_no_hdf5_are_refused_by_name) {
  EXPECT_THAT(problem([&] { hdf5::Reader(write("a.h5", "text")); }),
              AllOf(HasSubstr("a.h5"), HasSubstr("HDF5")));
  const std::string image = small_image();
  EXPECT_NE(problem([&] {
              const hdf5::Reader reader(write("b.h5", image.substr(0, image.size() / 2)));
              reader.doubles("group/numbers");
            }),
            "");
}

// HDF5 1.10 crashes on texts whose heap gives them an impossible size; other versions may refuse them.
TEST_F(Files, hdf5_that_the_library_crashes_on_is_refused) {
  std::string image = small_image();
  const std::size_t size_of_a_text = image.find("GCOL") + 24;
  image[size_of_a_text + 5] = 1;
  const fs::path good = write("good.h5", small_image());
  const fs::path bad = write("bad.h5", image);

  EXPECT_EQ(hdf5::harmless(good), good);
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP()
      << "the sanitizer's memory lies otherwise: the library reads beyond its own there without a crash";
#endif
  EXPECT_THAT(problem([&] { hdf5::Reader(hdf5::harmless(bad)).strings("names"); }), HasSubstr("bad.h5"));
}

TEST_F(Files, seal_tells_good_stale_damaged_and_missing_apart) {
  std::string image = small_image();
  seal_image(image, "kind", "hash");
  const fs::path path = write("a.h5", image);

  EXPECT_EQ(check_seal(path, "kind", "hash"), SealState::good);
  EXPECT_EQ(check_seal(path, "kind", "other"), SealState::stale);
  EXPECT_EQ(check_seal(path, "other", "hash"), SealState::stale);
  EXPECT_EQ(check_seal(directory_ / "none", "kind", "hash"), SealState::missing);
  EXPECT_EQ(hdf5::Reader(path).strings("names").size(), 2);
  for (const std::size_t position : {std::size_t{0}, image.size() / 2, image.size() - 3}) {
    std::string damaged = image;
    damaged[position] = static_cast<char>(damaged[position] ^ 4);
    EXPECT_EQ(check_seal(write("b.h5", damaged), "kind", "hash"), SealState::damaged) << position;
  }
  EXPECT_EQ(check_seal(write("c.h5", image.substr(0, image.size() - 1)), "kind", "hash"), SealState::damaged);
}

TEST_F(Files, that_the_system_cannot_read_are_not_called_damaged) {
  std::string image = small_image();
  seal_image(image, "kind", "hash");
  const fs::path path = write("a.h5", image);
  const int write_only = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);

  EXPECT_THROW(check_seal(write_only, path, "kind", "hash"), IoError);
  ::close(write_only);
  const fs::path unreadable = "/proc/self/mem";  // whose first byte gives EIO
  EXPECT_THROW(file_start(unreadable, 4), IoError);
  EXPECT_THROW(read_file(unreadable), IoError);
  EXPECT_EQ(file_start(path, 4), "\x89HDF");
  EXPECT_TRUE(is_hdf5(path));
  EXPECT_FALSE(is_hdf5(directory_)) << "a folder";
}

TEST_F(Files, file_sealed_on_disk_is_as_one_sealed_in_memory) {
  std::string image = small_image();
  const fs::path path = write("a.h5", image);

  seal_file(path, "kind", "hash");

  seal_image(image, "kind", "hash");
  EXPECT_EQ(read_file(path), image);
}

std::string published_header() {
  std::string header = "label,segment_idx,YT_id,augment_type";
  for (const std::string& column : ehc_columns(false)) header += "," + column;
  return header;
}

std::string published_row(const std::string& id, int segment, double label) {
  std::string row = format_number(label) + "," + std::to_string(segment) + "," + id + ",original";
  for (std::size_t c = 0; c < ehc_columns(false).size(); ++c) row += "," + std::to_string(c + 0.5);
  return row;
}

TEST_F(Files, published_table_reads_in_any_column_order_and_survives_both_forms) {
  const fs::path path =
      write("t.csv", published_header() + "\n" + published_row("a", 1, 0.5) + "\n" +
                         published_row("b", 1, 0.25) + "\n" + published_row("a", 2, 0.5) + "\n");

  const SegmentTable table = read_segment_table(path);
  const SegmentTable from_hdf5 = read_segment_table(write("t.h5", to_hdf5(table)));

  EXPECT_THAT(table.tracks, ElementsAre("a", "b"));
  EXPECT_THAT(table.row_track, ElementsAre(0, 1, 0));
  EXPECT_EQ(table.columns, ehc_columns(false));
  EXPECT_EQ(table.values(2, 32), 32.5);
  EXPECT_EQ(to_csv(from_hdf5), to_csv(table));
}

TEST_F(Files, tables_with_gaps_are_refused_with_the_column_and_line) {
  const std::string row = published_row("a", 1, 0.5);
  const auto table_problem = [&](const std::string& text) {
    return problem([&] { read_segment_table(write("t.csv", text)); });
  };
  std::string header = published_header();
  header.replace(header.find(",bpm"), 4, ",tempo");

  EXPECT_THAT(table_problem(header + "\n" + row + "\n"), HasSubstr("no column bpm"));
  EXPECT_THAT(table_problem(published_header() + "\n" + row + "\n" + published_row("a", 2, 0.75) + "\n"),
              AllOf(HasSubstr(":3"), HasSubstr("differs")));
  EXPECT_THAT(table_problem(published_header() + "\n" + row + "\n" + row + "\n"), HasSubstr("already given"));
  EXPECT_THAT(table_problem(published_header() + "\n" + published_row("a", 1, 1.5) + "\n"),
              HasSubstr("[0, 1]"));
  EXPECT_THAT(table_problem("YT_id,label\na,0.5\n"), HasSubstr("no feature columns"));
}

TEST(ReadFile, refuses_a_device_which_may_have_no_end) {
  try {
    read_file("/dev/zero");
    FAIL() << "it has an end";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem(), "is a device, not a file");
  }
}

}  // namespace
}  // namespace musicmem::data
