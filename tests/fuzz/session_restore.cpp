// SPDX-License-Identifier: GPL-3.0-or-later
// A session's checkpoint and its rows, as a damaged session file may give them: the session is
// refused, or it opens and can be read on and asked for logits.
#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/session.h"
#include "targets.h"

namespace fuzz {

namespace {

using namespace engine;

/// Gives the bytes that are left of the input, over and over; nothing where there are none.
class RowsOfInput final : public CacheSource
{
public:
    explicit RowsOfInput(std::span<const std::uint8_t> bytes) : m_bytes(bytes) {}

    Result<void> read(std::size_t, CacheKind, std::uint64_t, std::uint64_t rowCount,
                      std::span<std::byte> out) override
    {
        if (m_bytes.empty() || (m_rows += rowCount) > kMostRows)
            return fail(ErrorCode::io, "no such rows");
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<std::byte>(m_bytes[i % m_bytes.size()]);
        return {};
    }

private:
    static constexpr std::uint64_t kMostRows = 10'000;
    std::span<const std::uint8_t> m_bytes;
    std::uint64_t m_rows = 0;
};

std::shared_ptr<const Model> tinyModel()
{
    static const auto model = [] {
        auto opened = Model::open(LECTERN_TEST_DATA "/golden/tiny-v4");
        require(opened.has_value(), "the tiny model opens");
        return *opened;
    }();
    return model;
}

std::vector<std::byte> goodCheckpoint(const SessionOptions& options, std::size_t length)
{
    auto session = Session::create(tinyModel(), options);
    std::vector<TokenId> tokens(length);
    for (std::size_t i = 0; i < length; ++i)
        tokens[i] = static_cast<TokenId>(i * 37 % 512);
    require((*session)->append(tokens).has_value(), "tokens can be read");
    return (*session)->checkpoint();
}

} // namespace

/// Input: format and length, number of patches, patches of four bytes (place from the end where the
/// top bit is set, else from the beginning; value), cut, then the rows.
void sessionRestore(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < 4)
        return;
    static constexpr std::size_t kLengths[] = {1, 3, 4, 5, 9, 130};
    const std::size_t choice = bytes[0] % std::size(kLengths);
    const bool compact = (bytes[0] & 0x80U) != 0;
    const SessionOptions options{compact ? CacheFormat::compact : CacheFormat::float32, 1};
    static std::vector<std::byte> kept[2][std::size(kLengths)];
    auto& good = kept[compact ? 1 : 0][choice];
    if (good.empty())
        good = goodCheckpoint(options, kLengths[choice]);
    auto checkpoint = good;
    const std::size_t patches = std::min<std::size_t>(bytes[1], (bytes.size() - 4) / 4);
    const std::size_t cut = bytes[2] % 16 == 1 ? bytes[3] : 0;
    bytes = bytes.subspan(4);
    for (std::size_t i = 0; i < patches; ++i, bytes = bytes.subspan(4)) {
        const std::size_t place = bytes[0] + 256U * bytes[1] + 65536U * (bytes[2] & 0x7FU);
        const std::size_t at = place % checkpoint.size();
        checkpoint[(bytes[2] & 0x80U) != 0 ? checkpoint.size() - 1 - at : at] =
            static_cast<std::byte>(bytes[3]);
    }
    checkpoint.resize(checkpoint.size() - std::min(cut, checkpoint.size()));
    RowsOfInput rows(bytes);
    auto session = Session::restore(tinyModel(), options, checkpoint, rows);
    if (!session)
        return require(!session.error().message.empty(), "a refusal says why");
    const TokenId token = 5;
    if ((*session)->append({&token, 1}))
        require((*session)->logits().has_value(), "what was read can be asked");
}

} // namespace fuzz
