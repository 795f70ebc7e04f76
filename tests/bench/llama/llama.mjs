// SPDX-License-Identifier: GPL-3.0-or-later
// What compare.mjs and bench.mjs share.
import { execFileSync } from "node:child_process";
import { getLlama } from "node-llama-cpp";

/// "--name value" pairs behind the script's name.
export function options(defaults) {
    const found = { ...defaults };
    const words = process.argv.slice(2);
    for (let i = 0; i < words.length; i += 2) {
        const name = words[i].replace(/^--/, "");
        if (!(name in found) || words[i + 1] === undefined) {
            console.error(`wanted one of ${Object.keys(found).map((key) => `--${key} VALUE`).join(", ")}; found ${words[i]}`);
            process.exit(2);
        }
        found[name] = words[i + 1];
    }
    return found;
}

/// Runs bench_engine; gives its lines as objects.
export function engine(program, ...words) {
    const output = execFileSync(program, words, { encoding: "utf8", maxBuffer: 1 << 28 });
    return output.trim().split("\n").map((line) => JSON.parse(line));
}

/// llama.cpp on the processor, with the binary that came with the package.
export async function loadModel(modelPath, threads) {
    const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logLevel: "error", maxThreads: threads });
    const model = await llama.loadModel({ modelPath });
    return { llama, model, release: llama.llamaCppRelease };
}
