"""Measures the release binary of the function against a local Lambda Runtime API.

Runs under `make bench`, with the Python of .tools/moto. Prints medians of:

* the time from exec to the first poll, and the memory before the first event,
* the size of the binary and of the zip,
* the CPU time of an invocation with one record,
* the CPU time and memory of a full invocation, with and without the template's `MALLOC_*` settings,
* the CPU time of the first invocation that counts and publishes over TLS.

CPU times are from /proc. Other load on the machine affects them less than wall-clock times.
"""

import argparse
import base64
import contextlib
import datetime
import gzip
import ipaddress
import json
import logging
import os
import pathlib
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ACCOUNT, REGION = "111122223333", "ap-southeast-2"
SYSTEM_ROOTS = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "no-secret",
    "AWS_DEFAULT_REGION": REGION,
    "MOTO_ACCOUNT_ID": ACCOUNT,
}

import boto3  # noqa: E402
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

# The environment of the deployed function. Nothing listens at the endpoint, so unexpected calls to AWS fail.
ENVIRONMENT = {
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "no-secret",
    "AWS_SESSION_TOKEN": "no-token",
    "AWS_LAMBDA_FUNCTION_NAME": "cloudtrail-alarms",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL": "https://127.0.0.1:9",
    "LAMBDA_TASK_ROOT": str(ROOT),
    "ECS_TASK_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/pattern1-application-task",
    "STATE_TABLE_NAME": "alarms",
    "ALARM_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms",
}


def malloc_settings() -> dict[str, str]:
    """Returns the `MALLOC_*` settings of the template."""
    found = re.findall(r'^ +(MALLOC_\w+): "(\d+)"$', (ROOT / "template.yaml").read_text(), re.MULTILINE)
    if not found:
        raise SystemExit("template.yaml has no MALLOC_* settings")
    return dict(found)


