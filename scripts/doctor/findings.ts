/** What `doctor` says: each thing looked at, in groups. */
import { API_VERSIONS, MIN_LIBZMQ, PLUGINS } from "../lib/project.ts";
import { about, INSTALLED } from "../command/place.ts";
import { findJanusFolders, type JanusFolders, janusMissing } from "../lib/janus_folders.ts";
import type { Finding } from "./finding.ts";
import { exists } from "../lib/run.ts";
import { findJanusHeaders, pkgConfigVersion } from "../lib/c_headers.ts";
import {
  compareVersions,
  findChromium,
  findCompiler,
  findIp,
  findJanusProgram,
  findLibzmq,
  findNode,
  findOnPath,
  findProgram,
  findPythonZmq,
  missingLibraries,
  programVersion,
} from "./programs.ts";
import { ports } from "./ports.ts";
import { stream } from "./stream.ts";
import { isJitless, unit } from "./unit.ts";
import { configuredDeno } from "./configured_deno.ts";
import { findDenoBeside, findServiceDeno } from "../lib/service_deno.ts";

/** What brings a plugin that is not there. */
const REINSTALL = INSTALLED
  ? "install the package janus-zeromq again"
  : "scripts/deno task install";

/** Looks at everything, in the order in which people read it. */
export async function findings(): Promise<Finding[]> {
  const parts = INSTALLED
    ? [toRun(), ports(), installed()]
    : [toBuild(), toRun(), toTest(), ports(), installed()];
  return (await Promise.all(parts)).flat();
}

async function toBuild(): Promise<Finding[]> {
  const group = "To build" as const;
  const found: Finding[] = [];
  const gcc = await findCompiler();
  if (gcc?.complete === true) {
    found.push({ group, name: "gcc", status: "ok", detail: `${gcc.version}  ${gcc.path}` });
  } else {
    const detail = gcc === undefined ? "not found" : "cannot find the C library's headers";
    found.push({ group, name: "gcc", status: "missing", detail, requires: "compiler" });
  }
  const pkgConfig = await findProgram("pkg-config", "--version");
  found.push(
    pkgConfig === undefined
      ? {
        group,
        name: "pkg-config",
        status: "missing",
        detail: "not found",
        requires: "pkg_config",
      }
      : { group, name: "pkg-config", status: "ok", detail: pkgConfig.version },
  );
  for (const [name, module, requires] of LIBRARIES) {
    const version = pkgConfig === undefined ? undefined : await pkgConfigVersion(module);
    if (version !== undefined) found.push({ group, name, status: "ok", detail: version });
    else {
      const detail = pkgConfig === undefined ? "not looked for without pkg-config" : "not found";
      found.push({ group, name, status: "missing", detail, requires });
    }
  }
  found.push(await janusHeaders());
  return found;
}

const LIBRARIES = [
  ["jansson headers", "jansson", "jansson"],
  ["glib headers", "glib-2.0", "glib"],
] as const;

async function janusHeaders(): Promise<Finding> {
  const about = { group: "To build", name: "Janus headers" } as const;
  const override = Deno.env.get("JANUS_INCLUDE") ?? "";
  const headers = await findJanusHeaders();
  if (headers === undefined && override !== "") {
    const detail = `JANUS_INCLUDE=${override} has no transports/transport.h`;
    const remedy = "Set JANUS_INCLUDE to Janus's include folder, or unset it";
    return { ...about, status: "missing", detail, remedy };
  }
  if (headers === undefined) {
    return { ...about, status: "missing", detail: "not found", requires: "janus_headers" };
  }
  const { transport_api, event_handler_api } = headers;
  const place = headers.source === "default"
    ? headers.folder
    : `${headers.folder} (${headers.source})`;
  const detail = `transport API ${transport_api ?? "?"}, event handler API ${
    event_handler_api ?? "?"
  }  ${place}`;
  if (transport_api === API_VERSIONS.transport && event_handler_api === API_VERSIONS.eventHandler) {
    return { ...about, status: "ok", detail };
  }
  return {
    ...about,
    status: "missing",
    detail:
      `${detail}: the plugins are for ${API_VERSIONS.transport} and ${API_VERSIONS.eventHandler}`,
    remedy: "Install a Janus with those plugin APIs (1.1 to 1.4 have them)",
  };
}

