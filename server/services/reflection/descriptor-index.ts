import { nestedTypes } from "@bufbuild/protobuf/reflect";
import type { DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import { withDependencies } from "../../../shared/contract/descriptor-files.ts";

/** Finds files of descriptors by what they define. */
export class DescriptorIndex {
  readonly #files = new Map<string, DescFile>();
  readonly #symbols = new Map<string, DescFile>();
  readonly #messages = new Set<string>();
  /** Type name to field number to the file that defines the extension. */
  readonly #extensions = new Map<string, Map<number, DescFile>>();

  constructor(files: Iterable<DescFile>) {
    for (const file of withDependencies(files)) this.#add(file);
  }

  /** By its path, such as `google/protobuf/struct.proto`. */
  file(path: string): DescFile | undefined {
    return this.#files.get(path);
  }

  /** By the full name of a service, method, message, field, enum, enum value or extension. */
  fileOf(symbol: string): DescFile | undefined {
    return this.#symbols.get(symbol);
  }

  fileOfExtension(typeName: string, number: number): DescFile | undefined {
    return this.#extensions.get(typeName)?.get(number);
  }

  /** Numbers of all extensions of a message type, ascending; undefined when there is no such type. */
  extensionNumbers(typeName: string): number[] | undefined {
    if (!this.#messages.has(typeName)) return undefined;
    return [...(this.#extensions.get(typeName)?.keys() ?? [])].sort((a, b) => a - b);
  }

  #add(file: DescFile): void {
    this.#files.set(file.proto.name, file);
    for (const type of nestedTypes(file)) {
      this.#symbols.set(type.typeName, file);
      for (const member of membersOf(type)) this.#symbols.set(`${type.typeName}.${member}`, file);
      // Values of an enum are named beside it, not in it.
      if (type.kind === "enum") {
        const scope = type.typeName.slice(0, type.typeName.lastIndexOf(".") + 1);
        for (const { name } of type.values) this.#symbols.set(`${scope}${name}`, file);
      }
      if (type.kind === "message") this.#messages.add(type.typeName);
      if (type.kind !== "extension") continue;
      const { typeName } = type.extendee;
      const numbers = this.#extensions.get(typeName) ?? new Map<number, DescFile>();
      this.#extensions.set(typeName, numbers.set(type.number, file));
    }
  }
}

function membersOf(
  type: DescMessage | DescService | { readonly kind: "enum" | "extension" },
): string[] {
  if (type.kind === "service") return type.methods.map(({ name }) => name);
  if (type.kind !== "message") return [];
  return [...type.fields, ...type.oneofs].map(({ name }) => name);
}
