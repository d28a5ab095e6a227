#include "client/views/noticebar.h"

#include "client/settings/theme.h"
#include "client/views/glyphs.h"
#include "client/views/plaintext.h"
#include "common/printable.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>

namespace rookery::client {

NoticeBar::NoticeBar(QWidget *parent)
    : QWidget(parent)
    , m_label(plainLabel(this))
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
    layout->addWidget(close);
    connect(close, &QToolButton::clicked, this, [this] {
        hide();
        Q_EMIT closed();
    });
    hide();
}

void NoticeBar::say(const QString &sentence)
{
    const QString line = printableLine(sentence);
    m_label->setText(line);
    setAccessibleName(line);
    setVisible(!sentence.isEmpty());
    if (!sentence.isEmpty() && QAccessible::isActive()) {
        QAccessibleEvent event(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
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
