// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/question.h"

#include "client/views/widgets/plaintext.h"

namespace rookery::client {

QMessageBox *plainQuestion(
    QWidget *parent, QMessageBox::Icon icon, const QString &title, const QString &text, const QString &more)
{
    auto *question = new QMessageBox(parent);
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setWindowTitle(plainTitle(title));
    question->setIcon(icon);
    // Both labels have to be there, and plain, before they get words of others: HTML is read at once.
    question->setInformativeText(QStringLiteral(" "));
    for (QLabel *label : question->findChildren<QLabel *>())
        label->setTextFormat(Qt::PlainText);
    question->setTextFormat(Qt::PlainText);
    question->setText(withoutBidiControls(text));
    question->setInformativeText(withoutBidiControls(more));
    return question;
}

} // namespace rookery::client
