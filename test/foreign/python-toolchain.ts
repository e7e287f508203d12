import { join } from "node:path";
import { projectDir, run } from "./toolchain.ts";

/** Python with grpcio, and what is generated from the `.proto` files, in a folder of its own. Gives the interpreter. */
export async function preparePython(folder: string): Promise<string> {
  const cwd = projectDir;
  const python = join(folder, "venv/bin/python");
  await run("python3", ["-m", "venv", join(folder, "venv")], { cwd });
  const requirements = ["-r", "test/foreign/python/requirements.txt"];
  await run(python, ["-m", "pip", "install", "--quiet", ...requirements], { cwd });
  const inputs = ["-I", "proto", "-I", "examples/arena/proto"];
  const outputs = [`--python_out=${folder}`, `--grpc_python_out=${folder}`];
  const services = ["admin", "lobby", "realtime", "watch"];
  const files = services.map((name) => `roomline/v1/${name}.proto`);
  const all = [...files, "roomline/examples/arena/v1/arena.proto"];
  await run(python, ["-m", "grpc_tools.protoc", ...inputs, ...outputs, ...all], { cwd });
  return python;
}
