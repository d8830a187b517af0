"""Runs statements of Athena in DuckDB, over a table of CloudTrail records.

Reads {"records": [record], "statements": [SQL]} from standard input. Writes for each statement the indexes of the records that
its condition selects, and its rows: the start of the window in seconds since 1970, the groups, the count.

sqlglot translates the statements from Trino's SQL, on which Athena is based. The functions for which it has no translation with
Trino's meaning are replaced here.
"""

import json
import sys

import duckdb
import sqlglot
from sqlglot import expressions as sql

TEXTS = """eventversion eventtime eventsource eventname awsregion sourceipaddress useragent errorcode errormessage requestid eventid
    eventtype apiversion readonly recipientaccountid sharedeventid vpcendpointid vpcendpointaccountid eventcategory
    sessioncredentialfromconsole edgedevicedetails""".split()
DOCUMENTS = "requestparameters responseelements additionaleventdata serviceeventdetails".split()
USER_IDENTITY = {
    **dict.fromkeys("type principalid arn accountid invokedby accesskeyid username".split()),
    "onbehalfof": dict.fromkeys(["userid", "identitystorearn"]),
    "sessioncontext": {
        "attributes": dict.fromkeys(["mfaauthenticated", "creationdate"]),
        "sessionissuer": dict.fromkeys("type principalid arn accountid username".split()),
        "ec2roledelivery": None,
    },
}
TLS_DETAILS = dict.fromkeys(["tlsversion", "ciphersuite", "clientprovidedhostheader"])
RESOURCE = dict.fromkeys(["arn", "accountid", "type"])

# As in Trino, the scalar of an object, array or null is null.
MACROS = """
CREATE MACRO scalar(value) AS CASE WHEN json_type(value) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE value ->> '$' END;
CREATE MACRO json_text(value) AS CAST(value AS VARCHAR);
CREATE MACRO json_elements(value) AS CASE WHEN json_type(value) = 'ARRAY' THEN CAST(value AS JSON[]) END;
CREATE MACRO json_members(value) AS CASE WHEN json_type(value) = 'OBJECT'
    THEN list_transform(json_keys(value), lambda key : json_extract(value, '$."' || replace(key, '"', '\\"') || '"')) END;
"""


def struct_type(fields):
    members = [f"{name} {'VARCHAR' if inner is None else struct_type(inner)}" for name, inner in fields.items()]
    return f"STRUCT({', '.join(members)})"


def text(value):
    """A value in a text column, as Athena's reader of CloudTrail files writes it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def struct(value, fields):
    if not isinstance(value, dict):
        return None
    members = {name.lower(): member for name, member in value.items()}
    return {
        name: text(members.get(name)) if inner is None else struct(members.get(name), inner)
        for name, inner in fields.items()
    }


def row(number, record):
    members = {name.lower(): member for name, member in record.items()}
    day = (text(members.get("eventtime")) or "")[:10].split("-") + ["", "", ""]
    documents = {name: None if members.get(name) is None else json.dumps(members[name]) for name in DOCUMENTS}
    resources = members.get("resources")
    return {
        "number": number,
        **{name: text(members.get(name)) for name in TEXTS},
        **documents,
        "useridentity": struct(members.get("useridentity"), USER_IDENTITY),
        "tlsdetails": struct(members.get("tlsdetails"), TLS_DETAILS),
        "resources": [struct(item, RESOURCE) for item in resources] if isinstance(resources, list) else None,
        **dict(zip(["year", "month", "day"], day)),
    }


def create_table(connection, records):
    columns = {
        "number": "BIGINT",
        **dict.fromkeys(TEXTS + DOCUMENTS + ["year", "month", "day"], "VARCHAR"),
        "useridentity": struct_type(USER_IDENTITY),
        "tlsdetails": struct_type(TLS_DETAILS),
        "resources": struct_type(RESOURCE) + "[]",
    }
    connection.execute(MACROS)
    # One parameter for all rows: an INSERT for each would take most of the time.
    rows = json.dumps([row(number, record) for number, record in enumerate(records)])
    kind = "STRUCT(" + ", ".join(f"{name} {kind}" for name, kind in columns.items()) + ")[]"
    items = f"SELECT unnest(CAST(CAST(? AS JSON) AS {kind})) AS item"
    connection.execute(f"CREATE TABLE cloudtrail_logs AS SELECT unnest(item) FROM ({items})", [rows])


def call(name, *arguments):
    return sql.Anonymous(this=name, expressions=[argument.transform(translated) for argument in arguments])


def translated(node):
    """Replaces a function by one with Trino's meaning."""
    if isinstance(node, sql.JSONExtractScalar):
        return call("scalar", sql.JSONExtract(this=node.this, expression=node.expression))
    if isinstance(node, sql.JSONFormat):
        return call("json_text", node.this)
    if isinstance(node, sql.TryCast) and node.to.is_type("array"):
        return call("json_elements", node.this)
    if isinstance(node, sql.Anonymous) and node.name.lower() == "map_values":
        return call("json_members", node.expressions[0].this)
    if isinstance(node, sql.Anonymous) and node.name.lower() == "any_match":
        return sql.GT(this=call("len", call("list_filter", *node.expressions)), expression=sql.Literal.number(0))
    return node


def run(connection, statement):
    tree = sqlglot.parse_one(statement, read="trino").transform(translated)
    searches = [select for select in tree.find_all(sql.Select) if "cloudtrail_logs" in select.args["from_"].sql()]
    condition = searches[0].args["where"].this.sql(dialect="duckdb")
    selected = connection.execute(f"SELECT number FROM cloudtrail_logs WHERE {condition} ORDER BY 1").fetchall()
    listed = f"SELECT epoch(period)::BIGINT, * EXCLUDE (period) FROM ({tree.sql(dialect='duckdb')})"
    rows = connection.execute(listed).fetchall()
    return {
        "records": [number for number, in selected],
        "rows": [list(row) for row in rows],
    }


def main():
    request = json.load(sys.stdin)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    create_table(connection, request["records"])
    json.dump([run(connection, statement) for statement in request["statements"]], sys.stdout)


main()
