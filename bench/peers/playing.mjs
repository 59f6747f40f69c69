// What both peers do: play the script some rounds, each on a new interview, and tell the best round and every route.
// Times are of CPU, so that the neighbours on the machine count least.
import { readFileSync } from "node:fs";

const folder = process.argv[2];
export const rounds = Number(process.argv[3]);
export const read = (name) => readFileSync(`${folder}/${name}`, "utf8");
export const steps = JSON.parse(read("script.json"));

// `open` gives a new interview: { give(name, value), asked(), faulty() }.
export async function play(open) {
  let loading = Infinity;
  let answering = Infinity;
  let routes = [];
  let faults = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = spent();
    const interview = await open();
    const loaded = spent();
    routes = [];
    faults = [];
    for (const [name, value] of steps) {
      interview.give(name, value);
      routes.push(interview.asked());
      faults.push(interview.faulty());
    }
    const done = spent();
    loading = Math.min(loading, (loaded - begun) / 1e3);
    answering = Math.min(answering, (done - loaded) / steps.length);
  }
  return { loading_ms: loading, answer_us: answering, routes, faults };
}

function spent() {
  const { user, system } = process.cpuUsage();
  return user + system; // microseconds
}

export const tell = (found) => process.stdout.write(JSON.stringify(found));
