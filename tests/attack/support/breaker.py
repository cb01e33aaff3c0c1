"""Floods a port with short messages and PINGs until no more are taken, and breaks off (RST), again and again.

Usage: breaker.py PORT TYPE TIMES. TYPE is what it says that it is: DEALER or SUB. Prints how often it got in.
"""

import socket
import struct
import sys
import time

port, kind, times = int(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])
READY = b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind
HELLO = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(48) + bytes([4, len(READY)]) + READY
BODY = b'{"janus":"ping","transaction":"x"}' if kind == b"DEALER" else b"\0nosuch"
UNITS = (bytes([0, len(BODY)]) + BODY) * 8 + b"\x04\x07\x04PING\0\0"
UNITS *= 4000


def break_off():
    """One connection, from its greeting to its end."""
    with socket.create_connection(("127.0.0.1", port), 5) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(HELLO)
        while b"Socket-Type" not in (heard := peer.recv(65536)):
            if not heard:
                raise ConnectionError("not let in")
        peer.setblocking(False)
        sent, end = 0, time.monotonic() + 0.25
        while time.monotonic() < end and sent < len(UNITS):
            try:
                sent += peer.send(UNITS[sent : sent + 65536])
            except BlockingIOError:
                break
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


got_in = 0
for _ in range(times):
    try:
        break_off()
        got_in += 1
    except OSError:
        time.sleep(0.1)  # nobody listens, or the connection is cut
    time.sleep(0.02)
print(got_in)
