"""A ZeroMQ client over python3-zmq that does what lines of JSON on stdin say.

In:  {"op": "open", "socket": 1, "type": "DEALER", "endpoint": "...", ...}
     {"op": "send", "socket": 1, "frames": ["...", ...]}    {"op": "close", "socket": 1}
Out: {"socket": 1, "frames": [...]}    {"socket": 1, "closed": true}    {"socket": 1, "error": ...}
"""

import json
import os
import sys

import zmq

TYPES = {"REQ": zmq.REQ, "DEALER": zmq.DEALER, "SUB": zmq.SUB}


class Agent:
    def __init__(self):
        self.context = zmq.Context()
        self.poller = zmq.Poller()
        self.poller.register(0, zmq.POLLIN)
        self.sockets = {}
        self.numbers = {}
        self.input = b""

    def say(self, **what):
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()

    def run(self):
        while True:
            for source, _ in self.poller.poll():
                if source == 0:
                    if not self.read_commands():
                        self.context.destroy(linger=0)
                        return
                else:
                    self.receive(source)

    def read_commands(self):
        data = os.read(0, 1 << 20)
        *lines, self.input = (self.input + data).split(b"\n")
        for line in lines:
            command = json.loads(line)
            number = command["socket"]
            try:
                getattr(self, "do_" + command["op"])(number, command)
            except zmq.ZMQError as error:
                self.say(socket=number, error=str(error))
        return data != b""

    def receive(self, socket):
        if socket.closed:
            return
        try:
            while True:
                frames = socket.recv_multipart(zmq.DONTWAIT)
                self.say(socket=self.numbers[socket], frames=[f.decode() for f in frames])
        except (zmq.Again, zmq.ZMQError) as error:
            # EFSM: a REQ that has its reply.
            if error.errno not in (zmq.EAGAIN, zmq.EFSM):
                raise

    def do_open(self, number, command):
        socket = self.context.socket(TYPES[command["type"]])
        socket.linger = 0
        socket.set_hwm(0)
        socket.ipv6 = "[" in command["endpoint"]
        if "identity" in command:
            socket.identity = command["identity"].encode()
        if command["type"] == "REQ":
            socket.setsockopt(zmq.REQ_RELAXED, int(command.get("relaxed", False)))
            socket.setsockopt(zmq.REQ_CORRELATE, int(command.get("correlate", False)))
        if command["type"] == "SUB":
            socket.subscribe(command.get("topic", ""))
        socket.connect(command["endpoint"])
        self.sockets[number] = socket
        self.numbers[socket] = number
        self.poller.register(socket, zmq.POLLIN)

    def do_send(self, number, command):
        frames = [frame.encode() for frame in command["frames"]]
        self.sockets[number].send_multipart(frames, zmq.DONTWAIT)

    def do_close(self, number, command):
        self.poller.unregister(self.sockets[number])
        self.sockets[number].close()
        self.say(socket=number, closed=True)


Agent().run()
