import { create, createFileRegistry, type DescMessage } from "@bufbuild/protobuf";
import {
  DescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

/** A field of a message that is made by a test. */
export interface MadeField {
  readonly name: string;
  readonly number: number;
  readonly type: "double" | "float" | "int32" | "int64" | "string" | "bool";
  readonly is?: "optional" | "repeated";
}

const types: Readonly<Record<MadeField["type"], Type>> = {
  double: Type.DOUBLE,
  float: Type.FLOAT,
  int32: Type.INT32,
  int64: Type.INT64,
  string: Type.STRING,
  bool: Type.BOOL,
};

/** The message `made.Row` with these fields: two versions of it are two calls. */
export function madeMessage(fields: readonly MadeField[]): DescMessage {
  const optionals = fields.filter(({ is }) => is === "optional");
  const message = create(DescriptorProtoSchema, {
    name: "Row",
    field: fields.map(({ name, number, type, is }) => ({
      name,
      jsonName: name,
      number,
      type: types[type],
      label: is === "repeated" ? Label.REPEATED : Label.OPTIONAL,
      ...(is === "optional" && {
        proto3Optional: true,
        oneofIndex: optionals.findIndex((one) => one.name === name),
      }),
    })),
    oneofDecl: optionals.map(({ name }) => ({ name: `_${name}` })),
  });
  const file = create(FileDescriptorProtoSchema, {
    name: "made.proto",
    package: "made",
    syntax: "proto3",
    messageType: [message],
  });
  const found = createFileRegistry(file, () => undefined).getMessage("made.Row");
  if (found === undefined) throw new Error("The message was not made.");
  return found;
}
