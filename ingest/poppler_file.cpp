// SPDX-License-Identifier: GPL-3.0-or-later
#include "poppler_file.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <mutex>
#include <utility>

#include <QByteArray>
#include <QFile>
#include <QImage>
#include <QString>
#include <QVariant>
#include <fcntl.h>
#include <fmt/format.h>
#include <poppler-qt6.h>
#include <unistd.h>

#include "file_bytes.h"
#include "pdf_characters.h"
#include "unicode.h"

namespace ingest {

namespace {

constexpr double kMostPixels = 100e6;
constexpr std::size_t kMostComplaints = 20;
constexpr std::size_t kMostOutlineItems = 20'000;
constexpr std::uint32_t kDeepestOutline = 16;
constexpr double kPointsPerInch = 72.0;
/// No printed page is larger; a damaged one may say so.
constexpr double kLargestPagePoints = 1e6;

/// Where the library's complaints go while this thread is inside it: its hook is one per process
/// and has no word about the document.
thread_local std::vector<std::string>* t_complaints = nullptr;

void collectComplaint(const QString& message, const QVariant& /*closure*/)
{
    if (t_complaints == nullptr || t_complaints->size() >= kMostComplaints)
        return;
    std::string text = simplified(message.toStdString());
    if (std::find(t_complaints->begin(), t_complaints->end(), text) == t_complaints->end())
        t_complaints->push_back(std::move(text));
}

class ComplaintScope final
{
public:
    explicit ComplaintScope(std::vector<std::string>& complaints) : m_before(t_complaints)
    {
        static std::once_flag hooked;
        std::call_once(hooked, [] { Poppler::setDebugErrorFunction(collectComplaint, {}); });
        t_complaints = &complaints;
    }
    ~ComplaintScope() { t_complaints = m_before; }
    ComplaintScope(const ComplaintScope&) = delete;
    ComplaintScope& operator=(const ComplaintScope&) = delete;

private:
    std::vector<std::string>* m_before;
};

bool shouldAbort(const QVariant& closure)
{
    return static_cast<const std::stop_token*>(closure.value<void*>())->stop_requested();
}

QVariant closureOf(const std::stop_token& stop)
{
    // The callbacks' closure is a QVariant, which holds no pointers to const.
    return QVariant::fromValue(static_cast<void*>(const_cast<std::stop_token*>(&stop)));
}

PdfWord makeWord(const Poppler::TextBox& box, const QRectF& sheet, std::size_t& unreadable)
{
    PdfWord word;
    const QRectF rect = box.boundingBox().intersected(sheet);
    word.rect = {static_cast<float>(rect.left()), static_cast<float>(rect.top()),
                 static_cast<float>(rect.right()), static_cast<float>(rect.bottom())};
    word.endsLine = box.nextWord() == nullptr;
    word.spaceAfter = box.hasSpaceAfter();
    const QString text = box.text();
    const QList<uint> codes = text.toUcs4();
    std::u32string characters(codes.begin(), codes.end());
    word.rightToLeft = isRightToLeft(characters);
    if (word.rightToLeft)
        characters = inReadingOrder(characters);
    for (const char32_t character : characters) {
        unreadable += isUnreadable(character) ? 1U : 0U;
        appendPdfCharacter(word.text, character);
    }
    word.softBreak = !characters.empty() && isSoftHyphen(characters.back());
    word.spaceAfter = word.spaceAfter || word.text.ends_with(' '); // a no-break space
    word.text = std::string(trimmed(word.text));
    return word;
}

/// Each way a password may have been turned into bytes.
std::vector<QByteArray> passwordForms(const std::string& password)
{
    std::vector<QByteArray> forms{QByteArray::fromStdString(password)};
    const QString text = QString::fromStdString(password);
    if (const QByteArray latin = text.toLatin1();
        latin != forms.front() && QString::fromLatin1(latin) == text)
        forms.push_back(latin);
    return forms;
}

std::string utf8(const QString& text)
{
    return simplified(text.toStdString());
}

bool isLength(double value)
{
    return std::isfinite(value) && value > 0.0 && value <= kLargestPagePoints;
}

} // namespace

struct PopplerFile::Impl
{
    std::filesystem::path path;
    // Before the document, which reads from it as long as it lives.
    std::unique_ptr<QFile> file;
    std::unique_ptr<Poppler::Document> document;
    mutable std::vector<std::string> complaints;

