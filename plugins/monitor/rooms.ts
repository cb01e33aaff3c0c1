/** Video rooms: who publishes and subscribes in them, from the plugin's events. @module */
import type { JsonObject } from "../janus/api.ts";
import type { JanusId } from "../janus/ids.ts";
import { MAX_IN_ROOMS, MAX_ROOMS } from "./limits.ts";
import type { Spread } from "./tallies.ts";
import { textOf } from "./text.ts";

interface Room {
  /** By id: whether they publish. */
  readonly people: Map<string, boolean>;
}

/** A server's rooms. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #subscribers = new Set<JanusId>();
  /** Who joined through a handle: room and id. */
  readonly #joined = new Map<JanusId, readonly [room: string, id: string]>();
  readonly #participants: Spread;
  #people = 0;
  #publishers = 0;

  /** @param participants how many are in a room, whenever one more has joined */
  constructor(participants: Spread) {
    this.#participants = participants;
  }

  get count(): number {
    return this.#rooms.size;
  }

  get publishers(): number {
    return this.#publishers;
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Takes in an event of the plugin's. @param handle that it is about; most name none */
  take(data: JsonObject, handle: JanusId | undefined): void {
    const name = textOf(data.room);
    if (name === undefined) return;
    const id = textOf(data.id);
    switch (data.event) {
      case "created":
        this.#room(name);
        return;
      case "destroyed":
        this.#destroy(name);
        return;
      case "joined":
        if (id !== undefined) this.#join(name, id, handle);
        return;
      case "published":
        if (id !== undefined) this.#publish(name, id, true);
        return;
      case "unpublished":
        if (id !== undefined) this.#publish(name, id, false);
        return;
      case "leaving":
      case "kicked":
        if (id !== undefined) this.#leave(name, id);
        return;
      case "subscribing":
      case "subscribed":
        this.#room(name);
        if (handle !== undefined && this.#subscribers.size < MAX_IN_ROOMS) {
          this.#subscribers.add(handle);
        }
        return;
      case "unsubscribed":
        if (handle !== undefined) this.#subscribers.delete(handle);
    }
  }

  /** A handle is gone, and who joined through it. */
  detach(handle: JanusId): void {
    this.#subscribers.delete(handle);
    const joined = this.#joined.get(handle);
    if (joined !== undefined) this.#leave(...joined);
    this.#joined.delete(handle);
  }

  /** All is gone. */
  clear(): void {
    this.#rooms.clear();
    this.#subscribers.clear();
    this.#joined.clear();
    this.#people = this.#publishers = 0;
  }

  #room(name: string): Room | undefined {
    let room = this.#rooms.get(name);
    if (room === undefined && this.#rooms.size < MAX_ROOMS) {
      this.#rooms.set(name, room = { people: new Map() });
    }
    return room;
  }

  #destroy(name: string): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    for (const id of [...room.people.keys()]) this.#leave(name, id);
    this.#rooms.delete(name);
  }

  #join(name: string, id: string, handle: JanusId | undefined): void {
    const room = this.#room(name);
    if (room === undefined || !this.#add(room, id)) return;
    this.#participants.observe(room.people.size);
    if (handle !== undefined && this.#joined.size < MAX_IN_ROOMS) {
      this.#joined.set(handle, [name, id]);
    }
  }

  #add({ people }: Room, id: string): boolean {
    if (people.has(id)) return true;
    if (this.#people >= MAX_IN_ROOMS) return false;
    this.#people++;
    people.set(id, false);
    return true;
  }

  #publish(name: string, id: string, publishes: boolean): void {
    const room = this.#room(name);
    if (room === undefined || !this.#add(room, id)) return;
    if (room.people.get(id) === publishes) return;
    room.people.set(id, publishes);
    this.#publishers += publishes ? 1 : -1;
  }

  #leave(name: string, id: string): void {
    const people = this.#rooms.get(name)?.people;
    const published = people?.get(id);
    if (people === undefined || published === undefined) return;
    people.delete(id);
    this.#people--;
    if (published) this.#publishers--;
  }
}
