// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/reopen_bench.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include "bench/generated_text.h"
#include "bench/process_counters.h"
#include "engine/session.h"
#include "storage/session_file.h"

namespace app {
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;
template <typename T>
using Outcome = tl::expected<T, std::string>;

constexpr std::uint64_t kCommit = 2'048;        // as usecases/source_reader.h
constexpr std::uint64_t kBookTokens = 80'000;   // a long book
constexpr std::uint64_t kPatternTokens = 4'096; // whole windows, whole rows of every ratio
constexpr std::uint64_t kRowMultiple = 128;
constexpr std::size_t kPassagesRead = 6; // as the answerer reads
constexpr std::size_t kContinued = 64;

double millisecondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

template <typename T, typename RoomError>
Outcome<T> orMessage(tl::expected<T, RoomError>&& result)
{
    return std::move(result).map_error([](const RoomError& error) { return error.message; });
}

class FileRows final : public engine::CacheSource
{
public:
    explicit FileRows(storage::SessionFile& file) : m_file(file) {}
    engine::Result<void> read(std::size_t layer, engine::CacheKind kind, std::uint64_t rowBegin,
                              std::uint64_t rowCount, std::span<std::byte> out) override
    {
        auto done = m_file.readRows(static_cast<std::uint32_t>(layer),
                                    static_cast<std::uint32_t>(kind), rowBegin, rowCount, out);
        return done ? engine::Result<void>()
                    : engine::fail(engine::ErrorCode::io, done.error().message);
    }

private:
    storage::SessionFile& m_file;
};

/// The rows of a real beginning, over and over.
class RepeatedRows final : public engine::CacheSource
{
public:
    explicit RepeatedRows(std::vector<engine::CacheBlock> pattern) : m_pattern(std::move(pattern))
    {
    }
    engine::Result<void> read(std::size_t layer, engine::CacheKind kind, std::uint64_t rowBegin,
                              std::uint64_t rowCount, std::span<std::byte> out) override
    {
        for (const engine::CacheBlock& block : m_pattern) {
            if (block.layer != layer || block.kind != kind) {
                continue;
            }
            const std::size_t bytes = block.bytes.size() / block.rowCount;
            for (std::uint64_t row = 0; row < rowCount; ++row) {
                const std::size_t from = (rowBegin + row) % block.rowCount * bytes;
                std::copy_n(block.bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes,
                            out.begin() + static_cast<std::ptrdiff_t>(row * bytes));
            }
            return {};
        }
        return engine::fail(engine::ErrorCode::badInput, "no such rows");
    }
    /// What a session that read [begin, end) would give to the file.
    [[nodiscard]] std::vector<engine::CacheBlock> between(std::uint64_t begin, std::uint64_t end)
    {
        std::vector<engine::CacheBlock> blocks;
        for (const engine::CacheBlock& one : m_pattern) {
            const std::uint64_t ratio = kPatternTokens / one.rowCount;
            engine::CacheBlock block{
                one.layer, one.kind, begin / ratio, end / ratio - begin / ratio, {}};
            block.bytes.resize(one.bytes.size() / one.rowCount * block.rowCount);
            if (block.rowCount > 0 &&
                read(block.layer, block.kind, block.rowBegin, block.rowCount, block.bytes)) {
                blocks.push_back(std::move(block));
            }
        }
        return blocks;
    }

private:
    std::vector<engine::CacheBlock> m_pattern;
};

/// A real checkpoint moved along the timeline: its layout (engine/session/checkpoint_codec.h) has
/// the length behind magic, version, format, features and the fingerprint with its length.
std::vector<std::byte> movedTo(std::vector<std::byte> checkpoint, std::uint64_t length)
{
    constexpr std::size_t kNameLengthAt = 16;
    std::uint32_t name = 0;
    const std::span<std::byte> bytes(checkpoint);
    if (bytes.size() < kNameLengthAt + sizeof name) {
        return checkpoint;
    }
    std::memcpy(&name, bytes.subspan(kNameLengthAt).data(), sizeof name);
    const std::size_t at = kNameLengthAt + sizeof name + name;
    if (bytes.size() >= at + sizeof length) {
        std::memcpy(bytes.subspan(at).data(), &length, sizeof length);
    }
    return checkpoint;
}

class ReopenBench
{
public:
    ReopenBench(const std::shared_ptr<const engine::Model>& model,
                const engine::Tokenizer& tokenizer, storage::ModelIdentity identity,
                const ReopenOptions& options)
        : m_model(model), m_tokenizer(tokenizer), m_identity(std::move(identity)),
          m_options(options), m_folder(options.folder / fmt::format("lectern-bench-{}", getpid())),
          m_path(m_folder / "bench.lectern")
    {
        fs::create_directories(m_folder);
    }
    ~ReopenBench()
    {
        std::error_code ignored;
        fs::remove_all(m_folder, ignored);
    }
    ReopenBench(const ReopenBench&) = delete;
    ReopenBench& operator=(const ReopenBench&) = delete;

