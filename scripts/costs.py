#!/usr/bin/env python3
"""What the stack costs a month, beside the native ways: the tables of docs/costs.md.

    costs.py            prints the tables
    costs.py --check    exit 1 if docs/costs.md has others
    costs.py --write    puts them there

Prices are list prices of US East (N. Virginia) in US dollars, each with the page it was read from and that page's date.
Free tiers are left out. Change the assumptions below to those of your account.
"""

import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs/costs.md"
BEGIN, END = "<!-- scripts/costs.py -->", "<!-- end -->"

PUBLISHED = "2026-06-13"
UNDATED = "the page has none"
FACTUALMINDS = "https://www.factualminds.com/blog"
PRICES = {  # name: (dollars, for what, where, the page's date)
    "lambda_request": (0.20e-6, "Lambda, a request", "https://wring.co/blog/aws-lambda-pricing-guide", "2026-03-08"),
    "lambda_gb_s": (16.6667e-6, "Lambda on x86, a GB-second", "https://wring.co/blog/aws-lambda-pricing-guide", "2026-03-08"),
    "write": (0.625e-6, "DynamoDB on demand, a write unit (1 KB)", "https://airbyte.com/data-engineering-resources/dynamodb-pricing", "2025-07-21"),
    "read": (0.125e-6, "DynamoDB on demand, a read unit (4 KB)", "https://airbyte.com/data-engineering-resources/dynamodb-pricing", "2025-07-21"),
    "log_gb": (0.50, "CloudWatch Logs, a GB ingested", f"{FACTUALMINDS}/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/", PUBLISHED),
    "scan_gb": (0.005, "CloudWatch Logs Insights, a GB scanned", f"{FACTUALMINDS}/aws-observability-finops-cardinality-cost-control/", "2026-05-08"),
    "metric": (0.30, "CloudWatch, a custom metric", "https://signoz.io/guides/cloudwatch-pricing", "2026-02-15"),
    "alarm": (0.10, "CloudWatch, an alarm with a period of a minute or more", "https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm", UNDATED),
    "dashboard": (3.00, "CloudWatch, a dashboard", f"{FACTUALMINDS}/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/", PUBLISHED),
    "key": (1.00, "KMS, a customer-managed key", "https://cloudburn.io/blog/aws-kms-pricing", "2026-03-14"),
    "rotated_key": (1.00, "KMS, a rotation of a key, a month from then on; no more than two are charged (AWS Security Blog, 2024-04-12)", "https://aws.amazon.com/kms/pricing/", UNDATED),
    "trace": (5.00e-6, "X-Ray, a trace recorded", "https://aws.amazon.com/de/xray/pricing/", UNDATED),
    "kms_request": (0.03 / 10_000, "KMS, a request", f"{FACTUALMINDS}/aws-kms-pricing-keys-requests-multi-region/", PUBLISHED),
    "schedule": (1.00e-6, "EventBridge Scheduler, an invocation", "https://cloudburn.io/blog/amazon-eventbridge-pricing", "2026-03-13"),
    "bus_event": (0.0, "EventBridge, a management event of AWS itself", "https://cloudburn.io/blog/amazon-eventbridge-pricing", "2026-03-13"),
    "publish": (0.50e-6, "SNS, a request", f"{FACTUALMINDS}/amazon-sns-pricing-publishes-fanout-protocols/", PUBLISHED),
    "mail": (2.00 / 100_000, "SNS, a mail", f"{FACTUALMINDS}/amazon-sns-pricing-publishes-fanout-protocols/", PUBLISHED),
    "second_trail": (2.00 / 100_000, "CloudTrail, a record of a second trail", "https://aws.amazon.com/cloudtrail/pricing/", UNDATED),
}

# Assumptions.
MILLIONS = (1, 100, 10_000)  # CloudTrail records a month
RECORD_KB = 1.5
ALARMS = 15                  # as many as the CIS benchmark asks for
FAILED = 0.02                # share of the records that failed, which is what the subscription lets through
MATCHING = 0.0001            # share of the records that match an alarm
NOTIFICATIONS = 200          # mails a month, those of recovery and reminders among them
BATCH = 10                   # records that CloudWatch Logs hands over at once
INVOCATION_S = 0.05          # billed duration of an invocation, its requests to the table among it
MEMORY_GB = 0.25
LOG_KB = 2.5                 # what an invocation leaves in the function's log: its metrics and Lambda's own lines
WRITES = 8                   # write units of a matching record: its bucket, its alarm's state
READS = 4                    # read units of a matching record
OWN_METRICS = 21             # src/metrics.rs
HEALTH_ALARMS = 13           # template.yaml
EVENTBRIDGE_ALARM_METRICS = 2  # of EventBridgeAlarm in template.yaml: an alarm over an expression costs as much as so many alarms
TICKS = 43_800               # scheduled runs: a month of minutes
CANARIES = 2_920             # a month of quarters of an hour
RECEIVER_CHECKS = 8_760      # a month of five minutes: requests for the topic's attributes
SECONDS = 2_628_000          # of a month
TRACED = 0.05                # X-Ray's default rule: the first request of a second, and this share of the others
KMS_REQUESTS = 40_000        # data keys are reused for five minutes by each of table, topic and logs


