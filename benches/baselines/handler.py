"""A Python handler of CloudTrail log events: counts the matches of this repository's CIS alarms and KMS alarm.

Optimized for speed: orjson, one lookup by event name for alarms that are lists of names, and a function for each other
alarm. `handler.py FILE` measures the CPU time of an invocation and prints counts and time as JSON.
"""

import base64
import gzip
import json
import os
import statistics
import sys
import time

import orjson

ROLE = os.environ["ECS_TASK_ROLE_ARN"]

# Alarms on calls by name: alarm, service, names.
CALLS = [
    (
        "cis-4.4-iam-policy-changes",
        "iam.amazonaws.com",
        "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy "
        "DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy "
        "DetachUserPolicy AttachGroupPolicy DetachGroupPolicy",
    ),
    (
        "cis-4.5-cloudtrail-configuration-changes",
        "cloudtrail.amazonaws.com",
        "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging",
    ),
    ("cis-4.7-kms-key-disabled-or-scheduled-for-deletion", "kms.amazonaws.com", "DisableKey ScheduleKeyDeletion"),
    (
        "cis-4.8-s3-bucket-policy-changes",
        "s3.amazonaws.com",
        "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy "
        "DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
    ),
    (
        "cis-4.9-aws-config-changes",
        "config.amazonaws.com",
        "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
    ),
    (
        "cis-4.10-security-group-changes",
        "ec2.amazonaws.com",
        "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "
        "RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup ModifySecurityGroupRules",
    ),
    (
        "cis-4.11-network-acl-changes",
        "ec2.amazonaws.com",
        "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry "
        "ReplaceNetworkAclAssociation",
    ),
    (
        "cis-4.12-network-gateway-changes",
        "ec2.amazonaws.com",
        "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway "
        "DeleteInternetGateway DetachInternetGateway",
    ),
    (
        "cis-4.13-route-table-changes",
        "ec2.amazonaws.com",
        "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute "
        "DisassociateRouteTable",
    ),
    (
        "cis-4.14-vpc-changes",
        "ec2.amazonaws.com",
        "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection "
        "DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc "
        "DisableVpcClassicLink EnableVpcClassicLink",
    ),
    (
        "cis-4.15-organizations-changes",
        "organizations.amazonaws.com",
        "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake "
        "DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType "
        "InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy "
        "UpdateOrganizationalUnit",
    ),
]

BY_NAME = {}
for alarm, service, names in CALLS:
    for name in names.split():
        BY_NAME.setdefault(name, []).append((service, alarm))


def unauthorized(record, error):
    return (
        (error.endswith("UnauthorizedOperation") or error.startswith("AccessDenied"))
        and record.get("sourceIPAddress") != "delivery.logs.amazonaws.com"
        and record.get("eventName") != "HeadBucket"
    )


def kms_error(record, error):
    if record.get("eventSource") != "kms.amazonaws.com":
        return False
    context = record["userIdentity"].get("sessionContext") or {}
    return (context.get("sessionIssuer") or {}).get("arn") == ROLE


# Alarms on failed calls only, and on calls of one name.
ON_ERROR = [("cis-4.1-unauthorized-api-calls", unauthorized), ("Pattern1ApplicationKMSSecurityAlarm", kms_error)]


def sign_in_without_mfa(record):
    mfa = (record.get("additionalEventData") or {}).get("MFAUsed")
    return (
        mfa is not None
        and mfa != "Yes"
        and record["userIdentity"].get("type") == "IAMUser"
        and (record.get("responseElements") or {}).get("ConsoleLogin") == "Success"
    )


def failed_sign_in(record):
    return record.get("errorMessage") == "Failed authentication"


ON_SIGN_IN = [
    ("cis-4.2-console-sign-in-without-mfa", sign_in_without_mfa),
    ("cis-4.6-console-authentication-failures", failed_sign_in),
]


def lambda_handler(event, context):
    payload = orjson.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    counts = {}
    if payload["messageType"] != "DATA_MESSAGE":
        return counts
    for log_event in payload["logEvents"]:
        record = orjson.loads(log_event["message"])
        name = record.get("eventName")
        if name in BY_NAME:
            source = record.get("eventSource")
            for service, alarm in BY_NAME[name]:
                if service == source:
                    counts[alarm] = counts.get(alarm, 0) + 1
        if name == "ConsoleLogin":
            for alarm, matches in ON_SIGN_IN:
                if matches(record):
                    counts[alarm] = counts.get(alarm, 0) + 1
        error = record.get("errorCode")
        if error is not None:
            for alarm, matches in ON_ERROR:
                if matches(record, error):
                    counts[alarm] = counts.get(alarm, 0) + 1
        identity = record.get("userIdentity") or {}
        if (
            identity.get("type") == "Root"
            and "invokedBy" not in identity
            and record.get("eventType") != "AwsServiceEvent"
        ):
            counts["cis-4.3-root-account-usage"] = counts.get("cis-4.3-root-account-usage", 0) + 1
    return counts


def main():
    with open(sys.argv[1], "rb") as file:
        text = file.read()
    times = []
    begin = time.perf_counter()
    while len(times) < 15 or time.perf_counter() - begin < 1.5:
        before = time.process_time()
        # As in the Python runtime of Lambda (awslambdaric).
        counts = lambda_handler(json.loads(text), None)
        times.append(time.process_time() - before)
    # The first rounds warm up.
    print(json.dumps({"counts": counts, "milliseconds": statistics.median(times[len(times) // 5 :]) * 1e3}))


main()
