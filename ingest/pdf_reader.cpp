// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdf_reader.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "file_bytes.h"
#include "pdf_headings.h"
#include "pdf_layout.h"
#include "pdf_paragraphs.h"
#include "pdf_running_heads.h"
#include "pdf_text_builder.h"
#include "poppler_file.h"
#include "unicode.h"

namespace ingest {

namespace {

/// Threads beyond this gain little: the file is parsed by each of them.
constexpr unsigned kMostThreads = 4;
constexpr std::size_t kPagesPerThread = 24;
/// A page with a greater share of characters without meaning is noise.
constexpr std::size_t kUnreadableShare = 3; // one in three

/// Most complaints are about fonts and colours, and no text is lost by them.
bool isAboutContent(std::string_view complaint)
{
    constexpr std::array<std::string_view, 9> kWords{"xref",        "trailer", "stream",
                                                     "End of file", "Kids",    "Page",
                                                     "page ",       "object",  "Unterminated"};
    return std::any_of(kWords.begin(), kWords.end(), [complaint](std::string_view word) {
        return complaint.find(word) != std::string_view::npos;
    });
}

/// Reads all pages, on several threads for long documents: each has a document of its own.
class PageCollector final
{
public:
    PageCollector(const std::filesystem::path& path, const ReadOptions& options,
                  std::size_t pageCount)
        : m_path(path), m_options(options), m_sheets(pageCount), m_failed(pageCount, 0)
    {
    }

    Result<void> run(const PopplerFile& file)
    {
        const std::size_t wanted = m_sheets.size() / kPagesPerThread;
        const std::size_t threads = std::clamp<std::size_t>(
            wanted, 1, std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads));
        {
            std::vector<std::jthread> helpers;
            for (std::size_t i = 1; i < threads; ++i)
                helpers.emplace_back([this] { help(); });
            work(file, true);
        }
        if (m_options.stop.stop_requested())
            return fail(ErrorCode::cancelled,
                        fmt::format("reading {} was cancelled", quoted(m_path)));
        if (m_exception)
            std::rethrow_exception(m_exception);
        return {};
    }

    [[nodiscard]] std::vector<PdfSheet>& sheets() { return m_sheets; }
    [[nodiscard]] bool hasFailed(std::size_t page) const { return m_failed[page] != 0; }
    [[nodiscard]] const std::optional<std::string>& complaint() const { return m_complaint; }

private:
    void help()
    {
        // A helper that cannot open the file leaves its share to the others.
        if (const auto file = PopplerFile::open(m_path, m_options.password))
            work(*file, false);
    }

    void work(const PopplerFile& file, bool reports)
    try {
        for (std::size_t page = m_next++; page < m_sheets.size(); page = m_next++) {
            if (m_options.stop.stop_requested())
                return;
            if (auto text = file.readPage(page, m_options.stop)) {
                m_sheets[page].text = std::move(*text);
                m_sheets[page].lines =
                    findLines(m_sheets[page].text, static_cast<std::uint32_t>(page));
            } else {
                m_failed[page] = 1;
            }
            const std::size_t done = ++m_done;
            if (reports && m_options.progress)
                m_options.progress(std::min(done, m_sheets.size() - 1), m_sheets.size());
        }
        const std::lock_guard lock(m_mutex);
        for (const std::string& complaint : file.complaints()) {
            // The same one whichever thread was first.
            if (isAboutContent(complaint) && (!m_complaint || complaint < *m_complaint))
                m_complaint = complaint;
        }
    } catch (...) {
        const std::lock_guard lock(m_mutex);
        m_exception = std::current_exception();
        m_next = m_sheets.size();
    }

