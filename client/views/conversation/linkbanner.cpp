// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/linkbanner.h"

#include "client/settings/theme.h"
#include "client/views/widgets/plaintext.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>

#include <algorithm>

namespace rookery::client {

namespace {

constexpr qint64 noticePeriod = 400; // ms in which nobody has read the new words yet

} // namespace

LinkBanner::LinkBanner(QWidget *parent)
    : QWidget(parent)
    , m_label(plainLabel(this))
    , m_button(new QPushButton(this))
{
    m_label->setWordWrap(true);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 8, 12, 8);
    layout->addWidget(m_label, 1);
    layout->addWidget(m_button);
    // What it says may change between the press and the release, or just before the press: then it is not
    // what was aimed at.
    connect(m_button, &QPushButton::pressed, this, [this] {
        const bool isNew = m_changed.isValid() && m_changed.elapsed() < noticePeriod;
        m_pressed = isNew ? std::nullopt : std::optional(m_offer);
    });
    connect(m_button, &QPushButton::clicked, this, [this] {
        if (m_pressed != m_offer)
            return;
        if (m_offer == Offer::LogIn)
            Q_EMIT logInAgain();
        else if (m_offer == Offer::Certificate)
            Q_EMIT certificateWanted();
        else
            Q_EMIT tryNow();
    });
    m_tick.setInterval(1000);
    connect(&m_tick, &QTimer::timeout, this, &LinkBanner::say);
    recolor();
    hide();
}

void LinkBanner::setLink(
    LinkState state, const QDateTime &nextAttempt, const QString &problem, bool certificate)
{
    const bool news = state != m_state;
    const Offer offer = state == LinkState::Ended ? Offer::LogIn
        : state != LinkState::Waiting             ? Offer::None
        : certificate                             ? Offer::Certificate
                                                  : Offer::TryNow;
    if (offer != m_offer && offer != Offer::None && m_offer != Offer::None && isVisible())
        m_changed.start();
    m_offer = offer;
    m_state = state;
    m_nextAttempt = nextAttempt;
    m_problem = problem;
    m_button->setText(offer == Offer::LogIn ? tr("Log in again")
            : offer == Offer::Certificate   ? tr("Certificate…")
                                            : tr("Try now"));
    m_button->setVisible(offer != Offer::None);
    say();
    setVisible(state != LinkState::Connected);
    if (state != LinkState::Waiting || !isVisible())
        m_tick.stop();
    else if (!m_tick.isActive())
        m_tick.start();
    if (news && QAccessible::isActive()) {
        QAccessibleEvent event(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
}

void LinkBanner::say()
{
    QString sentence = m_problem;
    const auto add = [&sentence](const QString &more) {
        sentence = sentence.isEmpty() ? more : sentence + QLatin1Char(' ') + more;
    };
    switch (m_state) {
    case LinkState::Connecting:
        sentence = sentence.isEmpty() ? tr("Connecting…") : tr("Offline. %1 Connecting…").arg(sentence);
        break;
    case LinkState::Connected:
        sentence.clear();
        break;
    case LinkState::Waiting: {
        const qint64 left = std::max<qint64>(0, QDateTime::currentDateTimeUtc().msecsTo(m_nextAttempt));
        if (sentence.isEmpty())
            sentence = tr("The connection was lost.");
        sentence = tr("Offline. %1").arg(sentence);
        add(m_nextAttempt.isValid() && left > 0
                ? tr("Trying again in %n s.", nullptr, int((left + 999) / 1000))
                : tr("Trying again…"));
        break;
    }
    case LinkState::Reconnecting:
        sentence = tr("Offline. The connection was lost. Connecting again…");
        break;
    case LinkState::Ended:
        if (sentence.isEmpty())
            sentence = tr("The log-in is no longer valid.");
        break;
    }
    m_label->setText(sentence);
    setAccessibleName(sentence);
}

QString LinkBanner::text() const
{
    return m_label->text();
}

void LinkBanner::recolor()
{
    const Theme &theme = Theme::forPalette(palette());
    QPalette colors = m_label->palette();
    if (colors.color(QPalette::WindowText) == theme.onNotice)
        return;
    colors.setColor(QPalette::WindowText, theme.onNotice);
    m_label->setPalette(colors);
}

void LinkBanner::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        recolor();
}

void LinkBanner::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::forPalette(palette()).notice);
}

void LinkBanner::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (m_state == LinkState::Waiting) {
        say();
        m_tick.start();
    }
}

void LinkBanner::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_tick.stop();
}

} // namespace rookery::client
