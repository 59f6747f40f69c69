// getodk's engine, made for browsers: it wants a document when it loads, and its XPath parser wants to know where it is.
import { JSDOM } from "jsdom";
import { play, read, tell } from "./playing.mjs";

const { window } = new JSDOM("");
for (const name of ["document", "DOMParser", "Node", "Element", "Document", "XMLSerializer", "Attr", "Text"]) {
  globalThis[name] ??= window[name];
}
globalThis.__dirname = import.meta.dirname;
const { createInstance } = await import("@getodk/xforms-engine");

const form = read("form.xml");
const nameOf = (node) => node.currentState.reference.split("/").pop();

async function open() {
  const { root } = await createInstance(form);
  const groups = root.currentState.children.filter((node) => node.nodeType === "group");
  const questions = groups.flatMap((group) => group.currentState.children).filter((node) => node.nodeType !== "model-value");
  const names = new Map(questions.map((node) => [node, nameOf(node)]));
  const byName = new Map(questions.map((node) => [names.get(node), node]));
  const give = (name, value) => {
    const node = byName.get(name);
    if (node.nodeType === "input") {
      node.setValue(value);
    } else if (Array.isArray(value)) {
      node.selectValues(value.map(String));
    } else {
      node.selectValue(String(value));
    }
  };
  const asked = () => questions.filter((node) => node.currentState.relevant).map((node) => names.get(node));
  const broken = (node) => node.currentState.relevant && node.validationState.violation?.condition === "constraint";
  return { give, asked, faulty: () => questions.filter(broken).map((node) => names.get(node)) };
}

tell({ xforms_engine: await play(open) });
