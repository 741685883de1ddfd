#!/usr/bin/env python3
"""Whole commands against public tools, side by side in one run.

    python3 benches/whole.py ingest     a million lines: attend, sqlite3, sqlite-utils, DuckDB, a bare loop
    python3 benches/whole.py late       a day in the order of time, camera by camera, and shuffled
    python3 benches/whole.py live       sixteen runners at once, how long each line waits for its ack
    python3 benches/whole.py screens    the screens people keep open, on a short and on a long history
    python3 benches/whole.py export     ten million recognitions into a file: attend, sqlite3; every format, summaries
    python3 benches/whole.py prune      half of a long history deleted while sixteen runners send
    python3 benches/whole.py instructions   of the hot paths, which no noise changes (valgrind)
    python3 benches/whole.py district   a million students and twenty million recognitions: a quarter of an hour, 1 GiB of disk
    python3 benches/whole.py schools    200 schools of 30 days land in one PostgreSQL: seven minutes, 20 GB of disk
    python3 benches/whole.py truth      a school year with failing cameras: does a blind camera become an absence?
    python3 benches/whole.py year       a school year of 2,000 students, day by day: does the register say what happened?
    python3 benches/whole.py map        messages of other programs become lines, preset by preset, on one core
    python3 benches/whole.py all        one after the other

Several can be named at once, and run in the order above.

Python's standard library is enough; public tools that are not installed and cannot be fetched are left out.
The contenders of a run take turns (A B C A B C ...), so that a noisy machine is unfair to all of them alike.
A run that measures keeps its tables in benches/results, which README and docs show.
Compare the ratios: they come from neighbours in time. Where other programs keep every core busy (see the
load), several threads are no help, and wall times tend to what CPU times say. Everything is kept in target/bench.
"""
import argparse
import contextlib
import datetime
import io
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True

import district
import export
import ingest
import instructions
import late
import live
import measure
import messages
import prune
import schools
import screens
import truth
import year

BENCHES = {
    "ingest": ingest.bench, "late": late.bench, "live": live.bench, "screens": screens.bench, "export": export.bench,
    "prune": prune.bench,
    "instructions": instructions.bench, "district": district.bench, "schools": schools.bench, "truth": truth.bench,
    "year": year.bench, "map": messages.bench,
}


class Tee(io.TextIOBase):
    """Writes everything to several streams."""

    def __init__(self, *streams):
        self.streams = streams

    def write(self, text):
        for stream in self.streams:
            stream.write(text)
        return len(text)

    def flush(self):
        for stream in self.streams:
            stream.flush()


def keep(name, machine, said):
    """Keeps the tables of a run with their date and machine."""
    folder = measure.ROOT / "benches" / "results"
    date = f"{datetime.date.today():%-d %B %Y}"
    (folder / f"{name}.md").write_text(f"{date}: {machine}\n\n{said}")


def arguments():
    summary, _, details = __doc__.partition("\n\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=summary, epilog=details, formatter_class=raw)
    parser.add_argument("benches", nargs="+", choices=[*BENCHES, "all"], metavar="BENCH",
                        help=f"{', '.join(BENCHES)} or all")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (default 5)")
    parser.add_argument("--quick", action="store_true",
                        help="small and once: shows that it works, measures nothing")
    return parser.parse_args()


def main():
    args = arguments()
    given = os.environ.get("ATTEND")  # a build that is there already
    attend = pathlib.Path(given).absolute() if given else measure.build()
    rounds = 1 if args.quick else args.rounds
    machine = measure.machine(attend)
    print(machine, flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) if args.quick else measure.target() / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        for name, bench in BENCHES.items():
            if {name, "all"} & set(args.benches):
                print(f"\n## {name}\n", flush=True)
                said = io.StringIO()
                with contextlib.redirect_stdout(Tee(sys.stdout, said)):
                    bench(attend, folder, rounds, args.quick)
                if not args.quick:
                    keep(name, machine, said.getvalue())
                print(f"Load at the end of it: {os.getloadavg()[0]:.1f}.", flush=True)


if __name__ == "__main__":
    main()