    const std::filesystem::path& m_path;
    const ReadOptions& m_options;
    std::vector<PdfSheet> m_sheets;
    std::vector<std::uint8_t> m_failed; ///< bytes, as threads write side by side
    std::atomic<std::size_t> m_next = 0;
    std::atomic<std::size_t> m_done = 0;
    std::mutex m_mutex;
    std::optional<std::string> m_complaint;
    std::exception_ptr m_exception;
};

/// "p. 3–9, 41", at most a dozen ranges.
std::string pageList(const std::vector<std::size_t>& pages)
{
    std::string list = "p. ";
    std::size_t ranges = 0;
    for (std::size_t i = 0; i < pages.size();) {
        std::size_t last = i;
        while (last + 1 < pages.size() && pages[last + 1] == pages[last] + 1)
            ++last;
        if (++ranges > 12)
            return list + " …";
        list += (i > 0 ? ", " : "") + std::to_string(pages[i] + 1);
        if (last > i)
            list += "–" + std::to_string(pages[last] + 1);
        i = last + 1;
    }
    return list;
}

std::string countedPages(const std::vector<std::size_t>& pages, std::size_t all,
                         std::string_view one, std::string_view many)
{
    return fmt::format("{} of {} pages {}: {}.", pages.size(), all, pages.size() == 1 ? one : many,
                       pageList(pages));
}

void addNotes(const PageCollector& pages, const std::vector<PdfSheet>& sheets, Document& document)
{
    std::vector<std::size_t> blank;
    std::vector<std::size_t> failed;
    std::vector<std::size_t> unreadable;
    for (std::size_t i = 0; i < sheets.size(); ++i) {
        const auto& lines = sheets[i].lines;
        std::size_t bytes = 0;
        for (const PdfWord& word : sheets[i].text.words)
            bytes += word.text.size();
        if (pages.hasFailed(i))
            failed.push_back(i);
        else if (std::all_of(lines.begin(), lines.end(),
                             [](const PdfLine& line) { return line.isRunning; }))
            blank.push_back(i);
        // Such a character has three bytes.
        if (sheets[i].text.unreadable * 3 * kUnreadableShare > bytes && bytes > 0)
            unreadable.push_back(i);
    }
    if (!blank.empty())
        document.notes.push_back(countedPages(blank, sheets.size(), "has no text", "have no text"));
    if (!unreadable.empty())
        document.notes.push_back(countedPages(
            unreadable, sheets.size(), "is unreadable: the file does not say what its letters mean",
            "are unreadable: the file does not say what their letters mean"));
    if (!failed.empty())
        document.notes.push_back(countedPages(failed, sheets.size(), "is damaged and was left out",
                                              "are damaged and were left out"));
}

} // namespace

Result<Document> readPdf(const std::filesystem::path& path, const ReadOptions& options)
{
    const auto file = PopplerFile::open(path, options.password);
    if (!file)
        return tl::unexpected(file.error());
    if (options.progress)
        options.progress(0, file->pageCount());
    PageCollector pages(path, options, file->pageCount());
    if (const auto read = pages.run(*file); !read)
        return tl::unexpected(read.error());
    std::vector<PdfSheet>& sheets = pages.sheets();
    markRunningHeads(sheets);
    const BodyMetrics body = measureBody(sheets);
    auto paragraphs = findParagraphs(sheets, body);
    const auto items = file->outline();
    markHeadings(paragraphs, sheets, body, items);
    Document document;
    if (const auto built = buildPdfText(sheets, paragraphs, document); !built)
        return fail(built.error().code, quoted(path) + ": " + built.error().message);
    if (document.text.empty())
        return fail(ErrorCode::empty,
                    fmt::format("{} has no text: {} {} found, without a letter on {} (a scan?)",
                                quoted(path), sheets.size(),
                                sheets.size() == 1 ? "page was" : "pages were",
                                sheets.size() == 1 ? "it" : "them"));
    document.maps.outline = buildOutline(paragraphs, sheets, items, document);
    document.title = findTitle(file->title(), paragraphs, body, document);
    if (document.title.empty())
        document.title = toValidUtf8(path.stem().string());
    addNotes(pages, sheets, document);
    if (pages.complaint())
        document.notes.push_back(fmt::format("The file has errors, some text may be missing: "
                                             "{}",
                                             *pages.complaint()));
    if (options.progress)
        options.progress(sheets.size(), sheets.size());
    return document;
}

} // namespace ingest