def price(name: str) -> float:
    return PRICES[name][0]


def invocations(count: float) -> float:
    """So many invocations of the function."""
    compute = price("lambda_request") + INVOCATION_S * MEMORY_GB * price("lambda_gb_s")
    return count * (compute + LOG_KB / 1e6 * price("log_gb"))


def tracing(count: float) -> float:
    """So many invocations of a month, evenly spread, as `Tracing: Active` samples them."""
    first = min(count, SECONDS)
    return (first + TRACED * (count - first)) * price("trace")


def fixed() -> float:
    """This stack, when nothing happens."""
    watching = OWN_METRICS * price("metric") + HEALTH_ALARMS * price("alarm") + price("dashboard")
    keys = price("key") + KMS_REQUESTS * price("kms_request")
    # Each run reads what is due and when the newest canary came.
    ticks = TICKS * (price("schedule") + 2 * price("read")) + invocations(TICKS) + RECEIVER_CHECKS * price("publish")
    return watching + keys + ticks + canaries() + tracing(TICKS + CANARIES)


def canaries() -> float:
    """A call that fails, its record in the log group and in an invocation of its own, and the time of it in the table."""
    return CANARIES * (price("schedule") + price("kms_request") + price("write")) + log_group(CANARIES) + invocations(CANARIES)


def counting(records: float) -> float:
    matching = records * MATCHING
    mails = NOTIFICATIONS * (price("publish") + price("mail"))
    return matching * (WRITES * price("write") + READS * price("read")) + mails


def log_group(records: float) -> float:
    """CloudTrail's log group, which all ways but EventBridge need."""
    return records * RECORD_KB / 1e6 * price("log_gb")


def this_stack(records: float) -> float:
    delivered = records * FAILED / BATCH
    own = TICKS + CANARIES
    return fixed() + counting(records) + invocations(delivered) + tracing(own + delivered) - tracing(own)


def this_stack_by_eventbridge(records: float) -> float:
    """In addition to the log group's path: the same failed calls once more, one by one, and an alarm over two metrics."""
    failed = records * FAILED
    delivered = TICKS + CANARIES + failed / BATCH
    watching = EVENTBRIDGE_ALARM_METRICS * price("alarm")
    return watching + failed * price("bus_event") + invocations(failed) + tracing(delivered + failed) - tracing(delivered)


def metric_filters(_: float) -> float:
    return ALARMS * (price("metric") + price("alarm")) + NOTIFICATIONS * (price("publish") + price("mail"))


def log_alarms(records: float) -> float:
    """Each alarm's query scans every record once. No price of the alarm itself was found: it is taken to cost what a metric alarm does."""
    scanned = records * RECORD_KB / 1e6 * ALARMS
    return scanned * price("scan_gb") + ALARMS * price("alarm") + NOTIFICATIONS * (price("publish") + price("mail"))


def eventbridge_rules(records: float) -> float:
    """Rules to the topic, without any counting: each matching record is a mail."""
    return records * price("bus_event") + records * MATCHING * (price("publish") + price("mail"))


WAYS = [
    ("this stack, by way of the log group", this_stack),
    ("... `EventBridgePath=failed-calls` adds", this_stack_by_eventbridge),
    (f"{ALARMS} metric filters with alarms", metric_filters),
    (f"{ALARMS} Log Alarms", log_alarms),
    ("EventBridge rules to a topic", eventbridge_rules),
    ("for comparison: CloudTrail's log group itself", log_group),
    ("for comparison: a second trail", lambda records: records * price("second_trail")),
]


def tables() -> str:
    lines = ["| a month, in US dollars | " + " | ".join(f"{m:,} million records" for m in MILLIONS) + " |"]
    lines.append("|---|" + "---:|" * len(MILLIONS))
    for title, cost in WAYS:
        lines.append(f"| {title} | " + " | ".join(f"{cost(m * 1e6):,.2f}" for m in MILLIONS) + " |")
    lines += ["", f"An idle stack costs {fixed():.2f} dollars a month: {fixed() + price('rotated_key'):.2f} after the first rotation of the key "
              f"(one year), and {fixed() + 2 * price('rotated_key'):.2f} after the second. The canary is {canaries():.2f} of it.", ""]
    lines += ["| price of | US dollars | read from | date of the page |", "|---|---:|---|---|"]
    for dollars, what, where, date in PRICES.values():
        lines.append(f"| {what} | {f'{dollars:.10f}'.rstrip('0').rstrip('.')} | <{where}> | {date} |")
    return "\n".join(lines)


def main() -> int:
    arguments = sys.argv[1:]
    if not arguments:
        print(tables())
        return 0
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    _, tail = rest.split(END)
    wanted = f"{head}{BEGIN}\n{tables()}\n{END}{tail}"
    if arguments == ["--write"]:
        PAGE.write_text(wanted, encoding="utf-8")
    elif arguments != ["--check"]:
        print("usage: costs.py [--check | --write]", file=sys.stderr)
        return 2
    elif page != wanted:
        print(f"{PAGE}: other numbers than scripts/costs.py gives; run it with --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
