"""Messages of other programs become lines: how many a second, on one core."""
import shutil

import measure

MESSAGES = measure.ROOT / "tests" / "data" / "messages"
AT_LEAST = 20_000  # messages a second


def lines(sample):
    """The messages of a sample with one on each line."""
    return sum(1 for line in sample.splitlines() if line.strip())


def parts(sample):
    """The messages of a multipart stream."""
    return sum(1 for line in sample.splitlines() if line.startswith(b"--") and not line.endswith(b"--"))


def one(_):
    return 1


def dahua(sample):
    """Events and heartbeats of its stream."""
    return sample.count(b"Code=") + sample.count(b"Heartbeat")


SOURCES = [
    ("frigate", [], "frigate-tracked_object_update.jsonl", lines),
    ("frigate", [], "frigate-mosquitto-j.jsonl", lines),
    ("frigate", [], "frigate-events.jsonl", lines),
    ("double-take", [], "double-take-matches.jsonl", lines),
    ("compreface", ["--camera", "hall-1"], "compreface-recognize.json", one),
    ("deepstack", ["--camera", "hall-1"], "deepstack-codeprojectai-recognize.json", one),
    ("hikvision", [], "hikvision-http-push.json", one),
    ("hikvision", ["--camera", "door-1"], "hikvision-alertstream.txt", parts),
    ("dahua", ["--camera", "door-1"], "dahua-eventmanager.txt", dahua),
    ("zkteco", ["--camera", "door-1"], "zkteco-attlog.tsv", lines),
    ("badge", ["--camera", "gate-1"], "rfid-serial.txt", lines),
]


def bench(attend, folder, rounds, quick):
    number = 200 if quick else 100_000
    pin = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    contenders, counts = {}, {}
    for preset, options, name, count in SOURCES:
        sample = (MESSAGES / name).read_bytes()
        times = -(-number // count(sample))
        file = folder / f"map-{name}"
        with open(file, "wb") as out:
            out.writelines(sample.rstrip(b"\n") + b"\n" for _ in range(times))
        counts[preset, name] = times * count(sample)
        command = [*pin, attend, "map", preset, *options]
        contenders[preset, name] = lambda command=command, file=file: measure.run(command, stdin=file)
    costs = measure.in_turns(contenders, rounds)
    rows = []
    for (preset, name), found in costs.items():
        total, cpu = counts[preset, name], measure.median(found, "cpu")
        kept = total / cpu >= AT_LEAST
        rows.append([f"`{preset}`", name, f"{total:,}", f"{total / measure.median(found):,.0f}", f"{total / cpu:,.0f}",
                     f"{max(cost.peak for cost in found):.0f} MiB", "kept" if kept else "missed"])
        (folder / f"map-{name}").unlink()
    print(f"One core, medians of {rounds} rounds. Target: {AT_LEAST:,} messages in a second of the processor.\n")
    measure.table(["preset", "messages", "number", "a second", "a CPU second", "peak memory", "target"], rows)
