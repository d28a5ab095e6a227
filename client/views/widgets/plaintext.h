// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/printable.h"

#include <QFontMetrics>
#include <QLabel>
#include <QString>

namespace rookery::client {

/// A text for a tooltip. Tooltips guess whether a text is HTML; escaped within a tag there is nothing left to
/// guess.
inline QString plainToolTip(const QString &text)
{
    if (text.isEmpty())
        return {};
    return QStringLiteral("<span>%1</span>").arg(withoutBidiControls(text).toHtmlEscaped());
}

/// A text for a button or a menu, in which Qt takes "&" for the mark of a key.
inline QString plainAction(const QString &text)
{
    return withoutBidiControls(text).replace(QLatin1Char('&'), QLatin1String("&&"));
}

/// The same of a name, which is cut where it would make a menu of this widget very wide.
inline QString actionName(const QWidget *widget, const QString &name)
{
    const QFontMetrics metrics = widget->fontMetrics();
    return plainAction(metrics.elidedText(name, Qt::ElideRight, metrics.averageCharWidth() * 32));
}

/// A text for a window's title, in which Qt takes "[*]" for the place of the mark of unsaved changes.
inline QString plainTitle(const QString &text)
{
    return withoutBidiControls(text).replace(QLatin1String("[*]"), QLatin1String("[*][*]"));
}

/// A label that shows every text as it is; labels guess like tooltips do.
inline QLabel *plainLabel(QWidget *parent, const QString &text = {})
{
    auto *label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setText(text);
    return label;
}

/// The label's font by a factor; bold where asked for.
inline void scaleFont(QWidget *widget, double factor, bool bold = false)
{
    QFont font = widget->font();
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * factor);
    if (bold)
        font.setWeight(QFont::DemiBold);
    widget->setFont(font);
}

} // namespace rookery::client