async function toRun(): Promise<Finding[]> {
  const group = "To run" as const;
  const { deno: pinned } = await about();
  const found: Finding[] = [{
    group,
    name: "Deno",
    status: Deno.version.deno === pinned ? "ok" : "warning",
    detail: `${Deno.version.deno}  ${Deno.execPath()}` +
      (Deno.version.deno === pinned ? "" : `: the plugins are tested with ${pinned}`),
  }];
  const zmq = await findLibzmq();
  if (zmq === undefined) {
    found.push({
      group,
      name: "libzmq",
      status: "missing",
      detail: "not found",
      requires: "libzmq",
    });
  } else if (compareVersions(zmq.version, MIN_LIBZMQ) < 0) {
    const detail = `${zmq.version} is too old: ${MIN_LIBZMQ} or newer is needed  ${zmq.path}`;
    found.push({ group, name: "libzmq", status: "missing", detail, requires: "libzmq" });
  } else {
    found.push({ group, name: "libzmq", status: "ok", detail: `${zmq.version}  ${zmq.path}` });
  }
  found.push(await janusProgram());
  found.push(await serviceDeno(pinned));
  return found;
}

async function janusProgram(): Promise<Finding> {
  const about = { group: "To run", name: "Janus" } as const;
  const janus = await findJanusProgram();
  if (janus?.problem !== undefined) {
    const remedy = "# Install what it lacks; how it was built says what that is";
    return { ...about, status: "missing", detail: `does not start: ${janus.problem}`, remedy };
  }
  if (janus !== undefined) {
    return { ...about, status: "ok", detail: `${janus.version}  ${janus.path}` };
  }
  const chosen = Deno.env.get("JANUS") ?? "";
  const detail = janusMissing(chosen);
  if (chosen === "") return { ...about, status: "missing", detail, requires: "janus" };
  return { ...about, status: "missing", detail, remedy: "Correct JANUS, or unset it" };
}

/** Whether a Janus started by the system would find Deno by its name. */
async function serviceDeno(pinned: string): Promise<Finding> {
  const about = { group: "To run", name: "Deno for Janus" } as const;
  const configured = await configuredDeno();
  if (configured !== null) return { ...about, ...configured };
  const remedy = serviceDenoRemedy();
  const folders = await findJanusFolders().catch(() => null);
  const beside = folders === null ? undefined : await findDenoBeside(folders.transports);
  const found = beside === undefined ? await findServiceDeno() : { path: beside, binary: true };
  if (found === undefined) {
    const detail = "no `deno` on the PATH that system services get";
    return { ...about, status: "warning", detail, remedy };
  }
  if (!found.binary) {
    const detail = `${found.path} is a script that needs Node, not Deno itself`;
    return { ...about, status: "warning", detail, remedy };
  }
  const version = await programVersion(found.path, "--version");
  const old = compareVersions(version, pinned) < 0;
  const detail = `${version}  ${found.path}${old ? `: older than ${pinned}, not tested` : ""}`;
  return { ...about, status: old ? "warning" : "ok", detail, ...(old ? { remedy } : {}) };
}

/** What to do so that a Janus started by the system finds Deno. */
export function serviceDenoRemedy(): string {
  if (INSTALLED) return `# Set runtime.deno = "${Deno.execPath()}" in both configurations`;
  const sudo = Deno.uid() === 0 ? "" : "sudo ";
  return `${sudo}install -m 755 ${Deno.execPath()} /usr/local/bin/deno` +
    `  # or set runtime.deno in both configurations`;
}

