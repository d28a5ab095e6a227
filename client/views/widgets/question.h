// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMessageBox>

namespace rookery::client {

/// A message box that shows every text as it is, without HTML and without controls of the direction, and is
/// deleted when it closes. `more` is what stands below the text, in smaller letters; words of it that are longer
/// than a line are broken. QMessageBox::setTextFormat() reaches only the first of the two, so nothing else in the
/// client makes message boxes (THREATS.md 16).
QMessageBox *plainQuestion(QWidget *parent, QMessageBox::Icon icon, const QString &title, const QString &text,
    const QString &more = {});

/// The start of a text of others for such a box, which is as high as its text and has to fit the screen with its
/// buttons: at most 300 UTF-16 code units and eight lines, with "…" where it ends early.
QString quotation(const QString &text);

} // namespace rookery::client
