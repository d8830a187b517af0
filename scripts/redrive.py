"""Sends what is in the stack's dead-letter queue back through the function.

    redrive.py [STACK]

Each message is handed to the function as SQS would hand it over, and deleted once the function has taken it; what is
counted already counts once. What fails again stays in the queue, and is said. A tick is deleted: the next one has long
done its work. Needs, on the stack's own resources: cloudformation:DescribeStacks, sqs:ReceiveMessage, sqs:DeleteMessage,
sqs:ChangeMessageVisibility, lambda:InvokeFunction, and kms:Decrypt by way of SQS. Exit 1 if anything stays.
"""

import json
import sys

import boto3
from botocore.config import Config

TICK = "cloudtrail-alarms.tick"

# Longer than the function's time limit in template.yaml: an answer that nobody waits for is one that is not known.
PATIENT = Config(read_timeout=90, retries={"total_max_attempts": 3})


def is_tick(body: str) -> bool:
    try:
        event = json.loads(body)
    except ValueError:
        return False
    return isinstance(event, dict) and event.get("source") == TICK


def as_batch(message: dict, queue_arn: str) -> dict:
    """The event with which Lambda's SQS trigger would hand the message over."""
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
    lambda_ = boto3.client("lambda", config=PATIENT)

    taken = ticks = 0
    failed: list[str] = []  # receipt handles
    try:
        while messages := sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=2, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            message, = messages
            handle = message["ReceiptHandle"]
            if is_tick(message["Body"]):
                ticks += 1
            else:
                answer = lambda_.invoke(FunctionName=function, Payload=json.dumps(as_batch(message, queue_arn)))
                said = answer["Payload"].read().decode()
                if "FunctionError" in answer:
                    print(f"message {message['MessageId']} failed again: {said}", file=sys.stderr)
                    # Out of the way of those that are still to come.
                    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=3600)
                    failed.append(handle)
                    continue
                taken += 1
                print(f"message {message['MessageId']}: {said}")
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    finally:
        for handle in failed:
            # The next run finds it at once.
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    print(f"{taken} taken, {ticks} ticks deleted, {len(failed)} failed and kept")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
