// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/appearance.h"

#include "style/calm_style.h"
#include "style/tones.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusInterface>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QFont>
#include <QIcon>
#include <QStyle>
#include <QToolTip>

namespace ui {
namespace {

constexpr int kPortalTimeoutMs = 300; // a desktop without the portal must not delay the start
constexpr uint kPreferDark = 1;       // org.freedesktop.appearance: 0 none, 1 dark, 2 light

QVariant unwrapped(QVariant value)
{
    while (value.canConvert<QDBusVariant>()) {
        value = value.value<QDBusVariant>().variant();
    }
    return value;
}

/// Qt 6.4 has no QStyleHints::colorScheme, so the desktop's wish is read over D-Bus.
class DesktopColors final : public QObject
{
    Q_OBJECT
public:
    explicit DesktopColors(QApplication& application) : QObject(&application)
    {
        QDBusConnection bus = QDBusConnection::sessionBus();
        if (!bus.isConnected()) {
            return;
        }
        bus.connect(QStringLiteral("org.freedesktop.portal.Desktop"),
                    QStringLiteral("/org/freedesktop/portal/desktop"),
                    QStringLiteral("org.freedesktop.portal.Settings"),
                    QStringLiteral("SettingChanged"), this,
                    SLOT(settingChanged(QString, QString, QDBusVariant)));
        QDBusMessage call = QDBusMessage::createMethodCall(
            QStringLiteral("org.freedesktop.portal.Desktop"),
            QStringLiteral("/org/freedesktop/portal/desktop"),
            QStringLiteral("org.freedesktop.portal.Settings"), QStringLiteral("Read"));
        call << QStringLiteral("org.freedesktop.appearance") << QStringLiteral("color-scheme");
        const QDBusMessage reply = bus.call(call, QDBus::Block, kPortalTimeoutMs);
        if (reply.type() == QDBusMessage::ReplyMessage && !reply.arguments().isEmpty()) {
            m_dark = unwrapped(reply.arguments().constFirst()).toUInt() == kPreferDark;
        }
    }

    [[nodiscard]] bool dark() const { return m_dark; }

private Q_SLOTS:
    void settingChanged(const QString& group, const QString& key, const QDBusVariant& value)
    {
        if (group == QLatin1String("org.freedesktop.appearance") &&
            key == QLatin1String("color-scheme")) {
            m_dark = unwrapped(value.variant()).toUInt() == kPreferDark;
            QApplication::setPalette(m_dark ? darkPalette() : lightPalette());
        }
    }

private:
    bool m_dark = false;
};

void setFonts(QApplication& application)
{
    QFont font = application.font();
    QStringList families{QStringLiteral("Noto Sans")};
    if (application.desktopSettingsAware() && !font.families().isEmpty() &&
        font.family() != QLatin1String("Sans Serif") && font.family() != QLatin1String("Sans") &&
        font.family() != QLatin1String("DejaVu Sans") && !font.family().isEmpty()) {
        families = font.families(); // the desktop's choice comes first
    }
    // Named fallbacks: without them simple emoji come out monochrome and joined ones fall apart.
    families << QStringLiteral("Noto Sans CJK SC") << QStringLiteral("Noto Color Emoji");
    font.setFamilies(families);
    if (font.pointSizeF() < 10.0) {
        font.setPointSizeF(10.0);
    }
    application.setFont(font);
}

} // namespace

void applyAppearance(QApplication& application, ColorScheme scheme)
{
    setFonts(application);
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/lectern.svg")));
    QApplication::setEffectEnabled(Qt::UI_AnimateCombo, false);
    const bool ownStyle = QApplication::style()->name() == QLatin1String("fusion");
    if (!ownStyle && scheme == ColorScheme::system) {
        return;
    }
    QApplication::setStyle(new CalmStyle);
    bool dark = scheme == ColorScheme::dark;
    if (scheme == ColorScheme::system) {
        dark = (new DesktopColors(application))->dark();
    }
    QApplication::setPalette(dark ? darkPalette() : lightPalette());
}

} // namespace ui

#include "appearance.moc"
