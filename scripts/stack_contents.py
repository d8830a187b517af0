"""Reads from the template the resources that AWS charges for, and from the built function the metrics that it declares."""

import json
import logging
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/stack")]

from resolve import Resolver  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402
from translate import translate  # noqa: E402

logging.disable()  # the translator warns about metrics that are not published

ACCOUNT, REGION = "111122223333", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pattern1-application-task"
MONTH_MINUTES = 43_800
# CloudWatch Logs charges this many bytes for each log event, in addition to its text.
LOG_EVENT_BYTES = 26


@dataclass(frozen=True)
class Stack:
    """Numbers of resources of a stack, and how often its schedules run in a month."""

    alarms: int
    keys: int
    dashboards: int
    scheduled_runs: float
    canaries: float
    is_traced: bool
    declares_all_metrics: bool


@dataclass(frozen=True)
class Line:
    """The log line of an invocation: the metrics that it declares, and the bytes that CloudWatch Logs charges for."""

    metrics: int
    size: int


def template() -> dict:
    """The template as it is written."""
    return yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))


def stack(**parameters: str) -> Stack:
    """The contents of a stack with these parameters, and the defaults of all others, after SAM's translation."""
    values = {"EcsTaskRoleArns": ROLE, **parameters}
    resources = Resolver(translate(template(), values), "cloudtrail-alarms", values, {}, ACCOUNT, REGION).resources()

    def of_type(kind: str) -> list[dict]:
        return [resource["Properties"] for resource in resources.values() if resource["Type"] == kind]

    runs, canaries = (
        MONTH_MINUTES / minutes(resources[name]["Properties"]["ScheduleExpression"])
        for name in ("FunctionScheduledRun", "Canary")
    )
    function, = of_type("AWS::Lambda::Function")
    return Stack(
        alarms=sum(alarm_metrics(alarm) for alarm in of_type("AWS::CloudWatch::Alarm")),
        keys=len(of_type("AWS::KMS::Key")),
        dashboards=len(of_type("AWS::CloudWatch::Dashboard")),
        scheduled_runs=runs,
        canaries=canaries,
        is_traced=function["TracingConfig"]["Mode"] == "Active",
        declares_all_metrics=function["Environment"]["Variables"]["DETAILED_METRICS"] == "true",
    )


def minutes(rate: str) -> int:
    """The minutes of a rate expression."""
    return int(re.fullmatch(r"rate\((\d+) minutes?\)", rate)[1])


def alarm_metrics(alarm: dict) -> int:
    """The metrics that an alarm evaluates. CloudWatch charges for each of them as for an alarm."""
    return sum("MetricStat" in query for query in alarm["Metrics"]) if "Metrics" in alarm else 1


def log_line(function: Path, declares_all_metrics: bool) -> Line:
    """The longest log line of the built function, with the metrics of a healthy scheduled run and of a batch of records."""
    events = [b'{"source":"cloudtrail-alarms.tick"}', (ROOT / "events/kms-success.json").read_bytes()]
    waiting = list(events)
    finished = threading.Event()

    class RuntimeApi(BaseHTTPRequestHandler):
        """Lambda's Runtime API for these events."""

        def do_GET(self) -> None:
            if waiting:
                self.reply(200, waiting.pop())
            else:
                finished.wait()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.reply(202, b"{}")

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
            self.send_header("Lambda-Runtime-Deadline-Ms", "4102444800000")
            self.send_header("Lambda-Runtime-Invoked-Function-Arn", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "cloudtrail-alarms",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_REGION": REGION,
        "ECS_TASK_ROLE_ARN": ROLE,
        "DETAILED_METRICS": str(declares_all_metrics).lower(),
    }
    with subprocess.Popen([function], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        lines = list(islice((line for line in process.stdout if '"_aws"' in line), len(events)))
        process.terminate()
    finished.set()
    server.shutdown()
    if len(lines) < len(events):
        raise SystemExit(f"{function}: the function ended without the log line of each invocation")
    metrics = {
        metric["Name"]
        for line in lines
        for directive in json.loads(line)["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }
    return Line(len(metrics), max(len(line.encode()) for line in lines) + LOG_EVENT_BYTES)
