/** Every bound and interval of the client, with its unit in its name and its reason beside it. */
export const clientLimits = {
  /** From the dialled stream to Welcome. As long as the server waits for a Hello. */
  welcomeTimeoutMs: 10_000,
  /** Live for this long, a client has proved its connection: the next loss starts the backoff anew. */
  settledAfterMs: 5_000,
  /** What an orderly goodbye may take before the stream is torn down. */
  closeTimeoutMs: 2_000,
  /** Heartbeat intervals without any frame after which the server is given up (rule HB-4). */
  silentIntervalsMax: 2.5,
  /** From a question whether the server is still there to any frame from it. */
  checkTimeoutMs: 3_000,
  /** A dial that takes longer than this is begun anew when the network has changed. */
  staleDialMs: 1_000,
  /** A server that was found to be there still stands after so long, and four round trips. */
  lookStandsMs: 300,
  /** Between two looks whether another server is there: the first wait, which doubles up to the longest. Less a random part of up to half. */
  lookIntervalMs: 1_000,
  lookIntervalMsMax: 10_000,
  /** Between two tries when a server that said it was going has gone, less a random part of up to four fifths. */
  restartRetryMs: 500,
  /** For so long it may be starting again; later, tries become rarer as after any loss. */
  restartMs: 30_000,
  /** How much of a token's time passes before a new one is got, less a random part of the second share. */
  renewShare: 0.8,
  renewSpreadShare: 0.2,
  /** The shortest time between two tries to get a new token. */
  renewMsMin: 500,
  /** How often a page looks whether it slept. */
  sleepLookIntervalMs: 5_000,
  /** Later than this, it did. */
  sleepMsMin: 5_000,
  /** Bare acknowledgements go out at most this often, unless inputs carry them. */
  ackIntervalMs: 1_000,
  /** Handled events of one session after which it does not wait for the interval. */
  ackEventsMax: 256,
  /** Events waiting for a slow handler, from which the server is asked to pause the session. */
  queuedEventsMax: 256,
  queuedBytesMax: 1_048_576,
  /** Waiting events at which a session paused for its handler goes on. */
  queuedEventsLow: 64,
  /** Events that came before the pause took hold are still queued, up to here; later ones are asked for again. */
  overflowEventsMax: 4_096,
  overflowBytesMax: 8_388_608,
  /** Ephemeral inputs of one session waiting for a full transport; the oldest is dropped. */
  ephemeralInputsMax: 32,
  /** Answers and probes waiting for a full transport; the oldest is dropped, a newer one says the same. */
  connectionMessagesMax: 16,
  /** Calls of pause and resume that one session may have waiting. */
  pendingControlsMax: 64,
  /** Clock samples of which the one with the shortest round trip counts. */
  clockSamplesMax: 8,
  /** What two machines' clocks may drift apart over these samples. Samples that differ by more show that a clock was set. */
  clockDriftMsMax: 50,
  /** Heartbeats sent soon after Welcome, for a first good look at the clock. */
  firstProbes: 4,
  firstProbeSpacingMs: 250,
  /** How long a seat from before a reload waits for the page to join again. */
  parkedMs: 10_000,
  /** Payloads of inputs that one session keeps over a reload; those after it are not kept. */
  keptInputBytesMax: 65_536,
  /** How long a page waits for the one before it, which it has been reloaded from, to be gone from the browser. */
  claimWaitMs: 500,
  /** How long other pages have to say that they are the client that a page wants to go on with. */
  claimAnswerMs: 100,
  /** Bytes a message may have around an input's payload, beside its session id. */
  inputOverheadBytes: 48,
} as const;
