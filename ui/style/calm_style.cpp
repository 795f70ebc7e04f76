// SPDX-License-Identifier: GPL-3.0-or-later
#include "style/calm_style.h"

#include "style/icons.h"
#include "style/tones.h"

#include <QAbstractScrollArea>
#include <QPainter>
#include <QPainterPath>
#include <QStyleOption>
#include <QTabBar>
#include <QToolButton>

#include <algorithm>

namespace ui {
namespace {

constexpr double kRadius = 5.0;

QRectF inner(const QRect& rect)
{
    return QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5);
}

void box(QPainter* painter, const QRectF& rect, const QColor& fill, const QColor& line,
         double width = 1.0)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(line.isValid() ? QPen(line, width) : QPen(Qt::NoPen));
    painter->setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
    painter->drawRoundedRect(rect, kRadius, kRadius);
    painter->restore();
}

void pushButton(const QStyleOption* option, QPainter* painter)
{
    const Tones t = tones(option->palette);
    const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
    const bool enabled = (option->state & QStyle::State_Enabled) != 0;
    const bool down = (option->state & (QStyle::State_Sunken | QStyle::State_On)) != 0;
    const bool hover = enabled && (option->state & QStyle::State_MouseOver) != 0;
    const bool primary =
        button != nullptr && enabled && (button->features & QStyleOptionButton::DefaultButton) != 0;
    const QColor base = option->palette.color(QPalette::Button);
    const QColor text = option->palette.color(QPalette::ButtonText);
    QColor fill = primary ? t.accent : base;
    if (down) {
        fill = mixed(fill, primary ? Qt::black : text, 0.14);
    } else if (hover) {
        fill = mixed(fill, primary ? Qt::white : text, primary ? 0.10 : 0.05);
    }
    const QColor line = primary ? mixed(t.accent, Qt::black, 0.15) : t.border;
    box(painter, inner(option->rect), fill, enabled ? line : mixed(base, t.border, 0.6));
    if ((option->state & QStyle::State_HasFocus) != 0 &&
        (option->state & QStyle::State_KeyboardFocusChange) != 0) {
        box(painter, inner(option->rect).adjusted(1.5, 1.5, -1.5, -1.5), {},
            primary ? t.onAccent : t.accent, 1.5);
    }
}

void toolButton(const QStyleOption* option, QPainter* painter, const QWidget* widget)
{
    const QColor text = option->palette.color(QPalette::ButtonText);
    const QColor window = option->palette.color(QPalette::Window);
    const auto* button = qobject_cast<const QToolButton*>(widget);
    const bool raised = button != nullptr && !button->autoRaise();
    const bool down = (option->state & (QStyle::State_Sunken | QStyle::State_On)) != 0;
    const bool hover = (option->state & QStyle::State_MouseOver) != 0 &&
                       (option->state & QStyle::State_Enabled) != 0;
    const Tones t = tones(option->palette);
    if (raised) {
        const QColor base = option->palette.color(QPalette::Button);
        box(painter, inner(option->rect),
            mixed(base, text,
                  down    ? 0.12
                  : hover ? 0.05
                          : 0.0),
            t.border);
    } else if (down || hover) {
        box(painter, QRectF(option->rect), mixed(window, text, down ? 0.14 : 0.08), {});
    }
}

void checkBox(const QStyleOption* option, QPainter* painter)
{
    const Tones t = tones(option->palette);
    const bool on = (option->state & (QStyle::State_On | QStyle::State_NoChange)) != 0;
    const bool enabled = (option->state & QStyle::State_Enabled) != 0;
    const QColor base = option->palette.color(QPalette::Base);
    const QColor text = option->palette.color(QPalette::Text);
    const int side = std::min(option->rect.width(), option->rect.height());
    QRect place(0, 0, side, side);
    place.moveCenter(option->rect.center());
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QColor fill = !on ? base : enabled ? t.accent : mixed(base, text, 0.35);
    painter->setBrush(fill);
    painter->setPen(on ? fill : mixed(base, text, enabled ? 0.45 : 0.2));
    painter->drawRoundedRect(inner(place), 3, 3);
    painter->restore();
    if (on) {
        painter->drawPixmap(place.topLeft(),
                            linePixmap(QStringLiteral("state-exact"), t.onAccent, side,
                                       painter->device()->devicePixelRatioF()));
    }
}

