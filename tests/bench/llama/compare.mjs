// SPDX-License-Identifier: GPL-3.0-or-later
// Greedy continuations of prompts.txt: Lectern's float32 session beside llama.cpp, by token ids.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { engine, loadModel, options } from "./llama.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, "../../..");
const chosen = options({
    program: path.join(root, "build/dev/tests/bench/engine/bench_engine"),
    model: path.join(root, "resources/model"),
    gguf: "",
    tokens: "32",
    threads: "2",
});
if (chosen.gguf === "") {
    console.error("wanted --gguf FILE, written by: lectern model export-gguf --float32 -o FILE");
    process.exit(2);
}
const count = Number(chosen.tokens);
const ours = engine(chosen.program, "greedy", chosen.model, "--prompts", path.join(here, "prompts.txt"),
    "--tokens", chosen.tokens, "--threads", chosen.threads, "--float32");
const { model, release } = await loadModel(chosen.gguf, Number(chosen.threads));
const context = await model.createContext({
    contextSize: 1024, batchSize: 256, threads: Number(chosen.threads), sequences: 1,
    experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32", flashAttention: false,
});
let agreed = 0;
for (const [index, line] of ours.entries()) {
    const sequence = context.getSequence();
    const theirs = [];
    for await (const token of sequence.evaluate(line.prompt, { temperature: 0, yieldEogToken: true })) {
        theirs.push(token);
        if (theirs.length === count)
            break;
    }
    sequence.dispose();
    const at = line.continuation.findIndex((token, i) => token !== theirs[i]);
    if (at < 0)
        agreed += 1;
    console.log(JSON.stringify({
        prompt: index + 1,
        agreed: at < 0 ? count : at,
        of: count,
        ...(at < 0 ? {} : { ours: line.continuation[at], theirs: theirs[at] ?? null, margin: line.margins[at] }),
        smallest_margin: Math.min(...line.margins.slice(0, at < 0 ? count : at + 1)),
    }));
}
console.log(JSON.stringify({ llama_cpp: release, prompts: ours.length, tokens: count, agreed }));
process.exit(agreed === ours.length ? 0 : 1);
