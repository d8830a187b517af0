"""Feeds notifications to programs of others that read CloudWatch alarms from SNS.

Takes Lambda's SNS events on standard input, one a line; for each it prints what the receivers made of it, as JSON. Nothing
is sent anywhere. Runs with the Python of .tools/receivers.
"""

import json
import logging
import os
import sys
from unittest import mock

import alerta.settings
import flask
from alerta.app import alarm_model
from alerta.webhooks.cloudwatch import CloudWatchWebhook
from cloudwatch_alarm_to_slack.entrypoint import CloudwatchAlarmNotifier
from cloudwatch_alarm_to_slack.events.slack import Slack

logging.disable()
os.environ |= {"SLACK_BOT_TOKEN": "no-token", "SLACK_CHANNEL": "nowhere"}
app = flask.Flask("receivers")
app.config.from_object(alerta.settings)
alarm_model.init_app(app)

for line in sys.stdin:
    event = json.loads(line)
    with app.app_context():
        alert = CloudWatchWebhook().incoming("/", {}, json.dumps(event["Records"][0]["Sns"]))
    with mock.patch.object(Slack, "send_message") as sent:
        CloudwatchAlarmNotifier.handle_event(event)
    (attachment,) = sent.call_args.kwargs["attachment"]
    answer = {
        "alerta": {key: getattr(alert, key) for key in ("resource", "event", "severity", "service", "group", "text", "tags")},
        "slack": {"color": attachment["color"]} | {field["title"]: field["value"] for field in attachment["fields"]},
    }
    print(json.dumps(answer))
