// Misspelt keys: the schemas ignore a key they do not know, and so does a cluster. The same packages ship types, and
// TypeScript refuses a literal with a property that its type has not.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { isAlias, isMap, isScalar, isSeq } from "yaml";

const HERE = dirname(fileURLToPath(import.meta.url));
const FILE = join(HERE, "manifests.ts"); // only in memory
const UNKNOWN_PROPERTY = new Set([2353, 2561]); // "may only specify known properties", without and with a suggestion
const OPTIONS = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  types: [],
};

// Objects as one TypeScript text, which remembers the place of every key.
class Literals {
  constructor() {
    this.imports = [];
    this.text = "";
    this.keys = [];
  }

  add({ document, kind, path, told }) {
    const number = this.imports.length;
    this.imports.push(`import type { I${kind} as T${number} } from ${JSON.stringify(path)};`);
    this.text += `export const o${number}: T${number} = `;
    this.value(document.contents, document, told);
    this.text += ";\n";
  }

  value(node, document, told) {
    if (isAlias(node)) this.value(node.resolve(document), document, told);
    else if (isMap(node)) {
      this.text += "{";
      for (const pair of node.items) {
        this.keys.push({ start: this.text.length, offset: pair.key.range[0], name: pair.key.value, told });
        this.text += `${JSON.stringify(String(pair.key.value))}: `;
        this.value(pair.value, document, told);
        this.text += ", ";
      }
      this.text += "}";
    } else if (isSeq(node)) {
      this.text += "[";
      for (const item of node.items) {
        this.value(item, document, told);
        this.text += ", ";
      }
      this.text += "]";
    } else this.text += isScalar(node) ? JSON.stringify(node.value) : "null";
  }
}

// Each unknown key of these objects, told at its place.
export function unknownKeys(objects) {
  if (!objects.length) return [];
  const literals = new Literals();
  for (const object of objects) literals.add(object);
  const head = `${literals.imports.join("\n")}\n`;
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) =>
    name === FILE ? ts.createSourceFile(name, head + literals.text, OPTIONS.target) : getSourceFile(name, ...rest);
  host.fileExists = (name) => name === FILE || fileExists(name);
  const program = ts.createProgram([FILE], OPTIONS, host);
  const found = [];
  for (const one of ts.getPreEmitDiagnostics(program)) {
    const message = ts.flattenDiagnosticMessageText(one.messageText, " ");
    if (one.file?.fileName !== FILE || one.start < head.length) throw new Error(message); // a type that is not there
    const key = literals.keys.findLast(({ start }) => start <= one.start - head.length);
    // Other complaints are about values, where types are coarser than the schemas that have looked already.
    if (UNKNOWN_PROPERTY.has(one.code)) found.push(key.told(key.offset, `the key ${key.name} is not known`));
  }
  return found;
}
