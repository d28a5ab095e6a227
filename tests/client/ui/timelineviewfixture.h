// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/timeline/view/timelineview.h"
#include "tests/client/ui/faketimeline.h"

#include <QtTest>

#include <memory>

namespace rookery::client {

/// A view in a window, on a source that the test fills.
class TimelineViewFixture : public QObject
{
    Q_OBJECT

protected:
    FakeTimeline m_source;
    std::unique_ptr<TimelineView> m_view;

    /// The first row whose text starts in the viewport.
    int readRow()
    {
        for (int row = 0; row < m_view->rowCount(); ++row) {
            if (!m_view->rowRect(row).isEmpty() && m_view->bodyTop(row) >= 0)
                return row;
        }
        return -1;
    }
    void wheel(int notches)
    {
        QWheelEvent event(QPointF(200, 200), m_view->viewport()->mapToGlobal(QPointF(200, 200)), QPoint(),
            QPoint(0, notches * 120), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(m_view->viewport(), &event);
    }
    void open(int count)
    {
        m_source.set(FakeTimeline::items(count));
        m_view->setSource(&m_source);
    }
    /// Every pixel row of the visible range belongs to exactly one row.
    void checkSeamless()
    {
        int bottom = INT_MIN;
        for (int row = 0; row < m_view->rowCount(); ++row) {
            const QRect rect = m_view->rowRect(row);
            if (rect.isEmpty())
                continue;
            if (bottom != INT_MIN)
                QCOMPARE(rect.top(), bottom);
            bottom = rect.top() + rect.height();
        }
    }

private Q_SLOTS:
    void init()
    {
        m_source.older = false;
        m_source.olderAsked = 0;
        m_source.retried.clear();
        m_source.discarded.clear();
        m_view = std::make_unique<TimelineView>();
        m_view->resize(640, 480);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    }

    void cleanup()
    {
        m_view.reset();
        m_source.set({});
    }
};

} // namespace rookery::client
