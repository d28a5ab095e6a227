// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/timeline/view/olderbar.h"

#include "client/sentences/sentences.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace rookery::client {

OlderBar::OlderBar(QWidget *parent)
    : QWidget(parent)
    , m_label(new QLabel(this))
    , m_retry(new QPushButton(tr("Retry"), this))
{
    m_label->setTextFormat(Qt::PlainText);
    m_label->setWordWrap(true);
    m_label->setForegroundRole(QPalette::PlaceholderText);
    m_label->setAlignment(Qt::AlignCenter);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 2, 16, 2);
    layout->addStretch(1);
    layout->addWidget(m_label, 8);
    layout->addWidget(m_retry);
    layout->addStretch(1);
    connect(m_retry, &QPushButton::clicked, this, &OlderBar::retry);
    showNothing();
}

void OlderBar::say(const QString &sentence, bool withRetry)
{
    m_label->setText(sentence);
    m_retry->setVisible(withRetry);
}

void OlderBar::showNothing()
{
    say({}, false);
}

void OlderBar::showLoading()
{
    say(tr("Loading…"), false);
}

void OlderBar::showBeginning()
{
    say(tr("This is where the conversation begins."), false);
}

void OlderBar::showEmpty()
{
    say(tr("No messages yet. Write the first one."), false);
}

void OlderBar::showError(const Problem &problem)
{
    const QString sentence = inWords(problem);
    say(sentence, true);
    m_retry->setAccessibleDescription(sentence);
}

QString OlderBar::text() const
{
    return m_label->text();
}

} // namespace rookery::client