    [[nodiscard]] Result<std::unique_ptr<Poppler::Page>> page(std::size_t index) const
    {
        std::unique_ptr<Poppler::Page> found;
        if (index < static_cast<std::size_t>(document->numPages()))
            found = document->page(static_cast<int>(index));
        if (!found)
            return fail(ErrorCode::damaged,
                        fmt::format("page {} of {} cannot be loaded; the document has {} pages",
                                    index + 1, quoted(path), document->numPages()));
        return found;
    }

    [[nodiscard]] tl::unexpected<Error> cancelled() const
    {
        return fail(ErrorCode::cancelled, fmt::format("reading {} was cancelled", quoted(path)));
    }

    /// Opens through a descriptor of ours, so that any file name will do.
    [[nodiscard]] Result<void> openFile()
    {
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0)
            return fail(ErrorCode::io,
                        fmt::format("{} cannot be read: {}", quoted(path), std::strerror(errno)));
        file = std::make_unique<QFile>();
        if (!file->open(descriptor, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle)) {
            ::close(descriptor);
            return fail(ErrorCode::io, fmt::format("{} cannot be read", quoted(path)));
        }
        return {};
    }

    /// A locked document must not be asked anything: Poppler 22.12 would crash.
    [[nodiscard]] Result<void> openDocument(const std::string& password)
    {
        document = Poppler::Document::load(file.get());
        if (document && document->isLocked()) {
            if (password.empty())
                return fail(ErrorCode::encrypted,
                            fmt::format("{} is protected; its password is wanted", quoted(path)));
            for (const QByteArray& form : passwordForms(password)) {
                document = Poppler::Document::load(file.get(), form, form);
                if (document && !document->isLocked())
                    break;
            }
            if (document && document->isLocked())
                return fail(ErrorCode::wrongPassword,
                            fmt::format("the password does not open {}", quoted(path)));
        }
        if (document && document->numPages() > 0)
            return {};
        const std::string found =
            complaints.empty() ? std::string("no pages were found") : complaints.front();
        return fail(ErrorCode::damaged,
                    fmt::format("{} is a damaged PDF file: {}", quoted(path), found));
    }

    void appendOutline(const QVector<Poppler::OutlineItem>& items, std::uint32_t level,
                       std::vector<PdfOutlineItem>& result) const
    {
        for (const Poppler::OutlineItem& item : items) {
            if (result.size() >= kMostOutlineItems)
                return;
            if (item.isNull())
                continue;
            const auto destination = item.destination();
            PdfOutlineItem entry{utf8(item.name()), level, 0, 0.0F};
            if (destination && destination->pageNumber() > 0 &&
                destination->pageNumber() <= document->numPages() && !entry.title.empty()) {
                entry.page = static_cast<std::uint32_t>(destination->pageNumber() - 1);
                const double top = destination->isChangeTop() ? destination->top() : 0.0;
                entry.top =
                    std::isfinite(top) ? static_cast<float>(std::clamp(top, 0.0, 1.0)) : 0.0F;
                result.push_back(std::move(entry));
            }
            if (level < kDeepestOutline && item.hasChildren())
                appendOutline(item.children(), level + 1, result);
        }
    }
};

