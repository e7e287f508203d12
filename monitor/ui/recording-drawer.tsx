import { useEffect, useMemo, useState } from "preact/hooks";
import { formatBytes, formatTime, formatWhole } from "../../pages/format.ts";
import { jsonLine } from "../../pages/json-text.ts";
import { messageOf } from "../../shared/errors.ts";
import { momentOf, type Moment } from "../../shared/recording/moment.ts";
import { wallMsAt, type Recording } from "../../shared/recording/recording.ts";
import { timelineOf, type TimelineNote } from "../../shared/recording/timeline.ts";
import {
  fetchRecording,
  listRecordings,
  readRecordingFile,
  type HeldRecordings,
} from "../feed/recordings.ts";
import { usePage } from "./context.ts";
import { Drawer, Facts } from "./drawer.tsx";
import { StateTables } from "./state-tables.tsx";

/** Looks back at a room: by a recording of the server's, or a file. */
export function RecordingDrawer({ file }: { file: File | undefined }) {
  const { open } = usePage();
  const [recording, setRecording] = useState<Recording | undefined>(undefined);
  const [fault, setFault] = useState("");
  const take = (reading: Promise<Recording>): void => {
    setFault("");
    reading.then(setRecording, (thrown: unknown) => setFault(messageOf(thrown)));
  };
  useEffect(() => {
    if (file !== undefined) take(readRecordingFile(file));
  }, [file]);
  return (
    <Drawer
      title={recording === undefined ? "Recordings" : `${recording.roomId}, looked back at`}
      subtitle={
        recording === undefined ? "of rooms, to look back at" : `room of type ${recording.roomType}`
      }
      onClose={() => open(undefined)}
      actions={
        recording && (
          <button type="button" class="ghost" onClick={() => setRecording(undefined)}>
            Others
          </button>
        )
      }
    >
      {fault !== "" && (
        <p class="failure" role="alert">
          {fault}
        </p>
      )}
      {recording === undefined ? <Choice onTake={take} /> : <LookedAt recording={recording} />}
    </Drawer>
  );
}

function Choice({ onTake }: { onTake: (reading: Promise<Recording>) => void }) {
  const { monitor } = usePage();
  const [listed, setListed] = useState<HeldRecordings | undefined>(undefined);
  const [fault, setFault] = useState("");
  useEffect(() => {
    listRecordings(monitor.admin).then(setListed, (thrown: unknown) => setFault(messageOf(thrown)));
  }, [monitor]);
  const { held, missing = [] } = listed ?? {};
  return (
    <>
      <section class="drawer-part" aria-label="A file">
        <h3>A file</h3>
        <p class="quiet">
          Drop one of <code>roomline record</code> onto this page, or choose it:
        </p>
        <input
          type="file"
          aria-label="Recording file"
          onChange={(event) => {
            const [chosen] = event.currentTarget.files ?? [];
            if (chosen !== undefined) onTake(readRecordingFile(chosen));
          }}
        />
      </section>
      <section class="drawer-part" aria-label="Of this server">
        <h3>
          Of this server <span class="count">{held?.length ?? 0}</span>
        </h3>
        {fault !== "" && <p class="failure">{fault}</p>}
        {missing.length > 0 && (
          <p class="failure">{missing.join(", ")} did not answer: what they have is not here.</p>
        )}
        <ol class="recordings">
          {held?.map((one) => (
            <li key={`${one.epoch} ${one.node} ${one.beganAtMs}`}>
              <button type="button" onClick={() => onTake(fetchRecording(monitor.admin, one))}>
                {one.roomId}
              </button>
              <span class="quiet">
                {one.roomType}, since {formatTime(one.beganAtMs)}, {formatBytes(one.bytes)},{" "}
                {one.isOpen ? "goes on" : "is over"}
                {one.node !== "" && ` at ${one.node}`}
              </span>
            </li>
          ))}
          {held?.length === 0 && (
            <li class="empty">
              None. Rooms are recorded whose type has <code>record: true</code>.
            </li>
          )}
        </ol>
      </section>
    </>
  );
}

