// SPDX-License-Identifier: GPL-3.0-or-later
// The folder of script/bundle, on a system that has nothing.
#include "tests/integration/study_fixture.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Bundle : public SmallStudy {
 protected:
  // A root directory without a shell, with the bundle at a path with blanks; owned by nobody who runs there.
  void make_empty_root() {
    for (const char* folder : {"proc", "dev", "sys", "tmp", "home", "opt/a place"})
      fs::create_directories(root() / folder);
    const fs::path build = fs::path(MUSICMEM_PROGRAM).parent_path().parent_path();
    const ProgramResult made =
        run({MUSICMEM_SOURCE "/script/bundle", bundle().string(), build.string()}, directory_);
    ASSERT_EQ(made.exit_code, 0) << made.errors;
    fs::copy(directory_ / "study", root() / "home/study", fs::copy_options::recursive);
    ASSERT_EQ(run({"chown", "-R", "65534:65534", (root() / "home").string()}, directory_).exit_code, 0);
    fs::permissions(root() / "tmp", fs::perms::all);
  }

  fs::path root() const { return directory_ / "root"; }
  fs::path bundle() const { return root() / "opt/a place/musicmem"; }

  // As nobody, with no variable but HOME.
  ProgramResult in_empty_root(Words words) const {
    const std::string enter =
        "mount -t proc proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" && mount --rbind /sys \"$0/sys\" && "
        "exec env -i HOME=/home \"$(command -v chroot)\" --userspec=65534:65534 \"$0\" \"$@\"";
    const Words enter_as = {"unshare", "-m", "-p", "-f", "sh", "-c", enter, root().string()};
    words.insert(words.begin(), enter_as.begin(), enter_as.end());
    return run(words, directory_);
  }

  const std::string program_ = "/opt/a place/musicmem/bin/musicmem";
  const std::string mpirun_ = "/opt/a place/musicmem/bin/mpirun";
};

TEST_F(Bundle, runs_a_study_in_an_empty_root_to_the_bytes_of_this_system) {
  if (::geteuid() != 0 || run({"unshare", "-m", "-p", "-f", "true"}, directory_).exit_code != 0)
    GTEST_SKIP() << "an empty root directory cannot be entered here (needs root and namespaces)";
  ASSERT_EQ(run_study({}, 2, "here").exit_code, 0);
  ASSERT_NO_FATAL_FAILURE(make_empty_root());

  const ProgramResult version = in_empty_root({program_, "--version"});
  const ProgramResult study = in_empty_root(
      {mpirun_, "-np", "2", program_, "run", "/home/study/experiment.yaml", "--run-dir", "/home/run"});

  EXPECT_THAT(version.output, HasSubstr("musicmem ")) << version.errors;
  ASSERT_EQ(study.exit_code, 0) << study.output << study.errors;
  EXPECT_TRUE(contents_of(root() / "home/run/folds") == contents_of(directory_ / "here/folds"));
  EXPECT_TRUE(contents_of(root() / "home/run/report") == contents_of(directory_ / "here/report"));
}

TEST_F(Bundle, replaces_nothing_that_is_there) {
  const ProgramResult again = run({MUSICMEM_SOURCE "/script/bundle", directory_.string()}, directory_);

  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.errors, HasSubstr("is there already"));
}

}  // namespace
}  // namespace musicmem::testing_support
