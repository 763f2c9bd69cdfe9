#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a report's index.html in headless Chromium, as wide as phones and desks, light and dark, and says what is wrong.

Usage: open_report.py INDEX.HTML [SCREENSHOT_DIRECTORY]

Prints one line per fault and exits 1: messages on the console, anything fetched from the network, a page wider than
the window, a figure that is missing or empty, a link to a file that is not there, letters that are too small, too pale
or cut off, and what keeps people out who do not see the page (page_probe.js). Exits 77 without Chromium.
"""
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

COLUMNS = {320: 1, 400: 1, 800: 1, 1400: 2}  # of figures, by the width of the window
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DARK = "--blink-settings=preferredColorScheme=0"
# A window is at least 500 pixels wide, a frame in it is not.
FRAME = """<!DOCTYPE html><body style="margin:0"><iframe src="index.html" style="border:0;width:{width}px;height:{height}px"
 onload="document.documentElement.setAttribute('data-probe',
   this.contentDocument.documentElement.getAttribute('data-probe'))"></iframe></body>"""


def browse(browser, page, width, height, *options):
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                   "--hide-scrollbars", "--allow-file-access-from-files", f"--user-data-dir={profile}",
                   f"--window-size={max(width, 500)},{height}", *options, page.resolve().as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=180)


def probe(browser, index, width, *options):
    script = (pathlib.Path(__file__).parent / "page_probe.js").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as directory:
        page = pathlib.Path(directory) / "index.html"
        text = index.read_text(encoding="utf-8").replace("</body>", f"<script>{script}</script></body>")
        page.write_text(text, encoding="utf-8")
        frame = page.with_name("frame.html")
        frame.write_text(FRAME.format(width=width, height=900), encoding="utf-8")
        done = browse(browser, frame, width, 900, "--dump-dom", *options)
    found = re.search(r'data-probe="([^"]*)"', done.stdout)
    if not found:
        return None, [f"width {width}: the page does not load: {done.stderr[-500:]}"]
    faults = [f"width {width}: console: {line}" for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return json.loads(html.unescape(found.group(1))), faults


def faults_of(index, width, seen):
    faults = [f"width {width}: {fault}" for fault in seen["faults"]]
    if seen["scroll"] > seen["inner"]:
        faults.append(f"width {width}: the page is {seen['scroll']} pixels wide in a window of {seen['inner']}")
    if seen["inner"] != width:
        faults.append(f"width {width}: looked at {seen['inner']} pixels")
    if not seen["figures"]:
        faults.append(f"width {width}: no figures")
    elif seen["columns"] != COLUMNS[width]:
        faults.append(f"width {width}: {seen['columns']} columns of figures, not {COLUMNS[width]}")
    if width <= 400:
        faults += [f"width {width}: is cut off: {table}" for table in seen["scrolled"]]
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
    papers = []
    for width in COLUMNS:
        for options in ([], [DARK]) if width in (400, 1400) else ([],):
            seen, told = probe(browser, index, width, *options)
            faults += told + (faults_of(index, width, seen) if seen else [])
            if seen:
                papers.append(seen["paper"])
            if seen and len(sys.argv) > 2:
                print(f"width {width} {'dark' if options else 'light'}: letters of {seen['least']['size']:.1f} pixels at "
                      f"least, contrast {seen['least']['contrast']:.2f} at least")
            if len(sys.argv) > 2:
                picture = pathlib.Path(sys.argv[2]) / f"report-{width}{'-dark' if options else ''}.png"
                browse(browser, index, width, 6000, f"--screenshot={picture}", *options)
    if len(set(papers)) != 2:
        faults.append(f"light and dark look the same: {set(papers)}")
    print("\n".join(faults) or f"no faults: {len(seen['figures'])} figures at widths {list(COLUMNS)}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
