"""Shows the main job on a laptop: sample events in, what the function answers, and the alarm email out.

`make run` runs this. The function runs under `cargo lambda watch`, each event is sent by `cargo lambda invoke --data-file`, and a
stand-in for the SNS topic receives the email. Everything listens on loopback, and no process is left running. The exit
status is 1 if an answer or the email is not as expected.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

ACCOUNT = "111122223333"
REGION = "ap-southeast-2"
FUNCTION = "cloudtrail-alarms-function"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pattern1-application-task"
SUBJECT = 'ALARM: "Pattern1ApplicationKMSSecurityAlarm" in Asia Pacific (Sydney)'

ROOT = Path(__file__).resolve().parent.parent
CARGO_LAMBDA = ROOT / ".tools/cargo-lambda/bin/cargo-lambda"
LOG = ROOT / "target/run.log"


@dataclass(frozen=True)
class Counts:
    """The counts of an invocation."""

    records: int = 0
    invalid: int = 0
    new: int = 0  # matches that had not been counted before
    repeated: int = 0  # matches that had been counted before
    emails: int = 0

    def __str__(self) -> str:
        def number(count: int, one: str, more: str) -> str:
            return f"{count or 'no'} {one if count == 1 else more}"

        parts = [number(self.records, "record", "records")]
        if self.invalid:
            parts.append(f"{self.invalid} invalid")
        if self.records:
            matches = number(self.new + self.repeated, "match", "matches")
            parts.append(f"{matches} ({self.new} new, {self.repeated} counted before)" if self.repeated else matches)
        return ", ".join([*parts, number(self.emails, "email", "emails")])


@dataclass(frozen=True)
class Step:
    """One event of the story."""

    title: str
    event: str
    expected: Counts
    why: str


STORY = [
    Step("A call succeeds", "kms-success", Counts(records=1), "the alarm matches only failed calls"),
    Step("One call fails", "kms-single-error", Counts(records=1, new=1), "the alarm needs more than 1 failure in 10 seconds"),
    Step("Near misses", "near-misses", Counts(records=4), "successes, another role, another service"),
    Step("A burst: that failure again, and two more", "kms-error-burst", Counts(records=3, new=2, repeated=1, emails=1),
         "3 different failures in 10 seconds"),
    Step("The same burst again", "kms-error-burst", Counts(records=3, repeated=3), "each CloudTrail event counts once"),
    Step("A batch with a line that is not a record", "mixed-batch", Counts(records=4, invalid=1, repeated=2),
         "the other records are still read"),
    Step("CloudWatch Logs checks the subscription", "control-message", Counts(), "the function answers, nothing else"),
]


def title(text: str) -> None:
    """Prints a heading, in bold if the output is a terminal."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


class Topic:
    """A context manager that accepts the `Publish` requests of an SNS topic."""

    def __init__(self) -> None:
        self.arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
        self.emails: list[tuple[str, str]] = []
        emails = self.emails

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802, the name that http.server requires
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                emails.append((form["Subject"][0], json.loads(form["Message"][0])["email"]))
                answer = (b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
                          b"<MessageId>1</MessageId></PublishResult></PublishResponse>")
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Prints nothing for a request."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "Topic":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


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
                env=environment,
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

    def invoke(self, event: Path) -> dict:
        """Invokes the function with an event file. Returns its answer, or exits if the invocation fails."""
        command = [CARGO_LAMBDA, "lambda", "invoke", "--invoke-address", "127.0.0.1", "--invoke-port", str(self.port)]
        done = subprocess.run([*command, "--data-file", event, FUNCTION], capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise SystemExit(f"{event.name} failed:\n{done.stdout}{done.stderr}\nThe function's log:\n{LOG.read_text()}")
        return json.loads(done.stdout)


def environment(topic: Topic) -> dict[str, str]:
    """The function's environment: that of this process without AWS settings, plus the settings of the story."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "ALARMS_FILE": "",
        "ALARM_TOPIC_ARN": topic.arn,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "no-secret",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL_SNS": topic.endpoint,
        "CLOUDTRAIL_LOG_GROUP_NAME": "aws-cloudtrail-logs",
        "ECS_TASK_ROLE_ARN": ROLE,
        "STATE_TABLE_NAME": "",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def came(answer: dict, emails: int) -> Counts:
    """The counts in the function's answer."""
    matches = answer["occurrences"]
    return Counts(answer["recordsIn"], answer["invalid"], matches["new"], matches["duplicate"], emails)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))

    title(f"Building {FUNCTION}")
    print("The first build compiles the AWS SDK and takes a few minutes. Later builds take seconds.", flush=True)
    subprocess.run(["cargo", "build", "--locked", "--bin", FUNCTION], cwd=ROOT, check=True)

    title("The alarm: more than 1 failed KMS call of the role pattern1-application-task within 10 seconds")
    mismatches = []
    with Topic() as topic, Watch(environment(topic)) as watch:
        for number, step in enumerate(STORY, 1):
            title(f"{number}. {step.title} (events/{step.event}.json)")
            print(f"   expected: {step.expected} ({step.why})", flush=True)
            before = len(topic.emails)
            counts = came(watch.invoke(ROOT / f"events/{step.event}.json"), len(topic.emails) - before)
            print(f"   came:     {counts}")
            if counts != step.expected:
                mismatches.append(f"step {number} gave {counts}")
    for subject, email in topic.emails:
        title("The email")
        print(f"Subject: {subject}\n\n{email}")
    if [subject for subject, _ in topic.emails] != [SUBJECT]:
        mismatches.append(f"the email has not the subject {SUBJECT}")
    if mismatches:
        raise SystemExit(f"Not as expected: {'; '.join(mismatches)}. The function's log is {LOG}")

    title("Where to go next")
    print(textwrap.dedent(f"""\
        Send your own event. In a terminal, start the function, which then prints emails:
          export PATH="$PWD/.tools/cargo-lambda/bin:$PATH"
          ECS_TASK_ROLE_ARN={ROLE} cargo lambda watch -A 127.0.0.1
        In another one:
          export PATH="$PWD/.tools/cargo-lambda/bin:$PATH"
          cargo lambda invoke -A 127.0.0.1 {FUNCTION} --data-file events/kms-error-burst.json
        docs/getting-started.md continues from here: deploy, trigger a test alarm, read the email."""))


main()
