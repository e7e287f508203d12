import { useState } from "preact/hooks";
import { useStore } from "../../pages/use-store.ts";
import { callAsCode, codeLanguages } from "../model/code/call-as-code.ts";
import type { CodeLanguage } from "../model/code/played-call.ts";
import type { Player } from "../session/player.ts";
import { usePage, type CallOnScreen } from "./context.ts";
import { playedCall } from "./played-call.ts";

/** The call of the form that was touched last, as code. */
export function CodePanel({ players }: { players: readonly Player[] }) {
  const { call } = usePage();
  const onScreen = useStore(call);
  const [first] = players;
  const shown =
    onScreen !== undefined && players.includes(onScreen.player)
      ? onScreen
      : first && { player: first, input: undefined };
  return shown === undefined ? null : <CallCode key={shown.player.number} shown={shown} />;
}

function CallCode({ shown }: { shown: CallOnScreen }) {
  const { playground, report } = usePage();
  useStore(shown.player.view);
  useStore(playground.wish);
  const [language, setLanguage] = useState<CodeLanguage>("typescript");
  const played = playedCall(playground, shown);
  if (played === undefined) return null;
  const code = callAsCode(played, language);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(code);
    report("The code is in the clipboard.");
  };
  return (
    <section class="code-panel" aria-label="The same call as code">
      <div class="panel-head">
        <h2>The same call as code</h2>
        <div class="segmented" role="tablist" aria-label="Language">
          {codeLanguages.map(({ language: one, label }) => (
            <button
              key={one}
              type="button"
              role="tab"
              id={`tab-${one}`}
              aria-selected={one === language}
              aria-controls="code"
              tabIndex={one === language ? 0 : -1}
              onClick={() => setLanguage(one)}
              onKeyDown={(event) => {
                const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
                if (step === undefined) return;
                const at = codeLanguages.findIndex((other) => other.language === one);
                const next = codeLanguages.at((at + step) % codeLanguages.length);
                if (next === undefined) return;
                setLanguage(next.language);
                document.getElementById(`tab-${next.language}`)?.focus();
              }}
            >
              {label}
            </button>
          ))}
        </div>
        {hasClipboard && (
          <button type="button" class="small" onClick={() => void copy()}>
            Copy
          </button>
        )}
      </div>
      <pre id="code" role="tabpanel" aria-labelledby={`tab-${language}`} tabIndex={0}>
        <code>{code}</code>
      </pre>
    </section>
  );
}

/** Pages that came in clear text from another machine have none. */
const hasClipboard = (navigator.clipboard as Clipboard | undefined) !== undefined;