PopplerFile::PopplerFile(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
PopplerFile::~PopplerFile() = default;
PopplerFile::PopplerFile(PopplerFile&&) noexcept = default;
PopplerFile& PopplerFile::operator=(PopplerFile&&) noexcept = default;

Result<PopplerFile> PopplerFile::open(const std::filesystem::path& path,
                                      const std::string& password)
{
    if (const auto facts = statFile(path); !facts)
        return tl::unexpected(facts.error());
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    const ComplaintScope scope(impl->complaints);
    if (const auto opened = impl->openFile(); !opened)
        return tl::unexpected(opened.error());
    if (const auto opened = impl->openDocument(password); !opened)
        return tl::unexpected(opened.error());
    impl->document->setRenderHint(Poppler::Document::Antialiasing);
    impl->document->setRenderHint(Poppler::Document::TextAntialiasing);
    impl->document->setRenderHint(Poppler::Document::TextSlightHinting);
    return PopplerFile(std::move(impl));
}

std::size_t PopplerFile::pageCount() const
{
    return static_cast<std::size_t>(m_impl->document->numPages());
}

std::string PopplerFile::title() const
{
    const ComplaintScope scope(m_impl->complaints);
    return utf8(m_impl->document->info(QStringLiteral("Title")));
}

std::vector<PdfOutlineItem> PopplerFile::outline() const
{
    const ComplaintScope scope(m_impl->complaints);
    std::vector<PdfOutlineItem> result;
    m_impl->appendOutline(m_impl->document->outline(), 0, result);
    return result;
}

Result<PdfPageText> PopplerFile::readPage(std::size_t index, const std::stop_token& stop) const
{
    const ComplaintScope scope(m_impl->complaints);
    const auto page = m_impl->page(index);
    if (!page)
        return tl::unexpected(page.error());
    PdfPageText result;
    result.label = utf8((*page)->label());
    const QSizeF size = (*page)->pageSizeF();
    if (!isLength(size.width()) || !isLength(size.height()))
        return result; // nothing on it could be placed
    result.widthPoints = static_cast<float>(size.width());
    result.heightPoints = static_cast<float>(size.height());
    const auto boxes = (*page)->textList(Poppler::Page::Rotate0, shouldAbort, closureOf(stop));
    if (stop.stop_requested())
        return m_impl->cancelled();
    result.words.reserve(boxes.size());
    const QRectF sheet(0.0, 0.0, size.width(), size.height());
    for (const auto& box : boxes) {
        PdfWord word = makeWord(*box, sheet, result.unreadable);
        const bool visible = box->boundingBox().intersects(sheet);
        if (visible && !word.text.empty())
            result.words.push_back(std::move(word));
        else if (word.endsLine && !result.words.empty()) {
            result.words.back().endsLine = true;
            result.words.back().softBreak |= visible && word.softBreak;
        }
    }
    return result;
}

Result<PageSize> PopplerFile::pageSize(std::size_t index) const
{
    const ComplaintScope scope(m_impl->complaints);
    const auto page = m_impl->page(index);
    if (!page)
        return tl::unexpected(page.error());
    const QSizeF size = (*page)->pageSizeF();
    if (!isLength(size.width()) || !isLength(size.height()))
        return fail(ErrorCode::damaged,
                    fmt::format("page {} of {} has no size: {} x {} points", index + 1,
                                quoted(m_impl->path), size.width(), size.height()));
    return PageSize{size.width(), size.height()};
}

Result<std::string> PopplerFile::pageLabel(std::size_t index) const
{
    const ComplaintScope scope(m_impl->complaints);
    const auto page = m_impl->page(index);
    if (!page)
        return tl::unexpected(page.error());
    std::string label = utf8((*page)->label());
    return label.empty() ? std::to_string(index + 1) : label;
}

Result<RenderedPage> PopplerFile::render(std::size_t index, double scale,
                                         const std::stop_token& stop) const
{
    const ComplaintScope scope(m_impl->complaints);
    const auto size = pageSize(index);
    if (!size)
        return tl::unexpected(size.error());
    const double pixels = size->widthPoints * size->heightPoints * scale * scale;
    if (!(scale > 0.0) || !(pixels <= kMostPixels))
        return fail(ErrorCode::tooLarge,
                    fmt::format("page {} of {} at scale {} has {:.0f} pixels; the limit is {:.0f}",
                                index + 1, quoted(m_impl->path), scale, pixels, kMostPixels));
    const auto page = m_impl->page(index);
    if (!page)
        return tl::unexpected(page.error());
    const double resolution = kPointsPerInch * scale;
    QImage image =
        (*page)->renderToImage(resolution, resolution, -1, -1, -1, -1, Poppler::Page::Rotate0,
                               nullptr, nullptr, shouldAbort, closureOf(stop));
    if (stop.stop_requested())
        return m_impl->cancelled();
    if (image.isNull())
        return fail(ErrorCode::damaged,
                    fmt::format("page {} of {} cannot be drawn", index + 1, quoted(m_impl->path)));
    image.convertTo(QImage::Format_ARGB32);
    RenderedPage result;
    result.width = image.width();
    result.height = image.height();
    result.strideBytes = static_cast<std::size_t>(image.bytesPerLine());
    const auto bytes = static_cast<std::size_t>(image.sizeInBytes());
    result.pixels.assign(image.constBits(), image.constBits() + bytes);
    return result;
}

const std::vector<std::string>& PopplerFile::complaints() const
{
    return m_impl->complaints;
}

} // namespace ingest
