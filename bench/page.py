"""How fast the page with many traces is in headless Chromium: `python bench/page.py [TRACES]`.

open     from the navigation to a list that can be read, the page's own script included
filter   from a key or a choice to the list laid out anew: search of each letter of a word,
         every filter, task and arm in turn; the slowest is told, and the median

`cpu_ms` is the time of the page's own thread, for opening and for the mean filter with its
painting: it does not grow with what else the machine is doing.
"""

import json
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "report"))

from chromium import Page, found_browser, open_page
from sample_report import make_problems, make_report

from cotutor.report import write_report

RUNS = 5
PER_PROBLEM = 3  # what `make_problems` makes
WORDS = "Ada has seven of them left. " * 18  # about 500 characters: a reasoning of eight sentences

FILTER = """(async () => {
  const list = document.getElementById("list"), query = document.getElementById("query");
  const steps = [];
  for (const word of ["ada has", "number 77", "left. ada", "nowhere", ""])
    for (let end = word ? 1 : 0; end <= word.length; end++) steps.push(() => {
      query.value = word.slice(0, end);
      query.dispatchEvent(new Event("input"));
    });
  for (const pill of document.querySelectorAll(".pills button")) steps.push(() => pill.click());
  document.querySelector('.pills [data-tag=""]').click();
  for (const choice of document.querySelectorAll(".controls select"))
    for (const value of [...choice.options].map((option) => option.value).concat(""))
      steps.push(() => { choice.value = value; choice.dispatchEvent(new Event("change")); });
  const times = [];
  for (const step of steps) {
    const began = performance.now();
    step();
    list.offsetHeight;
    times.push(performance.now() - began);
    await new Promise(requestAnimationFrame);
  }
  return times;
})()"""


class Measured(NamedTuple):
    """Milliseconds until a page is open, and of each filter; the same in processor time."""

    opened: float
    filtered: list[float]
    cpu_opened: float
    cpu_filtered: float


def measured(page: Page, path: Path) -> Measured:
    """Open a page, and filter it in every way."""
    page.open(path)
    page.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    opened, before = page.run("performance.now()"), _cpu(page)
    times = page.run(FILTER)
    return Measured(opened, times, before, (_cpu(page) - before) / len(times))


def _cpu(page: Page) -> float:
    told = page.call("Performance.getMetrics")["metrics"]
    return next(1000 * one["value"] for one in told if one["name"] == "TaskDuration")


def main(traces: int) -> None:
    """Print the figures as one line of JSON."""
    report = make_report(side_by_side=make_problems(traces // PER_PROBLEM, WORDS))
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        write_report(Path(folder), report)
        written = time.perf_counter() - began
        path = Path(folder) / "report.html"
        browser = found_browser()
        if browser is None:
            raise SystemExit("no headless browser on PATH")
        with open_page(browser) as page:
            page.call("Performance.enable", timeDomain="threadTicks")
            found = [measured(page, path) for _ in range(RUNS)]
            times = [ms for one in found for ms in one.filtered]
            told = {
                "traces": traces // PER_PROBLEM * PER_PROBLEM,
                "page_mb": round(path.stat().st_size / 1e6, 2),
                "json_mb": round((Path(folder) / "report.json").stat().st_size / 1e6, 2),
                "write_s": round(written, 2),
                "open_ms": [round(one.opened) for one in found],
                "filter_ms": {"median": round(median(times), 1), "slowest": round(max(times), 1)},
                "cpu_ms": {
                    "open": [round(one.cpu_opened) for one in found],
                    "filter": [round(one.cpu_filtered, 1) for one in found],
                },
                "complaints": page.complaints,
                "requests": len([url for url in page.requests if not url.startswith("file:")]),
            }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
