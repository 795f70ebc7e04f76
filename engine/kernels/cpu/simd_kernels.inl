// SPDX-License-Identifier: GPL-3.0-or-later
// Kernels written once over a vector `V` of 16 float32. The including file defines V and its
// operations for one instruction set, inside an unnamed namespace, and is compiled with that set's
// flags; nothing here may call an inline function of the standard library, whose copy built with
// these flags could be picked by the linker for processors that lack them.

/// Rows and panels one matmul tile holds in registers.
template <std::size_t Rows, std::size_t Panels, bool Half>
void matmulTile(const MatmulParams& p, std::size_t row, std::size_t panel)
{
    const PackedMatrix& w = *p.weights;
    const std::size_t depth = w.depth();
    V acc[Rows][Panels];
    for (std::size_t r = 0; r < Rows; ++r)
        for (std::size_t n = 0; n < Panels; ++n)
            acc[r][n] = zero();
    const float* x = p.x + row * p.xStride;
    const std::size_t inputs = w.inputs();
    for (std::size_t k = 0; k + 1 < inputs; k += 2) {
        V even[Panels];
        V odd[Panels];
        for (std::size_t n = 0; n < Panels; ++n) {
            if constexpr (Half) {
                loadPairs(w.halfPanel(panel + n) + k * kPanelColumns, even[n], odd[n]);
            } else {
                even[n] = load(w.floatPanel(panel + n) + k * kPanelColumns);
                odd[n] = load(w.floatPanel(panel + n) + (k + 1) * kPanelColumns);
            }
        }
        for (std::size_t r = 0; r < Rows; ++r) {
            const V first = set1(x[r * p.xStride + k]);
            for (std::size_t n = 0; n < Panels; ++n)
                acc[r][n] = fma(first, even[n], acc[r][n]);
            const V second = set1(x[r * p.xStride + k + 1]);
            for (std::size_t n = 0; n < Panels; ++n)
                acc[r][n] = fma(second, odd[n], acc[r][n]);
        }
    }
    if (inputs % 2 != 0) {
        const std::size_t k = inputs - 1;
        for (std::size_t n = 0; n < Panels; ++n) {
            V even;
            V odd;
            if constexpr (Half)
                loadPairs(w.halfPanel(panel + n) + k * kPanelColumns, even, odd);
            else
                even = load(w.floatPanel(panel + n) + k * kPanelColumns);
            for (std::size_t r = 0; r < Rows; ++r)
                acc[r][n] = fma(set1(x[r * p.xStride + k]), even, acc[r][n]);
        }
    }
    static_cast<void>(depth);
    for (std::size_t r = 0; r < Rows; ++r) {
        for (std::size_t n = 0; n < Panels; ++n) {
            const std::size_t column = (panel + n) * kPanelColumns;
            const std::size_t left = w.outputs() - column;
            storePartial(p.y + (row + r) * p.yStride + column, acc[r][n],
                         left < kLanes ? left : kLanes);
        }
    }
}

template <std::size_t Rows, std::size_t Panels, bool Half>
void matmulPanels(const MatmulParams& p, std::size_t row)
{
    std::size_t panel = p.panelBegin;
    for (; panel + Panels <= p.panelEnd; panel += Panels)
        matmulTile<Rows, Panels, Half>(p, row, panel);
    for (; panel < p.panelEnd; ++panel)
        matmulTile<Rows, 1, Half>(p, row, panel);
}

/// Rows that are left when the full tiles are done.
template <std::size_t Rows, bool Half>
void matmulTail(const MatmulParams& p, std::size_t row)
{
    if constexpr (Rows > 0) {
        if (p.rows - row == Rows)
            return matmulPanels<Rows, (Rows <= kSmallRows ? kWidePanels : kTilePanels), Half>(p,
                                                                                              row);
        matmulTail<Rows - 1, Half>(p, row);
    }
}

