import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Entry, MapItem } from "../model/form/entry.ts";
import { initialEntry } from "../model/form/initial-entry.ts";
import type {
  ChoiceField,
  Field,
  GroupField,
  ListField,
  MapField,
  OptionalField,
  TupleField,
  UnionField,
} from "../model/form/field.ts";
import { pathInto } from "../model/form/read.ts";

/** What is wrong, by the path of the field. */
export type Faults = ReadonlyMap<string, string>;

interface FieldViewProps<F extends Field = Field, E extends Entry = Entry> {
  readonly field: F;
  readonly entry: E;
  readonly path: string;
  /** What it is called in what it is in; empty: it is all there is. */
  readonly label: string;
  readonly faults: Faults;
  readonly onEntry: (entry: Entry) => void;
}

/** A field of a form with what is entered, and what is wrong with that beside it. */
export function FieldView(props: FieldViewProps) {
  const { field, entry } = props;
  // An entry belongs to its field: what does not fit is shown as nothing.
  switch (field.kind) {
    case "group":
      return entry.kind === "group" ? <Group {...props} field={field} entry={entry} /> : null;
    case "tuple":
      return entry.kind === "group" ? <Tuple {...props} field={field} entry={entry} /> : null;
    case "optional":
      return entry.kind === "optional" ? <Optional {...props} field={field} entry={entry} /> : null;
    case "list":
      return entry.kind === "list" ? <List {...props} field={field} entry={entry} /> : null;
    case "map":
      return entry.kind === "map" ? <MapView {...props} field={field} entry={entry} /> : null;
    case "union":
      return entry.kind === "union" ? <Union {...props} field={field} entry={entry} /> : null;
    case "boolean":
      return entry.kind === "boolean" ? <Tick {...props} entry={entry} /> : null;
    case "choice":
      return entry.kind === "choice" ? <Choice {...props} field={field} entry={entry} /> : null;
    case "text":
    case "number":
    case "big":
    case "bytes":
    case "json":
      return entry.kind === "text" ? <Line {...props} entry={entry} /> : null;
  }
}

type EntryOf<Kind extends Entry["kind"]> = Extract<Entry, { readonly kind: Kind }>;

/** The name of a field, what kind it is, and what its schema says about it. */
function Naming({ field, label }: Pick<FieldViewProps, "field" | "label">) {
  return (
    <span class="naming" title={field.hint}>
      {label !== "" && <b>{label}</b>} <span class="quiet">{field.label}</span>
    </span>
  );
}

function FaultLine({ id, faults, path }: { id: string; faults: Faults; path: string }) {
  const fault = faults.get(path);
  return (
    <p id={id} class="fault" role="alert" hidden={fault === undefined}>
      {fault}
    </p>
  );
}

function Line(props: FieldViewProps<Field, EntryOf<"text">>) {
  const { field, entry, path, faults, onEntry } = props;
  const id = useId();
  const common = {
    value: entry.text,
    spellcheck: false,
    "aria-invalid": faults.has(path),
    "aria-describedby": id,
  } as const;
  const isNumber = field.kind === "number" || field.kind === "big";
  return (
    <div class="field-box">
      <label class="field">
        <Naming {...props} />
        {field.kind === "json" ? (
          <textarea
            rows={3}
            {...common}
            onInput={(event) => onEntry({ kind: "text", text: event.currentTarget.value })}
          />
        ) : (
          <input
            {...common}
            inputMode={isNumber ? "decimal" : "text"}
            autocomplete="off"
            onInput={(event) => onEntry({ kind: "text", text: event.currentTarget.value })}
          />
        )}
      </label>
      <FaultLine id={id} faults={faults} path={path} />
    </div>
  );
}

function Tick(props: FieldViewProps<Field, EntryOf<"boolean">>) {
  const { entry, path, faults, onEntry } = props;
  const id = useId();
  return (
    <div class="field-box">
      <label class="tick">
        <input
          type="checkbox"
          checked={entry.on}
          aria-describedby={id}
          onChange={(event) => onEntry({ kind: "boolean", on: event.currentTarget.checked })}
        />
        <Naming {...props} />
      </label>
      <FaultLine id={id} faults={faults} path={path} />
    </div>
  );
}

