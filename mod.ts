/**
 * Janus over ZeroMQ, for Deno: a client of the Janus API and of the Admin API.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@janus-zeromq/janus-zeromq";
 *
 * await using janus = await connect("tcp://127.0.0.1:5545");
 * await using session = await janus.createSession();
 * const handle = await session.attach("janus.plugin.echotest");
 * const { data } = await handle.message({ audio: true, video: true });
 * console.log(data.result);
 * ```
 *
 * @module
 */
export {
  type AdminArguments,
  type AdminReply,
  connectAdmin,
  JanusAdmin,
} from "./plugins/client/admin.ts";
export { connect, type CreateSessionOptions, JanusClient } from "./plugins/client/client.ts";
export {
  JanusAnswerError,
  JanusClosedError,
  JanusConnectionError,
  JanusError,
  JanusErrorCode,
  JanusPluginError,
  JanusSessionLostError,
  JanusTimeoutError,
} from "./plugins/client/errors.ts";
export type { EventsOptions, JanusEvents } from "./plugins/client/event_queue.ts";
export { JanusHandle, type MessageOptions, type PluginReply } from "./plugins/client/handle.ts";
export type {
  ConnectAdminOptions,
  ConnectionOptions,
  ConnectOptions,
  CurveOptions,
  PlainOptions,
  WaitOptions,
} from "./plugins/client/options.ts";
export { type AttachOptions, JanusSession } from "./plugins/client/session.ts";
export type { GoodReply as JanusGoodReply } from "./plugins/client/transactions.ts";
export type {
  AdminNothing,
  AdminOfHandle,
  AdminOfSession,
  AdminRenamed,
  AdminReplyFields,
  AdminSetting,
  AdminStatus,
  AdminVerb,
  AdminVerbs,
  HandleInfo,
  TokenInfo,
} from "./plugins/janus/admin_api.ts";
export type {
  AckReply,
  DetachedEvent,
  ErrorReply,
  HandleEventFields,
  HangupEvent,
  IceFailedEvent,
  JanusEvent,
  JanusHandleEvent,
  JanusReply,
  JanusRequest,
  Jsep,
  JsonObject,
  MediaEvent,
  ModuleInfo,
  PluginData,
  PluginEvent,
  PongReply,
  ServerDescription,
  ServerInfo,
  SlowLinkEvent,
  SuccessReply,
  SvcMedium,
  TimeoutEvent,
  TrickleCandidate,
  TrickleEvent,
  WebrtcUpEvent,
} from "./plugins/janus/api.ts";
export {
  EVENT_SUBTYPES,
  EVENT_TYPES,
  type EventLabel,
  type EventName,
  type EventOf,
  type EventSubtypes,
  eventTopic,
} from "./plugins/janus/event_types.ts";
export type {
  ComponentFields,
  ConnectionEvent,
  CoreShutdownEvent,
  CoreStatusEvent,
  DataStatistics,
  DtlsEvent,
  EventFields,
  ExternalEvent,
  HandleEvent,
  HandleFields,
  IceEvent,
  JsepEvent,
  LocalCandidateEvent,
  MediaSlowLinkEvent,
  MediaStateEvent,
  MediaStatistics,
  MediaStatisticsEvent,
  PluginNotification,
  RemoteCandidateEvent,
  RtpStatistics,
  SelectedCandidate,
  SelectedPairEvent,
  ServerEvent,
  SessionEvent,
  TransportEvent,
} from "./plugins/janus/events.ts";
export { type JanusId, toJanusId } from "./plugins/janus/ids.ts";
export {
  type AnyEventFilter,
  defineEventFilter,
  type EventFilter,
  type EventFilterContext,
  type FilterResult,
  type ModuleLog,
  type NoPromiseNorList,
  type OutgoingEvent,
  type SetupContext,
} from "./plugins/sdk/event_filter.ts";
export { mediaStatistics } from "./plugins/sdk/media_statistics.ts";
export { parseEvents } from "./plugins/sdk/recorded.ts";
export {
  type SampleBody,
  sampleEvent,
  type SampleFields,
  type SampleName,
} from "./plugins/sdk/sample_event.ts";
export {
  FilterTest,
  type PublishedEvent,
  testFilter,
  type TestFilterOptions,
} from "./plugins/sdk/test_filter.ts";
export { HookTest, testHook } from "./plugins/sdk/test_hook.ts";
export type { LoggedLine } from "./plugins/sdk/test_modules.ts";
export {
  defineTransportHook,
  type HookContext,
  type HookPeer,
  type Refusal,
  type ReplyResult,
  type RequestResult,
  type TransportHook,
} from "./plugins/sdk/transport_hook.ts";