template <bool Half>
void matmulAll(const MatmulParams& p)
{
    // The weights of a few panels stay in the first cache while all rows pass by.
    const std::size_t fullRows = p.rows / kTileRows * kTileRows;
    MatmulParams part = p;
    for (std::size_t panel = p.panelBegin; fullRows > 0 && panel < p.panelEnd;
         panel += kTilePanels) {
        part.panelBegin = panel;
        part.panelEnd = panel + kTilePanels < p.panelEnd ? panel + kTilePanels : p.panelEnd;
        for (std::size_t row = 0; row < fullRows; row += kTileRows)
            matmulPanels<kTileRows, kTilePanels, Half>(part, row);
    }
    matmulTail<kTileRows - 1, Half>(p, fullRows);
}

template <bool Half>
V loadRow(const void* row, std::size_t d)
{
    if constexpr (Half)
        return loadHalf(static_cast<const BFloat16*>(row) + d);
    else
        return load(static_cast<const float*>(row) + d);
}

/// Dot products of `Heads` queries with the rows of one list, kDotRows rows at a time; they are
/// those from `first` on of all rows.
template <std::size_t Heads, bool Half>
void attendListScores(const AttendParams& p, const RowList& list, std::size_t first,
                      std::size_t head, std::size_t stride)
{
    for (std::size_t i = 0; i < list.count; i += kDotRows) {
        const std::size_t count = list.count - i < kDotRows ? list.count - i : kDotRows;
        const void* rows[kDotRows];
        for (std::size_t j = 0; j < kDotRows; ++j)
            rows[j] = list.rows[j < count ? i + j : list.count - 1];
        V acc[Heads * kDotRows];
        for (auto& a : acc)
            a = zero();
        for (std::size_t d = 0; d < p.rowStride; d += kLanes) {
            V row[kDotRows];
            for (std::size_t j = 0; j < kDotRows; ++j)
                row[j] = loadRow<Half>(rows[j], d);
            for (std::size_t h = 0; h < Heads; ++h) {
                const V q = load(p.q + (head + h) * p.rowStride + d);
                for (std::size_t j = 0; j < kDotRows; ++j)
                    acc[h * kDotRows + j] = fma(q, row[j], acc[h * kDotRows + j]);
            }
        }
        float sums[Heads * kDotRows];
        reduceAll<Heads * kDotRows>(acc, sums);
        for (std::size_t h = 0; h < Heads; ++h)
            for (std::size_t j = 0; j < count; ++j)
                p.scores[(head + h) * stride + first + i + j] = sums[h * kDotRows + j] * p.scale;
    }
}

template <std::size_t Heads>
void attendScores(const AttendParams& p, std::size_t head, std::size_t stride)
{
    std::size_t first = 0;
    for (const RowList& list : p.lists) {
        if (list.areBFloat16)
            attendListScores<Heads, true>(p, list, first, head, stride);
        else
            attendListScores<Heads, false>(p, list, first, head, stride);
        first += list.count;
    }
}

/// Turns scores into e^(s - max) in place; gives the divisor, sink included.
float attendSoftmax(const AttendParams& p, std::size_t head, std::size_t stride)
{
    float* scores = p.scores + head * stride;
    for (std::size_t i = p.numRows(); i < stride; ++i)
        scores[i] = -kInfinity;
    V largest = set1(-kInfinity);
    for (std::size_t i = 0; i < stride; i += kLanes)
        largest = max(largest, load(scores + i));
    const float top = reduceMax(largest);
    const V shift = set1(top);
    V sum = zero();
    for (std::size_t i = 0; i < stride; i += kLanes) {
        const V weight = exp(sub(load(scores + i), shift));
        store(scores + i, weight);
        sum = add(sum, weight);
    }
    float sink[kLanes];
    store(sink, exp(set1(p.sinks[head] - top)));
    return reduceAdd(sum) + sink[0];
}

