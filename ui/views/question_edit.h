// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>

namespace ui {

/// The question box: grows from one line to eight. Return asks, Shift+Return breaks the line, Up in
/// an empty box brings the last question back.
class QuestionEdit final : public QPlainTextEdit
{
    Q_OBJECT
public:
    explicit QuestionEdit(QWidget* parent = nullptr);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void asked();
    void lastQuestionWanted();
    void filesPasted(const QStringList& paths);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    [[nodiscard]] bool canInsertFromMimeData(const QMimeData* source) const override;
    void insertFromMimeData(const QMimeData* source) override;

private:
    void fit();
};

} // namespace ui
