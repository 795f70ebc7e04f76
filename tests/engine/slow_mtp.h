// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "model/checkpoint.h"
#include "model/weights.h"

/// The MTP block once more, in double precision and plain loops, written from the equations
/// (reference sections 2.2 to 2.9) and sharing nothing with the engine but the reading of stored
/// numbers. All positions at once; no cache.
class SlowMtp
{
public:
    using Vector = std::vector<double>;

    SlowMtp(const engine::Checkpoint& checkpoint, const engine::ModelConfig& config)
        : m_checkpoint(checkpoint), m_config(config), m_dim(config.modelDim)
    {
    }

    /// `trunk[t]`: [4 * modelDim] of token t; `next[t]`: the token after it. Streams after the
    /// block, [4 * modelDim] each.
    std::vector<Vector> streams(const std::vector<std::vector<float>>& trunk,
                                const std::vector<engine::TokenId>& next)
    {
        std::vector<Vector> x;
        for (std::size_t t = 0; t < trunk.size(); ++t) {
            const Vector e =
                times("mtp.0.e_proj.weight", norm(row("embed.weight", std::size_t(next[t]), m_dim),
                                                  vector("mtp.0.enorm.weight", m_dim)));
            Vector z;
            for (std::size_t i = 0; i < 4; ++i) {
                const auto begin = trunk[t].begin() + std::ptrdiff_t(i * m_dim);
                const Vector h =
                    times("mtp.0.h_proj.weight", norm(Vector(begin, begin + std::ptrdiff_t(m_dim)),
                                                      vector("mtp.0.hnorm.weight", m_dim)));
                for (std::size_t d = 0; d < m_dim; ++d)
                    z.push_back(e[d] + h[d]);
            }
            x.push_back(z);
        }
        subLayer(x, "attn", [&](const std::vector<Vector>& in) { return attention(in); });
        subLayer(x, "ffn", [&](const std::vector<Vector>& in) {
            std::vector<Vector> out;
            for (const Vector& one : in)
                out.push_back(moe(one));
            return out;
        });
        return x;
    }

    Vector logits(const Vector& x)
    {
        const double scale = vector("mtp.0.hc_head_scale", 1)[0];
        const Vector base = vector("mtp.0.hc_head_base", 4);
        const Vector z = times("mtp.0.hc_head_fn", x);
        const double r = inverseRms(x);
        Vector y(m_dim, 0.0);
        for (std::size_t i = 0; i < 4; ++i) {
            const double pre = sigmoid(z[i] * r * scale + base[i]) + kEps;
            for (std::size_t d = 0; d < m_dim; ++d)
                y[d] += pre * x[i * m_dim + d];
        }
        return times("head.weight", norm(y, vector("mtp.0.norm.weight", m_dim)));
    }

private:
    static constexpr double kEps = 1e-6;