void tabClose(const QStyleOption* option, QPainter* painter)
{
    const Tones t = tones(option->palette);
    const bool hover = (option->state & QStyle::State_MouseOver) != 0 &&
                       (option->state & QStyle::State_Enabled) != 0;
    if (hover) {
        box(painter, QRectF(option->rect),
            mixed(option->palette.color(QPalette::Window), option->palette.color(QPalette::Text),
                  0.14),
            {});
    }
    const int side = std::min(option->rect.width(), option->rect.height()) - 3;
    const QRect place(option->rect.center().x() - side / 2 + 1,
                      option->rect.center().y() - side / 2 + 1, side, side);
    painter->drawPixmap(place,
                        linePixmap(QStringLiteral("close"),
                                   hover ? option->palette.color(QPalette::Text) : t.secondary,
                                   side, painter->device()->devicePixelRatioF()));
}

/// Fusion sets the sign of a menu into the lower corner; here it stands after the text.
void menuArrow(QPainter* painter, const QWidget& button)
{
    const int side = button.fontMetrics().height() * 3 / 4;
    painter->drawPixmap(button.width() - side - 5, (button.height() - side) / 2 + 1,
                        linePixmap(QStringLiteral("down"),
                                   button.palette().color(QPalette::ButtonText), side,
                                   painter->device()->devicePixelRatioF()));
}

QIcon inOneColor(const QIcon& icon, const QSize& size, const QColor& color, double ratio)
{
    if (icon.isNull()) {
        return icon;
    }
    QPixmap pixmap = icon.pixmap(size, ratio);
    QPainter tint(&pixmap);
    tint.setCompositionMode(QPainter::CompositionMode_SourceIn);
    tint.fillRect(pixmap.rect(), color);
    return QIcon(pixmap);
}

/// What a scroll bar lies on: the paper of its view, or the window where the view shows through.
QColor groundOf(const QWidget* bar, const QStyleOption* option)
{
    for (const QWidget* up = bar; up != nullptr; up = up->parentWidget()) {
        if (const auto* area = qobject_cast<const QAbstractScrollArea*>(up)) {
            const QWidget* view = area->viewport();
            return view->autoFillBackground() ? view->palette().color(view->backgroundRole())
                                              : option->palette.color(QPalette::Window);
        }
    }
    return option->palette.color(QPalette::Window);
}

void lineEdit(const QStyleOption* option, QPainter* painter)
{
    const Tones t = tones(option->palette);
    const bool focus = (option->state & QStyle::State_HasFocus) != 0;
    box(painter, inner(option->rect), option->palette.color(QPalette::Base),
        focus ? t.accent : t.border, focus ? 1.5 : 1.0);
}

void itemPanel(const QStyleOption* option, QPainter* painter)
{
    const Tones t = tones(option->palette);
    const auto* item = qstyleoption_cast<const QStyleOptionViewItem*>(option);
    if (item != nullptr && item->backgroundBrush.style() != Qt::NoBrush) {
        painter->fillRect(option->rect, item->backgroundBrush);
    }
    const bool selected = (option->state & QStyle::State_Selected) != 0;
    const bool hover = (option->state & QStyle::State_MouseOver) != 0;
    if (selected || hover) {
        painter->fillRect(option->rect, selected ? t.chosen : t.hover);
    }
}

void scrollBar(const QStyleOptionSlider* slider, QPainter* painter, const QRect& handle)
{
    if (slider->minimum == slider->maximum) {
        return;
    }
    const QColor base = slider->palette.color(QPalette::Base);
    const QColor text = slider->palette.color(QPalette::Text);
    const bool active = (slider->activeSubControls & QStyle::SC_ScrollBarSlider) != 0;
    const bool down = (slider->state & QStyle::State_Sunken) != 0;
    QRectF thumb = handle;
    const bool vertical = slider->orientation == Qt::Vertical;
    thumb.adjust(vertical ? 3 : 2, vertical ? 2 : 3, vertical ? -3 : -2, vertical ? -2 : -3);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(mixed(base, text, down ? 0.55 : active ? 0.45 : 0.28));
    const double radius = (vertical ? thumb.width() : thumb.height()) / 2;
    painter->drawRoundedRect(thumb, radius, radius);
    painter->restore();
}

