/** A small bar of how full something is, with its number. Without a bound it shows the number alone. */
export function Bar({
  value,
  max,
  text,
  ink = "blue",
}: {
  value: number;
  max: number;
  text: string;
  ink?: string;
}) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  return (
    <span class="bar">
      <span class="bar-track" aria-hidden="true">
        {max > 0 && (
          <span
            class="bar-fill"
            style={`width: ${(share * 100).toFixed(1)}%; background: var(--ink-${share > 0.9 ? "red" : ink})`}
          />
        )}
      </span>
      <span class="bar-text">{text}</span>
    </span>
  );
}
