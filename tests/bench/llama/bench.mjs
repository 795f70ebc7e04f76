// SPDX-License-Identifier: GPL-3.0-or-later
// Reading and writing behind a number of tokens: Lectern and llama.cpp, same model, same threads,
// same tokens, one after the other. llama.cpp really reads what stands before.
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { engine, loadModel, options } from "./llama.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, "../../..");
const chosen = options({
    program: path.join(root, "build/dev/tests/bench/engine/bench_engine"),
    model: path.join(root, "resources/model"),
    gguf: "",
    depths: "4096",
    prefill: "1024",
    decode: "32",
    threads: "2",
    batch: "512",
});
if (chosen.gguf === "") {
    console.error("wanted --gguf FILE, written by: lectern model export-gguf -o FILE");
    process.exit(2);
}
const depths = chosen.depths.split(",").map(Number);
const prefillTokens = Number(chosen.prefill);
const decodeTokens = Number(chosen.decode);
const threads = Number(chosen.threads);

/// As engine::spreadTokens draws them.
function spreadTokens(vocabulary, count) {
    const tokens = [];
    let state = 1n;
    while (tokens.length < count) {
        state = (state * 6364136223846793005n + 1442695040888963407n) & 0xFFFFFFFFFFFFFFFFn;
        tokens.push(Number((state >> 33n) % BigInt(vocabulary)));
    }
    return tokens;
}

const seconds = (begin) => Number(process.hrtime.bigint() - begin) / 1e9;

/// llama.cpp's tokens a second of reading and writing behind each depth, in one context that grows.
async function measureLlama() {
    const { model, release } = await loadModel(chosen.gguf, threads);
    const last = Math.max(...depths);
    const context = await model.createContext({
        contextSize: last + prefillTokens + decodeTokens + 64, batchSize: Number(chosen.batch), threads, sequences: 1,
    });
    const sequence = context.getSequence();
    const tokens = spreadTokens(model.fileInfo.metadata.deepseek4.vocab_size, last + prefillTokens);
    const found = [];
    let position = 0;
    for (const depth of [...depths].sort((a, b) => a - b)) {
        if (depth > position)
            await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(position, depth));
        let begin = process.hrtime.bigint();
        await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(depth, depth + prefillTokens));
        const prefill = prefillTokens / seconds(begin);
        position = depth + prefillTokens;
        const written = [];
        begin = process.hrtime.bigint();
        for await (const token of sequence.evaluate([tokens[0]], { temperature: 0, yieldEogToken: true })) {
            written.push(token);
            if (written.length === decodeTokens)
                break;
        }
        found.push({ depth, prefill, decode: written.length / seconds(begin) });
        position = sequence.nextTokenIndex;
    }
    return { found, release };
}

const list = depths.join(",");
const common = ["--depth", list, "--threads", chosen.threads];
const prefill = engine(chosen.program, "prefill", chosen.model, "--tokens", chosen.prefill, ...common);
const decode = engine(chosen.program, "decode", chosen.model, "--tokens", chosen.decode, ...common);
const llama = await measureLlama();
for (const theirs of llama.found) {
    const ours = {
        prefill: prefill.find((line) => line.depth === theirs.depth).tokens_per_second,
        decode: decode.find((line) => line.depth === theirs.depth).tokens_per_second,
    };
    console.log(JSON.stringify({
        processor: os.cpus()[0].model, instruction_set: prefill[0].instruction_set, threads, llama_cpp: llama.release,
        depth: theirs.depth,
        prefill: { ours: ours.prefill, llama_cpp: theirs.prefill, ratio: ours.prefill / theirs.prefill },
        decode: { ours: ours.decode, llama_cpp: theirs.decode, ratio: ours.decode / theirs.decode },
    }));
}
process.exit(0);
