// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCollator>

namespace rookery::client {

/// The order of names: by the locale, without case, `room2` before `room10`.
class Collation
{
public:
    Collation()
        : m_collator(QLocale().language() == QLocale::C ? QLocale(QLocale::English) : QLocale())
    {
        // The C locale would compare numbers digit by digit.
        m_collator.setCaseSensitivity(Qt::CaseInsensitive);
        m_collator.setNumericMode(true);
    }

    /// Less than, equal to or greater than 0. Names that look the same to the locale still have one order.
    int compare(const QString &a, const QString &b) const
    {
        const int byLocale = m_collator.compare(a, b);
        return byLocale != 0 ? byLocale : a.compare(b);
    }

private:
    QCollator m_collator;
};

} // namespace rookery::client
