"""Sends the messages of the stack's dead-letter queue back through the function.

    redrive.py [STACK]

Invokes the function once for each message, with the event that Lambda's SQS trigger would send, and deletes the message if
that succeeds. Records that were already counted are not counted twice. Messages that fail again are listed and stay in the
queue. Scheduled runs are deleted, because later runs have done their work.

Required permissions on the stack's own resources: cloudformation:DescribeStacks, sqs:ReceiveMessage, sqs:DeleteMessage,
sqs:ChangeMessageVisibility, lambda:InvokeFunction, and kms:Decrypt through SQS. Exit status 1 if a message stays.
"""

import json
import sys

import boto3
from botocore.config import Config

SCHEDULED_RUN = "cloudtrail-alarms.tick"  # `source` of the event

# Longer than the function's timeout in template.yaml, so that every response is received.
LAMBDA_CONFIG = Config(read_timeout=90, retries={"total_max_attempts": 3})


def is_scheduled_run(body: str) -> bool:
    """Whether the message is the event of a scheduled run."""
    try:
        event = json.loads(body)
    except ValueError:
        return False
    return isinstance(event, dict) and event.get("source") == SCHEDULED_RUN


def as_batch(message: dict, queue_arn: str) -> dict:
    """The event that Lambda's SQS trigger would send for the message."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes", {}),
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": queue_arn.split(":")[3],
            }
        ]
    }


def main() -> int:
    stack, = sys.argv[1:] or ["cloudtrail-alarms"]
    described, = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    queue, queue_arn, function = (
        outputs[name] for name in ("DeadLetterQueueUrl", "DeadLetterQueueArn", "FunctionArn")
    )
    sqs = boto3.client("sqs")
    lambda_ = boto3.client("lambda", config=LAMBDA_CONFIG)

    processed = deleted_runs = 0
    failed: list[str] = []  # receipt handles
    try:
        while messages := sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=2, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            message, = messages
            handle = message["ReceiptHandle"]
            if is_scheduled_run(message["Body"]):
                deleted_runs += 1
            else:
                response = lambda_.invoke(FunctionName=function, Payload=json.dumps(as_batch(message, queue_arn)))
                payload = response["Payload"].read().decode()
                if "FunctionError" in response:
                    print(f"message {message['MessageId']} failed again: {payload}", file=sys.stderr)
                    # Hides the message until this run has received all others.
                    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=3600)
                    failed.append(handle)
                    continue
                processed += 1
                print(f"message {message['MessageId']}: {payload}")
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    finally:
        for handle in failed:
            # Makes the message visible again for the next run.
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    print(f"{processed} taken, {deleted_runs} scheduled runs deleted, {len(failed)} failed and kept")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
