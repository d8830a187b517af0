#!/usr/bin/env python3
"""Measures `cloudtrail-alarms backtest` on one processor and on two.

Reads an invocation that the benchmark has written, and writes CloudTrail log files with its records, each 15 minutes
later than the previous one. Runs the release binary on them, alternately on one processor and on two. Fails if the outputs
differ. Prints the medians of the elapsed times, and the peak memory.
"""

import argparse
import base64
import concurrent.futures
import datetime
import gzip
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "target/backtest"
FIRST = datetime.datetime(2026, 11, 1)


def write_files(payload: pathlib.Path, files: int) -> tuple[int, int]:
    """Writes the log files. Returns their number of records and of bytes of JSON."""
    data = json.loads(payload.read_text())["awslogs"]["data"]
    events = json.loads(gzip.decompress(base64.b64decode(data)))["logEvents"]
    records = [json.loads(event["message"]) for event in events]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.json.gz"):
        old.unlink()
    size = 0
    for file in range(files):
        for index, record in enumerate(records):
            called = FIRST + datetime.timedelta(minutes=15 * file, seconds=900 * index // len(records))
            record["eventTime"] = called.strftime("%Y-%m-%dT%H:%M:%SZ")
            record["eventID"] = f"{file:08x}{record['eventID'][8:]}"
        text = json.dumps({"Records": records}, separators=(",", ":")).encode()
        size += len(text)
        (FOLDER / f"{file:04}.json.gz").write_bytes(gzip.compress(text, 6))
    return len(records) * files, size


def run(command: list[str], processors: set[int]) -> tuple[float, resource.struct_rusage, bytes]:
    """Runs a command on these processors. Returns the elapsed seconds, the resource usage, and the output."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, processors),
    )
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return wall, usage, output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("payload", type=pathlib.Path, help="an invocation with many records")
    parser.add_argument("--binary", type=pathlib.Path, help="measure this binary instead of building one")
    parser.add_argument("--files", type=int, default=80)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    binary = arguments.binary
    if not binary:
        subprocess.run(["cargo", "build", "--locked", "--release", "--bin", "cloudtrail-alarms"], cwd=ROOT, check=True)
        binary = ROOT / "target/release/cloudtrail-alarms"
    # In a separate process: the peak memory of a forked process starts at the size of its parent.
    with concurrent.futures.ProcessPoolExecutor(1) as writer:
        records, size = writer.submit(write_files, arguments.payload, arguments.files).result()
    pack = "catalogue/cis-aws-foundations.yaml"
    command = [str(binary), "backtest", str(FOLDER), "--alarms-file", pack, "--output", "json"]
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        sys.exit("there is only one processor")
    times: dict[int, list[tuple[float, float]]] = {1: [], 2: []}  # by number of processors: elapsed and CPU seconds
    outputs = set()
    peak = 0
    print("load of the machine: " + ", ".join(f"{load:.1f}" for load in os.getloadavg()))
    for _ in range(arguments.rounds):
        for count in times:
            wall, usage, output = run(command, set(available[:count]))
            times[count].append((wall, usage.ru_utime + usage.ru_stime))
            peak = max(peak, usage.ru_maxrss)
            outputs.add(output)
    if len(outputs) != 1:
        sys.exit("the output depends on the number of processors")
    print(f"{arguments.files} files, {records} records, {size / 1e6:.0f} MB of JSON, the alarms of {pack}")
    for count, rounds in times.items():
        wall, cpu = (statistics.median(column) for column in zip(*rounds))
        print(f"  on {count}: {wall:.2f} s, {cpu:.2f} s of CPU, {size / wall / 1e6:.0f} MB/s")
    ratios = [one[0] / two[0] for one, two in zip(times[1], times[2])]
    print(f"  two are {statistics.median(ratios):.2f} times as fast ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"  {peak / 1024:.0f} MiB at most")


if __name__ == "__main__":
    main()
