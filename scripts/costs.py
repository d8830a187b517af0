#!/usr/bin/env python3
"""Generates the tables of docs/costs.md: the monthly cost of the stack, compared with the native ways.

    costs.py [--function PATH]            prints the tables
    costs.py [--function PATH] --check    exits with 1 if docs/costs.md has other tables, or the template other prices
    costs.py [--function PATH] --write    writes them to docs/costs.md

Runs with the Python of .tools/moto. Resources are counted in the translated template, and metrics in the log line of the
built function (default: target/debug/cloudtrail-alarms-function).
Prices are list prices of US East (N. Virginia) in US dollars, each with its source page and the date of that page.
Free tiers are left out. Change the assumptions below to those of your account.
"""

import argparse
import sys
from functools import cache
from pathlib import Path

import stack_contents

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/costs.md"
SUMMARIES = [ROOT / "README.md", ROOT / "docs/comparison.md"]
BLOCK = "<!-- scripts/costs.py: {name} -->\n{text}\n<!-- end -->"  # a generated part of the page
FUNCTION = ROOT / "target/debug/cloudtrail-alarms-function"

# Pages of AWS. Their text was read in stored copies, which can be older than the page of today.
AWS_LAMBDA = "https://docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html"
AWS_INGESTION = "https://github.com/aws-observability/observability-best-practices/blob/main/docusaurus/docs/recipes/cloudtrail/cloudwatch-logs-ingestion-cost/index.md"
PUBLISHED = "2026-06-13"
UNDATED = "none"
FACTUALMINDS = "https://www.factualminds.com/blog"
PRICES = {  # name: (dollars, item, source page, date of the page)
    "lambda_request": (0.20e-6, "Lambda, a request", AWS_LAMBDA, UNDATED),
    "lambda_gb_s": (16.67e-6, "Lambda on x86, a GB-second", AWS_LAMBDA, UNDATED),
    "write": (0.625e-6, "DynamoDB on demand, a write unit (1 KB)", "https://airbyte.com/data-engineering-resources/dynamodb-pricing", "2025-07-21"),
    "read": (0.125e-6, "DynamoDB on demand, a read unit (4 KB)", "https://airbyte.com/data-engineering-resources/dynamodb-pricing", "2025-07-21"),
    "log_gb": (0.50, "CloudWatch Logs, a GB ingested", AWS_INGESTION, UNDATED),
    "delivery_gb": (0.25, "CloudTrail, a GB delivered to CloudWatch Logs without a trail", AWS_INGESTION, UNDATED),
    "scan_gb": (0.005, "CloudWatch Logs Insights, a GB scanned", f"{FACTUALMINDS}/aws-observability-finops-cardinality-cost-control/", "2026-05-08"),
    "metric": (0.30, "CloudWatch, a custom metric", "https://signoz.io/guides/cloudwatch-pricing", "2026-02-15"),
    "alarm": (0.10, "CloudWatch, an alarm with a period of a minute or more", "https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm", UNDATED),
    "dashboard": (3.00, "CloudWatch, a dashboard", f"{FACTUALMINDS}/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/", PUBLISHED),
    "key": (1.00, "KMS, a customer-managed key", "https://aws.amazon.com/kms/pricing/", UNDATED),
    "rotated_key": (1.00, "KMS, a rotation of a key, a month from then on; no more than two are charged (AWS Security Blog, 2024-04-12)", "https://aws.amazon.com/kms/pricing/", UNDATED),
    "trace": (5.00e-6, "X-Ray, a trace recorded", "https://aws.amazon.com/de/xray/pricing/", UNDATED),
    "kms_request": (0.03 / 10_000, "KMS, a request", f"{FACTUALMINDS}/aws-kms-pricing-keys-requests-multi-region/", PUBLISHED),
    "schedule": (1.00e-6, "EventBridge Scheduler, an invocation", "https://cloudburn.io/blog/amazon-eventbridge-pricing", "2026-03-13"),
    "bus_event": (0.0, "EventBridge, a management event of AWS itself", "https://cloudburn.io/blog/amazon-eventbridge-pricing", "2026-03-13"),
    "publish": (0.50e-6, "SNS, a request", f"{FACTUALMINDS}/amazon-sns-pricing-publishes-fanout-protocols/", PUBLISHED),
    "email": (2.00 / 100_000, "SNS, an email", f"{FACTUALMINDS}/amazon-sns-pricing-publishes-fanout-protocols/", PUBLISHED),
    "second_trail": (2.00 / 100_000, "CloudTrail, a record of a second trail", "https://aws.amazon.com/cloudtrail/pricing/", UNDATED),
}

