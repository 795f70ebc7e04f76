// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/moe.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/mapped_matmul.h"

namespace engine {

namespace {

/// From here on threads take whole experts; with fewer tokens they share each one's outputs.
constexpr std::size_t kTokensToPart = 32;
constexpr std::size_t kBatchRows = 128;

/// softplus turns into the identity where exp(x) would swallow the 1, as in the reference.
float softplus(float x)
{
    return x > 20.0F ? x : std::log1p(std::exp(x));
}

} // namespace

void Moe::reset(const ModelConfig& config, std::size_t maxTokens, std::size_t threads)
{
    m_slots = config.expertsPerToken + (config.sharedExperts != 0 ? 1 : 0);
    const std::size_t widest = config.expertDim * std::max<std::size_t>(1, config.sharedExperts);
    const auto reserve = [&](Scratch& scratch, std::size_t rows) {
        scratch.gathered.reset(rows, config.modelDim);
        scratch.gateUp.reset(rows, 2 * widest);
        scratch.hidden.reset(rows, widest);
    };
    m_scores.reset(maxTokens, config.routedExperts);
    m_results.reset(maxTokens * m_slots, config.modelDim);
    m_choices.resize(maxTokens * config.expertsPerToken);
    m_tokens.resize(maxTokens * m_slots);
    m_rowWeights.resize(maxTokens * m_slots);
    m_places.resize(maxTokens * m_slots);
    m_scratch = std::vector<Scratch>(maxTokens >= kTokensToPart ? threads : 0);
    for (Scratch& scratch : m_scratch)
        reserve(scratch, kBatchRows);
    reserve(m_together, std::min(maxTokens, kTokensToPart - 1) * m_slots);
}

void Moe::route(const Block& block, const MoeWeights& weights, std::size_t token)
{
    const ModelConfig& config = block.config;
    const std::size_t k = config.expertsPerToken;
    float* scores = m_scores.row(token);
    for (std::size_t e = 0; e < config.routedExperts; ++e)
        scores[e] = std::sqrt(softplus(scores[e]));
    Choice* choices = m_choices.data() + token * k;
    if (!weights.tokenMap.empty()) {
        const auto id = static_cast<std::size_t>(block.tokens[token]);
        for (std::size_t i = 0; i < k; ++i)
            choices[i].expert = static_cast<std::size_t>(weights.tokenMap[id * k + i]);
    } else {
        // Highest score with bias first; equal ones by the lower id.
        static thread_local std::vector<std::size_t> order;
        order.resize(config.routedExperts);
        std::iota(order.begin(), order.end(), std::size_t{0});
        const auto biased = [&](std::size_t e) { return scores[e] + weights.selectionBias[e]; };
        std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k),
                          order.end(), [&](std::size_t a, std::size_t b) {
                              return biased(a) != biased(b) ? biased(a) > biased(b) : a < b;
                          });
        for (std::size_t i = 0; i < k; ++i)
            choices[i].expert = order[i];
    }
    float sum = 0.0F;
    for (std::size_t i = 0; i < k; ++i)
        sum += scores[choices[i].expert];
    for (std::size_t i = 0; i < k; ++i)
        choices[i].weight = scores[choices[i].expert] / sum * config.routedScale;
}

/// Lays the rows of each expert side by side, experts ascending, the shared one last.
void Moe::sortByExpert(const Block& block, const MoeWeights& weights)
{
    const std::size_t k = block.config.expertsPerToken;
    std::vector<std::size_t> next(weights.experts.size() + 1);
    for (std::size_t i = 0; i < block.size() * k; ++i)
        ++next[m_choices[i].expert + 1];
    for (std::size_t e = 0; e < weights.experts.size(); ++e)
        next[e + 1] += next[e];
    m_batches.clear();
    const auto addBatches = [&](const ExpertWeights& expert, std::size_t begin, std::size_t end) {
        for (; begin < end; begin += kBatchRows)
            m_batches.push_back({&expert, begin, std::min(begin + kBatchRows, end)});
    };
    for (std::size_t e = 0; e < weights.experts.size(); ++e)
        addBatches(weights.experts[e], next[e], next[e + 1]);
    const std::size_t routed = block.size() * k;
    if (weights.shared)
        addBatches(*weights.shared, routed, routed + block.size());
    for (std::size_t t = 0; t < block.size(); ++t) {
        std::size_t* places = m_places.data() + t * m_slots;
        for (std::size_t i = 0; i < k; ++i) {
            const Choice& choice = m_choices[t * k + i];
            places[i] = next[choice.expert]++;
            m_tokens[places[i]] = t;
            m_rowWeights[places[i]] = choice.weight;
        }
        std::sort(places, places + k);
        if (weights.shared) {
            places[k] = routed + t;
            m_tokens[routed + t] = t;
            m_rowWeights[routed + t] = 1.0F;
        }
    }
}

