"""Demonstrates the main job on a laptop: sample events in, results and the alarm email out.

`make run` runs this with the Python of .tools/moto. The function runs under `cargo lambda watch`, and an SNS topic of moto
receives the email. Everything listens on loopback, and no process is left running. Exit status 1 if there is no alarm email.
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ACCOUNT = "111122223333"
REGION = "ap-southeast-2"
FUNCTION = "cloudtrail-alarms-function"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pattern1-application-task"
SUBJECT = 'ALARM: "Pattern1ApplicationKMSSecurityAlarm" in Asia Pacific (Sydney)'

ROOT = Path(__file__).resolve().parent.parent
CARGO_LAMBDA = ROOT / ".tools/cargo-lambda/bin/cargo-lambda"
EVENTS = ROOT / "events"
LOG = ROOT / "target/run.log"

# Removes the AWS settings of the user. This comes before the imports, because moto reads the account when it is imported.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "no-secret",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "MOTO_ACCOUNT_ID": ACCOUNT,
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402
from moto.sns.models import sns_backends  # noqa: E402


def title(text: str) -> None:
    """Prints a heading, in bold if the output is a terminal."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def free_port() -> int:
    """A TCP port that no process listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Watch:
    """A context manager that runs the function under `cargo lambda watch`."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.port = free_port()
        LOG.parent.mkdir(exist_ok=True)
        with LOG.open("w") as log:
            self.process = subprocess.Popen(
                [CARGO_LAMBDA, "lambda", "watch", "--ignore-changes", "--invoke-address", "127.0.0.1"]
                + ["--invoke-port", str(self.port), "--bin", FUNCTION],
                cwd=ROOT,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a process group, so that the function is ended together with its parent
            )

    def __enter__(self) -> "Watch":
        try:
            deadline = time.monotonic() + 60
            while self.process.poll() is None and time.monotonic() < deadline:
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", self.port)) == 0:
                        return self
                time.sleep(0.05)
            raise SystemExit(f"cargo lambda watch does not listen:\n{LOG.read_text()}")
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        for end in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, end)
            except ProcessLookupError:
                break
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                continue

    def invoke(self, event: Path) -> None:
        """Invokes the function with an event file and prints the response. Exits if the invocation fails."""
        command = [CARGO_LAMBDA, "lambda", "invoke", "--invoke-address", "127.0.0.1", "--invoke-port", str(self.port)]
        done = subprocess.run([*command, "--data-file", event, FUNCTION], capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise SystemExit(f"{event.name} failed:\n{done.stdout}{done.stderr}\nThe function's log:\n{LOG.read_text()}")
        print(done.stdout, end="")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))

    title(f"Building {FUNCTION}")
    subprocess.run(["cargo", "build", "--locked", "--bin", FUNCTION], cwd=ROOT, check=True)

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    endpoint = "http://{}:{}".format(*moto.get_host_and_port())
    topic = boto3.client("sns", endpoint_url=endpoint).create_topic(Name="alarms")["TopicArn"]
    environment = {
        "ALARMS_FILE": "",
        "ALARM_TOPIC_ARN": topic,
        "AWS_ENDPOINT_URL_SNS": endpoint,
        "CLOUDTRAIL_LOG_GROUP_NAME": "aws-cloudtrail-logs",
        "ECS_TASK_ROLE_ARN": ROLE,
        "STATE_TABLE_NAME": "",
    }
    with Watch(environment) as watch:
        for event in sorted(EVENTS.glob("*.json")):
            title(f"events/{event.name}")
            watch.invoke(event)

    subjects = []
    for _, message, subject, _, _ in sns_backends[ACCOUNT][REGION].topics[topic].sent_notifications:
        subjects.append(subject)
        title("Email")
        print(f"Subject: {subject}\n\n{json.loads(message)['email']}")
    if SUBJECT not in subjects:
        raise SystemExit(f"No email with the subject {SUBJECT} was sent; the function's log is {LOG}")


main()
