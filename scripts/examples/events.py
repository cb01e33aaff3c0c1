#!/usr/bin/python3
"""Prints Janus's events, one a line, with topics and numbers if they have them.

    python3 events.py [endpoint] [--count N] [--timeout SECONDS]

The endpoint is tcp://127.0.0.1:5546 unless given. --count ends after so many messages, --timeout
fails when none comes for so long; without them it goes on until Ctrl-C.
"""

import itertools
import json
import sys

import zmq

from command_line import Parser

# As Janus numbers them.
TYPES = {
    1: "session",
    2: "handle",
    4: "external",
    8: "jsep",
    16: "webrtc",
    32: "media",
    64: "plugin",
    128: "transport",
    256: "core",
}


def print_message(frames):
    """Prints a message: [topic,] JSON[, number], as general.topics and general.sequence say."""
    at = 0 if frames[0][:1] in (b"{", b"[") else 1
    topic = "".join(frame.decode() + "  " for frame in frames[:at])
    number = "".join("  #" + frame.decode() for frame in frames[at + 1 :])
    message = json.loads(frames[at])
    for event in message if isinstance(message, list) else [message]:  # general.grouping
        kind = TYPES.get(event["type"], event["type"])
        session = event.get("session_id", "")
        print(f"{topic}{kind:<9}  {session:<16}  {json.dumps(event['event'])}{number}", flush=True)


def main():
    parser = Parser("Prints Janus's events, until Ctrl-C.", "tcp://127.0.0.1:5546")
    parser.add_option("--count", type=int, help="end after so many messages")
    parser.add_option("--timeout", type=float, help="fail when none comes for so many seconds")
    args = parser.parse()

    context = zmq.Context()
    sub = context.socket(zmq.SUB)
    if args.timeout is not None:
        sub.rcvtimeo = int(args.timeout * 1000)
    sub.subscribe("")
    try:
        sub.connect(args.endpoint)
        for _ in itertools.count() if args.count is None else range(args.count):
            print_message(sub.recv_multipart())
    except zmq.Again:
        sys.exit(f"No event from {args.endpoint} in {args.timeout:g} s")
    except zmq.ZMQError as error:
        sys.exit(f"Cannot talk to {args.endpoint}: {error}")
    except KeyboardInterrupt:
        pass
    finally:
        context.destroy(linger=0)


main()