/// Adds `Vectors` vectors from element d on of a list's rows, weighted by scores [Heads, stride].
template <std::size_t Heads, std::size_t Vectors, bool Half>
void addListValues(const RowList& list, const float* scores, std::size_t stride, std::size_t d,
                   V (&acc)[Heads][Vectors])
{
    for (std::size_t i = 0; i < list.count; ++i) {
        V row[Vectors];
        for (std::size_t v = 0; v < Vectors; ++v)
            row[v] = loadRow<Half>(list.rows[i], d + v * kLanes);
        for (std::size_t h = 0; h < Heads; ++h) {
            const V weight = set1(scores[h * stride + i]);
            for (std::size_t v = 0; v < Vectors; ++v)
                acc[h][v] = fma(weight, row[v], acc[h][v]);
        }
    }
}

template <std::size_t Heads>
void attendValues(const AttendParams& p, std::size_t head, std::size_t stride, const float* divisor)
{
    std::size_t d = 0;
    const auto run = [&]<std::size_t Vectors>() {
        V acc[Heads][Vectors];
        for (auto& line : acc)
            for (auto& a : line)
                a = zero();
        const float* scores = p.scores + head * stride;
        for (const RowList& list : p.lists) {
            if (list.areBFloat16)
                addListValues<Heads, Vectors, true>(list, scores, stride, d, acc);
            else
                addListValues<Heads, Vectors, false>(list, scores, stride, d, acc);
            scores += list.count;
        }
        for (std::size_t h = 0; h < Heads; ++h)
            for (std::size_t v = 0; v < Vectors; ++v)
                store(p.out + (head + h) * p.rowStride + d + v * kLanes,
                      mul(acc[h][v], set1(1.0F / divisor[h])));
        d += Vectors * kLanes;
    };
    while (d + kValueVectors * kLanes <= p.rowStride)
        run.template operator()<kValueVectors>();
    while (d < p.rowStride)
        run.template operator()<1>();
}

template <std::size_t Heads>
void attendHeads(const AttendParams& p, std::size_t head)
{
    const std::size_t stride = roundUp(p.numRows(), kLanes);
    attendScores<Heads>(p, head, stride);
    float divisor[Heads];
    for (std::size_t h = 0; h < Heads; ++h)
        divisor[h] = attendSoftmax(p, head + h, stride);
    attendValues<Heads>(p, head, stride, divisor);
}

template <std::size_t Heads>
void scoreFloatHeads(const ScoreKeysParams& p, std::size_t query, std::size_t head,
                     std::size_t block, V& total)
{
    const float* key = static_cast<const float*>(p.keys) + block * p.dim * kLanes;
    const float* q = p.queries + (query * p.heads + head) * p.dim;
    V acc[Heads];
    for (auto& a : acc)
        a = zero();
    for (std::size_t d = 0; d < p.dim; ++d) {
        const V k = load(key + d * kLanes);
        for (std::size_t h = 0; h < Heads; ++h)
            acc[h] = fma(set1(q[h * p.dim + d]), k, acc[h]);
    }
    for (std::size_t h = 0; h < Heads; ++h)
        total = fma(max(acc[h], zero()), set1(p.weights[query * p.heads + head + h]), total);
}

/// `Heads` query heads against `Keys` keys of 16 bits; totals[key] grows by their weighted ReLUs.
template <std::size_t Heads, std::size_t Keys>
void fineHeads(const ScoreFineKeysParams& p, std::size_t head, const std::int16_t* const* keys,
               float* totals)
{
    const std::int16_t* q = p.query + head * p.dim;
    Sums acc[Heads * Keys];
    for (auto& a : acc)
        a = zeroSums();
    for (std::size_t d = 0; d < p.dim; d += kPairs)
        for (std::size_t h = 0; h < Heads; ++h)
            for (std::size_t k = 0; k < Keys; ++k)
                acc[h * Keys + k] = addProducts(acc[h * Keys + k], q + h * p.dim + d, keys[k] + d);
    V lanes[Heads * Keys];
    for (std::size_t i = 0; i < Heads * Keys; ++i)
        lanes[i] = toFloat(acc[i]);
    float dots[Heads * Keys];
    reduceAll<Heads * Keys>(lanes, dots);
    for (std::size_t h = 0; h < Heads; ++h)
        for (std::size_t k = 0; k < Keys; ++k)
            totals[k] +=
                (dots[h * Keys + k] > 0.0F ? dots[h * Keys + k] : 0.0F) * p.weights[head + h];
}

