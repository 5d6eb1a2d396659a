"""All figures, or those that are named, as a table or as JSON. See README.md beside this file."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import door, imports, lists_of_people, logins, pages, people, spoken, starts, storm
from benchmarks.figures import HEAD, Figure

BENCHMARKS: dict[str, Callable[[people.Site], list[Figure]]] = {
    "security": pages.security,
    "lists": pages.lists,
    "people": lists_of_people.lists_of_people,
    "hook": door.door,
    "spoken": spoken.spoken,
    "logins": logins.logins,
    "storm": storm.storm,
    "memory": starts.memory,
    "start": starts.cold_start,
    "transfer": pages.transfer,
    "qr": pages.qr,
    "writes": logins.writes,
    "import": imports.hundred_thousand,
    "import-million": imports.million,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all when none is given")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    began = time.perf_counter()
    found = measure(given.names or list(BENCHMARKS), told=not given.json)
    if given.json:
        print(json.dumps([figure.facts() for figure in found], indent=2, ensure_ascii=False))
        return
    goals = [figure.met for figure in found if figure.goal is not None]
    took, load = time.perf_counter() - began, os.getloadavg()[0]
    print(f"\n{goals.count(False)} of {len(goals)} goals missed. {took:.0f} s; load of the machine {load:.1f}.")


def measure(names: list[str], *, told: bool) -> list[Figure]:
    found: list[Figure] = []
    if told:
        print(HEAD, flush=True)
    with tempfile.TemporaryDirectory(prefix="postern-bench-") as folder:
        site = people.prepare(Path(folder))
        for name in names:
            for figure in BENCHMARKS[name](site.copy(name)):
                found.append(figure)
                if told:
                    print(figure.line(), flush=True)
    return found


if __name__ == "__main__":
    main()
