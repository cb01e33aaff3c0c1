#!/usr/bin/python3
"""Asks Janus for its info over REQ, then drives an echo-test session over DEALER.

    python3 requests.py [endpoint]        default: tcp://127.0.0.1:5545
"""

import itertools
import sys

import zmq

from command_line import Parser

TIMEOUT = 10  # seconds

transactions = itertools.count(1)


def ask_info(req):
    """REQ: every request gets exactly one reply."""
    req.send_json({"janus": "info", "transaction": f"info-{next(transactions)}"})
    info = req.recv_json()
    refuse_error("info", info)
    print(f"REQ     {info['name']} {info['version_string']}")


def refuse_error(verb, reply):
    """Ends the program if a reply is an error."""
    if reply["janus"] == "error":
        error = reply["error"]
        sys.exit(f"Janus refuses {verb}: {error['reason']} ({error['code']})")


def ask(dealer, wanted, **request):
    """Sends a request over DEALER and returns the message of kind `wanted` that it leads to.

    What comes before it, such as an "ack" or something about another request, is printed only.
    """
    transaction = f"request-{next(transactions)}"
    dealer.send_json({**request, "transaction": transaction})
    while True:
        message = dealer.recv_json()
        kind, mine = message["janus"], message.get("transaction") == transaction
        print(f"DEALER  {request['janus']}: {kind}")
        if mine:
            refuse_error(request["janus"], message)
        if kind == wanted and mine:
            return message


def run_echo_test(dealer):
    session_id = ask(dealer, "success", janus="create")["data"]["id"]
    attach = {"janus": "attach", "session_id": session_id, "plugin": "janus.plugin.echotest"}
    handle_id = ask(dealer, "success", **attach)["data"]["id"]

    # Plugins answer in two steps: an "ack" at once, and an "event" when they are done.
    message = {"janus": "message", "session_id": session_id, "handle_id": handle_id}
    event = ask(dealer, "event", **message, body={"audio": True, "video": True})
    print(f"        {event['plugindata']['data']}")

    # Janus ends a session that it hears nothing of for 60 s.
    ask(dealer, "ack", janus="keepalive", session_id=session_id)
    ask(dealer, "success", janus="destroy", session_id=session_id)


def main():
    about = "Asks Janus for its info over REQ, then drives an echo-test session over DEALER."
    endpoint = Parser(about, "tcp://127.0.0.1:5545").parse().endpoint
    context = zmq.Context()
    context.setsockopt(zmq.RCVTIMEO, TIMEOUT * 1000)
    context.setsockopt(zmq.LINGER, 0)  # don't wait at the end for a Janus that isn't there
    req = context.socket(zmq.REQ)
    dealer = context.socket(zmq.DEALER)
    try:
        req.connect(endpoint)
        dealer.connect(endpoint)
        ask_info(req)
        run_echo_test(dealer)
    except zmq.Again:
        sys.exit(f"No answer in {TIMEOUT} s: nobody answers at {endpoint}")
    except zmq.ZMQError as error:
        sys.exit(f"Cannot talk to {endpoint}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        context.destroy()


main()
