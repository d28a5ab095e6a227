// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/style.h"

#include "client/settings/theme.h"

#include <QFontMetrics>
#include <QFrame>
#include <QPainter>
#include <QStyleOption>
#include <QWidget>

#include <algorithm>

namespace rookery::client {

namespace {

constexpr qreal radius = 6;

void paintBox(
    QPainter *painter, const QRect &rect, const QColor &fill, const QColor &line, qreal lineWidth = 1)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(fill);
    painter->setPen(line.alpha() == 0 ? QPen(Qt::NoPen) : QPen(line, lineWidth));
    const qreal inset = lineWidth / 2;
    painter->drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), radius, radius);
    painter->restore();
}

bool isDefault(const QStyleOption *option)
{
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    return button && (button->features & QStyleOptionButton::DefaultButton)
        && !(button->features & QStyleOptionButton::Flat);
}

} // namespace

Style::Style()
    : QProxyStyle(QStringLiteral("Fusion"))
{ }

void Style::drawPrimitive(
    PrimitiveElement element, const QStyleOption *option, QPainter *painter, const QWidget *widget) const
{
    const Theme &theme = Theme::forPalette(option->palette);
    const bool enabled = option->state & State_Enabled;
    const bool focused = option->state & State_HasFocus;
    const bool over = enabled && (option->state & State_MouseOver);
    const bool down = option->state & (State_Sunken | State_On);
    switch (element) {
    case PE_PanelLineEdit:
    case PE_FrameLineEdit: {
        const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
        if (element == PE_PanelLineEdit && frame && frame->lineWidth <= 0) {
            painter->fillRect(option->rect, option->palette.base());
            return;
        }
        paintBox(painter, option->rect, enabled ? theme.base : theme.window,
            focused ? theme.link : theme.muted, focused ? 2 : 1);
        return;
    }
    case PE_PanelButtonCommand: {
        if (isDefault(option) && enabled) {
            const QColor fill = down ? theme.accent.darker(115)
                : over               ? theme.accent.darker(107)
                                     : theme.accent;
            paintBox(painter, option->rect, fill, Qt::transparent);
        } else {
            paintBox(painter, option->rect, down || over ? theme.hover : option->palette.button().color(),
                theme.border);
        }
        return;
    }
    case PE_PanelButtonTool:
        if (down || over)
            paintBox(painter, option->rect, down ? theme.selected : theme.hover, Qt::transparent);
        else if (!(option->state & State_AutoRaise))
            paintBox(painter, option->rect, option->palette.button().color(), theme.border);
        if (focused)
            paintBox(painter, option->rect, Qt::transparent, theme.link, 2);
        return;
    case PE_FrameFocusRect:
        paintBox(painter, option->rect.adjusted(-1, -1, 1, 1), Qt::transparent,
            Theme::contrast(theme.link, theme.base) > 3 ? theme.link : theme.text, 2);
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void Style::drawControl(
    ControlElement element, const QStyleOption *option, QPainter *painter, const QWidget *widget) const
{
    if (element == CE_PushButtonLabel && isDefault(option) && (option->state & State_Enabled)) {
        QStyleOptionButton copy = *qstyleoption_cast<const QStyleOptionButton *>(option);
        copy.palette.setColor(QPalette::ButtonText, Theme::forPalette(option->palette).onAccent);
        QProxyStyle::drawControl(element, &copy, painter, widget);
        return;
    }
    if (element == CE_PushButton) {
        QProxyStyle::drawControl(element, option, painter, widget);
        // Over everything, as flat buttons have no panel. In the colour of text where the button itself is
        // coloured.
        if (option->state & State_HasFocus) {
            const Theme &theme = Theme::forPalette(option->palette);
            paintBox(painter, option->rect, Qt::transparent, isDefault(option) ? theme.text : theme.link, 2);
        }
        return;
    }
    const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
    if (element == CE_ShapedFrame && frame && frame->frameShape == QFrame::StyledPanel) {
        const Theme &theme = Theme::forPalette(option->palette);
        const bool focused = option->state & State_HasFocus;
        paintBox(painter, option->rect, theme.base, focused ? theme.link : theme.muted, focused ? 2 : 1);
        return;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void Style::drawComplexControl(
    ComplexControl control, const QStyleOptionComplex *option, QPainter *painter, const QWidget *widget) const
{
    if (const auto *button = qstyleoption_cast<const QStyleOptionToolButton *>(option);
        button && control == CC_ToolButton) {
        // The drawing on the button says that it opens a menu; Fusion's little arrow would only float beside
        // it.
        QStyleOptionToolButton copy = *button;
        copy.features &= ~(QStyleOptionToolButton::HasMenu | QStyleOptionToolButton::MenuButtonPopup);
        QProxyStyle::drawComplexControl(control, &copy, painter, widget);
        return;
    }
    if (control != CC_ScrollBar) {
        QProxyStyle::drawComplexControl(control, option, painter, widget);
        return;
    }
    const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);
    if (!bar)
        return;
    painter->fillRect(bar->rect,
        bar->palette.color(
            widget && widget->parentWidget() ? widget->parentWidget()->backgroundRole() : QPalette::Base));
    if (bar->maximum <= bar->minimum)
        return; // nothing to scroll
    const Theme &theme = Theme::forPalette(option->palette);
    const QRect handle = subControlRect(CC_ScrollBar, option, SC_ScrollBarSlider, widget);
    const bool active =
        (bar->activeSubControls & SC_ScrollBarSlider) && (bar->state & (State_MouseOver | State_Sunken));
    QColor color = theme.muted;
    color.setAlphaF(active ? 0.95f : 0.6f);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(color);
    const QRectF inner = QRectF(handle).adjusted(3, 3, -3, -3);
    const qreal round = std::min(inner.width(), inner.height()) / 2;
    painter->drawRoundedRect(inner, round, round);
    painter->restore();
}

QRect Style::subControlRect(
    ComplexControl control, const QStyleOptionComplex *option, SubControl part, const QWidget *widget) const
{
    const auto *bar =
        control == CC_ScrollBar ? qstyleoption_cast<const QStyleOptionSlider *>(option) : nullptr;
    if (!bar)
        return QProxyStyle::subControlRect(control, option, part, widget);
    const bool upright = bar->orientation == Qt::Vertical;
    const int length = upright ? bar->rect.height() : bar->rect.width();
    const qint64 range = qint64(bar->maximum) - bar->minimum;
    int handle = length;
    if (range > 0)
        handle = std::clamp(int(qint64(bar->pageStep) * length / (range + std::max(1, bar->pageStep))),
            std::min(length, 36), length);
    const int start = sliderPositionFromValue(
        bar->minimum, bar->maximum, bar->sliderPosition, length - handle, bar->upsideDown);
    const auto slice = [&](int from, int to) {
        const QRect rect = upright ? QRect(0, from, bar->rect.width(), to - from)
                                   : QRect(from, 0, to - from, bar->rect.height());
        return visualRect(bar->direction, bar->rect, rect.translated(bar->rect.topLeft()));
    };
    switch (part) {
    case SC_ScrollBarGroove:
        return bar->rect;
    case SC_ScrollBarSlider:
        return slice(start, start + handle);
    case SC_ScrollBarSubPage:
        return slice(0, start);
    case SC_ScrollBarAddPage:
        return slice(start + handle, length);
    default:
        return {};
    }
}

QRect Style::subElementRect(SubElement element, const QStyleOption *option, const QWidget *widget) const
{
    const QRect rect = QProxyStyle::subElementRect(element, option, widget);
    return element == SE_LineEditContents ? rect.adjusted(6, 0, -6, 0) : rect;
}

int Style::pixelMetric(PixelMetric metric, const QStyleOption *option, const QWidget *widget) const
{
    switch (metric) {
    case PM_DefaultFrameWidth: // room for round corners
        return widget && widget->inherits("QAbstractScrollArea")
            ? 3
            : QProxyStyle::pixelMetric(metric, option, widget);
    case PM_ScrollBarExtent:
        return 14;
    case PM_ScrollBarSliderMin:
        return 36;
    case PM_ButtonDefaultIndicator:
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
        return 0;
    case PM_ToolBarIconSize:
    case PM_ButtonIconSize:
        return widget ? widget->fontMetrics().height() : QProxyStyle::pixelMetric(metric, option, widget);
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

QSize Style::sizeFromContents(
    ContentsType type, const QStyleOption *option, const QSize &size, const QWidget *widget) const
{
    QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
    const int line = option ? option->fontMetrics.height() : 16;
    switch (type) {
    case CT_PushButton:
        return result.expandedTo(QSize(size.width() + line * 2, line * 2));
    case CT_LineEdit:
        return result.expandedTo(QSize(0, line * 2));
    case CT_ToolButton:
        return result.expandedTo(QSize(line * 2, line * 2));
    default:
        return result;
    }
}

int Style::styleHint(
    StyleHint hint, const QStyleOption *option, const QWidget *widget, QStyleHintReturn *returnData) const
{
    switch (hint) {
    case SH_DialogButtonBox_ButtonsHaveIcons:
        return 0;
    case SH_ScrollBar_LeftClickAbsolutePosition:
        return 1;
    default:
        return QProxyStyle::styleHint(hint, option, widget, returnData);
    }
}

} // namespace rookery::client
