#!/usr/bin/env python3
"""Translates the SAM template to CloudFormation as AWS does, without AWS.

    translate.py TEMPLATE > translated.json

The SAM translator is the one that the service runs, so scanners see the deployed roles and permissions.
Three rules are also checked that no linter checks reliably. There are no circular dependencies. No statement allows an
action with a wildcard. Resource "*" occurs only if IAM does not support a narrower one. Exit status 1 if a rule is broken.
"""

import json
import re
import sys
from collections.abc import Iterator

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

REGION = "eu-central-1"  # any Region: the translator needs one to choose the partition

# Allow statements that may have Resource "*", by resource and Sid. In a key policy "*" is the key itself.
UNAVOIDABLE = {("FunctionRole", "WriteTraces")}
OWN_RESOURCE = {"AWS::KMS::Key"}


def translate(template: dict, parameters: dict[str, str] | None = None) -> dict:
    """Returns the template as CloudFormation, with these values of parameters and the defaults of all others."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://placeholder/function.zip"  # `sam package` sets the real one
    values = {
        name: definition.get("Default", "placeholder")
        for name, definition in template.get("Parameters", {}).items()
    }
    session = boto3.session.Session(region_name=REGION)
    return Translator({}, Parser(), boto_session=session).translate(template, values | (parameters or {}))


def walk(value: object) -> Iterator[object]:
    """Yields the value and all values nested in it."""
    yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from walk(child)


def dependencies(resource: dict, names: set[str]) -> set[str]:
    """Returns the resources that must exist before this one."""
    depends_on = resource.get("DependsOn", [])
    found = {depends_on} if isinstance(depends_on, str) else set(depends_on)
    for node in walk(resource.get("Properties", {})):
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("Ref"), str):
            found.add(node["Ref"])
        target = node.get("Fn::GetAtt")
        if target:
            found.add(target.split(".")[0] if isinstance(target, str) else target[0])
        text = node.get("Fn::Sub")
        if text:
            text, local = (text, {}) if isinstance(text, str) else text
            found |= {name.split(".")[0] for name in re.findall(r"\$\{([^!}][^}]*)\}", text)} - set(local)
    return found & names


def circle(resources: dict) -> list[str]:
    """Returns a circular dependency as a list of names, or an empty list if there is none."""
    edges = {name: dependencies(resource, set(resources)) for name, resource in resources.items()}
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name):], name]
        if name in done:
            return []
        for target in sorted(edges[name]):
            if found := visit(target, [*path, name]):
                return found
        done.add(name)
        return []

    for name in sorted(edges):
        if found := visit(name, []):
            return found
    return []


def as_list(value: object) -> list:
    """The value itself if it is a list, otherwise a list with the value."""
    return value if isinstance(value, list) else [value]


def policy_findings(resources: dict) -> Iterator[str]:
    """Yields the permissions that are too wide in policy documents."""
    for name, resource in resources.items():
        for node in walk(resource.get("Properties", {})):
            if not (isinstance(node, dict) and "Effect" in node):
                continue
            where = f"{name}, statement {node.get('Sid', '?')}"
            for key in ("NotAction", "NotResource", "NotPrincipal"):
                if key in node:
                    yield f"{where}: {key} matches what nobody listed"
            if node["Effect"] != "Allow":
                continue  # a wide Deny does no harm
            for action in as_list(node.get("Action", [])):
                if "*" in str(action):
                    yield f"{where}: wildcard action {action}"
            own = resource["Type"] in OWN_RESOURCE or (name, node.get("Sid")) in UNAVOIDABLE
            if "*" in as_list(node.get("Resource", [])) and not own:
                yield f'{where}: Resource "*"'
            principal = node.get("Principal", {})
            if "*" in (as_list(principal.get("AWS", [])) if isinstance(principal, dict) else as_list(principal)):
                yield f"{where}: anybody may"
        for policy in as_list(resource.get("Properties", {}).get("ManagedPolicyArns", [])):
            yield f"{name}: managed policy {policy}, whose permissions are not in this template"


def main() -> int:
    path, = sys.argv[1:] or ["template.yaml"]
    with open(path, encoding="utf-8") as file:
        translated = translate(yaml_parse(file.read()))
    json.dump(translated, sys.stdout, indent=2, sort_keys=True, default=str)
    print()
    resources = translated["Resources"]
    findings = list(policy_findings(resources))
    if found := circle(resources):
        findings.append("circular dependency: " + " -> ".join(found))
    for finding in findings:
        print(f"{path}: {finding}", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
