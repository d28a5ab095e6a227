// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScreen>
#include <QStyle>
#include <QWidget>

namespace rookery::client {

/// As much of a size as the screen has room for, beside the frame of a window.
inline QSize fitted(const QWidget *window, const QSize &wanted)
{
    const int frame = window->style()->pixelMetric(QStyle::PM_TitleBarHeight);
    return wanted.boundedTo(window->screen()->availableGeometry().size() - QSize(frame / 2, frame * 3 / 2));
}

} // namespace rookery::client
