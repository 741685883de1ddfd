"""Runs processes, one at a time or in turns, and measures their cost."""
import ast
import functools
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
QUIET = subprocess.DEVNULL


@dataclass
class Cost:
    """The cost of one process."""
    wall: float  # seconds
    cpu: float  # seconds, of the program and of the system on its behalf
    peak: float  # MiB of memory
    written: float  # MiB given to the disk


#: A process starts as a copy of the one that starts it, and Linux counts the memory of the copy as its own. So a Python
#: that has loaded nothing starts it, and writes what it cost to the file descriptor that is its first argument.
STARTER = """
import os, sys, time
began = time.perf_counter()
_, status, used = os.wait4(os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ), 0)
wall = time.perf_counter() - began
told = status, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, used.ru_oublock / 2048
os.write(int(sys.argv[1]), repr(told).encode())
"""


def run(command, env=None, stdin=QUIET, stdout=QUIET, fine=(0,)):
    """Runs a command to its end. `stdin` and `stdout` are files or paths, `fine` the exit codes of success."""
    source = open(stdin, "rb") if isinstance(stdin, pathlib.Path) else stdin
    sink = open(stdout, "wb") if isinstance(stdout, pathlib.Path) else stdout
    reading, writing = os.pipe()
    starter = [sys.executable, "-I", "-S", "-c", STARTER, str(writing), *command]
    subprocess.run(starter, env=env, stdin=source, stdout=sink, pass_fds=[writing], check=True)
    os.close(writing)
    with open(reading) as told:
        status, *cost = ast.literal_eval(told.read())
    if os.waitstatus_to_exitcode(status) not in fine:
        sys.exit(f"{' '.join(map(str, command))}: exit code {os.waitstatus_to_exitcode(status)}")
    for file in (source, sink):
        if file is not QUIET:
            file.close()
    return Cost(*cost)


def in_turns(contenders, rounds):
    """Calls each of the named functions once a round; returns the costs by name. The order rotates."""
    costs = {name: [] for name in contenders}
    order = list(contenders)
    for nth in range(rounds):
        for name in order:
            os.sync()
            costs[name].append(contenders[name]())
            shown = " ".join(name) if isinstance(name, tuple) else name
            print(f"round {nth + 1} of {rounds}: {shown} {costs[name][-1].wall:.3f} s", file=sys.stderr)
        order.append(order.pop(0))
    return costs


def median(costs, what="wall"):
    return statistics.median(getattr(cost, what) for cost in costs)


def ratio(costs, base, what="wall"):
    """The median of the ratios of each round, because disturbances of a round affect both."""
    pairs = zip(costs, base, strict=True)
    return statistics.median(getattr(one, what) / getattr(other, what) for one, other in pairs)


def table(headers, rows):
    """A Markdown table on standard output; all columns but the first to the right."""
    rows = [list(map(str, row)) for row in rows]
    wide = [max(map(len, column)) for column in zip(headers, *rows)]
    for row in (headers, ["-" * width for width in wide], *rows):
        cells = [cell.ljust(width) if nth == 0 else cell.rjust(width)
                 for nth, (cell, width) in enumerate(zip(row, wide))]
        if row[0] == "-" * wide[0]:
            cells[1:] = [cell[:-1] + ":" for cell in cells[1:]]
        print(f"| {' | '.join(cells)} |")
    sys.stdout.flush()


def build():
    """A release build of this checkout."""
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=ROOT, check=True)
    return target() / "release" / "attend"


@functools.cache
def build_bench(name):
    """A release build of one of the programs in benches/."""
    command = ["cargo", "bench", "--locked", "--no-run", "--bench", name, "--message-format", "json"]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    artifacts = map(json.loads, built.splitlines())
    return next(a["executable"] for a in artifacts if a.get("target", {}).get("name") == name)


def target():
    """Cargo's folder for everything that is built."""
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"]
    found = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return pathlib.Path(json.loads(found)["target_directory"])


def version(command):
    """The version of a program: the first number with a dot in its output."""
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.split()
    return next((word for word in said if "." in word), "?")


def machine(attend):
    """One line about the machine."""
    info = pathlib.Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    said = subprocess.run([attend, "--version"], stdout=subprocess.PIPE, text=True).stdout
    release = said.split()[1]
    commit = next((line for line in said.splitlines() if line.startswith("commit: ")), "?").removeprefix("commit: ")
    return (f"{model}, {cores} cores, {platform.system()} {platform.release()}, Python "
            f"{platform.python_version()}, attend {release} "
            f"({commit}); load when it began {load:.1f}")