class Function:
    """The function as a process, with the Runtime API that it polls."""

    def __init__(self, binary: pathlib.Path, environment: dict[str, str]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.requests = b""
        port = self.listener.getsockname()[1]
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            [binary],
            env=ENVIRONMENT | environment | {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.output: list[bytes] = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        self.listener.settimeout(30)
        self.connection, _ = self.listener.accept()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.settimeout(60)
        request = self.request()
        self.until_poll = time.perf_counter() - begin
        assert request.startswith(b"GET ") and b"/invocation/next " in request, request

    def read(self) -> None:
        while block := os.read(self.process.stdout.fileno(), 65536):
            self.output.append(block)

    def __enter__(self) -> "Function":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.connection.close()
        self.listener.close()

    def request(self) -> bytes:
        """Receives a request. Returns its head and its body."""
        while b"\r\n\r\n" not in self.requests:
            self.receive()
        head, _, rest = self.requests.partition(b"\r\n\r\n")
        found = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        length = int(found.group(1)) if found else 0
        while len(rest) < length:
            self.receive()
            rest = self.requests.partition(b"\r\n\r\n")[2]
        self.requests = rest[length:]
        return head + b"\r\n\r\n" + rest[:length]

    def receive(self) -> None:
        block = self.connection.recv(65536)
        if not block:
            raise SystemExit("the function ended:\n" + b"".join(self.output).decode())
        self.requests += block

    def invoke(self, event: bytes) -> dict:
        """Delivers an invocation. Returns its result when the function polls for the next one."""
        deadline = int((time.time() + 60) * 1000)
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
            f"Lambda-Runtime-Deadline-Ms: {deadline}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:{REGION}:{ACCOUNT}:function:cloudtrail-alarms\r\n"
            f"Content-Length: {len(event)}\r\n\r\n"
        )
        self.connection.sendall(head.encode() + event)
        answer = self.request()
        self.connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        self.request()
        if b"/response " not in answer.split(b"\r\n", 1)[0]:
            raise SystemExit("the invocation failed:\n" + answer.decode())
        return json.loads(answer.partition(b"\r\n\r\n")[2])

    def cpu(self) -> float:
        """Returns the CPU time of all threads so far, in seconds."""
        last = self.on_cpu()
        # The poll has arrived, but the function may still be running.
        while (now := self.on_cpu()) != last or not self.is_sleeping():
            last = now
        return last / 1e9

    def on_cpu(self) -> int:
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

    def is_sleeping(self) -> bool:
        state = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2]
        return state.split()[0] == "S"

    def memory(self) -> dict[str, int]:
        """Returns the resident memory in bytes: current (`VmRSS`) and peak (`VmHWM`)."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return {name: int(size) << 10 for name, size in re.findall(r"(VmRSS|VmHWM):\s+(\d+) kB", status)}


def event_of(messages: list[str]) -> bytes:
    """Returns the invocation that delivers these records."""
    now = int(time.time() * 1000)
    events = [{"id": f"39{index:054}", "timestamp": now, "message": text} for index, text in enumerate(messages)]
    payload = {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": "aws-cloudtrail-logs",
        "logStream": f"{ACCOUNT}_CloudTrail_{REGION}",
        "subscriptionFilters": ["cloudtrail-alarms"],
        "logEvents": events,
    }
    data = base64.b64encode(gzip.compress(compact(payload).encode())).decode()
    return compact({"awslogs": {"data": data}}).encode()


def compact(tree: object) -> str:
    """Returns JSON without white space, as CloudWatch Logs and Lambda write it."""
    return json.dumps(tree, separators=(",", ":"))


def record(name: str, time_of_call: str | None = None) -> str:
    """Returns a record of events/records as CloudTrail writes it."""
    tree = json.loads((ROOT / "events/records" / name).read_text())
    if time_of_call:
        tree["eventTime"] = time_of_call
    return compact(tree)


def median(values: list[float], scale: float) -> str:
    """Formats the median and the interquartile range."""
    low, middle, high = statistics.quantiles([value * scale for value in values], n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def start(binary: pathlib.Path, rounds: int) -> None:
    """Prints the time from exec to the first poll, and the resident memory at that time."""
    walls, cpus, resident = [], [], []
    for _ in range(rounds):
        with Function(binary, malloc_settings()) as function:
            walls.append(function.until_poll)
            cpus.append(function.cpu())
            resident.append(function.memory()["VmRSS"] / 2**20)
    print(f"exec to first poll: {median(walls, 1e3)} ms, of it CPU {median(cpus, 1e3)} ms")
    print(f"resident before the first event: {median(resident, 1)} MiB", flush=True)


def sizes(binary: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "bootstrap.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(binary, "bootstrap")
        print(f"binary {binary.stat().st_size / 1e6:.2f} MB, zip {path.stat().st_size / 1e6:.2f} MB", flush=True)


def small(binary: pathlib.Path, blocks: int, block: int = 100) -> None:
    """Prints the CPU time of an invocation with one record that no alarm matches."""
    event = event_of([record("near-miss-no-error.json")])
    with Function(binary, malloc_settings()) as function:
        for _ in range(300):
            answer = function.invoke(event)
        assert answer["unmatched"] == 1, answer
        spent = []
        for _ in range(blocks):
            before = function.cpu()
            for _ in range(block):
                function.invoke(event)
            spent.append((function.cpu() - before) / block)
    print(f"one record, no match: CPU {median(spent, 1e6)} us, {blocks * block} invocations", flush=True)


def full(binary: pathlib.Path, payload: pathlib.Path, rounds: int) -> None:
    """Prints the CPU time of a full invocation, with and without the allocator's settings, alternating."""
    event = payload.read_bytes()
    # Without a table and a topic, counts stay in memory, so only the payload is measured.
    local = {"STATE_TABLE_NAME": "", "ALARM_TOPIC_ARN": "", "ECS_TASK_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/nobody"}
    with Function(binary, local | malloc_settings()) as tuned, Function(binary, local) as default:
        spent: dict[str, list[float]] = {"with": [], "without": []}
        for _ in range(rounds + 3):
            for name, function in [("with", tuned), ("without", default)]:
                before = function.cpu()
                answer = function.invoke(event)
                spent[name].append(function.cpu() - before)
        print(f"full payload, {answer['recordsIn']} records, {answer['matched']} matched, {len(event) / 1e6:.2f} MB:")
        for name, function in [("with", tuned), ("without", default)]:
            peak = function.memory()["VmHWM"] / 2**20
            print(f"  {name} the template's MALLOC_*: CPU {median(spent[name][3:], 1e3)} ms, {peak:.1f} MiB at most", flush=True)


