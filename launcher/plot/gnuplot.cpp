// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/plot/gnuplot.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "launcher/plot/script.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view end_of_svg = "</svg>";
constexpr std::string_view end_of_png("IEND\xae\x42\x60\x82", 8);  // name and checksum of the last chunk
constexpr std::string_view end_of_pdf = "%%EOF";
constexpr std::string_view all_drawn = "all drawn";  // gnuplot's last words

// A directory of its own that goes with its owner.
class Scratch {
 public:
  Scratch() {
    std::error_code error;
    std::string pattern = (fs::temp_directory_path(error) / "musicmem-figures-XXXXXX").string();
    if (error || ::mkdtemp(pattern.data()) == nullptr) {
      throw Error("no scratch directory can be made: " + (error ? error.message() : std::strerror(errno)),
                  pattern, "set TMPDIR to a directory that you may write to");
    }
    path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Starts gnuplot on a script, without the user's own settings; its pictures go to
// `output`, what it says to `messages`.
pid_t start_gnuplot(const fs::path& script, int output, const fs::path& messages) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, messages.c_str(), O_WRONLY | O_CREAT, 0600);
  std::string program = "gnuplot";
  std::string defaults = "--default-settings";
  std::string file = script.string();
  std::array<char*, 4> arguments = {program.data(), defaults.data(), file.data(), nullptr};
  // A warning to the whole process group is the program's to heed; it lets the figure be finished.
  sigset_t warnings;
  sigemptyset(&warnings);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&warnings, signal);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &warnings);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t process = -1;
  const int error =
      ::posix_spawnp(&process, program.c_str(), &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw Error("gnuplot cannot be started: " + std::string(std::strerror(error)));
  return process;
}

// Ends `process` where nothing comes from it for too long.
std::string read_to_end(int file, pid_t process) {
  constexpr int longest_silence = 300'000;  // ms
  std::string bytes;
  char buffer[1 << 16];
  for (ssize_t count = 1; count != 0;) {
    pollfd waiting{file, POLLIN, 0};
    if (::poll(&waiting, 1, longest_silence) == 0) ::kill(process, SIGKILL);
    count = ::read(file, buffer, sizeof buffer);
    if (count < 0 && errno != EINTR) break;  // of a pipe: what is missing is noticed
    if (count > 0) bytes.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(file);
  return bytes;
}

bool succeeds(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

[[noreturn]] void fail(const std::string& said) {
  throw Error("gnuplot fails: " + said.substr(0, 500), "", "check that gnuplot is version 5.4 or later");
}

// gnuplot does not look whether its output is taken: its pictures come through a pipe, which no disk can
// spoil, and a script of which it read a part ends without its last words.
std::string run_gnuplot(const fs::path& script) {
  const fs::path messages = script.string() + ".messages";
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error("no pipe to gnuplot: " + std::string(std::strerror(errno)));
  pid_t process = -1;
  try {
    process = start_gnuplot(script, ends[1], messages);
  } catch (...) {
    for (const int end : ends) ::close(end);
    throw;
  }
  ::close(ends[1]);
  std::string pictures = read_to_end(ends[0], process);
  const bool well = succeeds(process);
  const std::string said = fs::exists(messages) ? data::read_file(messages) : "";
  if (!well || said.find(all_drawn) == std::string::npos) fail(said);
  return pictures;
}

// The pictures that follow each other in gnuplot's output; `end`: what each ends with.
std::vector<std::string> parted(std::string_view pictures, std::string_view end) {
  std::vector<std::string> parts;
  for (std::size_t at = pictures.find(end); at != std::string::npos; at = pictures.find(end)) {
    const std::size_t size = pictures.find_first_not_of('\n', at + end.size());
    parts.emplace_back(pictures.substr(0, size));
    pictures.remove_prefix(parts.back().size());
  }
  return parts;
}

// How pictures of one format are drawn.
struct Format {
  const char* name;
  std::string_view end;
  std::string (*terminal)(const Drawing&);
};

// Letters of 13 pixels, which style.gp and the scripts take for what `font` calls 13.
std::string svg_terminal(const Drawing& drawing) {
  return fmt::format(
      "set terminal svg noenhanced font \"DejaVu Sans,Verdana,sans-serif,13\" background \"#ffffff\" size {},{}\n",
      drawing.width, drawing.height);
}

std::string png_terminal(const Drawing& drawing) {
  return fmt::format(
      "set terminal pngcairo noenhanced font \"DejaVu Sans,13\" fontscale 1.5 linewidth 2 pointscale 2 size {},{}\n",
      2 * drawing.width, 2 * drawing.height);
}

// Three and a quarter inches wide where it is drawn for a phone: a column of most journals.
std::string pdf_terminal(const Drawing& drawing) {
  constexpr double pixels_per_inch = 320.0 / 3.25;
  return fmt::format(
      "set terminal pdfcairo noenhanced font \"DejaVu Sans,13\" fontscale 0.545 linewidth 1.3 pointscale 0.42 "
      "size {:.4f}in,{:.4f}in\n",
      drawing.width / pixels_per_inch, drawing.height / pixels_per_inch);
}

std::string script_for(const std::vector<const Drawing*>& drawings, const Format& format) {
  std::string script;
  for (const Drawing* drawing : drawings) {
    script += "reset session\n" + format.terminal(*drawing);
    script += script_text("style");
    script += drawing->commands;
    script += "\n";
  }
  return script + "print \"" + std::string(all_drawn) + "\"\n";
}

std::vector<std::string> pictures_of(const std::vector<const Drawing*>& drawings, const Format& format,
                                     const fs::path& scratch) {
  const fs::path script = scratch / (std::string(format.name) + ".gp");
  data::write_file(script, script_for(drawings, format));
  std::vector<std::string> pictures = parted(run_gnuplot(script), format.end);
  if (pictures.size() != drawings.size()) throw Error("gnuplot has not drawn all figures");
  return pictures;
}

// A PDF says when it was made; the same figure is to have the same bytes. The length stays, as the file's own index
// counts bytes.
std::string without_date(std::string pdf) {
  constexpr std::string_view key = "/CreationDate (D:";
  constexpr std::string_view no_date = "20000101000000Z";
  if (const auto at = pdf.find(key); at != std::string::npos) {
    const std::size_t begin = at + key.size();
    const std::size_t end = pdf.find(')', begin);
    if (end - begin == no_date.size()) pdf.replace(begin, no_date.size(), no_date);
  }
  return pdf;
}

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// gnuplot calls the things of every picture alike; and its title says nothing of what is seen.
std::string own_ids(std::string svg, const std::string& name, const std::string& caption) {
  replace_all(svg, " id='", " id='" + name + "-");
  replace_all(svg, " id=\"", " id=\"" + name + "-");
  replace_all(svg, "xlink:href='#", "xlink:href='#" + name + "-");
  replace_all(svg, "url(#", "url(#" + name + "-");
  const std::string title = "<title>Gnuplot</title>";
  if (const auto at = svg.find(title); at != std::string::npos) {
    svg.replace(at, title.size(), "<title>" + html_escaped(caption) + "</title>");
  }
  return svg;
}

}  // namespace

bool gnuplot_is_there() {
  const char* search = std::getenv("PATH");
  std::string path = search == nullptr ? "/usr/local/bin:/usr/bin:/bin" : search;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    if (::access((fs::path(path.substr(start, end - start)) / "gnuplot").c_str(), X_OK) == 0) return true;
    start = end + 1;
  }
  return false;
}

