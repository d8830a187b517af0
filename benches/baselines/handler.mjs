// A Node.js handler of CloudTrail log events: counts the matches of this repository's CIS alarms and KMS alarm.
//
// It has no dependencies. One lookup by event name for alarms that are lists of names, and a function for each other alarm.
// `handler.mjs FILE` measures the CPU time of an invocation and prints counts and time as JSON.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const ROLE = process.env.ECS_TASK_ROLE_ARN;

// Alarms on calls by name: alarm, service, names.
const CALLS = [
  [
    "cis-4.4-iam-policy-changes",
    "iam.amazonaws.com",
    "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy " +
      "DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy " +
      "DetachUserPolicy AttachGroupPolicy DetachGroupPolicy",
  ],
  [
    "cis-4.5-cloudtrail-configuration-changes",
    "cloudtrail.amazonaws.com",
    "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging",
  ],
  ["cis-4.7-kms-key-disabled-or-scheduled-for-deletion", "kms.amazonaws.com", "DisableKey ScheduleKeyDeletion"],
  [
    "cis-4.8-s3-bucket-policy-changes",
    "s3.amazonaws.com",
    "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy " +
      "DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
  ],
  [
    "cis-4.9-aws-config-changes",
    "config.amazonaws.com",
    "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
  ],
  [
    "cis-4.10-security-group-changes",
    "ec2.amazonaws.com",
    "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress " +
      "RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup ModifySecurityGroupRules",
  ],
  [
    "cis-4.11-network-acl-changes",
    "ec2.amazonaws.com",
    "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry " +
      "ReplaceNetworkAclAssociation",
  ],
  [
    "cis-4.12-network-gateway-changes",
    "ec2.amazonaws.com",
    "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway " +
      "DeleteInternetGateway DetachInternetGateway",
  ],
  [
    "cis-4.13-route-table-changes",
    "ec2.amazonaws.com",
    "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute " +
      "DisassociateRouteTable",
  ],
  [
    "cis-4.14-vpc-changes",
    "ec2.amazonaws.com",
    "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection " +
      "DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc " +
      "DisableVpcClassicLink EnableVpcClassicLink",
  ],
  [
    "cis-4.15-organizations-changes",
    "organizations.amazonaws.com",
    "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake " +
      "DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType " +
      "InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy " +
      "UpdateOrganizationalUnit",
  ],
];

const BY_NAME = new Map();
for (const [alarm, service, names] of CALLS) {
  for (const name of names.split(" ")) {
    if (!BY_NAME.has(name)) BY_NAME.set(name, []);
    BY_NAME.get(name).push({ alarm, service });
  }
}

// Alarms on failed calls only, and on calls of one name.
const ON_ERROR = [
  {
    alarm: "cis-4.1-unauthorized-api-calls",
    matches: (record) =>
      (record.errorCode.endsWith("UnauthorizedOperation") || record.errorCode.startsWith("AccessDenied")) &&
      record.sourceIPAddress !== "delivery.logs.amazonaws.com" &&
      record.eventName !== "HeadBucket",
  },
  {
    alarm: "Pattern1ApplicationKMSSecurityAlarm",
    matches: (record) =>
      record.eventSource === "kms.amazonaws.com" && record.userIdentity?.sessionContext?.sessionIssuer?.arn === ROLE,
  },
];
const ON_SIGN_IN = [
  {
    alarm: "cis-4.2-console-sign-in-without-mfa",
    matches: (record) =>
      record.additionalEventData?.MFAUsed !== undefined &&
      record.additionalEventData.MFAUsed !== "Yes" &&
      record.userIdentity?.type === "IAMUser" &&
      record.responseElements?.ConsoleLogin === "Success",
  },
  {
    alarm: "cis-4.6-console-authentication-failures",
    matches: (record) => record.errorMessage === "Failed authentication",
  },
];
const ROOT_USAGE = "cis-4.3-root-account-usage";

export const handler = async (event) => {
  const payload = JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, "base64")).toString());
  const counts = {};
  if (payload.messageType !== "DATA_MESSAGE") return counts;
  const count = (alarm) => {
    counts[alarm] = (counts[alarm] ?? 0) + 1;
  };
  for (const { message } of payload.logEvents) {
    const record = JSON.parse(message);
    const calls = BY_NAME.get(record.eventName);
    if (calls) {
      for (const { alarm, service } of calls) if (record.eventSource === service) count(alarm);
    }
    if (record.eventName === "ConsoleLogin") {
      for (const { alarm, matches } of ON_SIGN_IN) if (matches(record)) count(alarm);
    }
    if (record.errorCode !== undefined && record.errorCode !== null) {
      for (const { alarm, matches } of ON_ERROR) if (matches(record)) count(alarm);
    }
    const identity = record.userIdentity;
    if (identity?.type === "Root" && identity.invokedBy === undefined && record.eventType !== "AwsServiceEvent") {
      count(ROOT_USAGE);
    }
  }
  return counts;
};

const text = readFileSync(process.argv[2], "utf8");
const times = [];
let counts;
const begin = performance.now();
while (times.length < 15 || performance.now() - begin < 1500) {
  const before = process.cpuUsage();
  // As in the Node.js runtime of Lambda.
  counts = await handler(JSON.parse(text));
  const { user, system } = process.cpuUsage(before);
  times.push((user + system) / 1e3);
}
// The first rounds warm up.
const warm = times.slice(Math.floor(times.length / 5)).sort((a, b) => a - b);
console.log(JSON.stringify({ counts, milliseconds: warm[Math.floor(warm.length / 2)] }));
