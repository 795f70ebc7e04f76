// SPDX-License-Identifier: GPL-3.0-or-later
#include "style/tones.h"

namespace ui {

QColor mixed(const QColor& under, const QColor& over, double share)
{
    const auto blend = [share](int a, int b) {
        return static_cast<int>(a + (b - a) * share + 0.5);
    };
    return {blend(under.red(), over.red()), blend(under.green(), over.green()),
            blend(under.blue(), over.blue())};
}

Tones tones(const QPalette& palette)
{
    const QColor base = palette.color(QPalette::Base);
    const QColor text = palette.color(QPalette::Text);
    const QColor highlight = palette.color(QPalette::Highlight);

    Tones t;
    t.dark = base.lightness() < text.lightness();
    t.secondary = mixed(base, text, t.dark ? 0.66 : 0.64);
    t.border = mixed(base, text, t.dark ? 0.19 : 0.15);
    t.subtle = mixed(base, text, t.dark ? 0.05 : 0.035);
    t.hover = mixed(base, text, 0.07);
    t.chosen = mixed(base, highlight, t.dark ? 0.34 : 0.16);
    t.accent = highlight;
    t.onAccent = palette.color(QPalette::HighlightedText);
    t.good = t.dark ? QColor(0x7f, 0xcc, 0x94) : QColor(0x1c, 0x75, 0x3a);
    t.caution = t.dark ? QColor(0xec, 0xbf, 0x66) : QColor(0x8a, 0x5a, 0x00);
    t.bad = t.dark ? QColor(0xff, 0x9a, 0x8f) : QColor(0xb3, 0x26, 0x1e);
    t.marker = t.dark ? QColor(0x6b, 0x56, 0x12) : QColor(0xff, 0xe8, 0x8a);
    return t;
}

namespace {

void setDisabled(QPalette& palette, const QColor& text)
{
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, text);
    }
    palette.setColor(QPalette::Disabled, QPalette::Highlight,
                     mixed(palette.color(QPalette::Base), text, 0.5));
}

} // namespace

QPalette lightPalette()
{
    QPalette p(QColor(0xf4, 0xf4, 0xf2));
    p.setColor(QPalette::Window, QColor(0xf4, 0xf4, 0xf2));
    p.setColor(QPalette::WindowText, QColor(0x1f, 0x23, 0x28));
    p.setColor(QPalette::Base, QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::AlternateBase, QColor(0xf8, 0xf8, 0xf6));
    p.setColor(QPalette::Text, QColor(0x1f, 0x23, 0x28));
    p.setColor(QPalette::Button, QColor(0xfb, 0xfb, 0xfa));
    p.setColor(QPalette::ButtonText, QColor(0x1f, 0x23, 0x28));
    p.setColor(QPalette::BrightText, Qt::white);
    p.setColor(QPalette::Highlight, QColor(0x2a, 0x68, 0xa5));
    p.setColor(QPalette::HighlightedText, Qt::white);
    p.setColor(QPalette::Link, QColor(0x1d, 0x5c, 0x9b));
    p.setColor(QPalette::LinkVisited, QColor(0x1d, 0x5c, 0x9b));
    p.setColor(QPalette::ToolTipBase, QColor(0x2b, 0x30, 0x36));
    p.setColor(QPalette::ToolTipText, QColor(0xf2, 0xf3, 0xf4));
    p.setColor(QPalette::PlaceholderText, QColor(0x6a, 0x71, 0x79));
    p.setColor(QPalette::Light, Qt::white);
    p.setColor(QPalette::Midlight, QColor(0xec, 0xec, 0xea));
    p.setColor(QPalette::Mid, QColor(0xc9, 0xca, 0xca));
    p.setColor(QPalette::Dark, QColor(0x9b, 0x9e, 0xa1));
    p.setColor(QPalette::Shadow, QColor(0x50, 0x54, 0x58));
    setDisabled(p, QColor(0x9a, 0x9e, 0xa3));
    return p;
}

QPalette darkPalette()
{
    QPalette p(QColor(0x20, 0x23, 0x27));
    p.setColor(QPalette::Window, QColor(0x1e, 0x21, 0x25));
    p.setColor(QPalette::WindowText, QColor(0xe3, 0xe5, 0xe8));
    p.setColor(QPalette::Base, QColor(0x25, 0x28, 0x2d));
    p.setColor(QPalette::AlternateBase, QColor(0x2a, 0x2e, 0x33));
    p.setColor(QPalette::Text, QColor(0xe3, 0xe5, 0xe8));
    p.setColor(QPalette::Button, QColor(0x30, 0x34, 0x3a));
    p.setColor(QPalette::ButtonText, QColor(0xe3, 0xe5, 0xe8));
    p.setColor(QPalette::BrightText, Qt::white);
    p.setColor(QPalette::Highlight, QColor(0x3a, 0x78, 0xb8));
    p.setColor(QPalette::HighlightedText, Qt::white);
    p.setColor(QPalette::Link, QColor(0x86, 0xb9, 0xee));
    p.setColor(QPalette::LinkVisited, QColor(0x86, 0xb9, 0xee));
    p.setColor(QPalette::ToolTipBase, QColor(0x3a, 0x3f, 0x46));
    p.setColor(QPalette::ToolTipText, QColor(0xee, 0xf0, 0xf2));
    p.setColor(QPalette::PlaceholderText, QColor(0x95, 0x9c, 0xa5));
    p.setColor(QPalette::Light, QColor(0x3c, 0x41, 0x48));
    p.setColor(QPalette::Midlight, QColor(0x34, 0x38, 0x3e));
    p.setColor(QPalette::Mid, QColor(0x18, 0x1a, 0x1d));
    p.setColor(QPalette::Dark, QColor(0x12, 0x14, 0x16));
    p.setColor(QPalette::Shadow, Qt::black);
    setDisabled(p, QColor(0x73, 0x79, 0x81));
    return p;
}

} // namespace ui
