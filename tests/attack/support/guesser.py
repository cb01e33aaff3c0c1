"""Guesses passwords (PLAIN) as fast as it can, over new connections from an address of its own.

Usage: guesser.py FROM HOST PORT USER SECONDS. USER may be `*`: another name each time.
Prints how many it made when its time is over, or when its input ends.
"""

import collections
import select
import socket
import sys
import time

source, host, port, user, seconds = sys.argv[1:6]
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"PLAIN".ljust(20, b"\0") + bytes(32)
WINDOW = 200


def hello(number):
    name = (f"u{number}" if user == "*" else user).encode()
    word = f"guess {number}".encode()
    body = b"\x05HELLO" + bytes([len(name)]) + name + bytes([len(word)]) + word
    return GREETING + b"\x04" + bytes([len(body)]) + body


opened = collections.deque()
made = 0
end = time.monotonic() + float(seconds)
while time.monotonic() < end:
    if select.select([sys.stdin], [], [], 0)[0]:
        break
    sock = socket.socket()
    sock.bind((source, 0))
    sock.settimeout(1)
    try:
        sock.connect((host, int(port)))
        sock.sendall(hello(made))
        made += 1
    except OSError:
        time.sleep(0.005)
    opened.append(sock)
    if len(opened) > WINDOW:
        opened.popleft().close()
    time.sleep(0.0004)
print(made)
