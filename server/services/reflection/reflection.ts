import { toBinary, type DescFile, type DescService } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { ServerReflection } from "../../../shared/gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../../shared/gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { withDependencies } from "../../../shared/contract/descriptor-files.ts";
import { DescriptorIndex } from "./descriptor-index.ts";
import type { MountedService } from "../http/mount.ts";

/** A request of either version: their messages are alike. */
interface ReflectionRequest {
  readonly host: string;
  readonly messageRequest:
    | { readonly case: "fileByFilename"; readonly value: string }
    | { readonly case: "fileContainingSymbol"; readonly value: string }
    | {
        readonly case: "fileContainingExtension";
        readonly value: { readonly containingType: string; readonly extensionNumber: number };
      }
    | { readonly case: "allExtensionNumbersOfType"; readonly value: string }
    | { readonly case: "listServices"; readonly value: string }
    | { readonly case: undefined };
}

const notFound = (what: string) =>
  ({
    case: "errorResponse",
    value: { errorCode: Code.NotFound, errorMessage: `There is no ${what} here.` },
  }) as const;

/**
 * gRPC server reflection, v1 and v1alpha (rule RF-1), of all services that are in the router before it. `others`: services
 * on the port that are not in the router.
 */
export function createReflection(others: readonly DescService[]): MountedService {
  return {
    routes(router) {
      const services = new Set([...others, ...router.handlers.map(({ service }) => service)]);
      services.add(ServerReflection).add(ServerReflectionAlpha);
      const names = [...services].map(({ typeName }) => typeName).sort();
      const index = new DescriptorIndex([...services].map(({ file }) => file));
      router.service(ServerReflection, {
        serverReflectionInfo: (requests) => reflect({ requests, index, names }),
      });
      router.service(ServerReflectionAlpha, {
        serverReflectionInfo: (requests) => reflect({ requests, index, names }),
      });
    },
  };
}

async function* reflect<Request extends ReflectionRequest>(parts: {
  readonly requests: AsyncIterable<Request>;
  readonly index: DescriptorIndex;
  readonly names: readonly string[];
}) {
  const { requests, index, names } = parts;
  /** A stream gets each file once. */
  const sent = new Set<DescFile>();
  const files = (found: DescFile | undefined, what: string) =>
    found === undefined ? notFound(what) : fileResponse(found, sent);
  const answer = ({ messageRequest: asked }: Request) => {
    switch (asked.case) {
      case "fileByFilename":
        return files(index.file(asked.value), `file "${asked.value}"`);
      case "fileContainingSymbol":
        return files(index.fileOf(asked.value), `symbol "${asked.value}"`);
      case "fileContainingExtension": {
        const { containingType, extensionNumber } = asked.value;
        const found = index.fileOfExtension(containingType, extensionNumber);
        return files(found, `extension ${extensionNumber} of "${containingType}"`);
      }
      case "allExtensionNumbersOfType":
        return numbersResponse(index, asked.value);
      case "listServices": {
        const value = { service: names.map((name) => ({ name })) };
        return { case: "listServicesResponse", value } as const;
      }
      case undefined: {
        const errorMessage = "The request asks for nothing this server knows.";
        return {
          case: "errorResponse",
          value: { errorCode: Code.InvalidArgument, errorMessage },
        } as const;
      }
    }
  };
  for await (const request of requests) {
    yield { validHost: request.host, originalRequest: request, messageResponse: answer(request) };
  }
}

/** The file and what it imports, dependencies after what needs them: clients look at the first. */
function fileResponse(found: DescFile, sent: Set<DescFile>) {
  const files = withDependencies([found]).reverse();
  const isNew = (file: DescFile) => file === found || !sent.has(file);
  const fileDescriptorProto = files
    .filter(isNew)
    .map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  for (const file of files) sent.add(file);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } } as const;
}

function numbersResponse(index: DescriptorIndex, baseTypeName: string) {
  const extensionNumber = index.extensionNumbers(baseTypeName);
  if (extensionNumber === undefined) return notFound(`message type "${baseTypeName}"`);
  const value = { baseTypeName, extensionNumber };
  return { case: "allExtensionNumbersResponse", value } as const;
}
