// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdf_maker.h"

#include <sstream>

namespace {

std::string escaped(std::string_view text)
{
    std::string result;
    for (const char byte : text) {
        if (byte == '(' || byte == ')' || byte == '\\')
            result += '\\';
        result += byte;
    }
    return result;
}

} // namespace

void PdfMaker::addPage(double width, double height)
{
    m_pages.push_back({width, height, {}});
}

void PdfMaker::text(double x, double y, std::string_view text, double size)
{
    std::ostringstream stream;
    stream << "BT /F1 " << size << " Tf " << x << ' ' << m_pages.back().height - y << " Td ("
           << escaped(text) << ") Tj ET\n";
    m_pages.back().stream += stream.str();
}

double PdfMaker::lines(double x, double y, const std::vector<std::string>& texts, double size,
                       double pitch)
{
    for (const std::string& line : texts) {
        text(x, y, line, size);
        y += pitch;
    }
    return y;
}

void PdfMaker::picture(double x, double y, double side)
{
    std::ostringstream stream;
    stream << "0.5 g " << x << ' ' << m_pages.back().height - y - side << ' ' << side << ' ' << side
           << " re f 0 g\n";
    m_pages.back().stream += stream.str();
}

void PdfMaker::addOutline(std::string title, int page, double y)
{
    m_outline.push_back({std::move(title), page, y});
}

std::string PdfMaker::bytes() const
{
    // Objects 1 catalogue, 2 pages, 3 font, 4 information, 5 outline; then two for each page, then
    // one for each outline item.
    const std::size_t firstPage = 6;
    const std::size_t firstItem = firstPage + 2 * m_pages.size();
    const auto pageObject = [&](std::size_t page) { return firstPage + 2 * page; };
    std::vector<std::string> objects;
    objects.push_back("<< /Type /Catalog /Pages 2 0 R" +
                      (m_labels.empty() ? "" : " /PageLabels << /Nums [" + m_labels + "] >>") +
                      (m_outline.empty() ? "" : std::string(" /Outlines 5 0 R")) + " >>");
    std::string kids;
    for (std::size_t i = 0; i < m_pages.size(); ++i)
        kids += std::to_string(pageObject(i)) + " 0 R ";
    objects.push_back("<< /Type /Pages /Kids [" + kids + "] /Count " +
                      std::to_string(m_pages.size()) + " >>");
    objects.push_back("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Type "
                      "/Encoding /BaseEncoding /WinAnsiEncoding /Differences [1 /ff /fi /fl /ffi "
                      "/ffl /uniFB05 /uniFB06 /softhyphen] >> >>");
    objects.push_back("<< /Title (" + escaped(m_title) + ") >>");
    objects.push_back("<< /Type /Outlines /Count " + std::to_string(m_outline.size()) + " /First " +
                      std::to_string(firstItem) + " 0 R /Last " +
                      std::to_string(firstItem + m_outline.size() - 1) + " 0 R >>");
    for (std::size_t i = 0; i < m_pages.size(); ++i) {
        std::ostringstream page;
        page << "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 " << m_pages[i].width << ' '
             << m_pages[i].height << "] /Resources << /Font << /F1 3 0 R >> >> /Contents "
             << pageObject(i) + 1 << " 0 R >>";
        objects.push_back(page.str());
        objects.push_back("<< /Length " + std::to_string(m_pages[i].stream.size()) +
                          " >>\nstream\n" + m_pages[i].stream + "endstream");
    }
    for (std::size_t i = 0; i < m_outline.size(); ++i) {
        std::ostringstream item;
        const auto page = static_cast<std::size_t>(m_outline[i].page);
        item << "<< /Title (" << escaped(m_outline[i].title) << ") /Parent 5 0 R /Dest ["
             << pageObject(page) << " 0 R /XYZ 0 " << m_pages[page].height - m_outline[i].y
             << " null]";
        if (i + 1 < m_outline.size())
            item << " /Next " << firstItem + i + 1 << " 0 R";
        if (i > 0)
            item << " /Prev " << firstItem + i - 1 << " 0 R";
        objects.push_back(item.str() + " >>");
    }
    std::string file = "%PDF-1.7\n";
    std::ostringstream table;
    table << "xref\n0 " << objects.size() + 1 << "\n0000000000 65535 f \n";
    for (std::size_t i = 0; i < objects.size(); ++i) {
        table.width(10);
        table.fill('0');
        table << file.size() << " 00000 n \n";
        file += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
    }
    const std::size_t tableAt = file.size();
    file += table.str() + "trailer\n<< /Size " + std::to_string(objects.size() + 1) +
            " /Root 1 0 R" + (m_title.empty() ? "" : " /Info 4 0 R") + " >>\nstartxref\n" +
            std::to_string(tableAt) + "\n%%EOF\n";
    return file;
}