/// Copies a batch's input to rows from `row` on.
void Moe::gather(const Batch& batch, const Rows& input, Scratch& scratch, std::size_t row) const
{
    for (std::size_t i = batch.begin; i < batch.end; ++i)
        std::copy_n(input.row(m_tokens[i]), input.dim(),
                    scratch.gathered.row(row + i - batch.begin));
}

void Moe::activate(const Block& block, const Batch& batch, Scratch& scratch, std::size_t row) const
{
    const std::size_t dim = batch.expert->down.inputs();
    for (std::size_t i = batch.begin; i < batch.end; ++i) {
        const std::size_t at = row + i - batch.begin;
        block.grid.toBFloat16(scratch.gateUp.row(at), batch.expert->gateUp.outputs());
        block.kernels.swiglu(scratch.gateUp.row(at), scratch.gateUp.row(at) + dim, dim,
                             block.config.swigluLimit, m_rowWeights[i], scratch.hidden.row(at));
        block.grid.toBFloat16(scratch.hidden.row(at), dim);
    }
}

namespace {

/// Rows on the grid that a matrix of this format wants its input on; nothing in float32.
void quantise(const Block& block, const PackedMatrix& weights, Rows& x, std::size_t begin,
              std::size_t count)
{
    if (!block.grid.quantisesInputOf(weights))
        return;
    for (std::size_t r = begin; r < begin + count; ++r)
        block.grid.matmulInput(x.row(r), weights.inputs());
}

MatmulParams product(const Rows& x, std::size_t firstRow, std::size_t rows,
                     const PackedMatrix& weights, Rows& y, std::size_t firstResult)
{
    MatmulParams p;
    p.x = x.row(firstRow);
    p.xStride = x.stride();
    p.rows = rows;
    p.weights = &weights;
    p.panelEnd = weights.numPanels();
    p.sumBlock = ActivationGrid::sumBlock(weights);
    p.y = y.row(firstResult);
    p.yStride = y.stride();
    return p;
}

} // namespace

/// Each thread takes whole batches: an expert's weights and its rows stay in one core's cache.
void Moe::runApart(const Block& block, const Rows& input)
{
    block.pool.forRange(
        m_batches.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t thread) {
            Scratch& scratch = m_scratch[thread];
            for (std::size_t b = begin; b < end; ++b) {
                const Batch& batch = m_batches[b];
                const std::size_t rows = batch.end - batch.begin;
                gather(batch, input, scratch, 0);
                quantise(block, batch.expert->gateUp, scratch.gathered, 0, rows);
                multiply(block.kernels, product(scratch.gathered, 0, rows, batch.expert->gateUp,
                                                scratch.gateUp, 0));
                activate(block, batch, scratch, 0);
                quantise(block, batch.expert->down, scratch.hidden, 0, rows);
                multiply(block.kernels, product(scratch.hidden, 0, rows, batch.expert->down,
                                                m_results, batch.begin));
            }
        });
}

/// A few rows: threads share the outputs of all experts.
void Moe::runTogether(const Block& block, const Rows& input)
{
    std::vector<MatmulParams> products;
    for (const Batch& batch : m_batches) {
        const std::size_t rows = batch.end - batch.begin;
        gather(batch, input, m_together, batch.begin);
        quantise(block, batch.expert->gateUp, m_together.gathered, batch.begin, rows);
        products.push_back(product(m_together.gathered, batch.begin, rows, batch.expert->gateUp,
                                   m_together.gateUp, batch.begin));
    }
    multiplyApart(block, products);
    products.clear();
    for (const Batch& batch : m_batches) {
        const std::size_t rows = batch.end - batch.begin;
        activate(block, batch, m_together, batch.begin);
        quantise(block, batch.expert->down, m_together.hidden, batch.begin, rows);
        products.push_back(product(m_together.hidden, batch.begin, rows, batch.expert->down,
                                   m_results, batch.begin));
    }
    multiplyApart(block, products);
}

void Moe::combine(const Block& block, std::size_t token, float* output)
{
    const std::size_t dim = block.config.modelDim;
    std::fill_n(output, dim, 0.0F);
    for (std::size_t i = 0; i < m_slots; ++i) {
        float* result = m_results.row(m_places[token * m_slots + i]);
        block.grid.toBFloat16(result, dim);
        for (std::size_t d = 0; d < dim; ++d)
            output[d] += result[d];
    }
    block.grid.toBFloat16(output, dim);
}

void Moe::forward(const Block& block, const MoeWeights& weights, const Rows& input, Rows& output)
{
    linear(block, input.row(0), input.stride(), block.size(), weights.gate, m_scores.row(0),
           m_scores.stride());
    const auto forTokens = [&](const auto& body) {
        block.pool.forRange(block.size(), 32, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t t = begin; t < end; ++t)
                body(t);
        });
    };
    forTokens([&](std::size_t t) { route(block, weights, t); });
    sortByExpert(block, weights);
    if (block.size() >= kTokensToPart)
        runApart(block, input);
    else
        runTogether(block, input);
    forTokens([&](std::size_t t) { combine(block, t, output.row(t)); });
}

} // namespace engine
