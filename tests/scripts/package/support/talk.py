"""Starts Janus, talks to both APIs and hears an event; says what came of it as JSON."""
import json
import subprocess
import sys
import zmq

log = open("/srv/janus.log", "wb")
janus = subprocess.Popen(["janus", *sys.argv[1:]], stdout=log, stderr=log)
context = zmq.Context()
# A session ends with the connection that made it.
sockets = []


def ask(port, message):
    socket = context.socket(zmq.REQ)
    sockets.append(socket)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVTIMEO, 60000)
    socket.connect("tcp://127.0.0.1:%d" % port)
    socket.send_json({"transaction": "t", **message})
    return socket.recv_json()


events = context.socket(zmq.SUB)
events.setsockopt(zmq.RCVTIMEO, 60000)
events.setsockopt(zmq.SUBSCRIBE, b"")
events.connect("tcp://127.0.0.1:5546")
try:
    info = ask(5545, {"janus": "info"})
    # Until the subscription has arrived, events go by.
    session = ask(5545, {"janus": "create"})["data"]["id"]
    while True:
        event = events.recv_json()
        if event["type"] == 1:
            break
        ask(5545, {"janus": "create"})
    sessions = ask(7445, {"janus": "list_sessions", "admin_secret": "janusoverlord"})
    # The process that was started, and what for.
    denos = subprocess.run(["sh", "-c", "readlink /proc/[0-9]*/exe"], stdout=subprocess.PIPE, text=True)
    print(json.dumps({
        "version": info["version_string"],
        "has_session": session in sessions["sessions"],
        "event": event["event"]["name"],
        "denos": sorted(line for line in denos.stdout.split() if line.endswith("/deno")),
    }))
finally:
    janus.terminate()
    janus.wait()