    static double sigmoid(double v) { return 1.0 / (1.0 + std::exp(-v)); }
    static double inverseRms(const Vector& x)
    {
        double sum = 0.0;
        for (const double v : x)
            sum += v * v;
        return 1.0 / std::sqrt(sum / double(x.size()) + kEps);
    }
    static Vector norm(Vector x, const Vector& weight)
    {
        const double r = inverseRms(x);
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] *= r * (weight.empty() ? 1.0 : weight[i]);
        return x;
    }

    Vector row(const std::string& name, std::size_t index, std::size_t size) const
    {
        std::string scaleName = name;
        if (const auto at = scaleName.rfind("weight"); at != std::string::npos)
            scaleName.replace(at, 6, "scale");
        const engine::TensorView* weight = m_checkpoint.find(name);
        const engine::TensorView* scale =
            scaleName == name ? nullptr : m_checkpoint.find(scaleName);
        std::vector<float> values(size);
        engine::dequantizeRow(*weight, scale, index, values);
        return {values.begin(), values.end()};
    }
    Vector vector(const std::string& name, std::size_t size) const { return row(name, 0, size); }

    /// W x for a whole matrix, or `count` rows of it.
    Vector times(const std::string& name, const Vector& x, std::size_t firstRow = 0,
                 std::size_t count = 0) const
    {
        std::vector<Vector>& matrix = m_matrices[name];
        while (matrix.size() < m_checkpoint.find(name)->shape[0])
            matrix.push_back(row(name, matrix.size(), x.size()));
        Vector y;
        for (std::size_t r = firstRow; r < (count == 0 ? matrix.size() : firstRow + count); ++r)
            y.push_back(std::inner_product(x.begin(), x.end(), matrix[r].begin(), 0.0));
        return y;
    }

    template <typename Layer>
    void subLayer(std::vector<Vector>& x, const std::string& kind, const Layer& layer)
    {
        const Vector scale = vector("mtp.0.hc_" + kind + "_scale", 3);
        const Vector base = vector("mtp.0.hc_" + kind + "_base", 24);
        const Vector weight = vector("mtp.0." + kind + "_norm.weight", m_dim);
        std::vector<Vector> inputs;
        std::vector<Vector> posts;
        std::vector<std::array<Vector, 4>> mixes;
        for (const Vector& streams : x) {
            Vector z = times("mtp.0.hc_" + kind + "_fn", streams);
            for (double& v : z)
                v *= inverseRms(streams);
            Vector y(m_dim, 0.0);
            Vector post(4);
            std::array<Vector, 4> m;
            for (std::size_t i = 0; i < 4; ++i) {
                const double pre = sigmoid(z[i] * scale[0] + base[i]) + kEps;
                for (std::size_t d = 0; d < m_dim; ++d)
                    y[d] += pre * streams[i * m_dim + d];
                post[i] = 2.0 * sigmoid(z[4 + i] * scale[1] + base[4 + i]);
                for (std::size_t k = 0; k < 4; ++k)
                    m[i].push_back(z[8 + 4 * i + k] * scale[2] + base[8 + 4 * i + k]);
            }
            sinkhorn(m);
            inputs.push_back(norm(y, weight));
            posts.push_back(post);
            mixes.push_back(m);
        }
        const std::vector<Vector> f = layer(inputs);
        for (std::size_t t = 0; t < x.size(); ++t) {
            Vector out(4 * m_dim);
            for (std::size_t k = 0; k < 4; ++k) {
                for (std::size_t d = 0; d < m_dim; ++d) {
                    double sum = posts[t][k] * f[t][d];
                    for (std::size_t j = 0; j < 4; ++j)
                        sum += mixes[t][j][k] * x[t][j * m_dim + d];
                    out[k * m_dim + d] = sum;
                }
            }
            x[t] = out;
        }
    }

    void sinkhorn(std::array<Vector, 4>& m) const
    {
        for (Vector& r : m) {
            double sum = 0.0;
            for (double& v : r)
                sum += v = std::exp(v);
            for (double& v : r)
                v = v / sum + kEps;
        }
        for (std::size_t step = 1; step < 2 * m_config.hcSinkhornIterations; ++step) {
            for (std::size_t a = 0; a < 4; ++a) {
                double sum = kEps;
                for (std::size_t b = 0; b < 4; ++b)
                    sum += step % 2 == 1 ? m[b][a] : m[a][b];
                for (std::size_t b = 0; b < 4; ++b)
                    (step % 2 == 1 ? m[b][a] : m[a][b]) /= sum;
            }
        }
    }

    void turn(Vector& x, std::size_t begin, std::size_t position, double direction) const
    {
        const std::size_t rope = m_config.ropeDim;
        for (std::size_t j = 0; j < rope / 2; ++j) {
            const double angle = direction * double(position) *
                                 std::pow(m_config.ropeTheta, -2.0 * double(j) / double(rope));
            double& a = x[begin + 2 * j];
            double& b = x[begin + 2 * j + 1];
            const double turned = a * std::cos(angle) - b * std::sin(angle);
            b = a * std::sin(angle) + b * std::cos(angle);
            a = turned;
        }
    }

    std::vector<Vector> attention(const std::vector<Vector>& in) const
    {
        const std::string prefix = "mtp.0.attn.";
        const std::size_t c = m_config.headDim;
        const std::size_t ropeBegin = c - m_config.ropeDim;
        std::vector<Vector> keys;
        std::vector<Vector> out;
        const Vector sinks = vector(prefix + "attn_sink", m_config.numHeads);
        for (std::size_t t = 0; t < in.size(); ++t) {
            Vector key =
                norm(times(prefix + "wkv.weight", in[t]), vector(prefix + "kv_norm.weight", c));
            turn(key, ropeBegin, t, 1.0);
            keys.push_back(key);
            const Vector latent = norm(times(prefix + "wq_a.weight", in[t]),
                                       vector(prefix + "q_norm.weight", m_config.queryRank));
            const Vector q = times(prefix + "wq_b.weight", latent);
            const std::size_t first =
                t + 1 > m_config.windowTokens ? t + 1 - m_config.windowTokens : 0;
            Vector heads;
            for (std::size_t h = 0; h < m_config.numHeads; ++h) {
                const auto begin = q.begin() + std::ptrdiff_t(h * c);
                Vector head = norm(Vector(begin, begin + std::ptrdiff_t(c)), {});
                turn(head, ropeBegin, t, 1.0);
                double sum = std::exp(sinks[h]);
                Vector o(c, 0.0);
                for (std::size_t i = first; i <= t; ++i) {
                    const double w = std::exp(
                        std::inner_product(head.begin(), head.end(), keys[i].begin(), 0.0) /
                        std::sqrt(double(c)));
                    sum += w;
                    for (std::size_t d = 0; d < c; ++d)
                        o[d] += w * keys[i][d];
                }
                for (double& v : o)
                    v /= sum;
                turn(o, ropeBegin, t, -1.0);
                heads.insert(heads.end(), o.begin(), o.end());
            }
            Vector grouped;
            const std::size_t part = heads.size() / m_config.outputGroups;
            for (std::size_t g = 0; g < m_config.outputGroups; ++g) {
                const auto begin = heads.begin() + std::ptrdiff_t(g * part);
                const Vector a =
                    times(prefix + "wo_a.weight", Vector(begin, begin + std::ptrdiff_t(part)),
                          g * m_config.outputRank, m_config.outputRank);
                grouped.insert(grouped.end(), a.begin(), a.end());
            }
            out.push_back(times(prefix + "wo_b.weight", grouped));
        }
        return out;
    }

    Vector expert(const std::string& prefix, const Vector& x, double weight) const
    {
        Vector gate = times(prefix + "w1.weight", x);
        const Vector up = times(prefix + "w3.weight", x);
        const double limit = double(m_config.swigluLimit);
        for (std::size_t i = 0; i < gate.size(); ++i) {
            const double g = std::min(gate[i], limit);
            gate[i] = g * sigmoid(g) * std::clamp(up[i], -limit, limit) * weight;
        }
        return times(prefix + "w2.weight", gate);
    }

    Vector moe(const Vector& x) const
    {
        const std::string prefix = "mtp.0.ffn.";
        Vector p = times(prefix + "gate.weight", x);
        for (double& v : p)
            v = std::sqrt(std::log1p(std::exp(v)));
        const Vector bias = vector(prefix + "gate.bias", p.size());
        std::vector<std::size_t> order(p.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return p[a] + bias[a] > p[b] + bias[b];
        });
        double sum = 0.0;
        for (std::size_t i = 0; i < m_config.expertsPerToken; ++i)
            sum += p[order[i]];
        Vector out = expert(prefix + "shared_experts.", x, 1.0);
        for (std::size_t i = 0; i < m_config.expertsPerToken; ++i) {
            const Vector one = expert(prefix + "experts." + std::to_string(order[i]) + ".", x,
                                      p[order[i]] / sum * double(m_config.routedScale));
            for (std::size_t d = 0; d < out.size(); ++d)
                out[d] += one[d];
        }
        return out;
    }

    const engine::Checkpoint& m_checkpoint;
    const engine::ModelConfig& m_config;
    std::size_t m_dim;
    mutable std::map<std::string, std::vector<Vector>> m_matrices; ///< unpacked once
};
