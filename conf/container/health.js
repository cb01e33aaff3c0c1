// Whether Janus answers a ping over ZeroMQ: exit code 0, else 1 with the reason. The endpoint may be given; it must be
// one without security.
const endpoint = Deno.args[0] ?? "tcp://127.0.0.1:5545";
const TIMEOUT = 3000; // ms
const [ZMQ_REQ, ZMQ_LINGER, ZMQ_RCVTIMEO] = [3, 17, 27];

const { symbols: zmq } = Deno.dlopen("libzmq.so.5", {
  // void *zmq_ctx_new(void)
  zmq_ctx_new: { parameters: [], result: "pointer" },
  // void *zmq_socket(void *context, int type)
  zmq_socket: { parameters: ["pointer", "i32"], result: "pointer" },
  // int zmq_setsockopt(void *socket, int option, const void *value, size_t size)
  zmq_setsockopt: { parameters: ["pointer", "i32", "buffer", "usize"], result: "i32" },
  // int zmq_connect(void *socket, const char *endpoint)
  zmq_connect: { parameters: ["pointer", "buffer"], result: "i32" },
  // int zmq_send(void *socket, const void *data, size_t size, int flags)
  zmq_send: { parameters: ["pointer", "buffer", "usize", "i32"], result: "i32" },
  // int zmq_recv(void *socket, void *data, size_t size, int flags)
  zmq_recv: { parameters: ["pointer", "buffer", "usize", "i32"], result: "i32" },
});

const encode = (text) => new TextEncoder().encode(text);

function fail(reason) {
  console.error(`Janus at ${endpoint} is not healthy: ${reason}`);
  Deno.exit(1);
}

const socket = zmq.zmq_socket(zmq.zmq_ctx_new(), ZMQ_REQ);
zmq.zmq_setsockopt(socket, ZMQ_LINGER, new Int32Array([0]), 4n);
zmq.zmq_setsockopt(socket, ZMQ_RCVTIMEO, new Int32Array([TIMEOUT]), 4n);
if (zmq.zmq_connect(socket, encode(`${endpoint}\0`)) < 0) fail("this is no endpoint");
const ping = encode('{"janus":"ping","transaction":"health"}');
zmq.zmq_send(socket, ping, BigInt(ping.length), 0);
const reply = new Uint8Array(4096);
const length = zmq.zmq_recv(socket, reply, BigInt(reply.length), 0);
if (length < 0) fail(`no reply within ${TIMEOUT} ms`);
const text = new TextDecoder().decode(reply.subarray(0, length));
if (!text.includes('"pong"')) fail(text);
Deno.exit(0);
