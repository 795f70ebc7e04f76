// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fake_ports.h"
#include "ui/appearance.h"
#include "ui/main_window.h"

#include <QApplication>
#include <QDialog>
#include <QLineEdit>
#include <QSettings>
#include <QStandardPaths>
#include <QTest>

namespace ui::test {

/// A window on a fake library, made anew for each test function.
class WindowTest : public QObject
{
    Q_OBJECT
protected:
    std::unique_ptr<FakeLibrary> m_library;
    std::unique_ptr<MainWindow> m_window;
    FakeSession* m_thesis = nullptr;

    template <typename T = QWidget>
    T* child(const char* name) const
    {
        return m_window->findChild<T*>(QLatin1String(name));
    }
    void fill()
    {
        m_thesis = m_library->add(QStringLiteral("t"), QStringLiteral("Thesis"));
        m_library->add(QStringLiteral("l"), QStringLiteral("Linux sched"));
        m_thesis->m_sources = {
            test::makeSource(QStringLiteral("m"), QStringLiteral("Moby-Dick"), 274'310)};
        m_thesis->m_status = {274'400, 1'000'000, true};
        ReaderContent content;
        content.sourceId = QStringLiteral("m");
        content.title = QStringLiteral("Moby-Dick");
        content.format = SourceFormat::pdf;
        content.text = QStringLiteral("Call me Ishmael. ").repeated(400);
        content.pages = std::make_shared<FakePdfPages>(60);
        m_thesis->m_contents.insert(content.sourceId, content);
        Answer answer;
        answer.id = QStringLiteral("1");
        answer.question = QStringLiteral("Who?");
        answer.askedAt = QDateTime::currentDateTime();
        answer.state = AnswerState::found;
        answer.text = QStringLiteral("Ishmael.");
        answer.citations = {test::makeCitation(1, QStringLiteral("m"), QStringLiteral("Moby-Dick"),
                                               {8, 15}, QStringLiteral("Ishmael")),
                            test::makeCitation(2, QStringLiteral("m"), QStringLiteral("Moby-Dick"),
                                               {4'208, 4'215}, QStringLiteral("Ishmael"))};
        m_thesis->m_answers = {answer};
    }
    void start(int width = 1360, int height = 860)
    {
        m_window = std::make_unique<MainWindow>(*m_library);
        m_window->resize(width, height);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    void openThesis()
    {
        m_window->openSession(QStringLiteral("t"));
        QTRY_COMPARE(child<QLineEdit>("titleEdit")->text(), QStringLiteral("Thesis"));
    }
    [[nodiscard]] QStringList calls() const { return m_library->m_calls; }
    template <typename T = QDialog>
    T* dialog(const char* name) const
    {
        return qobject_cast<T*>(m_window->findChild<QDialog*>(QLatin1String(name)));
    }

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QApplication::setOrganizationName(QStringLiteral("LecternTests"));
        QApplication::setApplicationName(QStringLiteral("window tests"));
        applyAppearance(*qobject_cast<QApplication*>(QApplication::instance()), ColorScheme::light);
    }
    void init()
    {
        QSettings().clear();
        m_library = std::make_unique<FakeLibrary>();
        m_thesis = nullptr;
    }
    void cleanup()
    {
        m_window.reset();
        m_library.reset();
    }
};

} // namespace ui::test
