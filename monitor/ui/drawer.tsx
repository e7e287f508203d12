import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface DrawerProps {
  readonly title: string;
  readonly subtitle: string;
  readonly actions: ComponentChildren;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A panel at the side, beside which the page stays in use. Gives the focus back where it was. */
export function Drawer({ title, subtitle, actions, onClose, children }: DrawerProps) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    place.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [title]);
  return (
    <section class="drawer" role="dialog" aria-label={title} tabIndex={-1} ref={place}>
      <div class="drawer-head">
        <div>
          <h2>{title}</h2>
          <div class="quiet">{subtitle}</div>
        </div>
        <div class="drawer-actions">
          {actions}
          <button
            type="button"
            class="ghost"
            aria-label="Close (Esc)"
            title="Esc"
            onClick={onClose}
          >
            ✕
          </button>
        </div>
      </div>
      <div class="drawer-body">{children}</div>
    </section>
  );
}

/** A few facts in a grid: name over value. */
export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