std::map<std::string, std::string> draw(const std::vector<Figure>& figures) {
  std::map<std::string, std::string> files;
  if (figures.empty() || !gnuplot_is_there()) return files;
  std::vector<const Drawing*> both;
  std::vector<const Drawing*> wide;
  std::vector<const Drawing*> narrow;
  for (const Figure& figure : figures) {
    both.insert(both.end(), {&figure.wide, &figure.narrow});
    wide.push_back(&figure.wide);
    narrow.push_back(&figure.narrow);
  }
  const Scratch scratch;
  const auto drawn_beside = [&](const std::vector<const Drawing*>& drawings, const Format& format) {
    return std::async(std::launch::async, pictures_of, std::cref(drawings), format,
                      std::cref(scratch.path()));
  };
  auto as_png = drawn_beside(wide, {"png", end_of_png, png_terminal});
  auto as_pdf = drawn_beside(narrow, {"pdf", end_of_pdf, pdf_terminal});
  const std::vector<std::string> svg = pictures_of(both, {"svg", end_of_svg, svg_terminal}, scratch.path());
  const std::vector<std::string> png = as_png.get();
  const std::vector<std::string> pdf = as_pdf.get();
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const auto& [name, caption, of_desk, of_phone] = figures[i];
    files[name + ".svg"] = own_ids(svg[2 * i], name, caption);
    files[name + "-narrow.svg"] = own_ids(svg[2 * i + 1], name + "-narrow", caption);
    files[name + ".png"] = png[i];
    files[name + ".pdf"] = without_date(pdf[i]);
  }
  return files;
}

std::string drawing_problem() {
  if (!gnuplot_is_there()) return "gnuplot is not installed";
  Figure figure;
  figure.name = "probe";
  figure.wide.commands = figure.narrow.commands = "plot 0 title " + gnuplot_quoted("probe");
  try {
    draw({figure});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::map<std::string, std::string> draw_or_warn(const std::vector<Figure>& figures,
                                                const std::string& document) {
  std::string problem = "gnuplot is not installed";
  try {
    std::map<std::string, std::string> pictures = draw(figures);
    if (!pictures.empty() || figures.empty()) return pictures;
  } catch (const Error& error) {
    problem = error.what();
  }
  std::fprintf(stderr, "musicmem: warning: %s has no figures: %s\n", document.c_str(), problem.c_str());
  return {};
}

}  // namespace musicmem::launcher
