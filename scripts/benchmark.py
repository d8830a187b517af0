"""Builds the benchmarks of `benches/` as programs."""

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def build(name: str) -> str:
    """Builds a benchmark. Returns the path of the program."""
    command = ["cargo", "bench", "--locked", "--bench", name, "--no-run", "--message-format=json-render-diagnostics"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = [json.loads(line).get("executable") for line in lines]
    return [path for path in found if path and f"/{name}-" in path][-1]
