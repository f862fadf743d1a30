"""A JSON value a line, which schemathesis does not know."""

import json

import schemathesis


@schemathesis.serializer("application/jsonl")
def lines(context, value):
    return json.dumps(value) + "\n"


@schemathesis.deserializer("application/jsonl")
def each(context, response):
    return [json.loads(line) for line in response.text.splitlines()]
