// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/stall_watch.h"

#include "tests/support/thread_communicator.h"

#include <mutex>

#include <gmock/gmock.h>

namespace musicmem::distributed {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

// What the watch of one rank said; ranks are threads here.
class Reports {
 public:
  StallWatch::Options options(milliseconds warning, milliseconds abort) {
    StallWatch::Options options;
    options.warning = warning;
    options.abort = abort;
    options.interval = milliseconds(20);
    options.on_report = [this](const std::string& text) { add(text, report_); };
    options.on_abort = [this](const std::string& text) { add(text, abort_); };
    return options;
  }
  std::string report() const { return locked(report_); }
  std::string abort() const { return locked(abort_); }

 private:
  void add(const std::string& text, std::string& to) {
    const std::lock_guard lock(mutex_);
    to += text + "\n";
  }
  std::string locked(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    return text;
  }

  mutable std::mutex mutex_;
  std::string report_;
  std::string abort_;
};

const std::vector<std::string> nodes = {"n1", "n1", "n2"};

void sleep_until(const std::function<bool()>& done) {
  for (int i = 0; i < 5000 && !done(); ++i) std::this_thread::sleep_for(milliseconds(2));
}

TEST(StallWatch, ranks_that_compute_for_long_are_alive) {
  Reports reports;
  run_as_threads(3, [&](Communicator& ranks) {
    StallWatch watch(ranks, nodes, reports.options(milliseconds(200), milliseconds(400)));
    if (ranks.rank() == 2) std::this_thread::sleep_for(milliseconds(600));
    ranks.barrier("end of the test");
    watch.finish();
  });

  EXPECT_THAT(reports.abort(), IsEmpty());
  EXPECT_THAT(reports.report(), IsEmpty()) << "nobody told the watch of a wait";
}

TEST(StallWatch, a_silent_rank_is_named_with_its_node_and_ends_the_job) {
  Reports reports;
  run_as_threads(3, [&](Communicator& ranks) {
    if (ranks.rank() == 2) {
      const auto never_read = ranks.duplicate();  // takes its part in the start, then says nothing
      sleep_until([&] { return !reports.abort().empty(); });
      return;
    }
    Reports others;
    Reports& mine = ranks.rank() == 0 ? reports : others;
    const StallWatch watch(ranks, nodes, mine.options(milliseconds(100), milliseconds(300)));
    sleep_until([&] { return !reports.abort().empty(); });
  });

  EXPECT_THAT(reports.report(), HasSubstr("from rank 2 (n2)"));
  EXPECT_THAT(reports.abort(), AllOf(HasSubstr("no sign of life for"), HasSubstr("rank 2 (n2)")));
  EXPECT_THAT(reports.abort(), testing::Not(HasSubstr("rank 1")));
}

TEST(StallWatch, a_silent_rank_0_is_missed_by_the_others) {
  Reports reports;
  run_as_threads(2, [&](Communicator& ranks) {
    if (ranks.rank() == 0) {
      const auto never_read = ranks.duplicate();
      sleep_until([&] { return !reports.abort().empty(); });
      return;
    }
    const StallWatch watch(ranks, nodes, reports.options(milliseconds(50), milliseconds(150)));
    sleep_until([&] { return !reports.abort().empty(); });
  });

  EXPECT_THAT(reports.abort(), HasSubstr("rank 0 (n1)"));
}

TEST(StallWatch, a_wait_within_a_group_names_none_of_the_other_ranks) {
  Reports reports;
  run_as_threads(3, [&](Communicator& ranks) {
    Reports others;
    Reports& mine = ranks.rank() == 0 ? reports : others;
    StallWatch watch(ranks, nodes, mine.options(milliseconds(100), std::chrono::minutes(5)));
    watch.working_on("fit ssast/vanilla");
    if (ranks.rank() == 1) watch.waiting_for("epoch 2, step 3", {1, 2});
    sleep_until([&] { return !reports.report().empty(); });
    ranks.barrier("end of the test");
    watch.finish();
  });

  EXPECT_THAT(reports.report(),
              AllOf(HasSubstr("in 'epoch 2, step 3' for rank 2 (n2) at 'fit ssast/vanilla'"),
                    testing::Not(HasSubstr("rank 0"))));
}

TEST(StallWatch, a_long_wait_names_its_step_and_what_the_missing_rank_does) {
  Reports reports;
  run_as_threads(3, [&](Communicator& ranks) {
    Reports others;
    Reports& mine = ranks.rank() == 0 ? reports : others;
    StallWatch watch(ranks, nodes, mine.options(milliseconds(100), std::chrono::minutes(5)));
    ranks.observe_waits([&](const std::string& what) { watch.waiting_for(what); });
    if (ranks.rank() == 2) {
      watch.working_on("fit svr/vanilla");
      sleep_until([&] { return !reports.report().empty(); });
    }
    ranks.barrier("end of train");
    watch.finish();
  });

  EXPECT_THAT(reports.report(), AllOf(HasSubstr("in 'end of train' for rank 2 (n2) at 'fit svr/vanilla'"),
                                      testing::Not(HasSubstr("rank 1"))));
}

TEST(StallWatch, ranks_that_all_wait_wait_in_vain_and_end_the_job) {
  Reports reports;
  run_as_threads(2, [&](Communicator& ranks) {
    Reports others;
    Reports& mine = ranks.rank() == 0 ? reports : others;
    StallWatch watch(ranks, nodes, mine.options(milliseconds(100), milliseconds(300)));
    watch.waiting_for(ranks.rank() == 0 ? "end of train" : "sum of gradients");
    sleep_until([&] { return !reports.abort().empty(); });
  });

  EXPECT_THAT(reports.abort(),
              AllOf(HasSubstr("no rank is at work for"), HasSubstr("rank 0 (n1) in 'end of train'"),
                    HasSubstr("rank 1 (n1) in 'sum of gradients'")));
}

}  // namespace
}  // namespace musicmem::distributed
