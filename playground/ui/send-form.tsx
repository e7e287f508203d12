import type { JsonValue } from "@bufbuild/protobuf";
import { useEffect, useState } from "preact/hooks";
import { formatMs } from "../../pages/format.ts";
import { useStore } from "../../pages/use-store.ts";
import { presenceInput } from "../../shared/contract/presence.ts";
import type { Entry } from "../model/form/entry.ts";
import type { Form } from "../model/form/form.ts";
import type { RoomType } from "../session/described-contract.ts";
import type { Player } from "../session/player.ts";
import type { Outcome } from "../session/send-plain.ts";
import { usePage } from "./context.ts";
import { readDraft, type Draft } from "./draft.ts";
import { FieldView, type Faults } from "./field-view.tsx";

/** Sends inputs: a form for each kind, or JSON as it is typed. */
export function SendForm({ player, roomType }: { player: Player; roomType: RoomType }) {
  const kinds = roomType.inputKinds;
  const [chosen, setChosen] = useState(kinds[0] ?? "");
  if (kinds.length === 0)
    return (
      <section class="part" aria-label="Send">
        <h3>Send</h3>
        <p class="empty">This room takes no inputs.</p>
      </section>
    );
  return (
    <section class="part send" aria-label="Send">
      <h3>Send</h3>
      <div class="kinds" role="group" aria-label="Inputs">
        {kinds.map((kind) => (
          <button
            key={kind}
            type="button"
            class="chip tone-plain"
            aria-pressed={kind === chosen}
            onClick={() => setChosen(kind)}
          >
            {kindLabel(kind)}
          </button>
        ))}
      </div>
      {kinds.map((kind) => {
        const form = roomType.forms.input(kind);
        return (
          form !== undefined && (
            <KindForm
              key={kind}
              {...{ player, kind, form }}
              isAnswered={roomType.isAnswered(kind)}
              isShown={kind === chosen}
            />
          )
        );
      })}
    </section>
  );
}

/** What an input is called on the page. */
function kindLabel(kind: string): string {
  return kind === presenceInput ? "presence" : kind;
}

/** The form of one kind. It keeps what is in it while another is shown. */
function KindForm(props: {
  readonly player: Player;
  readonly kind: string;
  readonly form: Form;
  readonly isAnswered: boolean;
  readonly isShown: boolean;
}) {
  const { player, kind, form, isAnswered, isShown } = props;
  // Nothing better is known of it: there is no other form.
  const isJson = form.field.kind === "json";
  const [draft, setDraft] = useState<Draft>({
    mode: isJson ? "json" : "form",
    entry: form.initial,
    text: "{}",
  });
  const [tried, setTried] = useState(false);
  const { busy, outcome, send, forget } = useSend(player, kind);
  const reading = readDraft(form, draft);
  const setFocus = useCallOnScreen(player, kind, reading.json, isShown);
  const faults = faultsShown(tried ? reading.faults : [], outcome);
  const { session } = useStore(player.view);
  const submit = (): void => {
    setTried(true);
    if (reading.json === undefined) forget();
    else void send(reading.json);
  };
  return (
    <form
      class="kind"
      hidden={!isShown}
      aria-label={kindLabel(kind)}
      onFocusCapture={setFocus}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <DraftView {...{ form, draft, faults }} onDraft={setDraft} onSubmit={submit} />
      <div class="send-row">
        <button type="submit" class="primary" disabled={busy || session?.status === "joining"}>
          {kind === presenceInput ? "Say it" : isAnswered ? "Request" : "Send"}
        </button>
        {!isJson && (
          <ModeSwitch
            mode={draft.mode}
            onMode={(mode) => {
              setTried(false);
              setDraft(turned(draft, mode, form, reading.json));
            }}
          />
        )}
        <OutcomeLine outcome={outcome} busy={busy} />
      </div>
    </form>
  );
}

