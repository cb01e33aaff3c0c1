/** Where the stream's servers and the files for them are. @module */
import { isPlaced } from "../companion/placed_file.ts";
import type { PlacedServers } from "../stream/companion/servers.ts";
import { ConfigError } from "./config/read.ts";
import type { EventHandlerConfig } from "./config/schema.ts";
import { resolvePath } from "./security/authenticator.ts";

/** Keys that name files. */
type FileKey = "credentials" | "password_file" | "token_file" | "ca" | "cert" | "key";

/** What of the configuration is for the way to the servers. */
export type ServerSettings = Pick<
  EventHandlerConfig["stream"],
  "servers" | "user" | FileKey
>;

/**
 * The servers, and the files for them as the stub has written them into the companion's rights.
 *
 * @param folder of the configuration; `root` is the same without links
 * @throws {ConfigError} naming each key whose file is not in it
 */
export function placeServers(
  settings: ServerSettings,
  folder: string,
  root: string,
  readable = (path: string) => isPlaced(path, folder, root),
): PlacedServers {
  const { servers, user } = settings;
  const problems: string[] = [];
  const place = (key: FileKey): string => {
    if (settings[key] === "") return "";
    try {
      return resolvePath(folder, root, settings[key], readable).path;
    } catch (error) {
      problems.push(`stream.${key}: ${(error as Error).message}`);
      return "";
    }
  };
  const placed = {
    ...{ servers, user, root },
    ...{ credentials: place("credentials"), password_file: place("password_file") },
    ...{ token_file: place("token_file"), ca: place("ca"), cert: place("cert"), key: place("key") },
  };
  if (problems.length > 0) throw new ConfigError(problems, []);
  return placed;
}
