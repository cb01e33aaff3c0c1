#!/usr/bin/python3
"""Drives an echo-test session over REQ alone, and polls for its events.

    python3 polling.py [endpoint]         default: tcp://127.0.0.1:5545
"""

import itertools
import sys

import zmq

from command_line import Parser

TIMEOUT = 10  # seconds
POLL_TIMEOUT = 40  # a poll that nothing comes to is answered after 30 s

transactions = itertools.count(1)


def ask(req, timeout=TIMEOUT, **request):
    """REQ: every request gets exactly one reply, which may be a list if it is a poll's."""
    req.setsockopt(zmq.RCVTIMEO, timeout * 1000)
    req.send_json({**request, "transaction": f"request-{next(transactions)}"})
    reply = req.recv_json()
    if isinstance(reply, dict) and reply["janus"] == "error":
        error = reply["error"]
        sys.exit(f"Janus refuses {request['janus']}: {error['reason']} ({error['code']})")
    return reply


def poll(req, session_id):
    """The events of a session, oldest first; none if nothing has happened for 30 s.

    A poll keeps the session alive, so that a client that polls need not send keepalives.
    """
    reply = ask(req, POLL_TIMEOUT, janus="poll", session_id=session_id, maxev=10)
    return reply if isinstance(reply, list) else []  # a "keepalive" comes alone


def main():
    about = "Drives an echo-test session over REQ alone, and polls for its events."
    endpoint = Parser(about, "tcp://127.0.0.1:5545").parse().endpoint
    context = zmq.Context()
    context.setsockopt(zmq.LINGER, 0)  # don't wait at the end for a Janus that isn't there
    req = context.socket(zmq.REQ)
    # A reply that is lost costs a timeout, and not the socket.
    req.setsockopt(zmq.REQ_RELAXED, 1)
    req.setsockopt(zmq.REQ_CORRELATE, 1)
    try:
        req.connect(endpoint)
        session_id = ask(req, janus="create")["data"]["id"]
        attach = {"janus": "attach", "session_id": session_id, "plugin": "janus.plugin.echotest"}
        handle_id = ask(req, **attach)["data"]["id"]

        # Each message is answered by an "ack" at once; what comes of it is an event.
        message = {"janus": "message", "session_id": session_id, "handle_id": handle_id}
        for body in ({"audio": True}, {"video": False}, {"bitrate": 128000}):
            print(f"message: {ask(req, **message, body=body)['janus']}")

        events = []
        while len(events) < 3:
            events += poll(req, session_id)
        for event in events:
            print(f"{event['janus']}: {event['plugindata']['data']}")

        print(f"destroy: {ask(req, janus='destroy', session_id=session_id)['janus']}")
    except zmq.Again:
        sys.exit(f"No answer in {req.rcvtimeo // 1000} s: nobody answers at {endpoint}")
    except zmq.ZMQError as error:
        sys.exit(f"Cannot talk to {endpoint}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        context.destroy()


main()
