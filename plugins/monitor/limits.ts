/** How much the monitor keeps. All that it has is bounded by these. @module */

/** Values of one label before `other` stands for the rest. */
export const LABEL_VALUES = 32;
/** Servers that one monitor watches. */
export const MAX_SERVERS = 32;
/** Sessions and handles that are known of each server. What is beyond is counted alone. */
export const MAX_SESSIONS = 50_000;
export const MAX_HANDLES = 20_000;
/** Media of one handle, and rooms and people in rooms of a server. */
export const MAX_MEDIA = 64;
export const MAX_ROOMS = 10_000;
export const MAX_IN_ROOMS = 100_000;

/** Handles, of all servers, whose course is kept; and their media. */
export const MAX_COURSES = 2000;
export const MAX_MEDIA_COURSES = 6000;
/** Seconds of it. */
export const COURSE_SECONDS = 600;

/** Marks of a handle, such as a change of ICE's state. */
export const MAX_MARKS = 60;
/** Session descriptions: characters of one, and of all together. */
export const MAX_SDP = 32_768;
export const MAX_SDP_TOTAL = 8 * 1024 * 1024;

/** The tail of events: how many, characters of one, and how many new ones are told a second. */
export const TAIL_EVENTS = 200;
export const TAIL_TEXT = 4096;
export const TAIL_PER_SECOND = 100;

/** Characters of texts that others choose: names, opaque ids, rooms, reasons. */
export const MAX_TEXT = 200;
/** Characters of what becomes a label. */
export const MAX_LABEL = 64;

/** Seconds that a call which has ended is shown for. */
export const ENDED_SECONDS = 60;

/** Subtypes are smaller numbers than this. */
export const MAX_SUBTYPES = 64;
