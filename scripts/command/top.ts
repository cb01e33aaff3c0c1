export const COMMAND = { usage: "Usage: janus-zeromq top", run: () => 0 };
