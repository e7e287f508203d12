/**
 * The numbers of the hot path, as plain fields: counting costs an addition. The metrics endpoint and the report read
 * them. All only ever grow.
 */
export interface Counters {
  connectionsAccepted: number;
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
  messagesIn: number;
  messagesOut: number;
  inputsApplied: number;
  inputsDuplicate: number;
  inputsDropped: number;
  eventsPublished: number;
  eventsSent: number;
  statesSent: number;
  snapshotsSent: number;
  gapsSent: number;
  handlerErrors: number;
  ticks: number;
  ticksDropped: number;
  flushesPaced: number;
  statesConflated: number;
  ephemeralsDropped: number;
  ratesLowered: number;
  readsDelayed: number;
  recordsStored: number;
}

export function createCounters(): Counters {
  return {
    connectionsAccepted: 0,
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    messagesIn: 0,
    messagesOut: 0,
    inputsApplied: 0,
    inputsDuplicate: 0,
    inputsDropped: 0,
    eventsPublished: 0,
    eventsSent: 0,
    statesSent: 0,
    snapshotsSent: 0,
    gapsSent: 0,
    handlerErrors: 0,
    ticks: 0,
    ticksDropped: 0,
    flushesPaced: 0,
    statesConflated: 0,
    ephemeralsDropped: 0,
    ratesLowered: 0,
    readsDelayed: 0,
    recordsStored: 0,
  };
}