/** What is entered, to be changed. */
function DraftView(props: {
  readonly form: Form;
  readonly draft: Draft;
  readonly faults: Faults;
  readonly onDraft: (draft: Draft) => void;
  readonly onSubmit: () => void;
}) {
  const { form, draft, faults, onDraft, onSubmit } = props;
  return draft.mode === "form" ? (
    <FieldView
      field={form.field}
      entry={draft.entry}
      path=""
      label=""
      faults={faults}
      onEntry={(entry) => onDraft({ ...draft, entry })}
    />
  ) : (
    <RawField
      text={draft.text}
      fault={faults.get("") ?? ""}
      onText={(text) => onDraft({ ...draft, text })}
      onSubmit={onSubmit}
    />
  );
}

/** Sends, and keeps what came of it. */
function useSend(player: Player, kind: string) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const send = async (json: JsonValue): Promise<void> => {
    setBusy(true);
    setOutcome(undefined);
    setOutcome(await player.send(kind, json));
    setBusy(false);
  };
  return { busy, outcome, send, forget: () => setOutcome(undefined) };
}

/** The code panel shows the form that was touched last. */
function useCallOnScreen(
  player: Player,
  kind: string,
  json: JsonValue | undefined,
  isShown: boolean,
): () => void {
  const { call } = usePage();
  const show = (): void => {
    const before = call.get()?.input;
    const last = before?.kind === kind ? before.json : null;
    call.set({ player, input: { kind, json: json ?? last } });
  };
  const text = JSON.stringify(json);
  useEffect(() => {
    if (isShown) show();
  }, [isShown, text]);
  return show;
}

/** What the form says, and what the server says of a field. */
function faultsShown(own: readonly { path: string; message: string }[], outcome?: Outcome): Faults {
  const faults = new Map(own.map(({ path, message }) => [path, message]));
  if (outcome?.ok !== false) return faults;
  const [, where = "", message = ""] = /^([\w$.]+): (.*)$/s.exec(outcome.message) ?? [];
  if (where !== "") faults.set(`/${where.replaceAll(".", "/")}`, message);
  return faults;
}

/** The draft in the other mode, with as much of it as goes. */
function turned(draft: Draft, mode: Draft["mode"], form: Form, json: JsonValue | undefined): Draft {
  if (json === undefined) return { ...draft, mode };
  if (mode === "json") return { ...draft, mode, text: JSON.stringify(json, undefined, 2) };
  const entry: Entry = form.fill(json) ?? draft.entry;
  return { ...draft, mode, entry };
}

function ModeSwitch(props: {
  readonly mode: Draft["mode"];
  readonly onMode: (mode: Draft["mode"]) => void;
}) {
  const { mode, onMode } = props;
  return (
    <div class="segmented" role="group" aria-label="How to enter it">
      {(["form", "json"] as const).map((one) => (
        <button key={one} type="button" aria-pressed={one === mode} onClick={() => onMode(one)}>
          {one === "form" ? "Form" : "JSON"}
        </button>
      ))}
    </div>
  );
}

function RawField(props: {
  readonly text: string;
  readonly fault: string;
  readonly onText: (text: string) => void;
  readonly onSubmit: () => void;
}) {
  const { text, fault, onText, onSubmit } = props;
  return (
    <div class="field-box">
      <label class="field">
        <span>
          JSON <span class="quiet">Ctrl+Enter sends it</span>
        </span>
        <textarea
          rows={Math.min(12, Math.max(3, text.split("\n").length))}
          spellcheck={false}
          value={text}
          aria-invalid={fault !== ""}
          onInput={(event) => onText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            onSubmit();
          }}
        />
      </label>
      {fault !== "" && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

/** What came of the last one: applied, answered, or refused, with the code and what the server said. */
function OutcomeLine({ outcome, busy }: { outcome: Outcome | undefined; busy: boolean }) {
  if (busy)
    return (
      <p class="outcome quiet" role="status">
        under way …
      </p>
    );
  if (outcome === undefined) return <p class="outcome" role="status" />;
  const took = formatMs(outcome.tookMs);
  if (!outcome.ok)
    return (
      <p class="outcome bad" role="alert">
        <b>{outcome.code}</b>
        {outcome.reason !== "" && <code> {outcome.reason}</code>} {outcome.message}
      </p>
    );
  return (
    <p class="outcome" role="status">
      {outcome.reply === undefined ? (
        <>applied in {took}</>
      ) : (
        <>
          answered in {took}: <code>{JSON.stringify(outcome.reply)}</code>
        </>
      )}
    </p>
  );
}