void tabShape(const QStyleOptionTab* tab, QPainter* painter)
{
    const Tones t = tones(tab->palette);
    const bool selected = (tab->state & QStyle::State_Selected) != 0;
    const bool hover = (tab->state & QStyle::State_MouseOver) != 0;
    if (selected) {
        painter->fillRect(tab->rect, tab->palette.color(QPalette::Base));
        painter->fillRect(QRect(tab->rect.left(), tab->rect.top(), tab->rect.width(), 2), t.accent);
    } else if (hover) {
        painter->fillRect(tab->rect, t.hover);
    }
}

} // namespace

CalmStyle::CalmStyle() : QProxyStyle(QStringLiteral("fusion")) {}

void CalmStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option,
                              QPainter* painter, const QWidget* widget) const
{
    switch (element) {
    case PE_PanelButtonCommand:
        pushButton(option, painter);
        return;
    case PE_PanelButtonTool:
        toolButton(option, painter, widget);
        return;
    case PE_PanelLineEdit:
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
            frame != nullptr && frame->lineWidth > 0) {
            lineEdit(option, painter);
            return;
        }
        break;
    case PE_PanelItemViewItem:
        itemPanel(option, painter);
        return;
    case PE_PanelItemViewRow:
        return;
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck:
        checkBox(option, painter);
        return;
    case PE_IndicatorTabClose:
        tabClose(option, painter);
        return;
    case PE_IndicatorArrowDown:
        if (qobject_cast<const QToolButton*>(widget) != nullptr) {
            menuArrow(painter, *widget);
            return;
        }
        break;
    case PE_PanelScrollAreaCorner:
        painter->fillRect(option->rect, groundOf(widget, option));
        return;
    case PE_Frame:
        painter->save();
        painter->setPen(tones(option->palette).border);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        painter->restore();
        return;
    case PE_FrameTabBarBase:
    case PE_PanelStatusBar:
    case PE_FrameStatusBarItem:
        return;
    case PE_FrameFocusRect:
        // Only for the keyboard, and in the accent colour: visible where it helps.
        if ((option->state & State_KeyboardFocusChange) != 0) {
            box(painter, inner(option->rect), {}, tones(option->palette).accent, 1.2);
        }
        return;
    default:
        break;
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

void CalmStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                            const QWidget* widget) const
{
    if (element == CE_Splitter) {
        const QColor line = tones(option->palette).border;
        const QRect r = option->rect;
        const bool upright = r.height() > r.width();
        painter->fillRect(upright ? QRect(r.center().x(), r.top(), 1, r.height())
                                  : QRect(r.left(), r.center().y(), r.width(), 1),
                          line);
        return;
    }
    if (element == CE_HeaderSection || element == CE_HeaderEmptyArea) {
        painter->fillRect(option->rect, tones(option->palette).subtle);
        painter->fillRect(
            QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1),
            tones(option->palette).border);
        return;
    }
    if (element == CE_TabBarTabShape) {
        if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option)) {
            tabShape(tab, painter);
            return;
        }
    }
    if (element == CE_ToolBar) {
        painter->fillRect(option->rect, option->palette.color(QPalette::Window));
        return;
    }
    if (element == CE_PushButtonLabel) {
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
            button != nullptr && (button->features & QStyleOptionButton::DefaultButton) != 0 &&
            (button->state & State_Enabled) != 0) {
            QStyleOptionButton copy(*button);
            copy.icon = inOneColor(button->icon, button->iconSize, tones(option->palette).onAccent,
                                   painter->device()->devicePixelRatioF());
            copy.palette.setColor(QPalette::ButtonText, tones(option->palette).onAccent);
            QProxyStyle::drawControl(element, &copy, painter, widget);
            return;
        }
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void CalmStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option,
                                   QPainter* painter, const QWidget* widget) const
{
    if (control == CC_ScrollBar) {
        if (const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option)) {
            painter->fillRect(option->rect, groundOf(widget, option));
            scrollBar(slider, painter,
                      subControlRect(CC_ScrollBar, option, SC_ScrollBarSlider, widget));
            return;
        }
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

int CalmStyle::pixelMetric(PixelMetric metric, const QStyleOption* option,
                           const QWidget* widget) const
{
    switch (metric) {
    case PM_SplitterWidth:
        return 1; // the part that takes the mouse is wider
    case PM_HeaderMargin:
        return 6;
    case PM_ScrollBarExtent:
        return 12;
    case PM_TabBarTabHSpace:
        return 28;
    case PM_TabCloseIndicatorWidth:
    case PM_TabCloseIndicatorHeight:
        return 16;
    case PM_TabBarTabVSpace:
        return 12;
    case PM_TabBarTabShiftVertical:
    case PM_ToolBarFrameWidth:
        return 0;
    case PM_ToolBarItemSpacing:
        return 4;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

QSize CalmStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                                  const QWidget* widget) const
{
    QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
    const int line = option != nullptr ? option->fontMetrics.height() : size.height();
    if (type == CT_PushButton) {
        result.setHeight(std::max(result.height(), line + 13));
        result.rwidth() += 6;
    } else if (type == CT_LineEdit || type == CT_ComboBox) {
        result.setHeight(std::max(result.height(), line + 11));
    } else if (type == CT_ItemViewItem) {
        result.rheight() += 7;
    } else if (type == CT_HeaderSection) {
        result.rheight() += 4;
    } else if (type == CT_ToolButton) {
        const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option);
        if (button != nullptr && !button->text.isEmpty() &&
            button->toolButtonStyle == Qt::ToolButtonTextBesideIcon) {
            result.rwidth() += (button->features & QStyleOptionToolButton::HasMenu) != 0 ? 14 : 10;
            result.setHeight(std::max(result.height(), line + 12));
        }
    } else if (type == CT_MenuItem) {
        result.rheight() += 4;
    }
    return result;
}

QRect CalmStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option,
                                SubControl subControl, const QWidget* widget) const
{
    if (control != CC_ScrollBar) {
        return QProxyStyle::subControlRect(control, option, subControl, widget);
    }
    const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (slider == nullptr) {
        return {};
    }
    // No arrow buttons: the whole length is the groove.
    const bool vertical = slider->orientation == Qt::Vertical;
    const int length = vertical ? option->rect.height() : option->rect.width();
    const int range = slider->maximum - slider->minimum;
    int thumb = length;
    if (range > 0) {
        const auto share = static_cast<qint64>(slider->pageStep) * length;
        thumb = std::clamp(static_cast<int>(share / (qint64{range} + slider->pageStep)), 28,
                           std::max(28, length));
    }
    const int start =
        sliderPositionFromValue(slider->minimum, slider->maximum, slider->sliderPosition,
                                length - thumb, slider->upsideDown);
    const auto span = [&](int from, int size) {
        return vertical ? QRect(0, from, option->rect.width(), size)
                        : QRect(from, 0, size, option->rect.height());
    };
    QRect rect;
    switch (subControl) {
    case SC_ScrollBarSlider:
        rect = span(start, thumb);
        break;
    case SC_ScrollBarGroove:
        rect = span(0, length);
        break;
    case SC_ScrollBarSubPage:
        rect = span(0, start);
        break;
    case SC_ScrollBarAddPage:
        rect = span(start + thumb, length - start - thumb);
        break;
    default:
        return {};
    }
    return visualRect(slider->direction, option->rect, rect.translated(option->rect.topLeft()));
}

QRect CalmStyle::subElementRect(SubElement element, const QStyleOption* option,
                                const QWidget* widget) const
{
    const QRect rect = QProxyStyle::subElementRect(element, option, widget);
    if (element == SE_LineEditContents) {
        return rect.adjusted(4, 0, -4, 0); // the rounded corners take some room
    }
    return rect;
}

int CalmStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                         QStyleHintReturn* data) const
{
    if (hint == SH_TabBar_Alignment) {
        return Qt::AlignLeft;
    }
    if (hint == SH_EtchDisabledText || hint == SH_DialogButtonBox_ButtonsHaveIcons) {
        return 0;
    }
    if (hint == SH_ItemView_ArrowKeysNavigateIntoChildren) {
        return 1;
    }
    return QProxyStyle::styleHint(hint, option, widget, data);
}

} // namespace ui
