// SPDX-License-Identifier: GPL-3.0-or-later
// Shows the window on made-up data, or writes a picture of it. Not installed.
#include "demo_content.h"
#include "ui/appearance.h"
#include "ui/main_window.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAction>
#include <QApplication>
#include <QCommandLineParser>
#include <QDialog>
#include <QDragEnterEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QPainter>
#include <QSettings>
#include <QTimer>
#include <QWidget>

#include <cstdio>

namespace {

using ui::test::DemoContent;
using ui::test::FakeLibrary;
using ui::test::FakeSession;

constexpr int kSettleMs = 900;

void press(QWidget& window, const char* action)
{
    if (auto* found = window.findChild<QAction*>(QLatin1String(action))) {
        found->trigger();
    }
}

/// Brings the window into the wanted state, in steps that wait for what the port answers later.
void arrange(ui::MainWindow& window, DemoContent& content, const QString& state)
{
    FakeSession* session = content.main();
    if (state == QLatin1String("empty-session") || state == QLatin1String("adding")) {
        window.openSession(QStringLiteral("fresh"));
        if (state == QLatin1String("adding")) {
            QTimer::singleShot(100, &window, [&window] {
                window.addPaths({QStringLiteral("/home/ada/station")});
            });
        }
        return;
    }
    if (state == QLatin1String("notfound")) {
        session->m_answers = {DemoContent::foundAnswer(), DemoContent::notFoundAnswer()};
    } else if (state == QLatin1String("cannot")) {
        session->m_answers = {DemoContent::notFoundAnswer(), DemoContent::cannotAnswer()};
    } else {
        session->m_answers = {DemoContent::foundAnswer()};
    }
    if (state == QLatin1String("stress")) {
        content.makeAwkward();
    }
    if (state == QLatin1String("reading")) {
        content.startReading();
        session->m_answers.clear();
    }
    window.openSession(QStringLiteral("hare"));
    if (state == QLatin1String("answer") || state == QLatin1String("overlay")) {
        QTimer::singleShot(120, &window, [&window] { press(window, "openCitation1"); });
    } else if (state == QLatin1String("drop")) {
        QTimer::singleShot(120, &window, [&window] {
            QMimeData data;
            data.setUrls({QUrl::fromLocalFile(QStringLiteral("/a")),
                          QUrl::fromLocalFile(QStringLiteral("/b"))});
            QDragEnterEvent enter(QPoint(400, 400), Qt::CopyAction, &data, Qt::LeftButton, {});
            QApplication::sendEvent(&window, &enter);
        });
    } else if (state == QLatin1String("code")) {
        QTimer::singleShot(120, &window, [&window] { press(window, "openCitation1"); });
        QTimer::singleShot(260, &window, [&window] { press(window, "openCitation2"); });
    } else if (state == QLatin1String("markdown")) {
        QTimer::singleShot(120, &window, [&window] { press(window, "openCitation4"); });
    } else if (state == QLatin1String("astext")) {
        QTimer::singleShot(120, &window, [&window] { press(window, "openCitation1"); });
        QTimer::singleShot(300, &window, [&window] {
            if (auto* button = window.findChild<QAbstractButton*>(QStringLiteral("asTextButton"))) {
                button->setChecked(true);
            }
            press(window, "findHere");
        });
    } else if (state == QLatin1String("find")) {
        QTimer::singleShot(120, &window, [&window] { press(window, "findAnywhere"); });
        QTimer::singleShot(200, &window, [&window] {
            if (auto* edit = window.findChild<QLineEdit*>(QStringLiteral("findAnywhereEdit"))) {
                edit->setText(QStringLiteral("ton of coal"));
            }
        });
    } else if (state == QLatin1String("error")) {
        QTimer::singleShot(120, &window, [session] {
            Q_EMIT session->exportFailed({ui::ErrorCode::io,
                                          QStringLiteral("The transcript could not be written: the "
                                                         "disk is full."),
                                          QStringLiteral("/home/ada/Hare Rock.md: no space left")});
        });
    } else if (state == QLatin1String("streaming")) {
        QTimer::singleShot(120, &window, [session] {
            ui::Answer begun = DemoContent::notFoundAnswer();
            begun.id = QStringLiteral("s");
            begun.state = ui::AnswerState::running;
            begun.places.clear();
            begun.question = QStringLiteral("How often does the horn sound?");
            session->ask(begun.question);
        });
    } else if (state == QLatin1String("toast")) {
        QTimer::singleShot(120, &window, [&window] { press(window, "deleteSession"); });
    } else if (state == QLatin1String("export")) {
        QTimer::singleShot(120, &window, [&window] { press(window, "exportTranscript"); });
    } else if (state == QLatin1String("shortcuts")) {
        QTimer::singleShot(120, &window, [&window] { press(window, "shortcutSheet"); });
    } else if (state == QLatin1String("context")) {
        QTimer::singleShot(120, &window, [&window] { press(window, "whatWasRead"); });
    } else if (state == QLatin1String("remove")) {
        QTimer::singleShot(120, &window, [&window] {
            auto* view = window.findChild<QAbstractItemView*>(QStringLiteral("sourcesView"));
            view->setCurrentIndex(view->model()->index(0, 0));
            press(window, "removeSource");
        });
    }
}

/// The window, and over it the dialog that is open, as a screen would show them.
QPixmap picture(QWidget& window)
{
    QPixmap shot = window.grab();
    for (QWidget* top : QApplication::topLevelWidgets()) {
        if (top != &window && top->isVisible() && qobject_cast<QDialog*>(top) != nullptr) {
            QPainter painter(&shot);
            painter.fillRect(shot.rect(), QColor(0, 0, 0, 60));
            const QPixmap dialog = top->grab();
            painter.drawPixmap((window.width() - top->width()) / 2,
                               (window.height() - top->height()) / 2, dialog);
        }
    }
    return shot;
}

} // namespace