function Choice(props: FieldViewProps<ChoiceField, EntryOf<"choice">>) {
  const { field, entry, path, faults, onEntry } = props;
  const id = useId();
  const { options } = field;
  return (
    <div class="field-box">
      <label class="field">
        <Naming {...props} />
        <select
          value={entry.index}
          disabled={options.length < 2}
          aria-invalid={faults.has(path)}
          aria-describedby={id}
          onChange={(event) =>
            onEntry({ kind: "choice", index: Number(event.currentTarget.value) })
          }
        >
          {options.map(({ label }, index) => (
            <option key={index} value={index}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <FaultLine id={id} faults={faults} path={path} />
    </div>
  );
}

/** Fields within a field: without a frame when they are all there is. */
function Box(
  props: Pick<FieldViewProps, "field" | "label" | "faults" | "path"> & {
    readonly children: ComponentChildren;
  },
) {
  const { label, faults, path, children } = props;
  const id = useId();
  const inside = (
    <>
      {children}
      <FaultLine id={id} faults={faults} path={path} />
    </>
  );
  if (label === "") return <div class="fields">{inside}</div>;
  return (
    <fieldset class="fields framed">
      <legend>
        <Naming {...props} />
      </legend>
      {inside}
    </fieldset>
  );
}

function Group(props: FieldViewProps<GroupField, EntryOf<"group">>) {
  const { field, entry, path, faults, onEntry } = props;
  return (
    <Box {...props}>
      {field.members.length === 0 && <p class="quiet">nothing to fill in</p>}
      {field.members.map(({ name, field: inner }, at) => {
        const member = entry.members[at];
        return (
          member !== undefined && (
            <FieldView
              key={name}
              field={inner}
              entry={member}
              path={pathInto(path, name)}
              label={name}
              faults={faults}
              onEntry={(next) => onEntry({ kind: "group", members: entry.members.with(at, next) })}
            />
          )
        );
      })}
    </Box>
  );
}

function Tuple(props: FieldViewProps<TupleField, EntryOf<"group">>) {
  const { field, entry, path, faults, onEntry } = props;
  return (
    <Box {...props}>
      {field.items.map((inner, at) => {
        const item = entry.members[at];
        return (
          item !== undefined && (
            <FieldView
              key={at}
              field={inner}
              entry={item}
              path={pathInto(path, at)}
              label={String(at)}
              faults={faults}
              onEntry={(next) => onEntry({ kind: "group", members: entry.members.with(at, next) })}
            />
          )
        );
      })}
    </Box>
  );
}

function Optional(props: FieldViewProps<OptionalField, EntryOf<"optional">>) {
  const { field, entry, label, onEntry } = props;
  const isGiven = entry.entry !== undefined;
  const what = label === "" ? field.field.label : label;
  return (
    <div class={`optional${isGiven ? " given" : ""}`}>
      <label class="tick" title={field.absent === "null" ? "otherwise null" : "otherwise left out"}>
        <input
          type="checkbox"
          checked={isGiven}
          aria-label={`Give ${what}`}
          onChange={(event) =>
            onEntry({
              kind: "optional",
              entry: event.currentTarget.checked ? initialEntry(field.field) : undefined,
            })
          }
        />
        {!isGiven && <Naming field={field.field} label={label} />}
      </label>
      {entry.entry !== undefined && (
        <FieldView
          {...props}
          field={field.field}
          entry={entry.entry}
          onEntry={(inner) => onEntry({ kind: "optional", entry: inner })}
        />
      )}
    </div>
  );
}

function List(props: FieldViewProps<ListField, EntryOf<"list">>) {
  const { field, entry, path, label, faults, onEntry } = props;
  const set = (items: readonly Entry[]): void => onEntry({ kind: "list", items });
  return (
    <Box {...props}>
      {entry.items.map((item, at) => (
        <div key={at} class="item">
          <FieldView
            field={field.item}
            entry={item}
            path={pathInto(path, at)}
            label={String(at)}
            faults={faults}
            onEntry={(next) => set(entry.items.with(at, next))}
          />
          <RemoveButton what={`${label} ${at}`} onClick={() => set(entry.items.toSpliced(at, 1))} />
        </div>
      ))}
      <AddButton
        what={label}
        disabled={entry.items.length >= field.itemsMax}
        onClick={() => set([...entry.items, initialEntry(field.item)])}
      />
    </Box>
  );
}

function MapView(props: FieldViewProps<MapField, EntryOf<"map">>) {
  const { field, entry, path, label, faults, onEntry } = props;
  const set = (items: readonly MapItem[]): void => onEntry({ kind: "map", items });
  return (
    <Box {...props}>
      {entry.items.map((item, at) => (
        <div key={at} class="item pair">
          <FieldView
            field={field.key}
            entry={item.key}
            path={pathInto(pathInto(path, at), "key")}
            label="key"
            faults={faults}
            onEntry={(key) => set(entry.items.with(at, { ...item, key }))}
          />
          <FieldView
            field={field.value}
            entry={item.value}
            path={pathInto(pathInto(path, at), "value")}
            label="value"
            faults={faults}
            onEntry={(value) => set(entry.items.with(at, { ...item, value }))}
          />
          <RemoveButton what={`${label} ${at}`} onClick={() => set(entry.items.toSpliced(at, 1))} />
        </div>
      ))}
      <AddButton
        what={label}
        disabled={entry.items.length >= field.itemsMax}
        onClick={() =>
          set([...entry.items, { key: initialEntry(field.key), value: initialEntry(field.value) }])
        }
      />
    </Box>
  );
}

function Union(props: FieldViewProps<UnionField, EntryOf<"union">>) {
  const { field, entry, label, onEntry } = props;
  const branch = field.branches[entry.index];
  return (
    <div class="fields union">
      <label class="field">
        <Naming {...props} />
        <select
          value={entry.index}
          onChange={(event) => {
            const index = Number(event.currentTarget.value);
            const inner = field.branches[index]?.field;
            if (inner !== undefined) onEntry({ kind: "union", index, entry: initialEntry(inner) });
          }}
        >
          {field.branches.map(({ name }, index) => (
            <option key={index} value={index}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {branch !== undefined && (
        <FieldView
          {...props}
          field={branch.field}
          entry={entry.entry}
          label={label === "" ? "" : branch.name}
          onEntry={(inner) => onEntry({ ...entry, entry: inner })}
        />
      )}
    </div>
  );
}

function AddButton(props: {
  readonly what: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
}) {
  const { what, disabled, onClick } = props;
  return (
    <button
      type="button"
      class="small add"
      disabled={disabled}
      aria-label={`Add to ${what}`}
      onClick={onClick}
    >
      + add
    </button>
  );
}

function RemoveButton({ what, onClick }: { what: string; onClick: () => void }) {
  return (
    <button type="button" class="ghost small" aria-label={`Remove ${what}`} onClick={onClick}>
      ✕
    </button>
  );
}
