"""One request, or one event, over a connection with CURVE or PLAIN, as python3-zmq makes it.

Usage: secure_client.py TYPE ENDPOINT OPTIONS: options of the socket as JSON, by their names;
`timeout` (ms) and `request` as well.
Prints what came, or nothing within 3 s.
"""

import json
import sys

import zmq

kind, endpoint, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
socket = zmq.Context().socket(getattr(zmq, kind))
socket.linger = 0
socket.rcvtimeo = int(options.pop("timeout", 3000))
request = options.pop("request", '{"janus":"info","transaction":"p"}')
for name, value in options.items():
    setattr(socket, name, value.encode())
if kind == "SUB":
    socket.subscribe("")
socket.connect(endpoint)
if kind != "SUB":
    socket.send_string(request)
try:
    print(socket.recv_string())
except zmq.Again:
    pass
