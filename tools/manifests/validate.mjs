// Validates the structure of Kubernetes manifests: `node validate.mjs FILE...` (or `-` for standard input).
// One line for each problem, as file:line: Kind name: path: message. Exit 1 where there is one.
//
// The schemas say what a field may hold, not what it means: a weight of 101 passes. tests/plant/ looks at the meaning.
import { readFileSync } from "node:fs";
import { LineCounter, parseAllDocuments } from "yaml";

const PACKAGES = [
  [/(^|\.)istio\.io$/, "@kubernetes-models/istio"],
  [/^gateway\.networking\.k8s\.io$/, "@kubernetes-models/gateway-api"],
  [/^argoproj\.io$/, "@kubernetes-models/argo-cd"],
  [/\.toolkit\.fluxcd\.io$/, "@kubernetes-models/flux-cd"],
  [/^monitoring\.coreos\.com$/, "@kubernetes-models/prometheus-operator"],
  [/^(|apps|batch|policy|autoscaling|networking\.k8s\.io|rbac\.authorization\.k8s\.io)$/, "kubernetes-models"],
];
// Kustomize's own files are no Kubernetes objects; tests/plant/test_kustomize.py reads them.
const NOT_APPLIED = new Set(["kustomize.config.k8s.io"]);

async function model(apiVersion, kind) {
  const [version, group = ""] = String(apiVersion).split("/").reverse();
  if (NOT_APPLIED.has(group)) return null;
  const found = PACKAGES.find(([pattern]) => pattern.test(group));
  if (!found) throw new Error(`no schema is known for ${apiVersion}`);
  const path = [found[1], ...(group ? [group] : []), version, kind].join("/");
  try {
    const module = await import(path);
    return module[kind];
  } catch (error) {
    if (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "ERR_PACKAGE_PATH_NOT_EXPORTED") {
      throw new Error(`${found[1]} has no ${kind} of ${apiVersion}`);
    }
    throw error;
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

async function* problems(file, text) {
  const lines = new LineCounter();
  for (const document of parseAllDocuments(text, { lineCounter: lines })) {
    const at = (offset) => `${file}:${lines.linePos(offset).line}`;
    if (document.errors.length) {
      for (const error of document.errors) yield `${at(error.pos[0])}: ${error.message.split("\n")[0]}`;
      continue;
    }
    const object = document.toJS();
    if (object === null) continue;
    const name = `${object.kind} ${object.metadata?.name}`;
    try {
      const Model = await model(object.apiVersion, object.kind);
      if (Model === null) continue;
      if (!object.metadata?.name) yield `${at(place(document, "/metadata"))}: ${name}: it has no name`;
      new Model(object).validate();
    } catch (error) {
      const found = error.errors ?? [{ instancePath: "", message: error.message }];
      for (const one of found) {
        const path = one.instancePath || "/";
        yield `${at(place(document, one.instancePath))}: ${name}: ${path}: ${one.message}`;
      }
    }
  }
}

let count = 0;
const files = process.argv.slice(2);
for (const file of files) {
  const text = readFileSync(file === "-" ? 0 : file, "utf8");
  for await (const line of problems(file, text)) {
    count += 1;
    console.log(line);
  }
}
console.error(`${files.length} files, ${count ? `${count} problems` : "no problems"}`);
process.exitCode = count || !files.length ? 1 : 0;