int main(int argc, char* argv[])
{
    QApplication application(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("LecternDemo"));
    QApplication::setApplicationName(QStringLiteral("ui_demo"));
    QCommandLineParser parser;
    const QCommandLineOption shot(QStringLiteral("screenshot"), QStringLiteral("Write a picture."),
                                  QStringLiteral("file"));
    const QCommandLineOption dark(QStringLiteral("dark"), QStringLiteral("Dark colours."));
    const QCommandLineOption size(QStringLiteral("size"), QStringLiteral("Window size."),
                                  QStringLiteral("WxH"), QStringLiteral("1360x860"));
    const QCommandLineOption state(
        QStringLiteral("state"),
        QStringLiteral("empty, empty-session, reading, answer, notfound, cannot, adding, code, "
                       "markdown, astext, find, error, streaming, toast, export, shortcuts, "
                       "context, remove, drop, stress."),
        QStringLiteral("state"), QStringLiteral("answer"));
    parser.addHelpOption();
    parser.addOptions({shot, dark, size, state});
    parser.process(application);
    if (parser.isSet(shot)) {
        QSettings().clear(); // the picture must not depend on an earlier run
    }
    ui::applyAppearance(application, parser.isSet(dark)   ? ui::ColorScheme::dark
                                     : parser.isSet(shot) ? ui::ColorScheme::light
                                                          : ui::ColorScheme::system);
    FakeLibrary library;
    const bool empty = parser.value(state) == QLatin1String("empty");
    std::unique_ptr<DemoContent> content;
    if (!empty) {
        content = std::make_unique<DemoContent>(library);
    }
    ui::MainWindow window(library);
    const QStringList numbers = parser.value(size).split(QLatin1Char('x'));
    window.resize(numbers.value(0).toInt(), numbers.value(1).toInt());
    window.show();
    if (!empty) {
        arrange(window, *content, parser.value(state));
    }
    if (parser.isSet(shot)) {
        const int wait = parser.value(state) == QLatin1String("streaming") ? 2700 : kSettleMs + 900;
        QTimer::singleShot(wait, &window, [&] {
            const bool saved = picture(window).save(parser.value(shot));
            QApplication::exit(saved ? 0 : 1);
        });
    }
    return QApplication::exec();
}
