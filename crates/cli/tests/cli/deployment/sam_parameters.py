"""The parameters that `sam deploy` would hand to CloudFormation, as SAM itself reads them out of its configuration.

    sam_parameters.py TEMPLATE CONFIG...

SAM's own command runs for each configuration, up to where it would call AWS. The output is a JSON list.
"""

import inspect
import json
import os
import sys
from unittest import mock

os.environ |= {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_CHECK_UPDATES": "0", "AWS_DEFAULT_REGION": "eu-central-1"}

from samcli.commands.deploy import command  # noqa: E402

template, *configs = sys.argv[1:]
overrides = []
for config in configs:
    with mock.patch.object(command, "do_cli", autospec=True) as deploy:
        arguments = ["--config-file", config, "--template-file", template, "--stack-name", "cloudtrail-alarms"]
        command.cli.main(arguments, prog_name="deploy", standalone_mode=False)
    call = inspect.signature(deploy).bind(*deploy.call_args.args, **deploy.call_args.kwargs)
    overrides.append(call.arguments["parameter_overrides"])
json.dump(overrides, sys.stdout)
