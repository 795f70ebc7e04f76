// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdf_finish.h"

#include <qpdf/QPDF.hh>
#include <qpdf/QPDFPageDocumentHelper.hh>
#include <qpdf/QPDFPageObjectHelper.hh>
#include <qpdf/QPDFWriter.hh>

namespace samples {
namespace {

using Pages = std::vector<QPDFPageObjectHelper>;

QPDFObjectHandle outlineItem(QPDF& pdf, const Pages& pages, const OutlineEntry& entry)
{
    QPDFObjectHandle item = QPDFObjectHandle::newDictionary();
    item.replaceKey("/Title", QPDFObjectHandle::newUnicodeString(entry.title.toStdString()));
    QPDFObjectHandle page = pages.at(static_cast<std::size_t>(entry.page)).getObjectHandle();
    item.replaceKey("/Dest", QPDFObjectHandle::newArray({page, QPDFObjectHandle::newName("/Fit")}));
    return pdf.makeIndirectObject(item);
}

/// Chains `items` below `parent` as the PDF format wants it: first, last, previous, next.
void linkItems(QPDFObjectHandle parent, std::vector<QPDFObjectHandle>& items)
{
    if (items.empty()) {
        return;
    }
    for (std::size_t index = 0; index < items.size(); ++index) {
        items[index].replaceKey("/Parent", parent);
        if (index > 0) {
            items[index].replaceKey("/Prev", items[index - 1]);
            items[index - 1].replaceKey("/Next", items[index]);
        }
    }
    parent.replaceKey("/First", items.front());
    parent.replaceKey("/Last", items.back());
    parent.replaceKey("/Count", QPDFObjectHandle::newInteger(static_cast<long long>(items.size())));
}

void addOutline(QPDF& pdf, const Pages& pages, const QVector<OutlineEntry>& outline)
{
    QPDFObjectHandle root = pdf.makeIndirectObject(QPDFObjectHandle::newDictionary());
    std::vector<QPDFObjectHandle> chapters;
    std::vector<QPDFObjectHandle> sections;
    for (const OutlineEntry& entry : outline) {
        QPDFObjectHandle item = outlineItem(pdf, pages, entry);
        if (entry.chapter) {
            if (!chapters.empty()) {
                linkItems(chapters.back(), sections);
            }
            sections.clear();
            chapters.push_back(item);
        } else {
            sections.push_back(item);
        }
    }
    if (!chapters.empty()) {
        linkItems(chapters.back(), sections);
    }
    linkItems(root, chapters);
    pdf.getRoot().replaceKey("/Outlines", root);
    pdf.getRoot().replaceKey("/PageMode", QPDFObjectHandle::newName("/UseOutlines"));
}

void addPageLabels(QPDF& pdf)
{
    pdf.getRoot().replaceKey(
        "/PageLabels",
        QPDFObjectHandle::parse("<< /Nums [ 0 << /P (Cover) >> 1 << /S /D /St 1 >> ] >>"));
}

void removeBuildTime(QPDF& pdf)
{
    pdf.getRoot().removeKey("/Metadata"); // repeats the dates and a random document id
    QPDFObjectHandle info = pdf.getTrailer().getKey("/Info");
    info.removeKey("/CreationDate");
    info.removeKey("/ModDate");
}

} // namespace

void writeFinishedPdf(const QByteArray& pdf, const QVector<OutlineEntry>& outline,
                      const QString& path)
{
    QPDF document;
    document.processMemoryFile("manual", pdf.constData(), static_cast<std::size_t>(pdf.size()));
    const Pages pages = QPDFPageDocumentHelper(document).getAllPages();
    addOutline(document, pages, outline);
    addPageLabels(document);
    removeBuildTime(document);
    QPDFWriter writer(document, path.toLocal8Bit().constData());
    writer.setDeterministicID(true);
    writer.setObjectStreamMode(qpdf_o_generate);
    writer.write();
}

} // namespace samples
