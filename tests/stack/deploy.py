"""Creates stacks in an emulator of AWS, and prints their resources.

    deploy.py ENDPOINT

Each line of input is a request: {"stack": name, "parameters": {name: value}}. The answer to each is a line of JSON.

The parameters are checked as CloudFormation checks them, the template is translated as SAM translates it in AWS, and the
emulator's CloudFormation creates the resources that it supports. An answer has the `outputs` of the stack, the `environment`
of the function as the emulator's Lambda has it, and all `resources` of the template that these parameters ask for, resolved. If
the stack cannot be created, the answer is only the `error`.
"""

import io
import json
import logging
import os
import re
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

ACCOUNT = "111122223333"
REGION = "ap-southeast-2"
LIMITS = [("MinValue", "-inf"), ("MaxValue", "inf")]

os.environ |= {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "no-secret",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}

import boto3  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

from resolve import Resolver  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from translate import translate  # noqa: E402


class Rejected(Exception):
    """The stack cannot be created."""


def main() -> None:
    endpoint, = sys.argv[1:]
    logging.disable()  # the translator warns about metrics that are not published
    for line in sys.stdin:
        try:
            answer = deploy(endpoint, **json.loads(line))
        except Exception as error:  # fails the test that asked, and not the next ones
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, default=str), flush=True)


def deploy(endpoint: str, stack: str, parameters: dict) -> dict:
    """Creates a stack. Returns the answer."""
    def client(service: str):
        return boto3.client(service, endpoint_url=endpoint)

    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    check(template["Parameters"], parameters)
    template = translate(template, parameters)
    package(client("s3"))
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(template, default=str),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    made, = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    if made["StackStatus"] != "CREATE_COMPLETE":
        raise Rejected(f"{made['StackStatus']}: {made.get('StackStatusReason')}")
    physical = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        if resource.get("LogicalResourceId") and resource.get("PhysicalResourceId")
    }
    function = client("lambda").get_function_configuration(FunctionName=stack)
    resolver = Resolver(template, stack, parameters, physical, ACCOUNT, REGION)
    return {
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in made["Outputs"]},
        # The emulator leaves numbers as they are.
        "environment": {name: str(value) for name, value in function["Environment"]["Variables"].items()},
        "resources": resolver.resources(),
    }


def check(definitions: dict, parameters: dict) -> None:
    """Refuses what CloudFormation would refuse before it makes anything."""
    for name, definition in definitions.items():
        if name not in parameters and "Default" not in definition:
            raise Rejected(f"{name}: no value")
        text = str(parameters.get(name, definition.get("Default")))
        for value in text.split(",") if definition["Type"] == "CommaDelimitedList" else [text]:
            pattern = definition.get("AllowedPattern")
            allowed = definition.get("AllowedValues")
            if pattern and not re.fullmatch(pattern, value):
                raise Rejected(f"{name}: {value!r} is not {definition['ConstraintDescription']}")
            if allowed and value not in map(str, allowed):
                raise Rejected(f"{name}: {value!r} is not one of {allowed}")
            least, most = (float(definition.get(end, default)) for end, default in LIMITS)
            if definition["Type"] == "Number" and not least <= float(value) <= most:
                raise Rejected(f"{name}: {value} is out of range")


def package(s3) -> None:
    """Puts a package where the translated template says that the function's code is."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):  # by another stack of the emulator
        s3.create_bucket(Bucket="placeholder", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="placeholder", Key="function.zip", Body=file.getvalue())


main()