template <std::size_t Keys>
void scoreFine(const ScoreFineKeysParams& p, std::size_t first)
{
    float totals[Keys] = {};
    std::size_t head = 0;
    for (; head + kFineHeads <= p.heads; head += kFineHeads)
        fineHeads<kFineHeads, Keys>(p, head, p.keys + first, totals);
    for (; head < p.heads; ++head)
        fineHeads<1, Keys>(p, head, p.keys + first, totals);
    for (std::size_t k = 0; k < Keys; ++k)
        p.scores[first + k] = totals[k] * p.scales[first + k];
}

/// A float32's place among all float32, and back: negative numbers are mirrored.
inline std::int32_t orderOf(float score)
{
    std::int32_t bits;
    __builtin_memcpy(&bits, &score, sizeof bits);
    return bits ^ ((bits >> 31) & 0x7FFFFFFF);
}
inline float scoreOf(std::int32_t order)
{
    const std::int32_t bits = order ^ ((order >> 31) & 0x7FFFFFFF);
    float score;
    __builtin_memcpy(&score, &bits, sizeof score);
    return score;
}

/// Padded with minus infinity to whole vectors.
inline std::size_t countAbove(const float* scores, std::size_t count, float limit)
{
    const V bound = set1(limit);
    std::size_t above = 0;
    for (std::size_t i = 0; i < count; i += kLanes)
        above += static_cast<std::size_t>(__builtin_popcount(lanesAbove(load(scores + i), bound)));
    return above;
}

/// Entries above `limit` move to the front. A vector is read before anything is written over it.
inline void keepInPlace(float* scores, std::uint32_t* rows, std::size_t count, float limit)
{
    const V bound = set1(limit);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; i += kLanes) {
        const unsigned lanes = lanesAbove(load(scores + i), bound);
        compressScores(scores + i, lanes, scores + kept);
        compressRows(rows + i, lanes, rows + kept);
        kept += static_cast<std::size_t>(__builtin_popcount(lanes));
    }
}

/// Entries above `least` and the first `equals` that are equal to it move to the front.
inline void keepWithTies(float* scores, std::uint32_t* rows, std::size_t count, float least,
                         std::size_t equals)
{
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (scores[i] < least || (scores[i] == least && equals == 0))
            continue;
        equals -= scores[i] == least ? 1 : 0;
        scores[kept] = scores[i];
        rows[kept++] = rows[i];
    }
}

class SimdKernels final : public Kernels
{
public:
    [[nodiscard]] Isa isa() const override { return kIsa; }

    void matmul(const MatmulParams& p) const override
    {
        if (p.weights->isFloat32())
            matmulAll<false>(p);
        else
            matmulAll<true>(p);
    }

    void attend(const AttendParams& p) const override
    {
        std::size_t head = 0;
        for (; head + kHeadTile <= p.heads; head += kHeadTile)
            attendHeads<kHeadTile>(p, head);
        for (; head < p.heads; ++head)
            attendHeads<1>(p, head);
    }

    void scoreFloatKeys(const ScoreKeysParams& p) const override
    {
        for (std::size_t block = 0; block < p.numBlocks; ++block) {
            for (std::size_t query = 0; query < p.numQueries; ++query) {
                V total = zero();
                std::size_t head = 0;
                for (; head + 8 <= p.heads; head += 8)
                    scoreFloatHeads<8>(p, query, head, block, total);
                for (; head < p.heads; ++head)
                    scoreFloatHeads<1>(p, query, head, block, total);
                store(p.scores + query * p.scoreStride + block * kLanes, total);
            }
        }
    }

    void scoreInt8Keys(const ScoreKeysParams& p) const override { scoreInt8(p); }