/** A time slider over state, events and who was late. */
function LookedAt({ recording }: { recording: Recording }) {
  const { startUs, endUs, fault } = recording;
  const [atUs, setAtUs] = useState(endUs);
  const moment = useMemo(() => momentOf(recording, { atUs }), [recording, atUs]);
  const notes = useMemo(
    () => timelineOf(recording, endUs - startUs + 1).flatMap((row) => row.notes),
    [recording],
  );
  const wallMs = wallMsAt(recording, atUs);
  return (
    <>
      {fault && <p class="failure">{fault.message}</p>}
      <section class="drawer-part" aria-label="Time">
        <Marks notes={notes} startUs={startUs} endUs={endUs} />
        <input
          class="time-slider"
          type="range"
          aria-label="Time"
          aria-valuetext={`${secondsOf(atUs - startUs)}, tick ${moment.tick}`}
          min={startUs}
          max={endUs}
          step={10_000}
          value={atUs}
          onInput={(event) => setAtUs(Number(event.currentTarget.value))}
        />
        <Facts
          facts={[
            ["time", formatTime(wallMs)],
            [
              "after the beginning",
              `${secondsOf(atUs - startUs)} of ${secondsOf(endUs - startUs)}`,
            ],
            ["tick", <span data-testid="tick">{formatWhole(moment.tick)}</span>],
            ["players", moment.members.length],
            ["bytes", formatBytes(recording.bytes)],
          ]}
        />
      </section>
      <Notes {...{ notes, atUs, startUs }} onGo={setAtUs} />
      <Seen moment={moment} />
    </>
  );
}

function Seen({ moment }: { moment: Moment }) {
  const { members, tables, hidden, events } = moment;
  const shown = (all: Moment["tables"], before: string) =>
    all.map(({ name, rows }) => ({
      ...{ name: before + name, rowsTotal: rows.length },
      rows: rows.slice(0, 200),
    }));
  return (
    <>
      <section class="drawer-part" aria-label="Players">
        <h3>
          Players <span class="count">{members.length}</span>
        </h3>
        <p>
          {members
            .map(({ playerId, connected }) => `${playerId}${connected ? "" : " (away)"}`)
            .join(", ") || "Nobody."}
        </p>
      </section>
      <StateTables tables={[...shown(tables, ""), ...shown(hidden, "hidden ")]} />
      <section class="drawer-part" aria-label="Events">
        <h3>
          Events up to here <span class="count">{events.length}</span>
        </h3>
        <ol class="events">
          {[...events].reverse().map(({ cursor, kind, sender, payload }, at) => (
            <li key={`${cursor} ${at}`}>
              <span class="cursor">{cursor === 0 ? "" : formatWhole(cursor)}</span>
              <b>{kind}</b>
              {sender !== "" && <span class="quiet">{sender}</span>}
              <code>{jsonLine(payload)}</code>
            </li>
          ))}
          {events.length === 0 && <li class="empty">None in the seconds before.</li>}
        </ol>
      </section>
    </>
  );
}

/** Where on the slider something was late, and who came and went. */
function Marks(props: { notes: readonly TimelineNote[]; startUs: number; endUs: number }) {
  const { notes, startUs, endUs } = props;
  const share = (atUs: number): string =>
    `${((atUs - startUs) / Math.max(1, endUs - startUs)) * 100}%`;
  return (
    <div class="time-marks" aria-hidden="true">
      {notes.map(({ atUs, kind, text }, index) => (
        <i key={index} data-kind={kind} title={text} style={{ left: share(atUs) }} />
      ))}
    </div>
  );
}

function Notes(props: {
  notes: readonly TimelineNote[];
  atUs: number;
  startUs: number;
  onGo: (atUs: number) => void;
}) {
  const { notes, atUs, startUs, onGo } = props;
  const before = notes
    .filter((note) => note.atUs <= atUs)
    .slice(-8)
    .reverse();
  return (
    <section class="drawer-part" aria-label="What happened">
      <h3>
        Late, came and went <span class="count">{notes.length}</span>
      </h3>
      <ol class="recordings">
        {before.map((note, index) => (
          <li key={index}>
            <button type="button" class="ghost small" onClick={() => onGo(note.atUs)}>
              {secondsOf(note.atUs - startUs)}
            </button>
            <span class={note.kind === "late" ? "late-note" : ""}>{note.text}</span>
          </li>
        ))}
        {before.length === 0 && <li class="empty">Nothing up to here.</li>}
      </ol>
    </section>
  );
}

function secondsOf(us: number): string {
  return `${(us / 1e6).toFixed(2)} s`;
}
