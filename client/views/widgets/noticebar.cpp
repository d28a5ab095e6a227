// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/noticebar.h"

#include "client/settings/theme.h"
#include "client/views/widgets/aimperiod.h"
#include "client/views/widgets/glyphs.h"
#include "client/views/widgets/plaintext.h"
#include "common/printable.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace rookery::client {

NoticeBar::NoticeBar(QWidget *parent)
    : QWidget(parent)
    , m_label(plainLabel(this))
    , m_button(new QPushButton(this))
{
    m_label->setWordWrap(true);
    auto *close = new QToolButton(this);
    close->setIcon(glyphIcon(Glyph::Close));
    close->setAutoRaise(true);
    close->setAccessibleName(tr("Close"));
    close->setToolTip(tr("Close"));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 4, 8, 4);
    layout->addWidget(m_label, 1);
    layout->addWidget(m_button);
    layout->addWidget(close);
    connect(m_button, &QPushButton::pressed, this,
        [this] { m_isSeen = m_offered.isValid() && m_offered.elapsed() > aimPeriod; });
    connect(m_button, &QPushButton::clicked, this, [this] {
        if (m_isSeen)
            Q_EMIT taken();
    });
    connect(close, &QToolButton::clicked, this, [this] {
        hide();
        Q_EMIT closed();
    });
    hide();
}

void NoticeBar::say(const QString &sentence)
{
    show(sentence, {});
}

void NoticeBar::offer(const QString &sentence, const QString &action)
{
    show(sentence, action);
    m_offered.start();
}

void NoticeBar::show(const QString &sentence, const QString &action)
{
    const QString line = printableLine(sentence);
    m_label->setText(line);
    m_button->setText(action);
    m_button->setVisible(!action.isEmpty());
    setAccessibleName(line);
    setVisible(!sentence.isEmpty());
    if (!sentence.isEmpty() && QAccessible::isActive()) {
        QAccessibleEvent event(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
}

bool NoticeBar::isOffering() const
{
    return isVisibleTo(parentWidget()) && m_button->isVisibleTo(this);
}

QString NoticeBar::text() const
{
    return m_label->text();
}

void NoticeBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::forPalette(palette()).hover);
}

} // namespace rookery::client