    Outcome<ReopenFigures> run()
    {
        return fill()
            .and_then([this] { return readAll(); })
            .and_then([this] { return reopen(); })
            .and_then([this] { return compare(); })
            .and_then([this] { return duplicate(); })
            .map([this] {
                m_figures.peakResidentBytes = processCounters().peakResident;
                return m_figures;
            });
    }

private:
    Outcome<void> fill();
    Outcome<void> readAll();
    Outcome<void> commit(storage::SessionFile& file, std::uint64_t begin, std::uint64_t end);
    Outcome<void> jump();
    Outcome<void> reopen();
    Outcome<void> readPassages(const std::string& question,
                               const std::vector<storage::Passage>& passages);
    Outcome<void> compare();
    Outcome<void> duplicate();
    Outcome<std::unique_ptr<engine::Session>> newSession()
    {
        return orMessage(engine::Session::create(m_model, sessionOptions()));
    }
    [[nodiscard]] engine::SessionOptions sessionOptions() const
    {
        engine::SessionOptions options;
        options.threads = m_options.threads;
        return options;
    }

    std::shared_ptr<const engine::Model> m_model;
    const engine::Tokenizer& m_tokenizer;
    storage::ModelIdentity m_identity;
    const ReopenOptions& m_options;
    fs::path m_folder;
    fs::path m_path;
    ReopenFigures m_figures;
    std::vector<engine::TokenId> m_tokens;
    std::string m_question;
    std::unique_ptr<RepeatedRows> m_pattern;
    std::vector<std::byte> m_patternState;
    std::unique_ptr<engine::Session> m_reading; ///< the session that is never closed
    std::unique_ptr<storage::SessionFile> m_file;
    std::unique_ptr<FileRows> m_rows;
    std::unique_ptr<engine::Session> m_reopened;
};

Outcome<void> ReopenBench::fill()
{
    auto file = storage::SessionFile::create(m_path, {"bench", "bench", m_identity});
    if (!file) {
        return tl::unexpected(file.error().message);
    }
    m_tokens.push_back(m_model->config().bosToken);
    const std::uint64_t wanted = std::max(m_options.tokens / kRowMultiple * kRowMultiple,
                                          m_options.synthetic ? 2 * kPatternTokens : kRowMultiple);
    for (std::uint64_t number = 0; m_tokens.size() < wanted; ++number) {
        GeneratedBook book = generateBook(
            m_tokenizer, number, std::min<std::uint64_t>(kBookTokens, wanted - m_tokens.size()));
        for (storage::NewPassage& passage : book.passages) {
            passage.tokens.begin += m_tokens.size();
            passage.tokens.end += m_tokens.size();
        }
        storage::NewSource source;
        source.path = fmt::format("/books/{}.txt", number);
        source.format = "text";
        source.title = fmt::format("Book {}", number + 1);
        source.fileBytes = book.text.size();
        auto stored = (*file)->together([&]() -> storage::Result<void> {
            auto id = (*file)->addSource(source, book.text, {});
            if (!id) {
                return tl::unexpected(id.error());
            }
            storage::SourceUpdate place;
            place.tokens = {m_tokens.size(), m_tokens.size() + book.tokens.size()};
            place.tokenCount = book.tokens.size();
            return (*file)->appendPassages(*id, book.passages).and_then([&] {
                return (*file)->updateSource(*id, place);
            });
        });
        if (!stored) {
            return tl::unexpected(stored.error().message);
        }
        m_question = book.text.substr(book.passages[book.passages.size() / 2].text.begin, 60);
        m_tokens.insert(m_tokens.end(), book.tokens.begin(), book.tokens.end());
    }
    m_tokens.resize(wanted);
    m_figures.tokens = wanted;
    return {};
}

Outcome<void> ReopenBench::commit(storage::SessionFile& file, std::uint64_t begin,
                                  std::uint64_t end)
{
    std::vector<engine::CacheBlock> blocks;
    std::vector<std::byte> state;
    const auto tokens = std::span(m_tokens).subspan(begin, end - begin);
    if (m_pattern) {
        blocks = m_pattern->between(begin, end);
        state = movedTo(m_patternState, end);
    } else {
        if (auto read = m_reading->append(tokens, m_options.stop); !read) {
            return tl::unexpected(read.error().message);
        }
        blocks = m_reading->rowsSince(begin);
        state = m_reading->checkpoint();
    }
    std::vector<storage::RowBlock> rows;
    for (const engine::CacheBlock& block : blocks) {
        rows.push_back({static_cast<std::uint32_t>(block.layer),
                        static_cast<std::uint32_t>(block.kind), block.rowBegin, block.rowCount,
                        block.bytes});
        m_figures.cacheBytes += block.bytes.size();
    }
    storage::ReadingCommit step;
    step.tokenBegin = begin;
    step.tokens = tokens;
    step.blocks = rows;
    step.checkpoint = state;
    return orMessage(file.commitReading(step));
}

/// From a real beginning on, rows and states are repeated.
Outcome<void> ReopenBench::jump()
{
    m_pattern = std::make_unique<RepeatedRows>(m_reading->rowsSince(0));
    m_patternState = m_reading->checkpoint();
    auto jumped = engine::Session::restore(m_model, sessionOptions(),
                                           movedTo(m_patternState, m_tokens.size()), *m_pattern);
    if (!jumped) {
        return tl::unexpected(jumped.error().message);
    }
    m_reading = std::move(*jumped);
    return {};
}

Outcome<void> ReopenBench::readAll()
{
    auto file = storage::SessionFile::open(m_path, storage::OpenMode::readWrite);
    auto session = newSession();
    if (!file || !session) {
        return tl::unexpected(file ? session.error() : file.error().message);
    }
    m_reading = std::move(*session);
    const ProcessCounters before = processCounters();
    const auto device = deviceBytesWritten(m_folder);
    const auto begin = Clock::now();
    for (std::uint64_t at = 0; at < m_tokens.size(); at += kCommit) {
        const std::uint64_t end = std::min<std::uint64_t>(at + kCommit, m_tokens.size());
        if (m_options.synthetic && at == kPatternTokens) {
            if (auto jumped = jump(); !jumped) {
                return jumped;
            }
        }
        if (m_options.stop.stop_requested()) {
            return tl::unexpected(std::string("stopped"));
        }
        if (auto kept = commit(**file, at, end); !kept) {
            return kept;
        }
        if (m_options.progress) {
            m_options.progress(end);
        }
    }
    file->reset(); // the last checkpoint goes into the file here
    m_figures.readSeconds = millisecondsSince(begin) / 1000.0;
    m_figures.bytesWritten = processCounters().written - before.written;
    if (const auto now = deviceBytesWritten(m_folder); now && device) {
        m_figures.deviceBytesWritten = *now - *device;
    }
    m_figures.fileBytes = fs::file_size(m_path);
    return {};
}

Outcome<void> ReopenBench::reopen()
{
    if (m_options.cold) {
        forgetCached(m_path);
    }
    const ProcessCounters before = processCounters();
    const auto begin = Clock::now();
    auto file = storage::SessionFile::open(m_path, storage::OpenMode::readWrite);
    if (!file) {
        return tl::unexpected(file.error().message);
    }
    m_file = std::move(*file);
    const auto sources = m_file->sources();
    const auto messages = m_file->messages();
    if (!sources || !messages) {
        return tl::unexpected(sources ? messages.error().message : sources.error().message);
    }
    const std::uint64_t shown = std::min<std::uint64_t>(4'000, sources->front().textBytes);
    if (auto text = m_file->sourceText(sources->front().id, {0, shown}); !text) {
        return tl::unexpected(text.error().message);
    }
    m_figures.windowMs = millisecondsSince(begin);

    auto passages = m_file->passages();
    auto checkpoint = m_file->loadCheckpoint();
    if (!passages || !checkpoint || !*checkpoint) {
        return tl::unexpected(std::string("wanted passages and a checkpoint, found none"));
    }
    m_rows = std::make_unique<FileRows>(*m_file);
    auto session =
        engine::Session::restore(m_model, sessionOptions(), (*checkpoint)->bytes, *m_rows);
    if (!session) {
        return tl::unexpected(session.error().message);
    }
    m_reopened = std::move(*session);
    const engine::ModelConfig& config = m_model->config();
    engine::IndexQuery nothing; // fetches the keys
    nothing.layer = config.lastCsaLayer();
    nothing.heads.resize(config.indexHeads * config.indexHeadDim);
    nothing.weights.resize(config.indexHeads);
    if (auto keys = m_reopened->scoreIndexRows(nothing); !keys) {
        return tl::unexpected(keys.error().message);
    }
    m_figures.openMs = millisecondsSince(begin);
    m_figures.openCpuMs = processCounters().cpuMs - before.cpuMs;
    if (auto read = readPassages(m_question, *passages); !read) {
        return read;
    }
    m_figures.firstTokenMs = millisecondsSince(begin);
    m_figures.bytesBeforeFirstToken = processCounters().read - before.read;
    m_figures.tokensReadAgain = m_reopened->prefilledTokens();
    return {};
}

/// Locates by words and by the indexer, then reads the best passages beside the question.
Outcome<void> ReopenBench::readPassages(const std::string& question,
                                        const std::vector<storage::Passage>& passages)
{
    auto asking = newSession();
    if (!asking) {
        return tl::unexpected(asking.error());
    }
    const auto begin = Clock::now();
    const std::vector<engine::TokenId> words = m_tokenizer.encode(question);
    const auto terms = storage::searchTerms(question);
    const auto read = (*asking)->append(words);
    const auto query = (*asking)->indexQuery();
    if (!terms || !read || !query) {
        return tl::unexpected(std::string("the question could not be read"));
    }
    const auto ranking = m_file->rankPassages(*terms);
    const auto scores = m_reopened->scoreIndexRows(*query);
    if (!ranking || !scores) {
        return tl::unexpected(ranking ? scores.error().message : ranking.error().message);
    }
    std::map<storage::PassageId, double> byId;
    for (const storage::RankedPassage& one : ranking->passages) {
        byId[one.id] = one.bm25;
    }
    std::vector<std::pair<double, std::size_t>> best;
    for (std::size_t i = 0; i < passages.size(); ++i) {
        const std::size_t row = passages[i].tokens.end / 4 - 1;
        const double score = row < scores->size() ? static_cast<double>((*scores)[row]) : 0.0;
        best.emplace_back(byId[passages[i].id] + score * 1e-3, i);
    }
    m_figures.locateMs = millisecondsSince(begin);
    const std::size_t count = std::min(kPassagesRead, best.size());
    std::partial_sort(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(count), best.end(),
                      std::greater<>());
    for (std::size_t i = 0; i < count; ++i) {
        const storage::Passage& passage = passages[best[i].second];
        const auto text = m_file->passageText(passage.id);
        if (!text) {
            return tl::unexpected(text.error().message);
        }
        std::vector<engine::TokenId> prompt = m_tokenizer.encode(*text);
        prompt.insert(prompt.end(), words.begin(), words.end());
        (*asking)->clear();
        if (auto done = (*asking)->append(prompt); !done) {
            return tl::unexpected(done.error().message);
        }
        if (auto logits = (*asking)->logits(); !logits) {
            return tl::unexpected(logits.error().message);
        }
    }
    return {};
}

/// The session that was never closed and the one that was reopened read the same words on.
Outcome<void> ReopenBench::compare()
{
    const auto more = std::span(m_tokens).first(std::min(kContinued, m_tokens.size()));
    std::vector<std::vector<float>> found;
    for (engine::Session* session : {m_reading.get(), m_reopened.get()}) {
        if (auto read = session->append(more, m_options.stop); !read) {
            return tl::unexpected(read.error().message);
        }
        auto logits = session->logits();
        if (!logits) {
            return tl::unexpected(logits.error().message);
        }
        found.emplace_back(logits->begin(), logits->end());
    }
    m_figures.logitsEqual = found[0] == found[1];
    return {};
}

Outcome<void> ReopenBench::duplicate()
{
    const auto begin = Clock::now();
    auto done = m_file->duplicate(m_folder / "copy.lectern");
    m_figures.duplicateMs = millisecondsSince(begin);
    return orMessage(std::move(done));
}

} // namespace

tl::expected<ReopenFigures, std::string>
measureReopening(const std::shared_ptr<const engine::Model>& model,
                 const engine::Tokenizer& tokenizer, const storage::ModelIdentity& identity,
                 const ReopenOptions& options)
{
    return ReopenBench(model, tokenizer, identity, options).run();
}

} // namespace app
