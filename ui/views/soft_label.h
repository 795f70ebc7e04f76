// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace ui {

/// A plain-text label whose size, weight and colour follow the application's font and palette, also
/// when those change while the window is open.
class SoftLabel final : public QLabel
{
    Q_OBJECT
public:
    enum class Kind
    {
        body,
        strong,
        small,       ///< secondary colour
        smallStrong, ///< secondary colour, semibold: headings of lists
        lead,        ///< a sentence that opens a page
        title,
    };

    explicit SoftLabel(Kind kind, const QString& text = {}, QWidget* parent = nullptr);

protected:
    void changeEvent(QEvent* event) override;

private:
    void restyle();

    Kind m_kind;
};

} // namespace ui
