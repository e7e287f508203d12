import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { useState } from "preact/hooks";
import { parseJsonText } from "../../pages/json-text.ts";
import { usePage } from "./context.ts";

/** Publishes, and keeps what the server said against it. */
function usePublish(roomId: string) {
  const { monitor, report } = usePage();
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);
  const publish = async (kind: string, json: JsonValue) => {
    setBusy(true);
    setRefusal("");
    try {
      const value = fromJson(ValueSchema, json);
      const payload = { case: "json", value } as const;
      const { cursor } = await monitor.admin.publish({ roomId, kind, payload });
      report(`${kind} is event ${cursor.toString()} of ${roomId}.`);
    } catch (thrown) {
      setRefusal(ConnectError.from(thrown).rawMessage);
    } finally {
      setBusy(false);
    }
  };
  return { publish, busy, refusal, forget: () => setRefusal("") };
}

/** Puts an event into a room. */
export function PublishForm({ roomId, kinds }: { roomId: string; kinds: readonly string[] }) {
  const { publish, busy, refusal, forget } = usePublish(roomId);
  const [chosen, setChosen] = useState("");
  const [text, setText] = useState("{}");
  const kind = kinds.includes(chosen) ? chosen : (kinds[0] ?? "");
  const parsed = parseJsonText(text);
  if (kinds.length === 0) return null;
  return (
    <form
      class="drawer-part publish"
      aria-label="Publish"
      onSubmit={(event) => {
        event.preventDefault();
        if (parsed.ok) void publish(kind, parsed.value);
      }}
    >
      <h3>Publish an event</h3>
      <div class="publish-row">
        <label class="field">
          Kind
          <select
            value={kind}
            onChange={(event) => {
              setChosen(event.currentTarget.value);
              forget();
            }}
          >
            {kinds.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="primary" disabled={busy || !parsed.ok}>
          Publish
        </button>
      </div>
      <Payload
        text={text}
        problem={parsed.ok ? refusal : parsed.message}
        onText={(next) => {
          setText(next);
          forget();
        }}
      />
    </form>
  );
}

function Payload(props: { text: string; problem: string; onText: (text: string) => void }) {
  const { text, problem, onText } = props;
  return (
    <>
      <label class="field">
        Payload, as JSON
        <textarea
          rows={4}
          spellcheck={false}
          value={text}
          aria-invalid={problem !== ""}
          aria-describedby="publish-problem"
          onInput={(event) => onText(event.currentTarget.value)}
        />
      </label>
      <p id="publish-problem" class="failure" role="alert" hidden={problem === ""}>
        {problem}
      </p>
    </>
  );
}