PARSER = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
PARSER.add_argument("--function", type=Path, default=FUNCTION, help="the built function")
PARSER.add_argument("--check", action="store_true", help="compare the tables and prices with the documents")
PARSER.add_argument("--write", action="store_true", help="write the tables to docs/costs.md")
ARGUMENTS = PARSER.parse_args()

MOST = 2.50  # the most that an idle stack may cost

# Assumptions.
MILLIONS = (1, 100, 10_000)  # CloudTrail records a month
RECORD_KB = 1.5
ALARMS = 15                  # as many as the CIS benchmark requires
FAILED = 0.02                # share of records of failed calls: those that the subscription lets through
MATCHING = 0.0001            # share of the records that match an alarm
NOTIFICATIONS = 200          # emails a month, including recoveries and reminders
BATCH = 10                   # records per invocation by CloudWatch Logs
INVOCATION_S = 0.05          # billed duration of an invocation, including its requests to the table
MEMORY_GB = 0.25
WRITES = 8                   # write units of a matching record: its bucket, its alarm's state
READS = 4                    # read units of a matching record
RECEIVER_CHECKS = 8_760      # a month: one request for the topic's attributes every five minutes
SECONDS = 2_628_000          # of a month
TRACED = 0.05                # X-Ray's default rule: the first request of a second, and this share of the others
KMS_REQUESTS = 40_000        # data keys are reused for five minutes by each of table, topic and logs


def price(name: str) -> float:
    """The price of an item, in dollars."""
    return PRICES[name][0]


@cache
def line(declares_all_metrics: bool = False) -> stack_contents.Line:
    """The log line of an invocation of the built function."""
    return stack_contents.log_line(ARGUMENTS.function, declares_all_metrics)


@cache
def stack(**parameters: str) -> stack_contents.Stack:
    """The contents of a stack with these parameters."""
    return stack_contents.stack(**parameters)


def invocations(count: float) -> float:
    """The cost of this number of invocations of the function. Each writes one line to the log."""
    compute = price("lambda_request") + INVOCATION_S * MEMORY_GB * price("lambda_gb_s")
    return count * (compute + line().size / 1e9 * price("log_gb"))


def tracing(count: float) -> float:
    """The cost of tracing this number of invocations, evenly spread over a month, with the sampling of `Tracing: Active`."""
    first = min(count, SECONDS)
    return (first + TRACED * (count - first)) * price("trace")


def fixed(**parameters: str) -> float:
    """The cost of an idle stack with these parameters, before the first rotation of its key."""
    made = stack(**parameters)
    metrics = line(made.declares_all_metrics).metrics
    monitoring = metrics * price("metric") + made.alarms * price("alarm") + made.dashboards * price("dashboard")
    keys = made.keys * price("key") + KMS_REQUESTS * price("kms_request")
    # Each run reads the due work, the time of the newest canary and the health events.
    runs = made.scheduled_runs * (price("schedule") + 3 * price("read")) + invocations(made.scheduled_runs)
    checks = RECEIVER_CHECKS * price("publish")
    traces = tracing(made.scheduled_runs + made.canaries) if made.is_traced else 0
    return monitoring + keys + runs + checks + canaries() + traces


def canaries() -> float:
    """The cost of the canaries: a failing call, its record in the log group, an invocation for it, and its time in the table."""
    count = stack().canaries
    return count * (price("schedule") + price("kms_request") + price("write")) + log_group(count) + invocations(count)


def optional() -> dict[str, float]:
    """The cost that each optional parameter adds to an idle stack."""
    return {name: fixed(**{name: "true"}) - fixed() for name in ("DetailedMetrics", "Dashboard", "Tracing")}


def notifications(count: float) -> float:
    """The cost of this number of notifications with one email each."""
    return count * (price("publish") + price("email"))


def counting(records: float) -> float:
    """The cost of counting matching records, and of the emails."""
    matching = records * MATCHING
    return matching * (WRITES * price("write") + READS * price("read")) + notifications(NOTIFICATIONS)


def log_group(records: float) -> float:
    """The cost of CloudTrail's log group, which all ways except EventBridge need."""
    return records * RECORD_KB / 1e6 * price("log_gb")


def delivery_without_trail(records: float) -> float:
    """The cost of delivery to a log group by a telemetry enablement rule, which needs no trail."""
    return log_group(records) + records * RECORD_KB / 1e6 * price("delivery_gb")


def this_stack(records: float) -> float:
    """The cost of this stack without `EventBridgePath`."""
    return fixed() + counting(records) + invocations(records * FAILED / BATCH)


