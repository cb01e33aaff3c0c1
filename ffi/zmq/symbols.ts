/**
 * The functions of libzmq that the binding calls, each with its C prototype.
 *
 * Widths: `size_t` is `usize` and takes a BigInt (a number works but is ten times slower);
 * sockets and contexts are opaque pointers, and so are messages, though in memory of ours. Other
 * memory of ours goes in as `buffer`, which costs 9 ns each. Names that end in `_at` or `_pointer`
 * take an address (BigInt) or a pointer where the plain one takes a buffer; names that end in
 * `_async` run on another thread and return a promise (their errno is lost: it is that thread's).
 *
 * @module
 */

/** Symbols of libzmq, and a few of the C library that it is linked with. */
export const SYMBOLS = {
  // int zmq_errno (void);
  zmq_errno: { parameters: [], result: "i32" },
  // const char *zmq_strerror (int errnum);
  zmq_strerror: { parameters: ["i32"], result: "pointer" },
  // void zmq_version (int *major, int *minor, int *patch);
  zmq_version: { parameters: ["buffer", "buffer", "buffer"], result: "void" },

  // void *zmq_ctx_new (void);
  zmq_ctx_new: { parameters: [], result: "pointer" },
  // int zmq_ctx_term (void *context);
  zmq_ctx_term: { parameters: ["pointer"], result: "i32" },
  zmq_ctx_term_async: {
    name: "zmq_ctx_term",
    parameters: ["pointer"],
    result: "i32",
    nonblocking: true,
  },
  // int zmq_ctx_shutdown (void *context);
  zmq_ctx_shutdown: { parameters: ["pointer"], result: "i32" },
  // int zmq_ctx_set (void *context, int option, int optval);
  zmq_ctx_set: { parameters: ["pointer", "i32", "i32"], result: "i32" },
  // int zmq_ctx_get (void *context, int option);
  zmq_ctx_get: { parameters: ["pointer", "i32"], result: "i32" },

  // int zmq_msg_init (zmq_msg_t *msg);
  zmq_msg_init: { parameters: ["pointer"], result: "i32" },
  // int zmq_msg_init_size (zmq_msg_t *msg, size_t size);
  zmq_msg_init_size: { parameters: ["pointer", "usize"], result: "i32" },
  // int zmq_msg_send (zmq_msg_t *msg, void *s, int flags);
  zmq_msg_send: { parameters: ["pointer", "pointer", "i32"], result: "i32" },
  // int zmq_msg_recv (zmq_msg_t *msg, void *s, int flags);
  zmq_msg_recv: { parameters: ["pointer", "pointer", "i32"], result: "i32" },
  // int zmq_msg_close (zmq_msg_t *msg);
  zmq_msg_close: { parameters: ["pointer"], result: "i32" },
  // int zmq_msg_copy (zmq_msg_t *dest, zmq_msg_t *src);
  zmq_msg_copy: { parameters: ["pointer", "pointer"], result: "i32" },
  // void *zmq_msg_data (zmq_msg_t *msg);
  zmq_msg_data: { parameters: ["pointer"], result: "pointer" },
  // int zmq_msg_more (const zmq_msg_t *msg);
  zmq_msg_more: { parameters: ["pointer"], result: "i32" },
  // int zmq_msg_get (const zmq_msg_t *msg, int property);
  zmq_msg_get: { parameters: ["pointer", "i32"], result: "i32" },
  // const char *zmq_msg_gets (const zmq_msg_t *msg, const char *property);
  zmq_msg_gets: { parameters: ["pointer", "buffer"], result: "pointer" },

  // void *zmq_socket (void *context, int type);
  zmq_socket: { parameters: ["pointer", "i32"], result: "pointer" },
  // int zmq_close (void *s);
  zmq_close: { parameters: ["pointer"], result: "i32" },
  // int zmq_setsockopt (void *s, int option, const void *optval, size_t optvallen);
  zmq_setsockopt: { parameters: ["pointer", "i32", "buffer", "usize"], result: "i32" },
  // int zmq_getsockopt (void *s, int option, void *optval, size_t *optvallen);
  zmq_getsockopt: { parameters: ["pointer", "i32", "buffer", "buffer"], result: "i32" },
  // int zmq_bind (void *s, const char *addr);
  zmq_bind: { parameters: ["pointer", "buffer"], result: "i32" },
  // int zmq_connect (void *s, const char *addr);
  zmq_connect: { parameters: ["pointer", "buffer"], result: "i32" },
  // int zmq_unbind (void *s, const char *addr);
  zmq_unbind: { parameters: ["pointer", "buffer"], result: "i32" },
  // int zmq_disconnect (void *s, const char *addr);
  zmq_disconnect: { parameters: ["pointer", "buffer"], result: "i32" },
  // int zmq_send (void *s, const void *buf, size_t len, int flags);
  zmq_send: { parameters: ["pointer", "buffer", "usize", "i32"], result: "i32" },
  zmq_send_at: {
    name: "zmq_send",
    parameters: ["pointer", "usize", "usize", "i32"],
    result: "i32",
  },
  zmq_send_pointer: {
    name: "zmq_send",
    parameters: ["pointer", "pointer", "usize", "i32"],
    result: "i32",
  },
  // int zmq_recv (void *s, void *buf, size_t len, int flags);
  zmq_recv: { parameters: ["pointer", "buffer", "usize", "i32"], result: "i32" },
  zmq_recv_at: {
    name: "zmq_recv",
    parameters: ["pointer", "usize", "usize", "i32"],
    result: "i32",
  },
  zmq_recv_pointer: {
    name: "zmq_recv",
    parameters: ["pointer", "pointer", "usize", "i32"],
    result: "i32",
  },
  // int zmq_socket_monitor (void *s, const char *addr, int events);
  zmq_socket_monitor: { parameters: ["pointer", "buffer", "i32"], result: "i32" },

  // int zmq_poll (zmq_pollitem_t *items, int nitems, long timeout);
  zmq_poll_async: {
    name: "zmq_poll",
    parameters: ["buffer", "i32", "isize"],
    result: "i32",
    nonblocking: true,
  },
  // int zmq_proxy_steerable (void *frontend, void *backend, void *capture, void *control);
  zmq_proxy_steerable_async: {
    name: "zmq_proxy_steerable",
    parameters: ["pointer", "pointer", "pointer", "pointer"],
    result: "i32",
    nonblocking: true,
  },

  // int zmq_has (const char *capability);
  zmq_has: { parameters: ["buffer"], result: "i32" },
  // uint8_t *zmq_z85_decode (uint8_t *dest, const char *string);
  zmq_z85_decode: { parameters: ["buffer", "buffer"], result: "pointer" },
  // int zmq_curve_keypair (char *z85_public_key, char *z85_secret_key);
  zmq_curve_keypair: { parameters: ["buffer", "buffer"], result: "i32" },
  // int zmq_curve_public (char *z85_public_key, const char *z85_secret_key);
  zmq_curve_public: { parameters: ["buffer", "buffer"], result: "i32" },

  // The C library, found through libzmq's own dependencies (dlsym looks there).
  // int poll (struct pollfd *fds, nfds_t nfds, int timeout);
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  // Pointer views can't be made once the ffi permission is given up: hence these.
  // size_t strlen (const char *s);
  strlen: { parameters: ["pointer"], result: "usize" },
  // int getsockopt (int sockfd, int level, int optname, void *optval, socklen_t *optlen);
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  // void srand (unsigned int seed);
  srand: { parameters: ["u32"], result: "void" },
  // int connect (int sockfd, const struct sockaddr *addr, socklen_t addrlen);
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int shutdown (int sockfd, int how);
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  // void *memcpy (void *dest, const void *src, size_t n);
  memcpy: { parameters: ["buffer", "pointer", "usize"], result: "void" },
  memcpy_to: {
    name: "memcpy",
    parameters: ["pointer", "buffer", "usize"],
    result: "void",
  },
  // int memcmp (const void *s1, const void *s2, size_t n);
  memcmp: { parameters: ["buffer", "pointer", "usize"], result: "i32" },
  // void *memmove (void *dest, const void *src, size_t n); with n = 0: where something is.
  address_of: {
    name: "memmove",
    parameters: ["pointer", "pointer", "usize"],
    result: "usize",
  },
  pointer_to: {
    name: "memmove",
    parameters: ["buffer", "pointer", "usize"],
    result: "pointer",
  },
} as const satisfies Deno.ForeignLibraryInterface;
