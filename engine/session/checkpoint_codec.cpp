// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/checkpoint_codec.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "session/self_test.h"

namespace engine {

namespace {

constexpr std::uint32_t kMagic = 0x504B434CU; // "LCKP"
constexpr std::uint32_t kVersion = 5;
constexpr std::uint32_t kWithoutSamples = 1; ///< the first: ends before the samples

/// What a session was begun with and goes on with. Version 5 says so; a version before had the
/// first of these up to its number less two.
enum Feature : std::uint32_t
{
    kRemainders = 1,  ///< index keys have them
    kDirections = 2,  ///< rows are chosen by few directions first
    kExactWindow = 4, ///< compact format: window rows are float32
    kAllFeatures = 7,
};

class Writer
{
public:
    template <typename T>
    void put(const T& value)
    {
        raw(&value, sizeof value);
    }
    void raw(const void* data, std::size_t size)
    {
        if (size != 0)
            std::memcpy(extend(size), data, size);
    }
    std::byte* extend(std::size_t size)
    {
        m_bytes.resize(m_bytes.size() + size);
        return m_bytes.data() + m_bytes.size() - size;
    }
    [[nodiscard]] std::vector<std::byte> take() { return std::move(m_bytes); }

private:
    std::vector<std::byte> m_bytes;
};

/// Reads with bounds; once something is missing everything after reads as missing.
class Reader
{
public:
    explicit Reader(std::span<const std::byte> bytes) : m_rest(bytes) {}
    template <typename T>
    T get()
    {
        T value{};
        if (const std::byte* at = raw(sizeof value))
            std::memcpy(&value, at, sizeof value);
        return value;
    }
    const std::byte* raw(std::size_t size)
    {
        if (m_short || size > m_rest.size()) {
            m_short = true;
            return nullptr;
        }
        const std::byte* at = m_rest.data();
        m_rest = m_rest.subspan(size);
        return at;
    }
    [[nodiscard]] bool isShort() const { return m_short; }
    [[nodiscard]] bool atEnd() const { return m_rest.empty(); }

private:
    std::span<const std::byte> m_rest;
    bool m_short = false;
};

/// Cache format and, above it, numeric mode; that of float32 is 0.
std::uint32_t formatWord(const SessionOptions& options)
{
    return static_cast<std::uint32_t>(options.format) | static_cast<std::uint32_t>(options.numerics)
                                                            << 8U;
}

std::uint32_t featuresOf(const Session::Impl& session)
{
    const auto all = [&](const auto& holds) { return std::ranges::all_of(session.caches, holds); };
    std::uint32_t features = 0;
    if (all([](const LayerCache& cache) {
            return !cache.indexKeys.isInt8() || cache.indexKeys.keepsRemainders();
        }))
        features |= kRemainders;
    if (!all([](const LayerCache& cache) { return cache.indexKeys.directions() == nullptr; }))
        features |= kDirections;
    if (all([](const LayerCache& cache) { return !cache.window.isBFloat16(); }))
        features |= kExactWindow;
    return features;
}

std::uint32_t featuresBeforeVersion5(std::uint32_t version)
{
    std::uint32_t features = 0;
    if (version >= 3)
        features |= kRemainders;
    if (version >= 4)
        features |= kDirections;
    return features;
}

/// Makes an empty session one that was begun with no more than these.
void goOnWith(std::uint32_t features, Session::Impl& session)
{
    for (LayerCache& cache : session.caches) {
        cache.indexKeys.keepRemainders((features & kRemainders) != 0);
        if ((features & kDirections) == 0)
            cache.indexKeys.useDirections(nullptr);
        if ((features & kExactWindow) == 0 && session.options.format == CacheFormat::compact)
            cache.window.keepBFloat16();
    }
}

std::uint64_t windowBegin(const ModelConfig& config, std::uint64_t length)
{
    return length > config.windowTokens ? length - config.windowTokens : 0;
}

tl::unexpected<Error> truncated()
{
    return fail(ErrorCode::badInput, "the checkpoint is shorter than its contents");
}

} // namespace

std::vector<std::byte> encodeCheckpoint(Session::Impl& session)
{
    Writer writer;
    const ModelConfig& config = session.model->config();
    const std::string& fingerprint = session.model->fingerprint();
    writer.put(kMagic);
    writer.put(kVersion);
    writer.put(formatWord(session.options));
    writer.put(featuresOf(session));
    writer.put(static_cast<std::uint32_t>(fingerprint.size()));
    writer.raw(fingerprint.data(), fingerprint.size());
    writer.put(session.length);
    for (LayerCache& cache : session.caches) {
        for (std::uint64_t p = windowBegin(config, session.length); p < session.length; ++p)
            cache.window.packRow(p, writer.extend(cache.window.packedRowBytes()));
        for (CompressorState* state : {&cache.compressor, &cache.indexCompressor})
            for (const auto row : state->usedRows(session.length))
                writer.raw(row.data(), row.size_bytes());
    }
    writer.put(static_cast<std::uint64_t>(session.lastStreams.size()));
    writer.raw(session.lastStreams.data(), session.lastStreams.size() * sizeof(float));
    const std::vector<float> samples = sampleLogits(session);
    writer.put(static_cast<std::uint32_t>(samples.size()));
    writer.raw(samples.data(), samples.size() * sizeof(float));
    return writer.take();
}

Result<void> decodeCheckpoint(std::span<const std::byte> bytes, Session::Impl& session)
{
    const ModelConfig& config = session.model->config();
    Reader reader(bytes);
    const auto magic = reader.get<std::uint32_t>();
    const auto version = reader.get<std::uint32_t>();
    if (reader.isShort() || magic != kMagic)
        return fail(ErrorCode::badInput, "wanted a checkpoint of a session, found other bytes");
    if (version < kWithoutSamples || version > kVersion)
        return fail(ErrorCode::mismatch,
                    fmt::format("checkpoint version: wanted {} to {}, found {}", kWithoutSamples,
                                kVersion, version));
    const auto format = reader.get<std::uint32_t>();
    if (format != formatWord(session.options))
        return fail(ErrorCode::mismatch,
                    fmt::format("cache format and numeric mode: wanted {:#x}, found {:#x}",
                                formatWord(session.options), format));
    const auto features =
        version < kVersion ? featuresBeforeVersion5(version) : reader.get<std::uint32_t>();
    if (features > kAllFeatures)
        return fail(ErrorCode::mismatch,
                    fmt::format("the checkpoint's features: wanted at most "
                                "{:#x}, found {:#x}",
                                static_cast<std::uint32_t>(kAllFeatures), features));
    const auto nameLength = reader.get<std::uint32_t>();
    const std::byte* name = reader.raw(nameLength);
    if (name == nullptr)
        return truncated();
    const std::string fingerprint(reinterpret_cast<const char*>(name), nameLength);
    if (fingerprint != session.model->fingerprint())
        return fail(ErrorCode::mismatch,
                    fmt::format("the session was read by another model: wanted {}, found {}",
                                session.model->fingerprint(), fingerprint));
    const auto length = reader.get<std::uint64_t>();
    if (config.maxPositions != 0 && length > config.maxPositions)
        return fail(ErrorCode::badInput,
                    fmt::format("the checkpoint's tokens: wanted at most {}, found {}",
                                config.maxPositions, length));
    goOnWith(features, session);
    for (LayerCache& cache : session.caches) {
        for (std::uint64_t p = windowBegin(config, length); p < length; ++p) {
            const std::byte* row = reader.raw(cache.window.packedRowBytes());
            if (row == nullptr)
                return truncated();
            cache.window.putPacked(p, row);
        }
        for (CompressorState* state : {&cache.compressor, &cache.indexCompressor}) {
            for (const auto row : state->usedRows(length)) {
                const std::byte* from = reader.raw(row.size_bytes());
                if (from == nullptr)
                    return truncated();
                std::memcpy(row.data(), from, row.size_bytes());
            }
        }
    }
    const auto streams = reader.get<std::uint64_t>();
    if (streams != 0 && streams != kStreams * config.modelDim)
        return fail(ErrorCode::badInput, "the checkpoint's last state has another size");
    const std::byte* last = reader.raw(static_cast<std::size_t>(streams) * sizeof(float));
    if (last == nullptr)
        return truncated();
    session.lastStreams.resize(static_cast<std::size_t>(streams));
    if (streams != 0) // nothing has been read: there is no place to copy to
        std::memcpy(session.lastStreams.data(), last, session.lastStreams.size() * sizeof(float));
    session.length = length;
    std::vector<float> samples;
    if (version != kWithoutSamples) {
        samples.resize(std::min<std::size_t>(reader.get<std::uint32_t>(), config.vocabSize));
        const std::byte* from = reader.raw(samples.size() * sizeof(float));
        if (from == nullptr)
            return truncated();
        if (!samples.empty())
            std::memcpy(samples.data(), from, samples.size() * sizeof(float));
    }
    if (!reader.atEnd())
        return truncated();
    return version == kWithoutSamples ? Result<void>() : checkSamples(session, samples);
}

} // namespace engine