def this_stack_by_eventbridge(records: float) -> float:
    """The additional cost of EventBridge: the same failed calls once more, one by one."""
    failed = records * FAILED
    return fixed(EventBridgePath="failed-calls") - fixed() + failed * price("bus_event") + invocations(failed)


def metric_filters(_: float) -> float:
    """The cost of CloudWatch metric filters with alarms."""
    return ALARMS * (price("metric") + price("alarm")) + notifications(NOTIFICATIONS)


def log_alarms(records: float) -> float:
    """The cost of Log Alarms: each alarm's query scans every record once.

    No published price of the alarm itself was found. The price of a metric alarm is assumed.
    """
    scanned = records * RECORD_KB / 1e6 * ALARMS
    return scanned * price("scan_gb") + ALARMS * price("alarm") + notifications(NOTIFICATIONS)


def eventbridge_rules(records: float) -> float:
    """The cost of rules with the topic as the target, without counting: each matching record is an email."""
    return records * price("bus_event") + notifications(records * MATCHING)


ALARMING = [
    ("this stack, by way of the log group", this_stack),
    ("... `EventBridgePath=failed-calls` adds", this_stack_by_eventbridge),
    (f"{ALARMS} metric filters with alarms", metric_filters),
    (f"{ALARMS} Log Alarms", log_alarms),
    ("EventBridge rules to a topic", eventbridge_rules),
]

DELIVERY = [
    ("the log group of an existing trail", log_group),
    ("CloudTrail delivers to a log group without a trail", delivery_without_trail),
    ("a second trail, and its log group", lambda records: log_group(records) + records * price("second_trail")),
]


def table(subject: str, ways: list) -> list[str]:
    """The lines of a table: a row for each way, a column for each number of records."""
    lines = [f"| {subject}, US dollars a month | " + " | ".join(f"{m:,} million records" for m in MILLIONS) + " |"]
    lines.append("|---|" + "---:|" * len(MILLIONS))
    for title, cost in ways:
        lines.append(f"| {title} | " + " | ".join(f"{cost(m * 1e6):,.2f}" for m in MILLIONS) + " |")
    return lines


def monthly() -> str:
    """The tables of monthly costs, in Markdown."""
    lines = [*table("alarms", ALARMING), ""]
    lines += [f"An idle stack costs {fixed():.2f} dollars a month: {fixed() + price('rotated_key'):.2f} after the first rotation of the key "
              f"(one year), and {fixed() + 2 * price('rotated_key'):.2f} after the second. The canary is {canaries():.2f} of it.", ""]
    lines += ["| parameter | adds to an idle stack, US dollars a month |", "|---|---:|"]
    lines += [f"| `{name}=true` | {dollars:.2f} |" for name, dollars in optional().items()] + [""]
    lines += table("records in a log group", DELIVERY)
    return "\n".join(lines)


def prices() -> str:
    """The table of prices, in Markdown."""
    lines = ["| price of | US dollars | read from | date |", "|---|---:|---|---|"]
    for dollars, item, page, date in PRICES.values():
        lines.append(f"| {item} | {f'{dollars:.10f}'.rstrip('0').rstrip('.')} | <{page}> | {date} |")
    return "\n".join(lines)


BLOCKS = {"monthly costs": monthly, "prices": prices}


def generated(page: str) -> str:
    """The page with the present tables."""
    for name, text in BLOCKS.items():
        begin, end = BLOCK.format(name=name, text="\n").split("\n\n\n")
        head, rest = page.split(f"{begin}\n")
        _, tail = rest.split(f"\n{end}", 1)
        page = head + BLOCK.format(name=name, text=text()) + tail
    return page


def problems() -> list[str]:
    """The texts that state other costs than these."""
    found = []
    total = f"about ${this_stack(1e6):.0f} a month"
    for summary in SUMMARIES:
        if total not in summary.read_text(encoding="utf-8"):
            found.append(f"{summary}: expected the cost `{total}`")
    for name, dollars in optional().items():
        stated = f"{dollars:.2f}".removesuffix(".00") + " dollars"
        if stated not in stack_contents.template()["Parameters"][name]["Description"]:
            found.append(f"template.yaml: expected the price `{stated}` in the description of {name}")
    if fixed() > MOST:
        found.append(f"an idle stack costs {fixed():.2f} dollars a month, more than {MOST:.2f}")
    return found


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    expected = generated(page)
    if ARGUMENTS.write:
        PAGE.write_text(expected, encoding="utf-8")
    elif ARGUMENTS.check:
        found = problems()
        if page != expected:
            found.append(f"{PAGE}: the tables differ from those of scripts/costs.py; run it with --write")
        print("\n".join(found), file=sys.stderr)
        return 1 if found else 0
    else:
        print(f"{monthly()}\n\n{prices()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
