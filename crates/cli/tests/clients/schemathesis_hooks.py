"""Bounds what schemathesis has a service do: a thousand tests are run, and take their time."""

import schemathesis

MOST_TESTS = 1000
FEW_TESTS = 10


@schemathesis.hook
def filter_body(context, body):
    """Leaves out runs of many tests, but those that are more than is allowed."""
    tests = body.get("tests") if isinstance(body, dict) else None
    return not isinstance(tests, list) or not FEW_TESTS < len(tests) <= MOST_TESTS


@schemathesis.hook
def filter_path_parameters(context, path_parameters):
    """Leaves the sample problems where they are: other operations need them."""
    operation = context.operation
    is_removal = operation is not None and operation.method.upper() in ("DELETE", "PUT")
    return not (is_removal and (path_parameters or {}).get("id") == "aplusb")