    void scoreFineKeys(const ScoreFineKeysParams& p) const override
    {
        // Keys lie anywhere in memory; what takes longest is to fetch them.
        constexpr std::size_t kAhead = 8;
        constexpr std::size_t kLine = 64 / sizeof(std::int16_t);
        std::size_t i = 0;
        const auto fetch = [&](std::size_t key) {
            for (std::size_t d = 0; key < p.count && d < p.dim; d += kLine)
                __builtin_prefetch(p.keys[key] + d);
        };
        for (std::size_t key = 0; key < kAhead; ++key)
            fetch(key);
        for (; i + kFineKeys <= p.count; i += kFineKeys) {
            for (std::size_t key = 0; key < kFineKeys; ++key)
                fetch(i + kAhead + key);
            scoreFine<kFineKeys>(p, i);
        }
        for (; i < p.count; ++i)
            scoreFine<1>(p, i);
    }

    void project(const ProjectParams& p) const override
    {
        for (std::size_t c = 0; c < p.count; c += kLanes) {
            V products[kLanes];
            for (std::size_t i = 0; i < kLanes; ++i) {
                Sums sums = zeroSums();
                for (std::size_t d = 0; d < p.dim; d += kPairs)
                    sums = addProducts(sums, p.x + d, p.directions + (c + i) * p.dim + d);
                products[i] = toFloat(sums);
            }
            reduceAll<kLanes>(products, p.out + c);
        }
    }

    void pool(const PoolParams& p) const override
    {
        for (std::size_t c = 0; c < p.channels; c += kLanes) {
            V largest = set1(-kInfinity);
            for (std::size_t s = 0; s < p.numSlots; ++s)
                largest = max(largest, load(p.gates[s] + c));
            V sum = zero();
            V value = zero();
            for (std::size_t s = 0; s < p.numSlots; ++s) {
                const V weight = exp(sub(load(p.gates[s] + c), largest));
                sum = add(sum, weight);
                value = fma(weight, load(p.values[s] + c), value);
            }
            const std::size_t left = p.channels - c;
            storePartial(p.out + c, div(value, sum), left < kLanes ? left : kLanes);
        }
    }

    void hcPost(const HcPostParams& p) const override
    {
        for (std::size_t d = 0; d < p.dim; d += kLanes) {
            const std::size_t left = p.dim - d;
            const V f = load(p.f + d);
            V x[4];
            for (std::size_t j = 0; j < 4; ++j)
                x[j] = load(p.streams + j * p.dim + d);
            V mixed[4];
            for (std::size_t k = 0; k < 4; ++k) {
                mixed[k] = mul(set1(p.post[k]), f);
                for (std::size_t j = 0; j < 4; ++j)
                    mixed[k] = fma(set1(p.combine[j * 4 + k]), x[j], mixed[k]);
            }
            for (std::size_t k = 0; k < 4; ++k)
                storePartial(p.streams + k * p.dim + d, mixed[k], left < kLanes ? left : kLanes);
        }
    }

    void rmsNorm(const float* x, const float* weight, std::size_t dim, float eps,
                 float* out) const override
    {
        const float mean = sumOfSquares(x, dim) / static_cast<float>(dim);
        const V factor = set1(1.0F / squareRoot(mean + eps));
        for (std::size_t d = 0; d < dim; d += kLanes) {
            const std::size_t left = dim - d < kLanes ? dim - d : kLanes;
            V y = mul(loadPartial(x + d, left), factor);
            if (weight != nullptr)
                y = mul(y, loadPartial(weight + d, left));
            storePartial(out + d, y, left);
        }
    }

    void swiglu(const float* gate, const float* up, std::size_t dim, float limit, float weight,
                float* out) const override
    {
        const V top = set1(limit > 0.0F ? limit : kInfinity);
        const V bottom = set1(limit > 0.0F ? -limit : -kInfinity);
        const V one = set1(1.0F);
        for (std::size_t d = 0; d < dim; d += kLanes) {
            const std::size_t left = dim - d < kLanes ? dim - d : kLanes;
            const V g = min(loadPartial(gate + d, left), top);
            const V u = max(min(loadPartial(up + d, left), top), bottom);
            const V silu = div(g, add(one, exp(sub(zero(), g))));
            storePartial(out + d, mul(mul(silu, u), set1(weight)), left);
        }
    }

