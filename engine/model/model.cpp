// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/model.h"

#include <algorithm>
#include <map>
#include <optional>

#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>
#include <xxhash.h>

#include "model/index_directions.h"
#include "model/model_files.h"
#include "model/weight_check.h"
#include "model/weights.h"

namespace engine {

struct Model::Impl
{
    ModelConfig config;
    std::filesystem::path directory;
    std::shared_ptr<const Checkpoint> checkpoint; // the embedding is looked up in the mapping
    ModelWeights weights;
    std::string fingerprint;
};

namespace {

/// Largest part of one tensor that goes into the fingerprint, at its head and its tail.
constexpr std::size_t kHashedPart = std::size_t{1} << 20U;

/// Checkpoints up to this size are read when they are opened: fingerprint and check take well
/// under a second. Of larger ones only what is small.
constexpr std::uint64_t kReadWhenOpened = std::uint64_t{1} << 30U;
constexpr std::size_t kSmallTensor = std::size_t{64} << 10U;
constexpr std::size_t kSampledTensors = 64; ///< of the large ones of a large checkpoint
constexpr std::size_t kSampledPart = 4096;

struct HashStateDelete
{
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

/// While it lives the system reads of mapped files what is touched and nothing ahead of it, which
/// would be megabytes around each small tensor of a large checkpoint.
class TouchedPagesOnly
{
public:
    explicit TouchedPagesOnly(const Checkpoint& checkpoint)
    {
        for (const auto& [name, tensor] : checkpoint.tensors()) {
            const auto begin = reinterpret_cast<std::uintptr_t>(tensor.bytes.data());
            const auto [at, isNew] =
                m_files.try_emplace(tensor.file, begin, begin + tensor.bytes.size());
            at->second.first = std::min(at->second.first, begin);
            at->second.second = std::max(at->second.second, begin + tensor.bytes.size());
        }
        advise(MADV_RANDOM);
    }
    ~TouchedPagesOnly() { advise(MADV_NORMAL); }
    TouchedPagesOnly(const TouchedPagesOnly&) = delete;
    TouchedPagesOnly& operator=(const TouchedPagesOnly&) = delete;

private:
    /// Advice only: that it is refused changes nothing but the time.
    void advise(int advice) const
    {
        const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
        for (const auto& [file, range] : m_files) {
            const std::uintptr_t begin = range.first / page * page;
            ::madvise(reinterpret_cast<void*>(begin), range.second - begin, advice);
        }
    }

    /// First and last address of the tensors of each file.
    std::map<const std::filesystem::path*, std::pair<std::uintptr_t, std::uintptr_t>> m_files;
};

std::string fingerprintOf(const Checkpoint& checkpoint, const ModelConfig& config)
{
    const std::unique_ptr<XXH3_state_t, HashStateDelete> state(XXH3_createState());
    XXH3_128bits_reset(state.get());
    const auto add = [&](const void* data, std::size_t size) {
        XXH3_128bits_update(state.get(), data, size);
    };
    const auto addNumber = [&](auto number) { add(&number, sizeof number); };
    const bool isLarge = checkpoint.storedBytes() > kReadWhenOpened;
    const std::size_t sampleStep = checkpoint.tensors().size() / kSampledTensors + 1;
    std::size_t index = 0;
    for (const auto& [name, tensor] : checkpoint.tensors()) {
        add(name.data(), name.size());
        addNumber(static_cast<int>(tensor.type));
        std::size_t part = kHashedPart;
        if (isLarge && tensor.bytes.size() > kSmallTensor) {
            for (const std::size_t extent : tensor.shape)
                addNumber(static_cast<std::uint64_t>(extent));
            part = index++ % sampleStep == 0 ? kSampledPart : 0;
        }
        const std::size_t head = std::min(tensor.bytes.size(), part);
        const std::size_t tail = std::min(tensor.bytes.size() - head, part);
        add(tensor.bytes.data(), head);
        add(tensor.bytes.data() + tensor.bytes.size() - tail, tail);
    }
    // What changes the result without changing a tensor.
    for (const std::size_t ratio : config.compressRatios)
        addNumber(static_cast<std::uint64_t>(ratio));
    for (const std::size_t number :
         {config.windowTokens, config.indexTopK, config.numHeads, config.outputGroups,
          config.ropeDim, config.expertsPerToken, config.hcSinkhornIterations})
        addNumber(static_cast<std::uint64_t>(number));
    for (const double number :
         {config.ropeTheta, config.compressRopeTheta, config.yarnFactor,
          config.yarnOriginalPositions, config.yarnBetaFast, config.yarnBetaSlow})
        addNumber(number);
    for (const float number :
         {config.routedScale, config.swigluLimit, config.hcEps, config.normEps})
        addNumber(number);
    if (config.keptRows != KeptForm::asComputed || config.keptKeys != KeptForm::asComputed) {
        addNumber(static_cast<int>(config.keptRows));
        addNumber(static_cast<int>(config.keptKeys));
    }
    const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

} // namespace

Model::Model(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

Model::~Model() = default;

Result<std::shared_ptr<const Model>> Model::open(const std::filesystem::path& path,
                                                 const ModelOptions& options)
{
    auto files = openModelFiles(path);
    if (!files)
        return tl::unexpected(files.error());
    auto impl = std::make_unique<Impl>();
    impl->config = std::move(files->config);
    impl->directory = path;
    impl->checkpoint = std::move(files->checkpoint);
    std::optional<TouchedPagesOnly> touchedPagesOnly;
    if (impl->checkpoint->storedBytes() > kReadWhenOpened)
        touchedPagesOnly.emplace(*impl->checkpoint);
    auto weights = bindWeights(*impl->checkpoint, impl->config, options.residency);
    if (!weights)
        return tl::unexpected(weights.error());
    if (!weights->isMapped || impl->checkpoint->storedBytes() <= kReadWhenOpened) {
        if (auto checked = engine::checkWeights(*impl->checkpoint); !checked)
            return tl::unexpected(checked.error());
    }
    impl->weights = std::move(*weights);
    impl->fingerprint = fingerprintOf(*impl->checkpoint, impl->config);
    if (impl->checkpoint->ggufMetadata() == nullptr) {
        if (auto added = addIndexDirections(files->directory, impl->fingerprint, impl->config,
                                            impl->weights);
            !added)
            return tl::unexpected(added.error());
    }
    return std::shared_ptr<const Model>(new Model(std::move(impl)));
}

const ModelConfig& Model::config() const
{
    return m_impl->config;
}

const std::filesystem::path& Model::directory() const
{
    return m_impl->directory;
}

const std::string& Model::fingerprint() const
{
    return m_impl->fingerprint;
}

std::uint64_t Model::parameterCount() const
{
    return m_impl->weights.parameterCount;
}

std::uint64_t Model::storedBytes() const
{
    return m_impl->checkpoint->storedBytes();
}

std::uint64_t Model::residentBytes() const
{
    return m_impl->weights.residentBytes;
}

bool Model::isMapped() const
{
    return m_impl->weights.isMapped;
}

Result<void> Model::checkWeights(const CheckProgress& progress, std::stop_token stop) const
{
    return engine::checkWeights(*m_impl->checkpoint, progress, std::move(stop));
}

bool Model::hasMtp() const
{
    return m_impl->weights.mtp.has_value();
}

std::uint64_t Model::mtpParameterCount() const
{
    return hasMtp() ? m_impl->weights.mtp->parameterCount : 0;
}

const std::string& Model::mtpNote() const
{
    return m_impl->weights.mtpNote;
}

const ModelWeights& Model::weights() const
{
    return m_impl->weights;
}

} // namespace engine
