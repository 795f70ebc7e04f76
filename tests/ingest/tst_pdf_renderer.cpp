// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "ingest/pdf_renderer.h"
#include "ingest/position.h"
#include "ingest/read_document.h"
#include "pdf_maker.h"
#include "sample_folder.h"

#if defined(__SANITIZE_ADDRESS__)
// Fontconfig keeps what it has allocated until the process ends.
extern "C" const char* __lsan_default_suppressions();
const char* __lsan_default_suppressions()
{
    return "leak:libfontconfig";
}
#endif

using namespace std::string_literals;
using ingest::ErrorCode;
using ingest::PdfRenderer;

namespace {

/// Pixels of a box that are not white, and all of its pixels.
std::pair<std::size_t, std::size_t> inkIn(const ingest::RenderedPage& page, const ingest::Box& box)
{
    std::size_t ink = 0;
    std::size_t all = 0;
    const auto x0 = static_cast<int>(box.x0 * static_cast<float>(page.width));
    const auto x1 = static_cast<int>(box.x1 * static_cast<float>(page.width));
    const auto y0 = static_cast<int>(box.y0 * static_cast<float>(page.height));
    const auto y1 = static_cast<int>(box.y1 * static_cast<float>(page.height));
    for (int y = y0; y < y1; ++y) {
        for (int x = x0; x < x1; ++x) {
            const std::size_t at =
                static_cast<std::size_t>(y) * page.strideBytes + static_cast<std::size_t>(x) * 4;
            ink += page.pixels[at] < 200 ? 1U : 0U;
            ++all;
        }
    }
    return {ink, all};
}

std::string samplePages()
{
    PdfMaker pdf;
    pdf.addPage(595, 842);
    pdf.text(72, 300, "Harpoon", 30);
    pdf.addPage(842, 300);
    pdf.text(72, 100, "Lantern", 30);
    pdf.setPageLabels("0 << /S /r >>");
    return pdf.bytes();
}

} // namespace

class TestPdfRenderer : public QObject
{
    Q_OBJECT

private slots:
    void drawsWordsWhereTheirBoxesAre();
    void knowsSizesAndLabels();
    void scales();
    void rotatesAsThePageSays();
    void refuses();
    void cancels();
};

void TestPdfRenderer::drawsWordsWhereTheirBoxesAre()
{
    const SampleFolder folder;
    const auto path = folder.write("a.pdf", samplePages());
    const auto document = ingest::readDocument(path);
    QVERIFY(document);
    const auto renderer = PdfRenderer::open(path);
    QVERIFY2(renderer, renderer ? "" : renderer.error().message.c_str());
    for (const auto& word : document->maps.words) {
        const auto page = renderer->render(word.page, 2.0);
        QVERIFY(page);
        const auto [ink, all] = inkIn(*page, word.box);
        const auto [inkOnPage, pixels] = inkIn(*page, {0.0F, 0.0F, 1.0F, 1.0F});
        QVERIFY(ink > all / 10);
        QVERIFY(ink * 100 >= inkOnPage * 99); // all of it is in the word's box
    }
}

void TestPdfRenderer::knowsSizesAndLabels()
{
    const SampleFolder folder;
    const auto renderer = PdfRenderer::open(folder.write("a.pdf", samplePages()));
    QVERIFY(renderer);
    QCOMPARE(renderer->pageCount(), std::size_t{2});
    QCOMPARE(renderer->pageSize(1)->widthPoints, 842.0);
    QCOMPARE(renderer->pageSize(1)->heightPoints, 300.0);
    QCOMPARE(*renderer->pageLabel(1), "ii"s);
    QCOMPARE(renderer->pageSize(2).error().code, ErrorCode::damaged);
    QCOMPARE(renderer->pageLabel(SIZE_MAX).error().code, ErrorCode::damaged);
    QCOMPARE(renderer->render(2, 1.0).error().code, ErrorCode::damaged);
}

void TestPdfRenderer::scales()
{
    const SampleFolder folder;
    const auto renderer = PdfRenderer::open(folder.write("a.pdf", samplePages()));
    QVERIFY(renderer);
    const auto half = renderer->render(1, 0.5);
    QVERIFY(half);
    QCOMPARE(half->width, 421);
    QCOMPARE(half->height, 150);
    QVERIFY(half->strideBytes >= 421 * 4);
    QCOMPARE(half->pixels.size(), half->strideBytes * 150);
    QCOMPARE(half->pixels[3], std::uint8_t{255}); // opaque
    QCOMPARE(renderer->render(1, 100.0).error().code, ErrorCode::tooLarge);
    QCOMPARE(renderer->render(1, 0.0).error().code, ErrorCode::tooLarge);
    QCOMPARE(renderer->render(1, -1.0).error().code, ErrorCode::tooLarge);
    QCOMPARE(renderer->render(1, std::numeric_limits<double>::quiet_NaN()).error().code,
             ErrorCode::tooLarge);
}

void TestPdfRenderer::rotatesAsThePageSays()
{
    std::string bytes = samplePages();
    const std::size_t at = bytes.find("/MediaBox [0 0 595 842]");
    QVERIFY(at != std::string::npos);
    bytes.insert(at, "/Rotate 90 ");
    const SampleFolder folder;
    const auto path = folder.write("a.pdf", bytes);
    const auto document = ingest::readDocument(path);
    QVERIFY2(document, document ? "" : document.error().message.c_str());
    const auto renderer = PdfRenderer::open(path);
    QVERIFY(renderer);
    QCOMPARE(renderer->pageSize(0)->widthPoints, 842.0);
    QCOMPARE(static_cast<double>(document->maps.pages[0].widthPoints), 842.0);
    const auto page = renderer->render(0, 1.0);
    QVERIFY(page);
    QCOMPARE(page->width, 842);
    const auto [ink, all] = inkIn(*page, document->maps.words.front().box);
    QVERIFY(ink > all / 10);
}

void TestPdfRenderer::refuses()
{
    const SampleFolder folder;
    QCOMPARE(PdfRenderer::open(folder.path() / "none.pdf").error().code, ErrorCode::notFound);
    QCOMPARE(PdfRenderer::open(folder.path()).error().code, ErrorCode::wrongKind);
    const auto broken = PdfRenderer::open(folder.write("broken.pdf", "%PDF-1.4 nothing"));
    QCOMPARE(broken.error().code, ErrorCode::damaged);
    QVERIFY(broken.error().message.find("broken.pdf") != std::string::npos);
}

void TestPdfRenderer::cancels()
{
    const SampleFolder folder;
    const auto renderer = PdfRenderer::open(folder.write("a.pdf", samplePages()));
    QVERIFY(renderer);
    std::stop_source stop;
    stop.request_stop();
    QCOMPARE(renderer->render(0, 1.0, stop.get_token()).error().code, ErrorCode::cancelled);
}

QTEST_GUILESS_MAIN(TestPdfRenderer)
#include "tst_pdf_renderer.moc"
