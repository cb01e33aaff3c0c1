/**
 * The C functions of the plugin's own file (`ffi/stub/bridge.h`), one declaration each.
 *
 * @module
 */

/** Each function with its C prototype beside it. */
export const SYMBOLS = {
  // uint32_t jz_abi_version(void)
  jz_abi_version: { parameters: [], result: "u32" },
  // struct jz_link *jz_attach(int memory_fd, int wake_child_fd, int wake_janus_fd, int *error)
  jz_attach: { parameters: ["i32", "i32", "i32", "buffer"], result: "pointer" },
  // void jz_detach(struct jz_link *link)
  jz_detach: { parameters: ["pointer"], result: "void" },
  // void *jz_down_data(struct jz_link *link)
  jz_down_data: { parameters: ["pointer"], result: "pointer" },
  // void *jz_counters(struct jz_link *link)
  jz_counters: { parameters: ["pointer"], result: "pointer" },
  // uint32_t jz_generation(struct jz_link *link)
  jz_generation: { parameters: ["pointer"], result: "u32" },
  // uint32_t jz_longest(struct jz_link *link)
  jz_longest: { parameters: ["pointer"], result: "u32" },
  // int jz_boot_read(int fd, void *buffer, uint32_t size)
  jz_boot_read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int jz_drain(struct jz_link *link, struct jz_entry *entries, uint32_t max)
  jz_drain: { parameters: ["pointer", "buffer", "u32"], result: "i32" },
  // void jz_commit(struct jz_link *link, uint32_t next, uint32_t more)
  jz_commit: { parameters: ["pointer", "u32", "u32"], result: "void" },
  // void jz_pass(struct jz_link *link, uint32_t next, uint32_t more)
  jz_pass: { parameters: ["pointer", "u32", "u32"], result: "void" },
  // void jz_release(struct jz_link *link, double sequence)
  jz_release: { parameters: ["pointer", "f64"], result: "void" },
  // void jz_rest(struct jz_link *link, uint32_t resting)
  jz_rest: { parameters: ["pointer", "u32"], result: "void" },
  // double jz_down_used(const struct jz_link *link)
  jz_down_used: { parameters: ["pointer"], result: "f64" },
  // double jz_down_size(const struct jz_link *link)
  jz_down_size: { parameters: ["pointer"], result: "f64" },
  // int jz_pack(const struct jz_link *link, const struct jz_entry *entries, const uint32_t *indices,
  //     uint32_t count, uint8_t *target, uint32_t capacity, uint32_t *offsets)
  jz_pack: {
    parameters: ["pointer", "buffer", "buffer", "u32", "buffer", "u32", "buffer"],
    result: "i32",
  },
  // The same to an address.
  jz_pack_at: {
    name: "jz_pack",
    parameters: ["pointer", "buffer", "buffer", "u32", "usize", "u32", "buffer"],
    result: "i32",
  },
  // uint32_t jz_topic(const struct jz_link *link, const struct jz_entry *entries, uint32_t index,
  //     const char *head, uint32_t head_length, char *target)
  jz_topic: { parameters: ["pointer", "buffer", "u32", "buffer", "u32", "buffer"], result: "u32" },
  // int jz_push(struct jz_link *link, uint32_t kind, uint32_t flags, uint32_t peer, double request,
  //     const void *payload, uint32_t length)
  jz_push: {
    parameters: ["pointer", "u32", "u32", "u32", "f64", "buffer", "u32"],
    result: "i32",
  },
  // int jz_put(struct jz_link *link, uint32_t kind, uint32_t flags, uint32_t peer, double request,
  //     const void *payload, uint32_t length)
  jz_put: {
    parameters: ["pointer", "u32", "u32", "u32", "f64", "buffer", "u32"],
    result: "i32",
  },
  // The same for a payload in C's memory.
  jz_put_pointer: {
    name: "jz_put",
    parameters: ["pointer", "u32", "u32", "u32", "f64", "pointer", "u32"],
    result: "i32",
  },
  // void jz_rouse(struct jz_link *link)
  jz_rouse: { parameters: ["pointer"], result: "void" },
  // int jz_sleep(struct jz_link *link)
  jz_sleep: { parameters: ["pointer"], result: "i32" },
  // void jz_awake(struct jz_link *link, uint32_t signalled)
  jz_awake: { parameters: ["pointer", "u32"], result: "void" },
  // void jz_nap(struct jz_link *link, uint32_t microseconds)
  jz_nap: { parameters: ["pointer", "u32"], result: "void" },
  // int jz_stopping(struct jz_link *link)
  jz_stopping: { parameters: ["pointer"], result: "i32" },
  // int jz_status_write(struct jz_link *link, const void *text, uint32_t length)
  jz_status_write: { parameters: ["pointer", "buffer", "u32"], result: "i32" },
  // int jz_contains(const void *text, uint32_t length, const void *word, uint32_t word_length)
  jz_contains: { parameters: ["pointer", "u32", "buffer", "u32"], result: "i32" },
  // int jz_socket_remove(const char *path)
  jz_socket_remove: { parameters: ["buffer"], result: "i32" },
  // int jz_companion_ask(int control_fd, uint32_t verb, uint32_t id)
  jz_companion_ask: { parameters: ["i32", "u32", "u32"], result: "i32" },
  // int jz_companion_hear(int control_fd, struct jz_companion_word *word, int fds[2])
  jz_companion_hear: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int jz_socket_read(int fd, void *buffer, uint32_t offset, uint32_t size)
  jz_socket_read: { parameters: ["i32", "buffer", "u32", "u32"], result: "i32" },
  // int jz_socket_write(int fd, const void *buffer, uint32_t offset, uint32_t size)
  jz_socket_write: { parameters: ["i32", "buffer", "u32", "u32"], result: "i32" },
  // int jz_socket_wait(int fd, int milliseconds)
  jz_socket_wait: { parameters: ["i32", "i32"], result: "i32" },
  // void jz_socket_close(int fd)
  jz_socket_close: { parameters: ["i32"], result: "void" },
  // int jz_connection_full(int fd)
  jz_connection_full: { parameters: ["i32"], result: "i32" },
  // int jz_connection_name(int fd, char *text, uint32_t size)
  jz_connection_name: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // double jz_memory(void)
  jz_memory: { parameters: [], result: "f64" },
  // int jz_zmq_guard(void)
  jz_zmq_guard: { parameters: [], result: "i32" },
  // int jz_outlive(int lifeline_fd, int milliseconds)
  jz_outlive: { parameters: ["i32", "i32"], result: "i32" },
  // void jz_trim(struct jz_link *link)
  jz_trim: { parameters: ["pointer"], result: "void" },
  // void jz_turns(void)
  jz_turns: { parameters: [], result: "void" },
  // void jz_copy(void *target, const void *source, uint32_t offset, uint32_t length)
  jz_copy: { parameters: ["buffer", "pointer", "u32", "u32"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The loaded functions. */
export type Native = Deno.DynamicLibrary<typeof SYMBOLS>;

/** Loads them from the plugin's file. Needs the `ffi` permission. */
export function openNative(path: string): Native {
  return Deno.dlopen(path, SYMBOLS);
}
