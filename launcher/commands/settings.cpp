// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings_reference.h"
#include "launcher/commands/commands.h"

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

struct SettingsOptions {
  std::string key;
  bool markdown = false;
};

void print_line(const config::SettingEntry& entry) {
  std::printf("%-48s %-34s %s\n", entry.path.c_str(), entry.initial.c_str(), entry.meaning.c_str());
}

void print_entry(const config::SettingEntry& entry) {
  std::printf("%s\n  %s\n", entry.path.c_str(), entry.meaning.c_str());
  if (!entry.condition.empty()) std::printf("  only with       %s\n", entry.condition.c_str());
  std::printf("  may be          %s\n  default         %s\n  results follow  %s\n", entry.range.c_str(),
              entry.initial.empty() ? "none" : entry.initial.c_str(),
              config::effect_text(entry.effect).c_str());
}

int show_settings(const SettingsOptions& options) {
  if (options.markdown) {
    write_output("", config::settings_markdown());
  } else if (options.key.empty()) {
    for (const config::SettingEntry& entry : config::all_settings()) print_line(entry);
  } else {
    for (const config::SettingEntry& entry : config::find_settings(options.key)) print_entry(entry);
  }
  return exit_code::done;
}

}  // namespace

void add_settings_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<SettingsOptions>();
  CLI::App* command = app.add_subcommand(
      "settings", "What can be set in a study's file: meaning, range, default, what follows from it");
  command->add_option("key", options->key, "a setting or a section of them; all, in short, without it")
      ->type_name("KEY");
  command->add_flag("--markdown", options->markdown, "all of them as docs/settings.md has them")
      ->excludes("key");
  command->footer(
      "Examples:\n"
      "  musicmem settings                        every setting with its default\n"
      "  musicmem settings cross_validation       one section of them\n"
      "  musicmem settings models.svr.C           one\n"
      "  musicmem settings learning_rate          whatever is called so\n"
      "  musicmem settings --markdown > docs/settings.md");
  command->callback([&action, options] {
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return show_settings(*options); });
    };
  });
}

}  // namespace musicmem::launcher
