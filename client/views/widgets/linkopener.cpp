// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/linkopener.h"
#include "client/views/widgets/question.h"

#include "common/markdown/linkpolicy.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QGuiApplication>
#include <QMessageBox>
#include <QPushButton>

namespace rookery::client {

LinkOpener::LinkOpener(QWidget *window)
    : QObject(window)
    , launch([](const QUrl &url) { QDesktopServices::openUrl(url); })
    , m_window(window)
{ }

QMessageBox *LinkOpener::question() const
{
    return m_question;
}

void LinkOpener::activate(const QUrl &url, const QString &visibleText)
{
    const LinkVerdict verdict = judgeLink(url, visibleText);
    switch (verdict.action) {
    case LinkAction::Refuse:
        Q_EMIT note(tr("This is not a link to a web page; it was not opened."));
        return;
    case LinkAction::CopyAddress:
        QGuiApplication::clipboard()->setText(verdict.target);
        Q_EMIT note(tr("The address %1 was copied.").arg(verdict.target));
        return;
    case LinkAction::Open:
        launch(QUrl(verdict.target));
        return;
    case LinkAction::Ask:
        break;
    }
    delete m_question;
    // Without a place to break, a long address would make a box as wide as itself.
    QString shown = verdict.target;
    for (qsizetype at = 70; at < shown.size(); at += 71)
        shown.insert(at, QLatin1Char('\n'));
    m_question = plainQuestion(m_window, QMessageBox::Question, tr("Open this link?"),
        tr("This link leads to:\n\n%1").arg(shown), verdict.reason);
    QPushButton *open = m_question->addButton(tr("&Open"), QMessageBox::AcceptRole);
    QPushButton *cancel = m_question->addButton(QMessageBox::Cancel);
    cancel->setText(tr("&Cancel"));
    m_question->setDefaultButton(cancel);
    m_question->setEscapeButton(cancel);
    connect(open, &QPushButton::clicked, this, [this, target = verdict.target] { launch(QUrl(target)); });
    m_question->open();
}

} // namespace rookery::client
