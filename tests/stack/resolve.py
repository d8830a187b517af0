"""CloudFormation's intrinsic functions, as far as template.yaml uses them.

For resources that the emulator's CloudFormation does not create: alarms, rules, schedules, the subscription. An unknown function
is an error.
"""

import re

GONE = object()  # AWS::NoValue

ARNS = {
    "AWS::CloudTrail::Trail": "cloudtrail:{region}:{account}:trail/{id}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{id}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{id}",
    "AWS::IAM::Role": "iam::{account}:role/{id}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{id}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{id}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{id}:*",
    "AWS::S3::Bucket": "s3:::{id}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{id}",
}


class Resolver:
    """The template of one stack, with its parameters, and the physical ids of what was made."""

    def __init__(self, template: dict, stack: str, parameters: dict, made: dict, account: str, region: str) -> None:
        self.template = template
        self.stack = stack
        self.made = made
        self.account = account
        self.region = region
        self.pseudo = {
            "AWS::AccountId": account,
            "AWS::NoValue": GONE,
            "AWS::Partition": "aws",
            "AWS::Region": region,
            "AWS::StackName": stack,
            "AWS::URLSuffix": "amazonaws.com",
        }
        self.parameters = {}
        for name, definition in template["Parameters"].items():
            value = str(parameters.get(name, definition.get("Default")))
            self.parameters[name] = value.split(",") if definition["Type"] == "CommaDelimitedList" else value

    def resources(self) -> dict:
        """The resources that are made under these parameters, by logical id, with resolved properties."""
        return {
            name: {
                "Type": resource["Type"],
                "Properties": self.resolve(resource.get("Properties", {})),
                "DeletionPolicy": resource.get("DeletionPolicy"),
                "UpdateReplacePolicy": resource.get("UpdateReplacePolicy"),
            }
            for name, resource in self.template["Resources"].items()
            if self.holds(resource.get("Condition"))
        }

    def holds(self, condition: str | None) -> bool:
        return condition is None or self.resolve(self.template["Conditions"][condition]) is True

    def resolve(self, node: object) -> object:
        if isinstance(node, list):
            return [value for value in map(self.resolve, node) if value is not GONE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (function, argument), = node.items()
            if function == "Ref":
                return self.reference(argument)
            if function == "Condition":
                return self.holds(argument)
            if function.startswith("Fn::"):
                return getattr(self, function.removeprefix("Fn::").lower())(argument)
        resolved = {name: self.resolve(value) for name, value in node.items()}
        return {name: value for name, value in resolved.items() if value is not GONE}

    def reference(self, name: str) -> object:
        if name in self.pseudo:
            return self.pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        return self.physical_id(name)

    def physical_id(self, name: str) -> str:
        """The id that the emulator gave, the name in the template, or an id as CloudFormation generates it."""
        resource = self.template["Resources"][name]  # a reference to nothing is a fault of the template
        if resource["Type"] == "AWS::Scheduler::ScheduleGroup":
            return self.resolve(resource["Properties"]["Name"])
        return self.made.get(name, f"{self.stack}-{name}-EXAMPLE")

    def getatt(self, argument: list | str) -> str:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        kind = self.template["Resources"][name]["Type"]
        physical = self.physical_id(name).rsplit("/", 1)[-1] if kind == "AWS::SQS::Queue" else self.physical_id(name)
        if (kind, attribute) == ("AWS::SQS::Queue", "QueueName"):
            return physical
        if (kind, attribute) == ("AWS::SNS::Topic", "TopicName"):
            return physical.rsplit(":", 1)[-1]
        if attribute != "Arn":
            raise NotImplementedError(f"{attribute} of {kind}")
        return "arn:aws:" + ARNS[kind].format(region=self.region, account=self.account, id=physical)

    def sub(self, argument: list | str) -> str:
        text, local = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match) -> str:
            name = match[1]
            if name in local:
                return self.resolve(local[name])
            return self.getatt(name) if "." in name else self.reference(name)

        return re.sub(r"\$\{([^!}][^}]*)\}", value, text)

    def join(self, argument: list) -> str:
        separator, parts = argument
        return separator.join(self.resolve(parts))

    def equals(self, argument: list) -> bool:
        one, other = map(self.resolve, argument)
        return str(one) == str(other)

    def condition(self, argument: str) -> bool:
        return self.holds(argument)

    def not_(self, argument: list) -> bool:
        condition, = map(self.resolve, argument)
        return not condition

    def and_(self, argument: list) -> bool:
        return all(map(self.resolve, argument))

    def findinmap(self, argument: list) -> str:
        name, key, attribute = map(self.resolve, argument)
        return self.template["Mappings"][name][key][attribute]

    def if_(self, argument: list) -> object:
        condition, then, otherwise = argument
        return self.resolve(then if self.holds(condition) else otherwise)


# Three of the functions have names that Python reserves.
setattr(Resolver, "and", Resolver.and_)
setattr(Resolver, "not", Resolver.not_)
setattr(Resolver, "if", Resolver.if_)
