"""A function that does what its event says: the same as probe.mjs."""

import os
import time
from pathlib import Path
from typing import Any

calls = 0


def handler(event: dict[str, Any], context: Any) -> Any:
    global calls  # noqa: PLW0603  how often this process was asked is what a test wants to know
    calls += 1
    if note := event.get("note"):
        with Path(note).open("a") as file:
            file.write(context.aws_request_id + "\n")
    if line := event.get("say"):
        print(line)  # noqa: T201  what is printed goes to the log
    match event.get("do"):
        case "sleep":
            time.sleep(event["s"])
        case "throw":
            raise ValueError(event["text"])
        case "exit":
            os._exit(event["status"])
        case "huge":
            return "x" * 7_000_000
        case "flood":
            while True:
                print("y" * 1000)  # noqa: T201  the point
        case "hoard":
            return len(bytearray(2**31))
        case "environment":
            return dict(os.environ)
    return {
        "calls": calls,
        "pid": os.getpid(),
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "custom": getattr(context.client_context, "custom", None),
    }
