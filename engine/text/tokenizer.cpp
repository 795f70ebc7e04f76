// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tokenizer.h"

#include <cstdio>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "text/added_token_scanner.h"
#include "text/text_encoder.h"
#include "text/tokenizer_file.h"

namespace engine {

namespace {

constexpr std::size_t kMaxIdleScratches = 16; // 2 MiB each; more threads than that make new ones
constexpr std::size_t kBytesPerToken = 4;     // of English, about; only to reserve memory

/// Lends working memory to callers, so that word caches outlive a call and threads share nothing
/// while they encode.
class ScratchPool final
{
public:
    std::unique_ptr<TextEncoder::Scratch> take()
    {
        const std::lock_guard lock(m_mutex);
        if (m_idle.empty()) {
            return std::make_unique<TextEncoder::Scratch>();
        }
        auto scratch = std::move(m_idle.back());
        m_idle.pop_back();
        return scratch;
    }

    void giveBack(std::unique_ptr<TextEncoder::Scratch> scratch)
    {
        const std::lock_guard lock(m_mutex);
        if (m_idle.size() < kMaxIdleScratches) {
            m_idle.push_back(std::move(scratch));
        }
    }

private:
    std::mutex m_mutex;
    std::vector<std::unique_ptr<TextEncoder::Scratch>> m_idle;
};

TextEncoder::WordTable wholeWordsOf(const TokenizerFile& file)
{
    TextEncoder::WordTable words;
    if (file.wholeWordsFirst) {
        for (std::size_t id = 0; id < file.tokens.size(); ++id) {
            words.emplace(file.tokens[id], static_cast<TokenId>(id));
        }
        for (const AddedToken& token : file.added) {
            words.erase(token.content);
        }
        words.erase(std::string());
    }
    return words;
}

} // namespace

struct Tokenizer::Impl
{
    Impl(TokenizerFile file, TextSplitter splitter)
        : encoder(std::move(splitter), WordMerger(file.merges, file.byteTokens),
                  wholeWordsOf(file)),
          scanner(file.added), tokens(std::move(file.tokens)), isAdded(tokens.size(), false)
    {
        for (AddedToken& token : file.added) {
            isAdded[static_cast<std::size_t>(token.id)] = true;
            added.emplace(std::move(token.content), token.id);
        }
    }

    [[nodiscard]] bool contains(TokenId id) const
    {
        return id >= 0 && static_cast<std::size_t>(id) < tokens.size();
    }

    TextEncoder encoder;
    AddedTokenScanner scanner;
    std::vector<std::string> tokens; ///< bytes by id
    std::vector<bool> isAdded;
    std::map<std::string, TokenId, std::less<>> added;
    ScratchPool scratches;
};

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Tokenizer::~Tokenizer() = default;

Result<std::shared_ptr<const Tokenizer>> Tokenizer::open(const std::filesystem::path& file)
{
    auto contents = readTokenizerFile(file);
    if (!contents) {
        return tl::unexpected(contents.error());
    }
    return make(std::move(*contents), file.string());
}

Result<std::shared_ptr<const Tokenizer>> Tokenizer::parse(std::string_view text,
                                                          const std::string& name)
{
    auto contents = parseTokenizer(text);
    if (!contents) {
        return fail(contents.error().code, fmt::format("{}: {}", name, contents.error().message));
    }
    return make(std::move(*contents), name);
}

Result<std::shared_ptr<const Tokenizer>> Tokenizer::make(TokenizerFile contents,
                                                         const std::string& name)
{
    auto splitter = TextSplitter::create(contents.splitRules);
    if (!splitter) {
        return fail(splitter.error().code, fmt::format("{}: {}", name, splitter.error().message));
    }
    auto impl = std::make_unique<Impl>(std::move(contents), std::move(*splitter));
    return std::shared_ptr<const Tokenizer>(new Tokenizer(std::move(impl)));
}

std::vector<TokenId> Tokenizer::encode(std::string_view text) const
{
    std::vector<TokenId> ids;
    ids.reserve(text.size() / kBytesPerToken + 1);
    auto scratch = m_impl->scratches.take();
    m_impl->encoder.encode(text, *scratch, ids);
    m_impl->scratches.giveBack(std::move(scratch));
    return ids;
}

Encoding Tokenizer::encodeWithOffsets(std::string_view text) const
{
    if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
        // The caller broke the contract, and wrong offsets would be quoted as sources.
        std::fputs("Tokenizer::encodeWithOffsets: wanted a text under 4 GiB\n", stderr);
        std::terminate();
    }
    Encoding encoding{encode(text), {}};
    encoding.begins.reserve(encoding.ids.size());
    std::size_t begin = 0;
    for (const TokenId id : encoding.ids) {
        // Tokens of plain text spell it out byte by byte, so lengths give the places.
        encoding.begins.push_back(static_cast<std::uint32_t>(begin));
        begin += tokenBytes(id).size();
    }
    return encoding;
}

std::vector<TokenId> Tokenizer::encodeMarked(std::string_view text) const
{
    std::vector<TokenId> ids;
    auto scratch = m_impl->scratches.take();
    for (const AddedTokenScanner::Segment& segment : m_impl->scanner.scan(text)) {
        if (segment.token) {
            ids.push_back(*segment.token);
        } else {
            m_impl->encoder.encode(segment.text, *scratch, ids);
        }
    }
    m_impl->scratches.giveBack(std::move(scratch));
    return ids;
}

std::string Tokenizer::decode(std::span<const TokenId> ids) const
{
    std::string bytes;
    bytes.reserve(ids.size() * kBytesPerToken);
    for (const TokenId id : ids) {
        bytes += tokenBytes(id);
    }
    return bytes;
}

std::string_view Tokenizer::tokenBytes(TokenId id) const
{
    return m_impl->contains(id) ? m_impl->tokens[static_cast<std::size_t>(id)] : std::string_view();
}

std::optional<TokenId> Tokenizer::special(std::string_view content) const
{
    const auto found = m_impl->added.find(content);
    return found == m_impl->added.end() ? std::nullopt : std::optional(found->second);
}

bool Tokenizer::isSpecial(TokenId id) const
{
    return m_impl->contains(id) && m_impl->isAdded[static_cast<std::size_t>(id)];
}

std::size_t Tokenizer::vocabSize() const
{
    return m_impl->tokens.size();
}

} // namespace engine
