import type { JsonValue } from "@bufbuild/protobuf";
import type {
  Field,
  GroupField,
  GroupMember,
  JsonField,
  ListField,
  MapField,
  OptionalField,
  TupleField,
  UnionBranch,
  UnionField,
} from "./field.ts";

/** What a field is told of by its schema. */
export interface FieldAbout {
  readonly label: string;
  readonly hint: string;
  readonly preset: JsonValue | undefined;
}

/** Nothing is known but a name for the kind of it. */
export function plainAbout(label: string): FieldAbout {
  return { label, hint: "", preset: undefined };
}

/** What `make` gives, made when it is first asked for: a schema may contain itself. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** A field for JSON of any kind, or of those kinds that have no fault. */
export function jsonField(about: FieldAbout, faultOf?: JsonField["faultOf"]): JsonField {
  return { ...about, kind: "json", faultOf };
}

export function optionalField(field: Field, absent: OptionalField["absent"]): OptionalField {
  const { label, hint } = field;
  return { kind: "optional", label, hint, preset: undefined, field, absent };
}

export function listField(
  about: FieldAbout,
  bounds: Pick<ListField, "itemsMin" | "itemsMax" | "isUnique">,
  makeItem: () => Field,
): ListField {
  const item = once(makeItem);
  return {
    ...about,
    ...bounds,
    kind: "list",
    get item() {
      return item();
    },
  };
}

export function tupleField(about: FieldAbout, makeItems: () => readonly Field[]): TupleField {
  const items = once(makeItems);
  return {
    ...about,
    kind: "tuple",
    get items() {
      return items();
    },
  };
}

export function groupField(
  about: FieldAbout,
  makeMembers: () => readonly GroupMember[],
): GroupField {
  const members = once(makeMembers);
  return {
    ...about,
    kind: "group",
    get members() {
      return members();
    },
  };
}

export function mapField(
  about: FieldAbout,
  parts: Pick<MapField, "key" | "itemsMin" | "itemsMax">,
  makeValue: () => Field,
): MapField {
  const value = once(makeValue);
  return {
    ...about,
    ...parts,
    kind: "map",
    get value() {
      return value();
    },
  };
}

export function unionField(
  about: FieldAbout,
  gives: UnionField["gives"],
  makeBranches: () => readonly UnionBranch[],
): UnionField {
  const branches = once(makeBranches);
  return {
    ...about,
    kind: "union",
    gives,
    get branches() {
      return branches();
    },
  };
}