def certificates(folder: pathlib.Path) -> ssl.SSLContext:
    """Writes `bundle.pem`, which contains the system's root certificates and a generated one.

    Returns the context of a server whose certificate has 2,048-bit RSA and an intermediate authority, like those of AWS.
    """
    now = datetime.datetime.now(datetime.timezone.utc)

    def issue(name: str, issuer: tuple | None, is_authority: bool) -> tuple:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        issuer_name, issuer_key = (issuer[0].subject, issuer[1]) if issuer else (subject, key)
        builder = (
            x509.CertificateBuilder(issuer_name, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if not is_authority:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(issuer_key, hashes.SHA256()), key

    def pem(certificate: x509.Certificate) -> bytes:
        return certificate.public_bytes(serialization.Encoding.PEM)

    root = issue("benchmark root", None, True)
    intermediate = issue("benchmark intermediate authority", root, True)
    leaf, key = issue("localhost", intermediate, False)
    (folder / "bundle.pem").write_bytes(SYSTEM_ROOTS.read_bytes() + pem(root[0]))
    (folder / "chain.pem").write_bytes(pem(leaf) + pem(intermediate[0]))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    return context


def terminate(context: ssl.SSLContext | None, target: tuple[str, int], seen: list[bytes]) -> int:
    """Forwards connections to `target`, and terminates TLS if there is a context. Returns the port.

    Appends the first line of each POST request to `seen`.
    """
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, sink: socket.socket) -> None:
        # Either side may close the connection at any time.
        with contextlib.suppress(OSError):
            while block := source.recv(65536):
                seen.extend(re.findall(rb"^POST .*", block, re.MULTILINE))
                sink.sendall(block)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def serve() -> None:
        while True:
            client, _ = listener.accept()
            if context:
                client = context.wrap_socket(client, server_side=True)
            service = socket.create_connection(target)
            for ends in [(client, service), (service, client)]:
                threading.Thread(target=pump, args=ends, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def first_alarm(binary: pathlib.Path, rounds: int) -> None:
    """Prints the CPU time of the first invocation of a process, which counts in a table and publishes to a topic.

    Both use TLS; the same is measured without TLS for comparison.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    address = moto.get_host_and_port()
    endpoint = "http://{}:{}".format(*address)
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    topic = boto3.client("sns", endpoint_url=endpoint).create_topic(Name="alarms")["TopicArn"]
    table = boto3.client("dynamodb", endpoint_url=endpoint)
    with tempfile.TemporaryDirectory() as folder:
        context = certificates(pathlib.Path(folder))
        seen: list[bytes] = []
        endpoints = {
            "https": f"https://localhost:{terminate(context, address, seen)}",
            "http": f"http://localhost:{terminate(None, address, seen)}",
        }
        scheduled: dict[str, list[float]] = {scheme: [] for scheme in endpoints}
        spent: dict[str, list[float]] = {scheme: [] for scheme in endpoints}
        again: dict[str, list[float]] = {scheme: [] for scheme in endpoints}
        for index in range(rounds):
            for scheme, url in endpoints.items():
                name = f"alarms-{scheme}-{index}"
                table.create_table(
                    TableName=name,
                    KeySchema=keys,
                    AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
                    BillingMode="PAY_PER_REQUEST",
                )
                environment = malloc_settings() | {
                    "STATE_TABLE_NAME": name,
                    "ALARM_TOPIC_ARN": topic,
                    "AWS_ENDPOINT_URL": url,
                    "SSL_CERT_FILE": f"{folder}/bundle.pem",
                }
                with Function(binary, environment) as function:
                    before = function.cpu()
                    function.invoke(b'{"source":"cloudtrail-alarms.tick"}')
                    scheduled[scheme].append(function.cpu() - before)
                with Function(binary, environment) as function:
                    seen.clear()
                    for into, minutes in [(spent, 30), (again, 5)]:
                        called = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes)
                        texts = ["kms-access-denied.json", "kms-disabled.json"]
                        event = event_of([record(text, called.strftime("%Y-%m-%dT%H:%M:%SZ")) for text in texts])
                        before = function.cpu()
                        answer = function.invoke(event)
                        into[scheme].append(function.cpu() - before)
                        requests = len(seen) if into is spent else requests
                        assert answer["occurrences"]["new"] == 2 or into is again, answer
                        assert answer["notifications"]["sent"] == 1 or into is again, answer
    for scheme in endpoints:
        print(f"first scheduled run, one request, over {scheme}: CPU {median(scheduled[scheme], 1e3)} ms")
        print(f"first invocation that counts and publishes, {requests} requests, over {scheme}: CPU {median(spent[scheme], 1e3)} ms")
        print(f"  the second one: CPU {median(again[scheme], 1e3)} ms", flush=True)
    moto.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=pathlib.Path, help="measure this binary instead of building one")
    parser.add_argument("--payload", type=pathlib.Path, help="a full invocation to measure")
    parser.add_argument("--only", choices=["start", "sizes", "small", "full", "alarm"])
    arguments = parser.parse_args()
    if arguments.only == "full" and not arguments.payload:
        parser.error("--only full needs --payload")
    binary = arguments.binary
    if not binary:
        build = ["cargo", "build", "--locked", "--release", "--bin", "cloudtrail-alarms-function"]
        subprocess.run(build, cwd=ROOT, check=True)
        binary = ROOT / "target/release/cloudtrail-alarms-function"
    print("load of the machine: " + ", ".join(f"{load:.1f}" for load in os.getloadavg()))
    is_selected = lambda name: arguments.only in (None, name)  # noqa: E731
    if is_selected("sizes"):
        sizes(binary)
    if is_selected("start"):
        start(binary, 60)
    if is_selected("small"):
        small(binary, 40)
    if is_selected("full") and arguments.payload:
        full(binary, arguments.payload, 25)
    if is_selected("alarm"):
        first_alarm(binary, 15)


if __name__ == "__main__":
    sys.exit(main())
