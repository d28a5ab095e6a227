// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMessageBox>

namespace rookery::client {

/// A message box that shows every text as it is, without HTML and without controls of the direction, and is
/// deleted when it closes. `more` is what stands below the text, in smaller letters. QMessageBox::setTextFormat()
/// reaches only the first of the two, so nothing else in the client makes message boxes (THREATS.md 16).
QMessageBox *plainQuestion(QWidget *parent, QMessageBox::Icon icon, const QString &title, const QString &text,
    const QString &more = {});

} // namespace rookery::client