    void weightedSum4(const float* streams, const float* weights, std::size_t dim,
                      float* out) const override
    {
        for (std::size_t d = 0; d < dim; d += kLanes) {
            const std::size_t left = dim - d < kLanes ? dim - d : kLanes;
            V sum = zero();
            for (std::size_t i = 0; i < 4; ++i)
                sum = fma(set1(weights[i]), loadPartial(streams + i * dim + d, left), sum);
            storePartial(out + d, sum, left);
        }
    }

    std::size_t keepAbove(const float* scores, std::size_t count, float threshold,
                          std::uint32_t base, float* keptScores,
                          std::uint32_t* keptRows) const override
    {
        const V limit = set1(threshold);
        std::size_t kept = 0;
        const auto keep = [&](const float* from, unsigned lanes, std::size_t i) {
            compressScores(from, lanes, keptScores + kept);
            compressPlaces(base + static_cast<std::uint32_t>(i), lanes, keptRows + kept);
            kept += static_cast<std::size_t>(__builtin_popcount(lanes));
        };
        // Few scores pass once the threshold has risen: most of the time four vectors go at once.
        constexpr std::size_t kStride = 4 * kLanes;
        std::size_t i = 0;
        for (; i + kStride <= count; i += kStride) {
            unsigned lanes[4];
            for (std::size_t v = 0; v < 4; ++v)
                lanes[v] = lanesAbove(load(scores + i + v * kLanes), limit);
            if ((lanes[0] | lanes[1] | lanes[2] | lanes[3]) == 0)
                continue;
            for (std::size_t v = 0; v < 4; ++v) // guessing which has any costs more than all
                keep(scores + i + v * kLanes, lanes[v], i + v * kLanes);
        }
        for (; i < count; i += kLanes) {
            const std::size_t left = count - i < kLanes ? count - i : kLanes;
            float part[kLanes];
            store(part, loadPartial(scores + i, left));
            keep(part, lanesAbove(load(part), limit) & ((1U << left) - 1U), i);
        }
        return kept;
    }

    float selectBest(float* scores, std::uint32_t* rows, std::size_t count,
                     std::size_t k) const override
    {
        for (std::size_t i = count; i < roundUp(count, kLanes); ++i)
            scores[i] = -kInfinity;
        // Halving between two scores, as whole numbers in the order of floats: always more than k
        // entries above the lower one and fewer than k above the upper one.
        std::int32_t low = orderOf(scores[0]);
        std::int32_t high = low;
        for (std::size_t i = 1; i < count; ++i) {
            const std::int32_t order = orderOf(scores[i]);
            low = order < low ? order : low;
            high = order > high ? order : high;
        }
        --low;
        std::size_t aboveHigh = 0;
        while (static_cast<std::int64_t>(high) - low > 1) {
            const auto middle =
                static_cast<std::int32_t>((static_cast<std::int64_t>(low) + high) >> 1);
            const float limit = scoreOf(middle);
            const std::size_t above = countAbove(scores, count, limit);
            if (above == k) {
                keepInPlace(scores, rows, count, limit);
                return limit;
            }
            if (above > k) {
                low = middle;
            } else {
                high = middle;
                aboveHigh = above;
            }
        }
        keepWithTies(scores, rows, count, scoreOf(high), k - aboveHigh);
        return scoreOf(high);
    }

    [[nodiscard]] float sumOfSquares(const float* x, std::size_t dim) const override
    {
        V sum = zero();
        for (std::size_t d = 0; d < dim; d += kLanes) {
            const V v = loadPartial(x + d, dim - d < kLanes ? dim - d : kLanes);
            sum = fma(v, v, sum);
        }
        return reduceAdd(sum);
    }
};