async function toTest(): Promise<Finding[]> {
  const group = "To test" as const;
  const headers = async (module: string) => {
    const version = await pkgConfigVersion(module);
    return version === undefined ? undefined : { version, path: "" };
  };
  const programs = [
    ["python3-zmq", await findPythonZmq(), "python_zmq"],
    ["Node.js", await findNode(), "node"],
    ["ip", await findIp(), "iproute"],
    ["openssl", await findOnPath("openssl", "version"), "openssl"],
    ["nats-server", await findOnPath("nats-server", "--version"), "nats_server"],
    ["promtool", await findOnPath("promtool", "--version"), "prometheus"],
    ["Chromium", await findChromium(), "chromium"],
    ["mmdebstrap", await findOnPath("mmdebstrap", "--version"), "debian_root"],
    ["lintian", await findOnPath("lintian", "--version"), "lintian"],
    ["man", await findOnPath("man", "--version"), "man"],
    ...Deno.build.arch !== "x86_64" ? [] : [
      [
        "compiler for arm64",
        await findOnPath("aarch64-linux-gnu-gcc", "--version"),
        "cross_compiler",
      ],
      ["qemu-user-static", await findOnPath("qemu-aarch64-static", "--version"), "emulator"],
    ] as const,
    ["systemd-analyze", await findOnPath("systemd-analyze", "--version"), "systemd"],
    ["libzmq's headers", await headers("libzmq"), "libzmq_headers"],
    ["libseccomp's headers", await headers("libseccomp"), "libseccomp_headers"],
  ] as const;
  return programs.map(([name, found, requires]): Finding =>
    found === undefined
      ? { group, name, status: "warning", detail: "not found", requires }
      : { group, name, status: "ok", detail: `${found.version}  ${found.path}`.trimEnd() }
  );
}

/** What is installed for the Janus below `prefix`, or for the system's. */
export async function installed(prefix?: string): Promise<Finding[]> {
  const group = "Installed for the system's Janus" as const;
  let folders: JanusFolders;
  try {
    folders = await findJanusFolders(prefix);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{ group, name: "folders", status: "note", detail }];
  }
  let streamConfig: string | undefined;
  const jitless: boolean[] = [];
  const found: Finding[] = [
    {
      group,
      name: "configurations",
      status: "ok",
      detail: `${folders.configs}  (${folders.source})`,
    },
  ];
  for (const plugin of PLUGINS) {
    const path = `${folders[plugin.kind]}/${plugin.library}`;
    if (!(await exists(path))) {
      const detail = `not installed in ${folders[plugin.kind]} (${REINSTALL})`;
      found.push({ group, name: plugin.title, status: "note", detail });
      continue;
    }
    if (folders.disabled[plugin.kind].includes(plugin.library)) {
      const detail = `${path}, but Janus is told not to load it (${plugin.kind}.disable)`;
      const remedy = `# In ${folders.source}: take ${plugin.library} out of ${plugin.kind}: {` +
        ` disable = "..." }`;
      found.push({ group, name: plugin.title, status: "warning", detail, remedy });
      continue;
    }
    const lacking = await missingLibraries(path);
    if (lacking.length > 0) {
      const detail = `${path} needs ${lacking.join(", ")}, which this machine does not have`;
      const remedy = `# Install ${
        lacking.join(", ")
      }; on Debian: apt-get install libjansson4 libglib2.0-0`;
      found.push({ group, name: plugin.title, status: "missing", detail, remedy });
      continue;
    }
    const configs = [];
    for (const extension of ["jsonc", "jcfg"]) {
      const config = `${folders.configs}/${plugin.config}.${extension}`;
      if (await exists(config)) configs.push(config);
    }
    jitless.push(await isJitless(configs[0]));
    if (plugin.kind === "events" && !folders.broadcast) {
      const detail = `${path}, but Janus sends no events to handlers`;
      const remedy = `# In ${folders.configs}/janus.jcfg: events: { broadcast = true }`;
      found.push({ group, name: plugin.title, status: "warning", detail, remedy });
      if (configs[0] !== undefined) continue;
    }
    const config = `${folders.configs}/${plugin.config}.jcfg`;
    found.push(
      configs[0] === undefined
        ? {
          group,
          name: plugin.title,
          status: "warning",
          detail: `${path}, without a configuration`,
          ...await exists(`${config}.sample`) ? { remedy: `cp ${config}.sample ${config}` } : {},
        }
        : { group, name: plugin.title, status: "ok", detail: `${path}, ${configs[0]}` },
    );
    if (plugin.kind === "events" && configs[0] !== undefined) streamConfig = configs[0];
  }
  if (jitless.length > 0) found.push(...await unit(jitless.every(Boolean)));
  return streamConfig === undefined ? found : [...found, ...await stream(streamConfig)];
}
