"""Makes the stack's resources in an emulator, and tells what the function would be given.

    deploy.py ENDPOINT < {"stack": name, "parameters": {name: value}}

The template is translated as SAM does it in AWS and handed to the emulator's CloudFormation. What comes out is JSON:
the stack's `outputs`, its `resources` (type by logical id), the function's `environment`, the policies of its `role`
and, of the translated `template`, the resources that are made under these parameters, with every intrinsic function
resolved that the emulator did not resolve itself.
"""

import io
import json
import os
import sys
import zipfile
from pathlib import Path

os.environ |= {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "no-secret",
    "AWS_DEFAULT_REGION": "ap-southeast-2",
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}

import boto3  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from translate import translate  # noqa: E402


def main() -> None:
    endpoint, = sys.argv[1:]
    request = json.load(sys.stdin)

    def client(service: str):
        return boto3.client(service, endpoint_url=endpoint)

    template = translate(yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8")), request["parameters"])
    package(client("s3"))
    client("cloudformation").create_stack(
        StackName=request["stack"],
        TemplateBody=json.dumps(template, default=str),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in request["parameters"].items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    stack, = client("cloudformation").describe_stacks(StackName=request["stack"])["Stacks"]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise SystemExit(f"{stack['StackStatus']}: {stack.get('StackStatusReason')}")
    resources = client("cloudformation").list_stack_resources(StackName=request["stack"])
    function = client("lambda").get_function_configuration(FunctionName=request["stack"])
    role = function["Role"].rsplit("/", 1)[1]
    iam = client("iam")
    json.dump(
        {
            "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            "resources": {
                resource["LogicalResourceId"]: resource["ResourceType"]
                for resource in resources["StackResourceSummaries"]
            },
            "environment": function["Environment"]["Variables"],
            "role": [
                iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
            ],
            "template": template,
        },
        sys.stdout,
        default=str,
    )


def package(s3) -> None:
    """Puts a package where the translated template says that the function's code is."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    s3.create_bucket(Bucket="placeholder", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-2"})
    s3.put_object(Bucket="placeholder", Key="function.zip", Body=file.getvalue())


main()
