#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a report's index.html in headless Chromium at the width of a phone and of a desk, and says what is wrong.

Usage: open_report.py INDEX.HTML [SCREENSHOT_DIRECTORY]

Prints one line per fault and exits 1: messages on the console, anything fetched from the network, a page wider than
the window, a figure that is missing or empty, a link to a file that is not there. Exits 77 without Chromium.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

WIDTHS = (400, 1400)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Put at the end of a copy of the page: measures it and leaves the result where --dump-dom shows it.
PROBE = """<script>
const figures = [...document.querySelectorAll('figure')].map(figure => {
  const drawing = figure.querySelector('svg');
  const box = drawing ? drawing.getBoundingClientRect() : {width: 0, height: 0};
  const shapes = drawing ? drawing.querySelectorAll('path, polygon, rect, use, circle, text').length : 0;
  return {caption: figure.innerText.trim().slice(0, 60), width: box.width, height: box.height, shapes};
});
document.documentElement.setAttribute('data-probe', JSON.stringify({
  inner: window.innerWidth, scroll: document.documentElement.scrollWidth, figures,
  links: [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href')),
  fetched: performance.getEntriesByType('resource').map(entry => entry.name)}));
</script></body>"""


def browse(browser, page, width, *options):
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                   "--hide-scrollbars", f"--user-data-dir={profile}", f"--window-size={width},900", *options,
                   page.resolve().as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=180)


def probe(browser, index, width):
    with tempfile.TemporaryDirectory() as directory:
        page = pathlib.Path(directory) / "index.html"
        page.write_text(index.read_text(encoding="utf-8").replace("</body>", PROBE), encoding="utf-8")
        done = browse(browser, page, width, "--dump-dom")
    found = re.search(r'data-probe="([^"]*)"', done.stdout)
    if not found:
        return None, [f"width {width}: the page does not load: {done.stderr[-500:]}"]
    faults = [f"width {width}: console: {line}" for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return json.loads(found.group(1).replace("&quot;", '"').replace("&amp;", "&")), faults


def faults_of(index, width, seen):
    faults = []
    if seen["scroll"] > seen["inner"]:
        faults.append(f"width {width}: the page is {seen['scroll']} pixels wide in a window of {seen['inner']}")
    if not seen["figures"]:
        faults.append(f"width {width}: no figures")
    for figure in seen["figures"]:
        if figure["width"] < 100 or figure["height"] < 50 or figure["shapes"] < 5:
            faults.append(f"width {width}: figure '{figure['caption']}' is empty: {figure}")
    for link in seen["links"]:
        if not (index.parent / link).is_file():
            faults.append(f"link to {link}, which is not there")
    faults += [f"width {width}: fetches {name}" for name in seen["fetched"] if not name.startswith("data:")]
    return faults


def main():
    index = pathlib.Path(sys.argv[1])
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("no Chromium is installed")
        return 77
    faults = []
    for width in WIDTHS:
        seen, told = probe(browser, index, width)
        faults += told + (faults_of(index, width, seen) if seen else [])
        if len(sys.argv) > 2:
            picture = pathlib.Path(sys.argv[2]) / f"report-{width}.png"
            browse(browser, index, width, f"--screenshot={picture}", f"--window-size={width},6000")
    print("\n".join(faults) or f"no faults: {len(seen['figures'])} figures at widths {WIDTHS}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
