// Validates the structure of Kubernetes manifests: `node validate.mjs FILE...` (or `-` for standard input).
// One line for each problem, as file:line: Kind name: path: message. Exit 1 where there is one.
//
// The schemas say what a field may hold, not what it means: a weight of 101 passes. tests/shipped/ looks at the meaning.
import { readFileSync } from "node:fs";
import { LineCounter, parseAllDocuments } from "yaml";
import { unknownKeys } from "./unknown-keys.mjs";

const PACKAGES = [
  [/(^|\.)istio\.io$/, "@kubernetes-models/istio"],
  [/^gateway\.networking\.k8s\.io$/, "@kubernetes-models/gateway-api"],
  [/^argoproj\.io$/, "@kubernetes-models/argo-cd"],
  [/\.toolkit\.fluxcd\.io$/, "@kubernetes-models/flux-cd"],
  [/^monitoring\.coreos\.com$/, "@kubernetes-models/prometheus-operator"],
  [/^(|apps|batch|policy|autoscaling|networking\.k8s\.io|rbac\.authorization\.k8s\.io)$/, "kubernetes-models"],
];
// Kustomize's own files are no Kubernetes objects; tests/shipped/test_kustomize.py reads them.
const NOT_APPLIED = /^kustomize\.config\.k8s\.io\//;

// The module that holds a kind's schema, by the package that knows its group.
function modulePath(apiVersion, kind) {
  const [version, group = ""] = String(apiVersion).split("/").reverse();
  const found = PACKAGES.find(([pattern]) => pattern.test(group));
  if (!found) throw new Error(`no schema is known for ${apiVersion}`);
  return [found[1], ...(group ? [group] : []), version, kind].join("/");
}

async function load(path, kind) {
  try {
    return (await import(path))[kind];
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" && error.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error;
    throw new Error(`there is no schema ${path}`);
  }
}

// The nearest node at or above a JSON pointer, for its line.
function place(document, pointer) {
  const path = pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

// One document: its problems, and the object where it has none so far.
async function read(document, at) {
  if (document.errors.length) {
    return { problems: document.errors.map((error) => `${at(error.pos[0])}: ${error.message.split("\n")[0]}`) };
  }
  const object = document.toJS();
  if (object === null || NOT_APPLIED.test(object.apiVersion)) return { problems: [] };
  const { kind } = object;
  const name = `${kind} ${object.metadata?.name}`;
  try {
    const path = modulePath(object.apiVersion, kind);
    const Model = await load(path, kind);
    new Model(object).validate();
    const told = (offset, message) => `${at(offset)}: ${name}: ${message}`;
    return { problems: [], object: { document, kind, path, told } };
  } catch (error) {
    const found = error.errors ?? [{ instancePath: "", message: error.message }];
    const line = (one) => `${at(place(document, one.instancePath))}: ${name}: ${one.instancePath || "/"}: ${one.message}`;
    return { problems: found.map(line) };
  }
}

const files = process.argv.slice(2);
const problems = [];
const objects = [];
for (const file of files) {
  const lineCounter = new LineCounter();
  const at = (offset) => `${file}:${lineCounter.linePos(offset).line}`;
  for (const document of parseAllDocuments(readFileSync(file === "-" ? 0 : file, "utf8"), { lineCounter })) {
    const found = await read(document, at);
    problems.push(...found.problems);
    if (found.object) objects.push(found.object);
  }
}
problems.push(...unknownKeys(objects));
for (const line of problems) console.log(line);
console.error(`${files.length} files, ${problems.length ? `${problems.length} problems` : "no problems"}`);
process.exitCode = problems.length || !files.length ? 1 : 0;
